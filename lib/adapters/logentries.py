"""Cloud Logging's messages as the JSON that `gcloud logging read --format=json` writes."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from google.cloud.appengine_logging_v1 import RequestLog
from google.cloud.audit import audit_log_pb2
from google.protobuf import json_format

KNOWN = (audit_log_pb2.AuditLog, RequestLog)  # a payload can only be unpacked when its type was imported
UNREADABLE = "a payload that cannot be written as JSON"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_lines(entries: Iterable[Any]) -> pa.LargeBinaryArray:
    """Return raw LogEntry messages as one JSON text each, with their fields in the order that gcloud gives them."""
    texts = [json.dumps(_as_plain(e), ensure_ascii=False, separators=(",", ":"), sort_keys=True) for e in entries]
    return pa.array([t.encode("utf-8", "surrogatepass") for t in texts], pa.large_binary())


def _as_plain(entry: Any) -> dict[str, Any]:
    try:
        return dict(json_format.MessageToDict(entry))
    except (
        json_format.Error,
        TypeError,
        ValueError,
    ):  # a payload of a type that nobody here knows, or a number that JSON does not have
        rest = entry.__class__()
        rest.CopyFrom(entry)
        payload = rest.WhichOneof("payload")
        rest.ClearField(payload)
        told = entry.json_payload.fields["message"].string_value if payload == "json_payload" else ""
        return {**json_format.MessageToDict(rest), "jsonPayload": {"message": told or UNREADABLE}}


def as_time(stamp: Any) -> datetime:
    """Return a Timestamp message as aware UTC, cut to microseconds."""
    return EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)


def newest_receipt(entries: Iterable[Any]) -> datetime | None:
    """Return when Cloud Logging received the last of some messages: its clock says that or more."""
    return max((as_time(e.receive_timestamp) for e in entries if e.receive_timestamp.seconds), default=None)
