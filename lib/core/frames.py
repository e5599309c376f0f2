"""The column contracts of every table that crosses a line."""

import pyarrow as pa

UTC_MICROSECONDS = pa.timestamp("us", tz="UTC")

# ENTRIES, one row an entry. Text that is not known is "", never null, but for `message`: null says that there is none.
# ts is cut to microseconds; `nanos` holds the rest (0-999), and `payload` the whole entry, masked, as JSON.
ENTRIES = pa.schema(
    [
        pa.field("ts", UTC_MICROSECONDS, nullable=False),
        pa.field("nanos", pa.int16(), nullable=False),
        pa.field("project", pa.string(), nullable=False),
        pa.field("log", pa.string(), nullable=False),
        pa.field("insert_id", pa.string(), nullable=False),
        pa.field("environment", pa.string(), nullable=False),
        pa.field("service", pa.string(), nullable=False),
        pa.field("revision", pa.string(), nullable=False),
        pa.field("instance", pa.string(), nullable=False),
        pa.field("severity", pa.string(), nullable=False),
        pa.field("severity_inferred", pa.bool_(), nullable=False),
        pa.field("message", pa.string()),
        pa.field("collapsed", pa.string()),
        pa.field("location", pa.string(), nullable=False),
        pa.field("exception", pa.string(), nullable=False),
        pa.field("trace", pa.string(), nullable=False),
        pa.field("http_method", pa.string(), nullable=False),
        pa.field("http_path", pa.string(), nullable=False),
        pa.field("http_status", pa.int32()),
        pa.field("latency_ms", pa.float64()),
        pa.field("origin", pa.string(), nullable=False),
        pa.field("payload", pa.string(), nullable=False),
        pa.field("day", pa.date32(), nullable=False),
    ]
)

# What Google calls a duplicate: the same log name, timestamp and insertId.
ENTRY_KEY = ("project", "log", "ts", "nanos", "insert_id")
