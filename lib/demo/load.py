"""The recorded incident, moved in time so that it ends now. Standard library only; `now` is the caller's."""

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from lib.demo.story import RECORDED_END

_HERE = Path(__file__).parent
_MINUTE = re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?=:\d\d)")
_CHUNK = 1 << 20  # bytes of text shifted at once: large enough for the regex to run long, small enough to forget


class _Shift(dict[bytes, bytes]):
    """From each minute of the recording to the minute it becomes; the recording has but 1,800 of them."""

    def __init__(self, by: timedelta) -> None:
        super().__init__()
        self.by = by

    def __missing__(self, minute: bytes) -> bytes:
        text = minute.decode()
        moved = datetime.strptime(text.replace("T", " "), "%Y-%m-%d %H:%M") + self.by
        self[minute] = moved.strftime(f"%Y-%m-%d{text[10]}%H:%M").encode()
        return self[minute]

    def apply(self, text: bytes) -> bytes:
        return _MINUTE.sub(lambda found: self[found[0]], text)


def _shift_to(now: datetime) -> _Shift:
    """Whole minutes, so that seconds and fractions stay as they are. ValueError when `now` is naive."""
    if now.tzinfo is None:
        raise ValueError("recorded incident: `now` must be an aware datetime")
    return _Shift(now.astimezone(UTC).replace(second=0, microsecond=0) - RECORDED_END)


def recorded_chunks(now: datetime) -> Iterator[bytes]:
    """Yield the recording as NDJSON, some whole lines at a time, shifted so that it ends at `now` floored to the minute."""
    shift, rest = _shift_to(now), b""
    with gzip.open(_HERE / "recording.ndjson.gz") as packed:
        while chunk := packed.read(_CHUNK):
            whole, newline, rest = (rest + chunk).rpartition(b"\n")
            yield shift.apply(whole + newline)
    if rest:
        yield shift.apply(rest)


def recorded_lines(now: datetime) -> Iterator[bytes]:
    """Yield the recording's entries, oldest first, one line of JSON each with its newline."""
    for chunk in recorded_chunks(now):
        yield from chunk.splitlines(keepends=True)


def write_recording(path: Path, now: datetime) -> int:
    """Write the shifted recording to `path` as plain NDJSON and return its bytes. OSError when the path cannot be written."""
    with path.open("wb") as out:
        return sum(out.write(chunk) for chunk in recorded_chunks(now))


def recorded_sentry(now: datetime) -> dict[str, Any]:
    """Return Sentry's side, shifted likewise: organization, projects, stats by project slug, releases.

    Its hours move with the entries: they start at the minute at which the recording ends, no longer on the full hour.
    """
    text = (_HERE / "sentry.json").read_bytes()
    return cast("dict[str, Any]", json.loads(_shift_to(now).apply(text)))
