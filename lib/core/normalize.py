"""LogEntry -> ENTRIES: core.fields names what a decoder takes out of the JSON, normalize() makes columns of it.

A row whose `reason` is not null could not become an entry; its other columns then mean nothing.
"""

import polars as pl

from lib.core.fields import (
    ENVIRONMENT_LABELS,
    INSTANCES,
    LEVEL_FIELDS,
    MESSAGES,
    METHODS,
    PLACE,
    PLACES_IN_CODE,
    REVISIONS,
    SERVICES,
    URLS,
    Have,
)
from lib.core.model import Severity
from lib.core.severities import LEVEL, as_severity
from lib.core.templates import collapsing
from lib.core.traces import stacktraces

WRONG_TYPE = "wrong type"
NO_TIMESTAMP, UNREADABLE, OUT_OF_RANGE = "no timestamp", "unreadable timestamp", "timestamp out of range"
NO_INSERT_ID, NO_LOG_NAME = "no insertId", "no logName"

# The years that a log can come from: Cloud Logging keeps ten at most and takes a day of the future; a clock can be off by more.
FIRST_YEAR, LAST_YEAR = 2000, 2099
TIMESTAMP = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})$"

ENVIRONMENTS = {
    "production": ("production", "prod", "prd", "live"),
    "staging": ("staging", "stage", "stg"),
    "development": ("development", "dev"),
    "test": ("test", "testing", "qa"),
    "preview": ("preview", "sandbox"),
}
WORDS_OF_ENVIRONMENTS = {word: name for name, words in ENVIRONMENTS.items() for word in words}

NO_PLACE = ("", "logging", "__init__", "root")  # the wrapper around a logging call says nothing about the code
ORIGINS = {
    "requests": "request",
    "stdout": "stdout",
    "stderr": "stderr",
    "system": "system",
    "activity": "audit",
    "system_event": "audit",
}


