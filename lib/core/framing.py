"""Bytes of an export -> one JSON text an entry, without decoding any of them.

An export has one of four layouts, told apart by its first bytes, never by its name:
  lines     one entry a line
  rows      an array that gives each entry one line of its own
  pretty    an array (or a run of objects) written over many lines, as `gcloud logging read --format=json` prints it
  packed    an array with no line structure at all
A raw line break cannot stand inside a JSON string, so the first three need no look at the JSON: a damaged entry ends where its
neighbour begins. Only a packed array is scanned for its structure, with numpy.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa

CHUNK_BYTES = 16 << 20  # some 12,000 entries: small enough for memory, large enough for columnar work
ENTRY_BYTES = 512 << 10  # Cloud Logging takes entries of 256 KB; escapes and indentation can double that
OPEN_BYTES = 4 * ENTRY_BYTES  # an entry not closed after this is damaged or far too large
HEAD_BYTES = 64 << 10  # enough to see the first entry's layout
KEPT_BYTES = 4 << 10  # of an oversized entry, for the reader
BOM = b"\xef\xbb\xbf"
FIELDS = (
    rb"insertId|logName|timestamp|receiveTimestamp|resource|severity|textPayload|jsonPayload|protoPayload|httpRequest"
    rb"|labels|trace|spanId|traceSampled|operation|sourceLocation|errorGroups|split"
)
JOINT = re.compile(rb",\s*(?=\{\s*\"(?:" + FIELDS + rb")\"\s*:)")  # between two entries of a packed array
JOINT_BYTES = 64  # a joint, with the white space that people put into it
BETWEEN = b", \t\r\n"  # what may stand between two entries

Positions = npt.NDArray[np.int64]


class Layout(StrEnum):
    """How entries stand in an export."""

    LINES = "lines"
    ROWS = "rows"
    PRETTY = "pretty"
    PACKED = "packed"


@dataclass(frozen=True)
class Shape:
    """A layout, and for a pretty one the blanks that an entry's own braces are indented by."""

    layout: Layout
    indent: bytes = b""


@dataclass(frozen=True)
class Framed:
    """Entries of one piece of an export, in order; `oversized` are the beginnings of those too large to read."""

    lines: pa.LargeBinaryArray
    oversized: tuple[bytes, ...] = ()


def find_shape(head: bytes) -> Shape:
    """Return how the entries stand, from the first HEAD_BYTES of an export."""
    text = head.removeprefix(BOM).lstrip()
    if not text.startswith(b"["):
        return Shape(Layout.PRETTY) if re.match(rb"\{[ \t]*\r?\n", text) else Shape(Layout.LINES)
    opened = re.match(rb"\[\s*?\n([ \t]*)\{([ \t]*\r?\n)?", text)
    if opened is None:
        return Shape(Layout.PACKED)
    return Shape(Layout.PRETTY, opened[1]) if opened[2] else Shape(Layout.ROWS)


@dataclass
class Framer:
    """Cuts a stream of bytes into entries and holds back what is not complete; feed it pieces, the last one with last=True."""

    shape: Shape
    rest: bytes = b""
    begun: bool = False
    lost: bool = False  # inside an entry that was given up: drop everything until the next one begins

    def feed(self, piece: bytes, *, last: bool = False) -> Framed:
        """Return the entries completed by `piece`; with `last`, all that is left."""
        data = self._resume(self._begin(self.rest + piece if self.rest else piece))
        if self.lost:
            return Framed(as_lines(b""))
        match self.shape.layout:
            case Layout.PACKED:
                lines, self.rest = split_packed(data, last)
            case Layout.PRETTY:
                lines, self.rest = split_pretty(data, self.shape.indent, last)
            case layout:
                lines, self.rest = split_lines(data, last, comma=layout is Layout.ROWS)
        return self._without_oversized(lines)

    def _begin(self, data: bytes) -> bytes:
        if self.begun:
            return data
        data = data.removeprefix(BOM).lstrip()
        self.begun = bool(data)
        return data[1:] if self.shape.layout is not Layout.LINES and data.startswith(b"[") else data

    def _resume(self, data: bytes) -> bytes:
        """After an entry was given up, continue where the next one begins."""
        if not self.lost:
            return data
        match self.shape.layout:
            case Layout.PACKED:
                joint = JOINT.search(data)
            case Layout.PRETTY:
                joint = re.search(rb"\n(?=%b\{\r?\n)" % re.escape(self.shape.indent), data)
            case _:
                joint = re.search(rb"\n", data)
        self.lost = joint is None
        self.rest = data[-JOINT_BYTES:] if self.lost else b""  # a joint may be cut in two by the end of a piece
        return data[joint.end() :] if joint else b""

    def _without_oversized(self, lines: pa.LargeBinaryArray) -> Framed:
        large = sizes(lines) > ENTRY_BYTES
        told = [lines[int(i)].as_py()[:KEPT_BYTES] for i in np.flatnonzero(large)]
        if len(self.rest) > OPEN_BYTES:
            told.append(self.rest[:KEPT_BYTES])
            self.rest, self.lost = b"", True
        return Framed(lines.filter(pa.array(~large)) if large.any() else lines, tuple(told))


