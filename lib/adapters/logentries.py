"""Cloud Logging's messages as the JSON that `gcloud logging read --format=json` writes."""

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from google.cloud.appengine_logging_v1 import RequestLog
from google.cloud.audit import audit_log_pb2
from google.protobuf import json_format
from google.protobuf.message import DecodeError

KNOWN = (audit_log_pb2.AuditLog, RequestLog)  # a payload can only be unpacked when its type was imported
UNREADABLE = "a payload that cannot be written as JSON"
# A type that nobody here knows, bytes that are not of their type, a number that JSON does not have, a time out of the calendar.
UNWRITABLE = (json_format.Error, DecodeError, TypeError, ValueError)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_lines(entries: Iterable[Any]) -> pa.LargeBinaryArray:
    """Return raw LogEntry messages as one JSON text each, with their fields in the order that gcloud gives them.

    What cannot be written of one costs as little of it as can be; one without a usable time comes without it, to be skipped.
    """
    texts = [json.dumps(_as_plain(e), ensure_ascii=False, separators=(",", ":"), sort_keys=True) for e in entries]
    return pa.array([t.encode("utf-8", "surrogatepass") for t in texts], pa.large_binary())


def _as_plain(entry: Any) -> dict[str, Any]:
    try:
        return dict(json_format.MessageToDict(entry))
    except UNWRITABLE:
        rest = entry.__class__()
        rest.CopyFrom(entry)
    for lighten in LIGHTER:
        try:
            lighten(rest)
            return dict(json_format.MessageToDict(rest))
        except UNWRITABLE:
            continue
    return {"insertId": entry.insert_id, "logName": entry.log_name}


def _drop_details(entry: Any) -> None:
    """Leave out the parts of an audit payload whose type only the service that wrote them knows: the rest tells of deploys."""
    if entry.proto_payload.Is(audit_log_pb2.AuditLog.DESCRIPTOR):
        audit = audit_log_pb2.AuditLog.FromString(entry.proto_payload.value)
        audit.ClearField("service_data")
        audit.status.ClearField("details")
        entry.proto_payload.value = audit.SerializeToString()


def _drop_payload(entry: Any) -> None:
    kind = entry.WhichOneof("payload")
    told = entry.json_payload.fields["message"].string_value if kind == "json_payload" else ""
    if kind != "text_payload":
        entry.ClearField(kind or "json_payload")
        entry.json_payload.update({"message": told or UNREADABLE})


def _drop_request(entry: Any) -> None:
    entry.ClearField("http_request")


LIGHTER: tuple[Callable[[Any], None], ...] = (_drop_details, _drop_payload, _drop_request)
"""What is left out of an entry that cannot be written, one after the other until it can."""


def as_time(stamp: Any) -> datetime | None:
    """Return a Timestamp message as aware UTC, cut to microseconds; None for one that no calendar has."""
    try:
        return EPOCH + timedelta(seconds=stamp.seconds, microseconds=stamp.nanos // 1000)
    except OverflowError:
        return None


def newest_receipt(entries: Iterable[Any]) -> datetime | None:
    """Return when Cloud Logging received the last of some messages: its clock says that or more."""
    return max(filter(None, (as_time(e.receive_timestamp) for e in entries if e.receive_timestamp.seconds)), default=None)
