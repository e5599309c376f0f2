"""What every LogSource keeps, and what a file, a folder or standard input may hold: told apart by content, not by name."""

import gzip
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lib.adapters.exports import open_export, open_exports
from lib.core import framing
from lib.errors import BlindspotError, NotAnExport
from lib.ports import LogSource
from tests.entries import LAYOUTS, entry, lines, texts
from tests.fakes import ListSource

FIVE = texts(*(entry(n) for n in range(5)))
EXPORT = lines(FIVE)


def _export(folder: Path, content: bytes) -> LogSource:
    (folder / "export").write_bytes(content)
    return open_export(str(folder / "export"))


IMPLEMENTATIONS: dict[str, Callable[[Path], LogSource]] = {
    "list": lambda _: ListSource(FIVE, step=2),
    "file": lambda folder: _export(folder, EXPORT),
    "gzip": lambda folder: _export(folder, gzip.compress(EXPORT)),
}


def read(source: LogSource) -> list[bytes]:
    return [bytes(line.as_py()).strip() for chunk in source.chunks() for line in chunk.lines]


@pytest.fixture(params=IMPLEMENTATIONS)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> LogSource:
    return IMPLEMENTATIONS[request.param](tmp_path)


def test_a_source_yields_every_entry_in_order(source: LogSource) -> None:
    assert read(source) == FIVE


def test_a_source_says_how_far_it_is(source: LogSource) -> None:
    positions = [chunk.position for chunk in source.chunks()]
    assert positions == sorted(positions)
    assert positions[-1] == source.size > 0


@pytest.mark.parametrize("name", IMPLEMENTATIONS)
def test_the_same_content_under_the_same_name_has_the_same_fingerprint(name: str, tmp_path: Path) -> None:
    assert IMPLEMENTATIONS[name](tmp_path).fingerprint == IMPLEMENTATIONS[name](tmp_path).fingerprint


def test_other_content_or_another_name_has_another_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(EXPORT)
    (tmp_path / "b").write_bytes(EXPORT)
    (tmp_path / "c").write_bytes(lines(FIVE[1:]))
    (tmp_path / "d").mkdir()
    assert len({open_export(str(tmp_path / n)).fingerprint for n in "abc"}) == 3
    (tmp_path / "d" / "a").write_bytes(EXPORT)
    assert open_export(str(tmp_path / "a")).fingerprint == open_export(str(tmp_path / "d" / "a")).fingerprint


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_is_read_from_a_file_plain_and_packed(layout: str, tmp_path: Path) -> None:
    for n, content in enumerate((LAYOUTS[layout](FIVE), gzip.compress(LAYOUTS[layout](FIVE)))):
        found = read(_export(tmp_path, content))
        assert [json.loads(t) for t in found] == [json.loads(t) for t in FIVE], n