def sizes(lines: pa.LargeBinaryArray) -> Positions:
    """Return the length of each line in bytes."""
    offsets = np.frombuffer(lines.buffers()[1], dtype=np.int64)
    return np.diff(offsets[lines.offset : lines.offset + len(lines) + 1])


def slices(text: bytes, offsets: Positions) -> pa.LargeBinaryArray:
    """Return text[offsets[i]:offsets[i + 1]] as one array over the same bytes."""
    buffers = [None, pa.py_buffer(np.ascontiguousarray(offsets, dtype=np.int64)), pa.py_buffer(text)]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(offsets) - 1, buffers)


SHORTEST = 8  # bytes
NOTHING = re.compile(rb"\n[ \t\r\n\[\],]*\n")
SOLID = np.ones(256, dtype=bool)
SOLID[list(b" \t\r\n[],")] = False


def as_lines(text: bytes, size: int | None = None) -> pa.LargeBinaryArray:
    """Return the lines of a text's first `size` bytes that hold more than white space, a bracket or a comma, without a copy."""
    size = len(text) if size is None else size
    if not size:
        return pa.array([], pa.large_binary())
    if text.count(b"\n", 0, size) > size // SHORTEST + SHORTEST:  # no log entry is so short: mostly nothing between line breaks
        text = NOTHING.sub(b"\n", text[:size])
        size = len(text)
    breaks = np.flatnonzero(np.frombuffer(text, dtype=np.uint8, count=size) == 10) + 1
    ends = breaks if len(breaks) and breaks[-1] == size else np.append(breaks, size)
    lines = slices(text, np.concatenate([[0], ends]))
    keep = np.ones(len(lines), dtype=bool)
    short = sizes(lines) <= 4  # only these can be blank
    if short.any():
        solid = SOLID[np.frombuffer(text, dtype=np.uint8, count=size)]
        keep = ~short | np.logical_or.reduceat(solid, np.concatenate([[0], ends[:-1]]))
    return lines if keep.all() else lines.filter(pa.array(keep))


def without_bracket(text: bytes) -> bytes:
    """Return a text without the bracket that closes an array at its end: no entry ends in one."""
    bare = text.rstrip()
    return bare[:-1] if bare.endswith(b"]") else text


def split_lines(data: bytes, last: bool, comma: bool) -> tuple[pa.LargeBinaryArray, bytes]:
    """Return the whole lines, without the comma at their end where there is one, and what is not complete."""
    end = len(data) if last else data.rfind(b"\n") + 1
    if not comma:
        return as_lines(data, end), data[end:]
    whole = without_bracket(data[:end].replace(b"},\r\n", b"}\n").replace(b"},\n", b"}\n"))
    return as_lines(whole), data[end:]


def split_pretty(data: bytes, indent: bytes, last: bool) -> tuple[pa.LargeBinaryArray, bytes]:
    """Return the entries, and what is not complete.

    An entry's own braces stand alone on their lines, behind `indent`. One that is never closed ends where the next one opens.
    """
    data = data.replace(b"\r\n", b"\n")
    closing, opening = b"\n" + indent + b"}", b"\n" + indent + b"{\n"
    if last:
        whole, rest = without_bracket(data), b""
    else:
        end = max(data.rfind(closing + b",\n"), data.rfind(closing + b"\n"))
        if end < 0:
            return as_lines(b""), data
        end += len(closing)
        whole, rest = data[:end], data[end:].removeprefix(b",")
    marked = whole.replace(closing + b",\n", closing + b"\x1e").replace(closing + b"\n", closing + b"\x1e")
    if opening in marked:  # not marked by the closing brace of the one before: something there is no entry
        marked = marked.replace(b"," + opening, b"\x1e" + opening).replace(opening, b"\x1e" + opening)
    return as_lines(marked.replace(b"\n", b" ").replace(b"\x1e", b"\n")), rest


def split_packed(data: bytes, last: bool) -> tuple[pa.LargeBinaryArray, bytes]:
    """Return the objects at the array's own level, and what is not complete.

    Braces inside strings do not count. Where the structure is damaged the next entry is found by a LogEntry field's name.
    """
    data = without_bracket(data) if last else data
    starts, ends = find_objects(data)
    sound = count_sound(data, starts, ends)
    whole = slices(data, np.stack([starts, ends], axis=1).ravel()) if len(ends) else as_lines(b"")
    lines = whole.take(pa.array(range(0, 2 * sound, 2), pa.int64()))  # the odd ones are what stands between two entries
    rest = data[int(ends[sound - 1]) if sound else 0 :].lstrip(BETWEEN)
    if sound == len(ends) and not last and len(rest) <= OPEN_BYTES:
        return lines, rest
    texts, rest = split_damaged(rest, last)
    return pa.concat_arrays([lines, pa.array(texts, pa.large_binary())]), rest


