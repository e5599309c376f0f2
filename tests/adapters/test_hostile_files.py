"""Files that mean harm: refused with a sentence, at a cost that is bounded in memory and in time."""

import gzip
import io
import os
import socket
import tarfile
import time
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lib import wiring
from lib.adapters import exports, jsonfiles
from lib.adapters.exports import open_export, open_exports
from lib.core import faults
from lib.core.sentry.sentryfacts import NotSentryFacts
from lib.errors import BlindspotError, NotAnExport
from tests.entries import as_json, entry, texts

LINES = b"\n".join(texts(*(entry(n) for n in range(50)))) + b"\n"
PATIENCE_S = 20  # a busy machine; what waits for a pipe waits for ever


@contextmanager
def bounded(megabytes: int, seconds: float = PATIENCE_S) -> Iterator[None]:
    """Fail when the block takes more of Python's memory, or time."""
    tracemalloc.start()
    began = time.monotonic()
    try:
        yield
        assert time.monotonic() - began < seconds
        assert tracemalloc.get_traced_memory()[1] < megabytes << 20
    finally:
        tracemalloc.stop()


def make_bomb(file: Path, fill: bytes, megabytes: int) -> Path:
    """Write an export that goes on with one byte for very long; 1 GB of it takes 1 MB."""
    packer = zlib.compressobj(9, wbits=31)
    piece = fill * (1 << 20)
    file.write_bytes(packer.compress(LINES) + b"".join(packer.compress(piece) for _ in range(megabytes)) + packer.flush())
    return file


@pytest.mark.parametrize("fill", [b"\n", b" ", b"a", b"["], ids=repr)
def test_a_small_file_that_unpacks_to_very_much_is_read_up_to_there(fill: bytes, tmp_path: Path) -> None:
    bomb = make_bomb(tmp_path / "bomb.gz", fill, 100)
    read: list[int] = []
    with bounded(600), pytest.raises(BlindspotError, match="unpacks to over 200 times its size"):
        read.extend(len(chunk.lines) for chunk in open_export(str(bomb)).chunks())
    assert sum(read) >= 50


def test_what_came_before_a_bomb_is_imported_and_the_rest_is_told(home: Path, tmp_path: Path) -> None:
    bomb = make_bomb(tmp_path / "bomb.gz", b"\n", 100)
    space = wiring.open_workspace(home)
    records, _ = wiring.import_paths([str(bomb)], space)
    assert records[0].added == 50
    assert "unpacks to over 200 times" in str(records[0])


def test_an_honest_file_may_be_packed_well(tmp_path: Path) -> None:
    many = b"\n".join(texts(*(entry(n) for n in range(60_000))))
    (tmp_path / "many.gz").write_bytes(gzip.compress(many, 9))
    assert sum(len(chunk.lines) for chunk in open_export(str(tmp_path / "many.gz")).chunks()) == 60_000


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        here = Path.cwd()
        os.chdir(path.parent)  # a socket's path may have 108 bytes
        try:
            made.bind(path.name)
        finally:
            os.chdir(here)


def make_link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


ODD: dict[str, Callable[[Path], None]] = {"a pipe": make_pipe, "a socket": make_socket, "a device": make_link_to_a_device}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_file_is_told_at_once(kind: str, tmp_path: Path) -> None:
    ODD[kind](tmp_path / "thing")
    with bounded(64), pytest.raises(BlindspotError) as caught:
        open_export(str(tmp_path / "thing"))
    assert kind in caught.value.message or (kind == "a socket" and "cannot be read" in caught.value.message)
    assert caught.value.hint
    with bounded(64), pytest.raises(NotSentryFacts):
        jsonfiles.read_json(str(tmp_path / "thing"))