@pytest.mark.parametrize("name", ["export.txt", "no-ending", "picture.png", "plain.gz", "täst ünd blank.json"])
def test_the_name_does_not_matter(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(EXPORT)
    assert read(open_export(str(tmp_path / name))) == FIVE
    (tmp_path / name).write_bytes(gzip.compress(EXPORT))
    assert read(open_export(str(tmp_path / name))) == FIVE


def test_a_gzip_file_of_several_members_is_read_whole(tmp_path: Path) -> None:
    """A GCS sink and `cat a.gz b.gz` make such files; a member may end in the middle of an entry."""
    half = len(EXPORT) // 2 + 7
    content = gzip.compress(EXPORT[:half]) + gzip.compress(b"") + gzip.compress(EXPORT[half:]) + b"\0" * 512
    assert read(_export(tmp_path, content)) == FIVE


def test_a_large_file_comes_in_bounded_pieces(tmp_path: Path) -> None:
    many = texts(*(entry(n, "x" * 20_000) for n in range(2_000)))
    for content in (lines(many), gzip.compress(lines(many), 1)):
        chunks = list(_export(tmp_path, content).chunks())
        assert sum(len(c.lines) for c in chunks) == 2_000
        assert max(c.lines.nbytes for c in chunks) <= framing.CHUNK_BYTES + framing.OPEN_BYTES


def test_a_gzip_file_cut_short_keeps_what_could_be_read_and_says_so(tmp_path: Path) -> None:
    many = texts(*(entry(n, os.urandom(300).hex()) for n in range(500)))
    whole = gzip.compress(lines(many))
    source = _export(tmp_path, whole[: len(whole) // 2])
    found: list[bytes] = []
    with pytest.raises(BlindspotError) as caught:
        found.extend(line.as_py().strip() for chunk in source.chunks() for line in chunk.lines)
    assert 200 < len(found) < 300
    assert found[:200] == many[:200]
    assert "cut short" in caught.value.message or "damaged" in caught.value.message
    assert caught.value.hint


def test_a_gzip_file_damaged_in_the_middle_is_one_clear_error(tmp_path: Path) -> None:
    many = texts(*(entry(n, os.urandom(300).hex()) for n in range(2_000)))
    whole = bytearray(gzip.compress(lines(many)))
    whole[len(whole) // 2 : len(whole) // 2 + 50] = b"\xff" * 50
    with pytest.raises(BlindspotError) as caught:
        read(_export(tmp_path, bytes(whole)))
    assert "gzip" in caught.value.message
    assert caught.value.hint


# ---- what is no export

OTHERS = {
    "text": b"Dear diary,\ntoday nothing failed.\n",
    "log text": b"2026-09-16 06:00:00 ERROR no connection\n",
    "yaml": b"---\ninsertId: abc\nlogName: projects/p/logs/l\n",
    "yaml of gcloud": b"insertId: abc\nlogName: projects/p/logs/l\n",
    "other JSON": b'{"name": "blindspot", "version": 1}',
    "other JSON array": b'[{"id": 1}, {"id": 2}]',
    "a JSON number": b"42",
    "empty": b"",
    "blanks": b" \n\n\t",
    "binary": bytes(range(256)) * 40,
    "csv": b"timestamp,insertId,message\n2026,abc,hello\n",
    "packed text": gzip.compress(b"Dear diary"),
    "packed nothing": gzip.compress(b""),
    "broken gzip": b"\x1f\x8b" + b"nonsense" * 10,
    "gzip's first two bytes": b"\x1f\x8b",
}


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_export_is_one_error_with_a_hint(kind: str, tmp_path: Path) -> None:
    (tmp_path / "thing").write_bytes(OTHERS[kind])
    with pytest.raises(BlindspotError) as caught:
        open_export(str(tmp_path / "thing"))
    assert "thing" in caught.value.message
    assert caught.value.hint


def test_an_export_without_entries_is_one(tmp_path: Path) -> None:
    assert read(_export(tmp_path, b"[]\n")) == []


def test_a_path_that_leads_nowhere_is_an_error_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(BlindspotError) as caught:
        open_exports([str(tmp_path / "nowhere")])
    assert "nowhere" in caught.value.message
    assert caught.value.hint


# ---- folders and standard input


def test_a_folder_gives_its_exports_and_names_the_rest(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(EXPORT)
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "b.gz").write_bytes(gzip.compress(EXPORT))
    (tmp_path / "README.md").write_text("# Exports")
    (tmp_path / ".hidden").write_bytes(EXPORT)
    found, passed = open_exports([str(tmp_path)])
    assert [e.name for e in found] == ["a.json", "deep/er/b.gz"]
    assert passed == ["README.md"]
    assert [read(e) for e in found] == [FIVE, FIVE]


def test_a_folder_with_a_broken_gzip_still_gives_its_exports(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(EXPORT)
    (tmp_path / "b.gz").write_bytes(OTHERS["broken gzip"])
    found, passed = open_exports([str(tmp_path)])
    assert ([e.name for e in found], passed) == (["a.json"], ["b.gz"])


@pytest.mark.parametrize("files", [{}, {"README.md": b"# Exports"}])
def test_a_folder_without_exports_is_an_error_with_a_hint(files: dict[str, bytes], tmp_path: Path) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(NotAnExport) as caught:
        open_exports([str(tmp_path)])
    assert caught.value.hint


@pytest.mark.parametrize("content", [EXPORT, gzip.compress(EXPORT)], ids=["plain", "packed"])
def test_standard_input_is_read_like_a_file(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    (source,), _ = open_exports(["-"])
    assert (source.name, source.size) == ("standard input", 0)
    assert read(source) == FIVE


def test_a_file_named_twice_is_read_twice_and_costs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(EXPORT)
    found, _ = open_exports([str(tmp_path / "a")] * 2)
    assert [read(e) for e in found] == [FIVE, FIVE]