def count_sound(data: bytes, starts: Positions, ends: Positions) -> int:
    """Return how many objects come before the first one that may be none: next to it stands something that is no comma."""
    gaps = [data[begin:end].strip(BETWEEN) for begin, end in zip([0, *ends.tolist()], [*starts.tolist(), len(data)], strict=True)]
    gaps[-1] = b"" if gaps[-1].startswith(b"{") else gaps[-1]  # the next entry, not complete
    opens = np.frombuffer(data, dtype=np.uint8)[starts] == ord("{")
    return next((max(i - 1, 0) for i, gap in enumerate(gaps) if gap or (i < len(opens) and not opens[i])), len(ends))


def split_damaged(data: bytes, last: bool) -> tuple[list[bytes], bytes]:
    """Return the texts that stand between entries' beginnings, and what is not complete; a text need not be whole or JSON.

    A beginning inside of an entry that is whole does not count.
    """
    cuts = [0, *(joint.end() for joint in JOINT.finditer(data)), len(data)]
    pieces = [data[start:end] for start, end in pairwise(cuts)]
    balances = [measure(piece) for piece in pieces]
    whole_alone = [balance == [False, 0] and b'"logName"' in piece for piece, (*balance, _) in zip(pieces, balances, strict=True)]
    texts: list[bytes] = []
    k = 0
    while k < len(pieces):
        j, quoted, depth = k, False, 0
        while j == k or (
            (quoted or depth > 0) and j < len(pieces) and not whole_alone[j] and cuts[j + 1] - cuts[k] <= ENTRY_BYTES
        ):
            odd, outside, inside = balances[j]
            quoted, depth, j = quoted != odd, depth + (inside if quoted else outside), j + 1
        is_whole = not quoted and depth <= 0
        if not last and j == len(pieces):
            return texts, data[cuts[k] :]
        j = j if is_whole else k + 1
        piece = data[cuts[k] : cuts[j]]
        texts += filter(None, find_parts(piece) if is_whole else [piece.strip(BETWEEN)])
        k = j
    return texts, b""


def measure(text: bytes) -> tuple[bool, int, int]:
    """Return whether a text has odd quotes, and how many more braces it opens than closes: begun outside of a string, inside."""
    buffer = np.frombuffer(text, dtype=np.uint8)
    quotes = unescaped(text, np.flatnonzero(buffer == ord('"')))
    braces = np.flatnonzero((buffer == ord("{")) | (buffer == ord("}")))
    steps = np.where(buffer[braces] == ord("{"), 1, -1)
    within = np.searchsorted(quotes, braces) % 2 == 1
    return len(quotes) % 2 == 1, int(steps[~within].sum()), int(steps[within].sum())


def find_parts(text: bytes) -> list[bytes]:
    """Return the objects of a text and what stands between them."""
    parts: list[bytes] = []
    at = 0
    for start, end in zip(*(positions.tolist() for positions in find_objects(text)), strict=True):
        if text[start : start + 1] == b"{":
            parts += [text[at:start].strip(BETWEEN), text[start:end]]
            at = end
    return [*parts, text[at:].strip(BETWEEN)]


def find_objects(data: bytes) -> tuple[Positions, Positions]:
    """Return where the complete objects outside of any other begin, and where they end (exclusive)."""
    buffer = np.frombuffer(data, dtype=np.uint8)
    quotes = unescaped(data, np.flatnonzero(buffer == ord('"')))
    braces = np.flatnonzero((buffer == ord("{")) | (buffer == ord("}")))
    braces = braces[np.searchsorted(quotes, braces) % 2 == 0]
    depth = np.cumsum(np.where(buffer[braces] == ord("{"), 1, -1))
    closed = np.flatnonzero((depth == 0) & (buffer[braces] == ord("}")))
    opened = np.concatenate([[0], closed[:-1] + 1]).astype(np.int64) if len(closed) else closed
    return braces[opened], braces[closed] + 1


def unescaped(data: bytes, quotes: Positions) -> Positions:
    """Return the quotes that no odd run of backslashes stands before."""
    slashes = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == ord("\\"))
    if not len(quotes) or not len(slashes):
        return quotes
    begins = np.concatenate([[True], np.diff(slashes) != 1])
    start = slashes[np.maximum.accumulate(np.where(begins, np.arange(len(slashes)), 0))]  # of the run that each belongs to
    before = np.maximum(np.searchsorted(slashes, quotes) - 1, 0)
    run = np.where(slashes[before] == quotes - 1, quotes - start[before], 0)
    return np.asarray(quotes[run % 2 == 0])