def normalize(fields: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of ENTRIES (without exception and day), and `reason` and `is_trace`, of the fields of entries.

    Shape:  fields holds FIELDS as text, `number`, `payload` and `mistyped`. A field that no row has costs nothing.
    """
    have = frozenset(c for c in fields.columns if fields[c].null_count() < len(fields))
    told = fields.select(
        "number",
        "payload",
        ts=read_time(),
        reason=find_reason(),
        message=pl.coalesce(*(text_or_null(c) for c in MESSAGES if c in have), audit_text(have), request_text(have)),
        given=as_severity(pl.col("severity")),
        level=pl.coalesce(*(as_severity(pl.col(c)) for c in LEVEL_FIELDS if c in have), pl.lit(None, pl.String)),
        http_method=first_text(have, *METHODS),
        http_path=request_path(have),
        http_status=pl.col("request_status").cast(pl.Int32, strict=False),
        insert_id=pl.col("insert_id").fill_null(""),
        instance=first_text(have, *INSTANCES),
        location=find_location(have),
        trace=pl.col("trace").fill_null(""),
        latency_ms=pl.col("request_latency").str.strip_suffix("s").cast(pl.Float64, strict=False) * 1000,
    )
    texts = (
        told.select("message").join(read_texts(told["message"]), on="message", how="left", maintain_order="left").drop("message")
    )
    places = find_places(fields, have)
    severity = pl.coalesce("given", "level", "said")
    return pl.concat([told, texts, places], how="horizontal").with_columns(
        *split_time(),
        is_trace=pl.col("is_trace").fill_null(False),
        severity=pl.coalesce(severity, pl.lit(Severity.DEFAULT.value)),
        severity_inferred=pl.col("given").is_null() & severity.is_not_null(),
    )


def share(rows: pl.DataFrame) -> pl.DataFrame:
    """Return what normalize() would of lines that say the same, from what one of them gave and from their OWN fields.

    Shape:  rows holds the columns of normalize() without ts, nanos and insert_id, and timestamp, insert_id, instance_id as text.
    """
    readable = pl.col("timestamp").str.contains(TIMESTAMP)
    shared = pl.when(pl.col("reason") != UNREADABLE).then("reason")  # a time that cannot be read is each line's own
    return rows.with_columns(
        ts=read_time(),
        reason=pl.coalesce(shared, pl.when(~readable).then(pl.lit(UNREADABLE))),
        instance=pl.coalesce(known("instance_id"), "instance"),
        insert_id=pl.col("insert_id").fill_null(""),
    ).with_columns(*split_time())


def read_time() -> pl.Expr:
    """Return the timestamp with its nanoseconds, null when it is none."""
    return pl.col("timestamp").str.to_datetime("%+", time_unit="ns", time_zone="UTC", strict=False, exact=True)


def split_time() -> tuple[pl.Expr, ...]:
    """Return ts cut to microseconds, the nanoseconds that are left, and a reason where there is no time."""
    return (
        pl.col("ts").dt.cast_time_unit("us"),
        (pl.col("ts").dt.nanosecond() % 1000).cast(pl.Int16).alias("nanos"),
        pl.coalesce("reason", pl.when(pl.col("ts").is_null()).then(pl.lit(UNREADABLE))).alias("reason"),
    )


def find_places(fields: pl.DataFrame, have: Have) -> pl.DataFrame:
    """Return where each row comes from: project, environment, service, revision, log and origin.

    Few combinations occur, so what follows from them is found once for each.
    """
    place = ["log_name", *(c for c in PLACE if c in have and c != "log_name")]
    log = pl.col("log_name").fill_null("")
    named = (
        fields.select(place)
        .unique()
        .with_columns(
            known_service=pl.coalesce(
                *(known(c) for c in SERVICES if c in have), within_audit(have, r"(?:services|deployments)/([^/]+)"), pl.lit("")
            ),
            log=pl.coalesce(log.str.extract(r"/logs/(.*)$"), log).str.replace_all("%2F", "/", literal=True),
        )
    )
    found = named.select(
        *place,
        "log",
        project=pl.coalesce(pl.col("log_name").str.extract(r"^[a-zA-Z]+/([^/]+)/logs/"), first_text(have, "project_id")),
        environment=find_environment(have),
        service=pl.coalesce(known("known_service"), first_text(have, "resource_instance")),
        revision=pl.coalesce(*(known(c) for c in REVISIONS if c in have), within_audit(have, "revisions/([^/]+)"), pl.lit("")),
        origin=pl.col("log")
        .str.extract(r"([a-z_]+)$")
        .replace_strict(ORIGINS, default="other", return_dtype=pl.String)
        .fill_null("other"),
    )
    return fields.select(place).join(found, on=place, how="left", maintain_order="left", nulls_equal=True).drop(place)


def read_texts(messages: pl.Series) -> pl.DataFrame:
    """Return each message once, with its collapsed text, whether it holds a stack trace, and the severity that it names."""
    text = pl.col("message")
    distinct = messages.alias("message").drop_nulls().unique().to_frame()
    words = distinct.select(text.str.slice(0, 300).str.extract_groups(LEVEL).alias("words")).unnest("words")
    return distinct.with_columns(
        words.select(said=as_severity(pl.coalesce(pl.all()))).to_series(),
        collapsing.collapse(distinct["message"]).alias("collapsed"),
        is_trace=stacktraces.looks_like_trace_expr(text).fill_null(False),
    ).with_columns(said=pl.when("is_trace").then(pl.lit("ERROR")).otherwise("said"))


def known(column: str) -> pl.Expr:
    """Return a column with null for ""."""
    return pl.when(pl.col(column) != "").then(pl.col(column))


def text_or_null(column: str) -> pl.Expr:
    """Return a column without white space around it, null when nothing is left."""
    bare = pl.col(column).str.strip_chars(" \t\r\n")
    return pl.when(bare != "").then(bare)


def first_text(have: Have, *columns: str) -> pl.Expr:
    """Return the first of the columns that is not empty, else ""."""
    return pl.coalesce(*(known(c) for c in columns if c in have), pl.lit(""))


def joined(have: Have, separator: str, *columns: str) -> pl.Expr:
    """Return those of the columns that are not empty, joined."""
    return pl.concat_str(
        *(known(c) for c in columns if c in have), pl.lit(None, pl.String), separator=separator, ignore_nulls=True
    )


def within_audit(have: Have, pattern: str) -> pl.Expr:
    """Return what a pattern finds in the name of an audit entry's resource, else null."""
    return pl.col("audit_resource").str.extract(pattern) if "audit_resource" in have else pl.lit(None, pl.String)


def audit_text(have: Have) -> pl.Expr:
    """Return what an audit entry says: its status, else what was called on what ("Services.ReplaceService namespaces/…")."""
    if "audit_method" not in have:
        return pl.lit(None, pl.String)
    method = pl.col("audit_method").str.extract(r"([^./]+\.[^./]+)$").fill_null(pl.col("audit_method"))
    resource = known("audit_resource") if "audit_resource" in have else pl.lit(None, pl.String)
    called = pl.concat_str(method, resource, separator=" ", ignore_nulls=True)
    said = [known("audit_status")] if "audit_status" in have else []
    return pl.coalesce(*said, pl.when(called != "").then(called))


def request_path(have: Have) -> pl.Expr:
    """Return the path of a request's URL, without its query."""
    return first_text(have, *URLS).str.extract(r"^(?:[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)?(/[^?#]*)").fill_null("")


def request_text(have: Have) -> pl.Expr:
    """Return a message for a request that has none of its own: "GET /health HTTP 503"."""
    parts = [first_text(have, *METHODS), request_path(have), pl.lit("HTTP"), pl.col("request_status")]
    named = [pl.when(part != "").then(part) for part in parts]
    return pl.when(pl.col("request_status").is_not_null()).then(pl.concat_str(*named, separator=" ", ignore_nulls=True))


def find_reason() -> pl.Expr:
    """Return why a row cannot become an entry, as far as its fields tell; null when they do not."""
    missing = {"timestamp": NO_TIMESTAMP, "insert_id": NO_INSERT_ID, "log_name": NO_LOG_NAME}
    year = pl.col("timestamp").str.slice(0, 4).cast(pl.Int32, strict=False)
    return pl.coalesce(
        pl.when("mistyped").then(pl.lit(WRONG_TYPE)),
        *(pl.when(pl.col(column).fill_null("") == "").then(pl.lit(reason)) for column, reason in missing.items()),
        pl.when(~pl.col("timestamp").str.contains(TIMESTAMP)).then(pl.lit(UNREADABLE)),
        pl.when(~year.is_between(FIRST_YEAR, LAST_YEAR)).then(pl.lit(OUT_OF_RANGE)),
    )


def find_environment(have: Have) -> pl.Expr:
    """Return the environment that a label names, else the service, the namespace or the project at its end, else "".

    A label is taken as it is written, but for one that is another word for what the name says: audit entries carry no label.
    """
    ending = rf"(?:^|[-_.])({'|'.join(WORDS_OF_ENVIRONMENTS)})$"
    names = ["known_service", *(c for c in ("namespace", "project_id") if c in have)]
    ended = pl.coalesce(
        *(pl.col(c).str.to_lowercase().str.extract(ending).replace(WORDS_OF_ENVIRONMENTS) for c in names), pl.lit("")
    )
    labels = [known(c) for c in ENVIRONMENT_LABELS if c in have]
    if not labels:
        return ended
    label = pl.coalesce(*labels)
    same = label.str.to_lowercase().replace(WORDS_OF_ENVIRONMENTS) == ended
    return pl.when(label.is_not_null() & ~same).then(label).otherwise(ended)


def find_location(have: Have) -> pl.Expr:
    """Return where in the code an entry was written, as module:function:line as far as it is known, else ""."""
    named = [
        pl.when(~pl.col(first).fill_null("").is_in(NO_PLACE)).then(joined(have, ":", first, *more))
        for first, *more in PLACES_IN_CODE
        if first in have
    ]
    return pl.coalesce(*named, pl.lit(""))