def test_a_folder_names_links_and_pipes_and_does_not_follow_them(tmp_path: Path) -> None:
    folder, outside = tmp_path / "folder", tmp_path / "outside"
    for made in (folder, outside):
        made.mkdir()
        (made / "a.ndjson").write_bytes(LINES)
    (folder / "link.ndjson").symlink_to(outside / "a.ndjson")
    (folder / "linked").symlink_to(outside, target_is_directory=True)
    (folder / "round").symlink_to(folder, target_is_directory=True)
    (folder / "nowhere").symlink_to(folder / "gone")
    os.mkfifo(folder / "pipe")
    with bounded(64):
        found, passed = open_exports([str(folder)])
    assert [one.name for one in found] == ["a.ndjson"]
    assert passed == ["link.ndjson (a link)", "linked (a link)", "nowhere (a link)", "pipe (a pipe)", "round (a link)"]


def test_a_file_that_becomes_a_pipe_after_it_was_looked_at_is_not_waited_for(tmp_path: Path) -> None:
    file = tmp_path / "a.ndjson"
    file.write_bytes(LINES)
    export = open_export(str(file))
    file.unlink()
    os.mkfifo(file)
    with bounded(64), pytest.raises(BlindspotError, match="it is a pipe"):
        list(export.chunks())


def tar_up(packed: bool) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz" if packed else "w") as archive:
        member = tarfile.TarInfo("../../evil.ndjson")
        member.size = len(LINES)
        archive.addfile(member, io.BytesIO(LINES))
    return made.getvalue()


def zip_up() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("../../evil.ndjson", LINES)
    return made.getvalue()


@pytest.mark.parametrize("content", [tar_up(False), tar_up(True), zip_up()], ids=["tar", "tar.gz", "zip"])
def test_nothing_is_taken_out_of_an_archive_whatever_its_members_are_called(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "thing").write_bytes(content)
    with pytest.raises(NotAnExport, match="nothing is taken out of archives"):
        open_export(str(tmp_path / "in" / "thing"))
    assert [path.name for path in tmp_path.rglob("*")] == ["in", "thing"]


def deep(depth: int) -> bytes:
    return as_json(entry(1, None, jsonPayload={"message": "@@"})).replace(b'"@@"', b"[" * depth + b"]" * depth)


LONG = {
    "a line of 100 kB": (as_json(entry(1, "word " * 20_000)), None),
    "a line of 100 kB without a blank": (as_json(entry(1, "a" * 100_000)), None),
    "a payload of 1 MB": (as_json(entry(1, None, jsonPayload={"message": "m", "x": "y" * (1 << 20)})), faults.TOO_LARGE),
    "nested 100,000 deep": (deep(100_000), faults.TOO_DEEP),
    "20,000 keys": (as_json(entry(1, None, jsonPayload={f"k{n}": n for n in range(20_000)})), None),
}


def test_large_and_deep_entries_are_skipped_by_reason_and_cost_little(home: Path, tmp_path: Path) -> None:
    """Each of them twenty times, among entries that can be read."""
    file = tmp_path / "large.ndjson"
    bad = [text.replace(b"id-000001", b"id-%06d" % (1000 + n)) for n in range(100) for text in [list(LONG.values())[n % 5][0]]]
    file.write_bytes(LINES + b"\n".join(bad) + b"\n" + LINES.replace(b"id-0000", b"id-0009"))
    space = wiring.open_workspace(home)
    began = time.monotonic()
    records, _ = wiring.import_paths([str(file)], space)
    took = time.monotonic() - began
    record = records[0]
    assert record.read == 200 == record.added + record.duplicates + sum(record.skipped.values())
    expected = {reason: 20 for _, reason in LONG.values() if reason}
    assert dict(record.skipped) == expected
    assert took < PATIENCE_S


def test_facts_of_sentry_that_unpack_to_very_much_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "facts.json.gz"
    packer = zlib.compressobj(9, wbits=31)
    file.write_bytes(b"".join(packer.compress(b"[" * (1 << 20)) for _ in range(80)) + packer.flush())
    with bounded(200), pytest.raises(NotSentryFacts, match="larger than 64 MB"):
        jsonfiles.read_json(str(file))


def test_the_bounds_stand_where_the_documents_say() -> None:
    assert (exports.RATIO, exports.UNPACKED_FREE >> 20, jsonfiles.MOST >> 20) == (200, 64, 64)
