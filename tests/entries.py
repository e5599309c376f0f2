"""LogEntries for tests, and every way in which an export may lay them out."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pyarrow as pa

from lib.core.clustering import collapse
from lib.core.frames import ENTRIES

START = datetime(2026, 9, 16, 6, 0, tzinfo=UTC)
SERVICE = "orders-backend-staging"
REVISION = f"{SERVICE}-00042-abc"

LogEntry = dict[str, Any]
Layout = Callable[[Sequence[bytes]], bytes]


def stamp(ts: datetime) -> str:
    """Return a time as Cloud Logging writes it."""
    return ts.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def run_resource(service: str = SERVICE, revision: str = REVISION, project: str = "shop-staging") -> LogEntry:
    """Return the resource of a Cloud Run revision."""
    labels = {"service_name": service, "revision_name": revision, "configuration_name": service, "location": "europe-west1"}
    return {"type": "cloud_run_revision", "labels": {"project_id": project, **labels}}


def entry(number: int = 0, message: str | None = "order stored", /, **fields: Any) -> LogEntry:
    """Return a Cloud Run entry: `number` makes its insertId and its second; a field given replaces one, None takes it away."""
    made: LogEntry = {
        "insertId": f"id-{number:06d}",
        "logName": "projects/shop-staging/logs/run.googleapis.com%2Fstdout",
        "timestamp": stamp(START + timedelta(seconds=number)),
        "resource": run_resource(),
        "labels": {"instanceId": "0069c7a98886c4a7"},
        "severity": "INFO",
        "textPayload": message,
    }
    return {name: value for name, value in {**made, **fields}.items() if value is not None}


def as_json(value: object) -> bytes:
    """Return a value as compact JSON, non-ASCII letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def texts(*entries: Mapping[str, Any]) -> list[bytes]:
    """Return entries as JSON texts."""
    return [as_json(e) for e in entries]


def row(number: int = 0, message: str | None = "order stored", /, **columns: Any) -> dict[str, Any]:
    """Return a row of ENTRIES, as `entry` would become; a column given replaces one."""
    ts = columns.get("ts", START + timedelta(seconds=number))
    text = dict.fromkeys(("location", "exception", "trace", "http_method", "http_path"), "")
    where = {
        "project": "shop-staging",
        "environment": "staging",
        "service": SERVICE,
        "revision": REVISION,
        "instance": "0069c7a9",
    }
    how = {"log": "run.googleapis.com/stdout", "origin": "stdout", "severity": "INFO", "severity_inferred": False}
    made = {
        "ts": ts,
        "nanos": 0,
        "insert_id": f"id-{number:06d}",
        "http_status": None,
        "latency_ms": None,
        "payload": "{}",
        **text,
        **where,
        **how,
    }
    return {**made, "message": message, "day": ts.date(), **columns}


def table(*rows: Mapping[str, Any]) -> pa.Table:
    """Return rows as ENTRIES, collapsed as the decoder does it."""
    messages = pl.Series("message", [r["message"] for r in rows], pl.String)
    return pa.Table.from_pylist(
        [{**r, "collapsed": text} for r, text in zip(rows, collapse(messages).to_list(), strict=True)], ENTRIES
    )


TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|\{\}|\[\]|[{}\[\],:]|[^"{}\[\],:]+|"', re.DOTALL)
DEEPEST_INDENT = 6  # so that a text nested 10,000 deep is not refused for its blanks


def reflow(text: bytes, indent: bytes, depth: int) -> bytes:
    """Return a JSON text over many lines, however damaged it is; its own braces are indented by `depth`."""
    out = [indent * depth]
    for token in TOKEN.findall(text):
        if token in b"}]":
            depth -= 1
            out += [_break(indent, depth), token]
        elif token in b"{[":
            depth += 1
            out += [token, _break(indent, depth)]
        elif token == b",":
            out += [token, _break(indent, depth)]
        else:
            out.append(b": " if token == b":" else token)
    return b"".join(out).rstrip()


def _break(indent: bytes, depth: int) -> bytes:
    return b"\n" + indent * min(max(depth, 0), DEEPEST_INDENT)


def pretty(indent: bytes) -> Layout:
    """Return the layout of `gcloud logging read --format=json`, with another indent."""
    return lambda found: b"[\n" + b",\n".join(reflow(t, indent, 1) for t in found) + b"\n]\n"


def lines(found: Sequence[bytes]) -> bytes:
    """Return one entry a line."""
    return b"".join(t + b"\n" for t in found)


def crlf(layout: Layout) -> Layout:
    """Return a layout with line ends of Windows."""
    return lambda found: layout(found).replace(b"\n", b"\r\n")


LAYOUTS: dict[str, Layout] = {
    "lines": lines,
    "lines, no end": b"\n".join,
    "lines, CRLF": crlf(lines),
    "lines, BOM": lambda found: b"\xef\xbb\xbf" + lines(found),
    "lines, blank ones": lambda found: b"\n\n" + b"\n \n\n".join(found) + b"\n\n",
    "rows": lambda found: b"[\n" + b",\n".join(found) + b"\n]\n",
    "rows, indented": lambda found: b"[\n  " + b",\n  ".join(found) + b"\n]",
    "rows, CRLF": crlf(lambda found: b"[\n" + b",\n".join(found) + b"\n]\n"),
    "pretty, 1 blank": pretty(b" "),
    "pretty, 2 blanks": pretty(b"  "),
    "pretty, 4 blanks": pretty(b"    "),
    "pretty, tabs": pretty(b"\t"),
    "pretty, CRLF": crlf(pretty(b"  ")),
    "pretty, BOM": lambda found: b"\xef\xbb\xbf" + pretty(b"  ")(found),
    "pretty, braces at the margin": lambda found: b"[\n" + b",\n".join(reflow(t, b"  ", 0) for t in found) + b"\n]\n",
    "pretty objects in a row": lambda found: b"\n".join(reflow(t, b"  ", 0) for t in found) + b"\n",
    "packed": lambda found: b"[" + b",".join(found) + b"]",
    "packed, blanks": lambda found: b"[ " + b", ".join(found) + b" ]\n",
    "packed, pretty inside": lambda found: b"[" + b", ".join(reflow(t, b"  ", 0) for t in found) + b"]\n",
}
