"""Exports in files: plain or gzip, an array or one entry a line, a folder of them, or standard input; told apart by content."""

import hashlib
import os
import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lib.adapters.regular import NotAFile, open_regular
from lib.core import framing
from lib.errors import BlindspotError, NotAnExport
from lib.ports import Chunk

GZIP = b"\x1f\x8b"
RATIO = 200  # times; real exports are packed 8 to 60 times, gzip at its best 1,032 times
UNPACKED_FREE = 64 << 20  # bytes that any file may unpack to
ENTRY_FIELD = re.compile(rb'"(?:logName|insertId|receiveTimestamp|textPayload|jsonPayload|protoPayload|httpRequest)"\s*:')
ARCHIVES = (b"PK\x03\x04", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
EMPTY = re.compile(rb"\s*\[\s*\]\s*\Z")
HINT = (
    "Blindspot reads what `gcloud logging read FILTER --format=json` prints, one entry a line, or gzip of either. "
    "A file's name does not matter."
)


class Bomb(Exception):
    """A small file unpacks to far too much."""


class Stream:
    """Plain bytes of a file that may be gzip (several members in a row too). `position` counts bytes of the file itself."""

    def __init__(self, name: str, file: BinaryIO) -> None:
        self.name, self.file, self.position = name, file, 0
        self.failure: BlindspotError | None = None
        self.pending = file.read(2)
        self.inflate = zlib.decompressobj(wbits=31) if self.pending == GZIP else None
        self.within = False  # a gzip member has begun and not ended
        self.unpacked = 0

    def read(self, size: int) -> bytes:
        """Return up to `size` plain bytes, b"" at the end. Errors: BlindspotError, after all that could be read was returned."""
        if self.failure is not None:
            raise self.failure
        parts: list[bytes] = []
        room = size
        try:
            while room > 0 and (part := self._read_some(room)):
                parts.append(part)
                room -= len(part)
        except (zlib.error, EOFError, OSError, Bomb) as e:
            self.failure = self._explain(e)
            if not parts:
                raise self.failure from e
        return b"".join(parts)

    def _read_some(self, room: int) -> bytes:
        """Return 1 to `room` plain bytes, b"" at the end."""
        while raw := self.pending or self.file.read(min(room, 1 << 20) if self.inflate else room):
            part, self.pending = self._step(raw, room) if self.inflate else (raw, b"")
            self.position += len(raw) - len(self.pending)
            if part:
                return part
        if self.within:
            raise EOFError
        return b""

    def _step(self, raw: bytes, room: int) -> tuple[bytes, bytes]:
        """Inflate at most `room` bytes; return them and the compressed bytes that are left."""
        assert self.inflate is not None
        part = self.inflate.decompress(raw, room)
        self.unpacked += len(part)
        if self.unpacked > max(UNPACKED_FREE, RATIO * (self.position + len(raw))):
            raise Bomb
        self.within = not self.inflate.eof
        if self.within:
            return part, self.inflate.unconsumed_tail
        left = self.inflate.unused_data.lstrip(b"\0")
        self.inflate = zlib.decompressobj(wbits=31)
        return part, left

    def _explain(self, failure: Exception) -> BlindspotError:
        what = f"'{self.name}' is damaged: its gzip data cannot be read beyond byte {self.position:,}"
        if isinstance(failure, EOFError):
            what = f"'{self.name}' is cut short: its gzip data ends in the middle, at byte {self.position:,}"
        if isinstance(failure, Bomb):
            what = f"'{self.name}' unpacks to over {RATIO} times its size, as no log does; it was read to byte {self.position:,}"
        if isinstance(failure, OSError):
            what = f"'{self.name}' cannot be read beyond byte {self.position:,}: {failure.strerror}"
        return BlindspotError(
            what + ". What comes after is missing.", hint="Export it again, or copy it again from where it came."
        )


@dataclass(frozen=True)
class Export:
    """One export, looked at and found to be one; `size` is 0 when it cannot be known, `opened` is standard input or nothing."""

    name: str
    size: int
    path: str
    head: bytes
    opened: Stream | None = None

    @property
    def fingerprint(self) -> str:
        """Return the same text for the same export: from its name, size and first bytes."""
        return hashlib.sha256(b"\0".join([self.name.encode(), str(self.size).encode(), self.head])).hexdigest()[:16]

    def chunks(self) -> Iterator[Chunk]:
        """Yield the entries in bounded pieces. Errors: BlindspotError where the file is damaged, after all that could be read."""
        if self.opened is not None:
            yield from cut_up(self.opened, self.head)
            return
        try:
            with open_regular(Path(self.path)) as file:
                stream = Stream(self.name, file)
                yield from cut_up(stream, stream.read(framing.HEAD_BYTES))
        except OSError as e:
            raise unreadable(self.path, e) from e


def cut_up(stream: Stream, head: bytes) -> Iterator[Chunk]:
    """Yield what a stream holds, from its head on, in bounded pieces. Errors: as Export.chunks."""
    framer = framing.Framer(framing.find_shape(head))
    piece, failure = head, None
    while piece:
        yield as_chunk(framer.feed(piece), stream)
        try:
            piece = stream.read(framing.CHUNK_BYTES)
        except BlindspotError as e:
            piece, failure = b"", e
    yield as_chunk(framer.feed(b"", last=True), stream)
    if failure is not None:
        raise failure


def as_chunk(framed: framing.Framed, stream: Stream) -> Chunk:
    """Return framed entries with how far the stream was read."""
    return Chunk(framed.lines, stream.position, framed.oversized)


def unreadable(path: str, failure: OSError | ValueError) -> BlindspotError:
    """Return our error for a file that cannot be read."""
    why = failure.strerror if isinstance(failure, OSError) else "no path can be like this"
    return BlindspotError(f"'{path}' cannot be read: {why}.", hint="Check the path and your rights to it.")


def open_exports(paths: Sequence[str]) -> tuple[list[Export], list[str]]:
    """Return every export under the paths ("-" is standard input), and the files in folders that are none.

    Errors: NotAnExport for a path named by hand that is no export, BlindspotError for one that cannot be read; both before
    anything is imported.
    """
    found: list[Export] = []
    passed: list[str] = []
    for path in paths:
        if path != "-" and Path(path).is_dir():
            _open_folder(Path(path), found, passed)
        else:
            found.append(open_export(path))
    return found, passed


def _open_folder(folder: Path, found: list[Export], passed: list[str]) -> None:
    """Open what lies in a folder; links, which can lead out of it, and pipes are named with the files that are no exports."""
    files = sorted(
        p
        for p in folder.rglob("*")
        if (p.is_symlink() or not p.is_dir()) and not any(part.startswith(".") for part in p.relative_to(folder).parts)
    )
    before = len(found)
    for file in files:
        name = str(file.relative_to(folder))
        try:
            found.append(_look(file, name, follow=False))
        except NotAnExport:
            passed.append(name)
        except NotAFile as e:
            passed.append(f"{name} ({e.what})")
        except OSError as e:
            raise unreadable(str(file), e) from e
    if len(found) == before:
        raise NotAnExport(f"The folder '{folder.name}' holds no Cloud Logging export ({len(files)} files looked at).", hint=HINT)


def open_export(path: str, name: str = "") -> Export:
    """Return the export at a path, or at standard input for "-". Errors: as open_exports."""
    if path == "-":
        stream = Stream("standard input", sys.stdin.buffer)
        return check(Export(stream.name, 0, path, read_head(stream), stream))
    file = Path(path)
    try:
        return _look(file, name or file.name)
    except NotAFile as e:
        hint = "To read what a program writes, let it write to standard input, and give - for a path."
        raise BlindspotError(f"'{path}' is {e.what}, not a file.", hint=hint) from e
    except (FileNotFoundError, NotADirectoryError) as e:
        hint = "Give the path of an export, of a folder of exports, or - for standard input."
        raise BlindspotError(f"There is no file '{path}'.", hint=hint) from e
    except (OSError, ValueError) as e:
        raise unreadable(path, e) from e


def _look(file: Path, name: str, *, follow: bool = True) -> Export:
    """Return the export in a file. Errors: NotAnExport; OSError, NotAFile among them."""
    with open_regular(file, follow=follow) as opened:
        return check(Export(name, os.fstat(opened.fileno()).st_size, str(file), read_head(Stream(name, opened))))


def check(export: Export) -> Export:
    """Return the export when its head is that of one. Errors: NotAnExport."""
    if is_archive(export.head) or (not ENTRY_FIELD.search(export.head) and not EMPTY.match(export.head)):
        raise NotAnExport(f"'{export.name}' is no Cloud Logging export: {_what_it_is(export.head)}", hint=HINT)
    return export


def is_archive(head: bytes) -> bool:
    """Tell whether a file packs others: what lies in it unpacked would be read with the archive's own bytes between."""
    return head.startswith(ARCHIVES) or head[257:262] == b"ustar"


def read_head(stream: Stream) -> bytes:
    """Return the first plain bytes. Errors: NotAnExport when there is none to be had."""
    try:
        return stream.read(framing.HEAD_BYTES)
    except BlindspotError as e:
        raise NotAnExport(e.message, hint=e.hint) from e


def _what_it_is(head: bytes) -> str:
    """Say what a file that is no export looks like."""
    text = head.removeprefix(framing.BOM).lstrip()
    if not text:
        return "it is empty."
    if text.startswith((b"{", b"[")):
        return "it is JSON, but nothing in its beginning is a log entry."
    if re.match(rb"---\s", text) or re.match(rb"insertId: ", text):
        return "it is YAML; gcloud prints JSON with --format=json."
    if is_archive(head):
        return "it is an archive, and nothing is taken out of archives. Unpack it, and give the folder."
    return "its beginning is not JSON."
