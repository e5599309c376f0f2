"""A document out of a file: what is damaged or far too large is told, whatever packed it."""

import gzip
from pathlib import Path

import pytest

from lib.adapters import jsonfiles
from lib.adapters.jsonfiles import read_json
from lib.core.sentry.sentryfacts import NotSentryFacts

PACKED = gzip.compress(b'{"projects": []}' * 200, mtime=0)


@pytest.mark.parametrize("damaged", [PACKED[:12], PACKED[:12] + b"\xff" * 40, PACKED[:-6]])
def test_a_damaged_gzip_is_told(tmp_path: Path, damaged: bytes) -> None:
    file = tmp_path / "facts.json.gz"
    file.write_bytes(damaged)
    with pytest.raises(NotSentryFacts, match="damaged"):
        read_json(str(file))


def test_what_a_small_gzip_holds_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonfiles, "MOST", 1 << 20)
    file = tmp_path / "facts.json.gz"
    file.write_bytes(gzip.compress(b" " * (4 << 20)))
    with pytest.raises(NotSentryFacts, match="larger than 1 MB"):
        read_json(str(file))
