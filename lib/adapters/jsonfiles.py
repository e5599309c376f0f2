"""One JSON document from a file or from standard input, bounded."""

import gzip
import io
import json
import sys
import zlib
from pathlib import Path

from lib.adapters.regular import open_regular
from lib.core.sentry.sentryfacts import FORM, NotSentryFacts

MOST = 64 << 20  # bytes; a year of hours for a hundred projects fits, and as JSON it takes up to twenty times as much memory
GZIP = b"\x1f\x8b"


def read_json(path: str) -> object:
    """Return the document of a file, gzip or not, or of standard input for "-". Errors: NotSentryFacts."""
    name = "standard input" if path == "-" else f"'{path}'"
    try:
        raw = sys.stdin.buffer.read(MOST + 1) if path == "-" else _read(Path(path))
        text = _inflate(raw) if raw.startswith(GZIP) else raw
    except (OSError, EOFError, zlib.error) as e:
        reason = getattr(e, "strerror", None) or "it is damaged"
        raise NotSentryFacts(f"The file {name} cannot be read: {reason}.", hint="Give the path of a file.") from e
    if len(text) > MOST:
        raise NotSentryFacts(f"The file {name} is larger than {MOST >> 20} MB.", hint="Export a shorter time.")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as e:
        raise NotSentryFacts(f"The file {name} holds no JSON document.", hint=FORM) from e


def _read(file: Path) -> bytes:
    with open_regular(file) as opened:
        return opened.read(MOST + 1)


def _inflate(raw: bytes) -> bytes:
    """Return what gzip packed, no more than MOST and a byte: a small file can hold terabytes."""
    with gzip.GzipFile(fileobj=io.BytesIO(raw)) as packed:
        return packed.read(MOST + 1)
