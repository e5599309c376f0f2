"""A stack trace -> what stands for it in clustering: root exception, masked message, innermost own frame.

Line numbers and library frames never split: a deploy moves the first, an upgrade the second. The root is found by going
down explicit causes; an exception that merely happened "during handling" is followed only where the outer one repeats
the inner; a cancellation is never a cause.
"""

import re
from dataclasses import dataclass
from typing import Final

import polars as pl

from lib.core.templates.collapsing import CODES, COLLAPSE, TRACE_MARK, VARIABLE, rust
from lib.core.traces.traceframes import Chain, Frame, Raised
from lib.core.traces.traceparsing import parse_chains

_LOOKS: Final = (
    r"Traceback \(most recent call last\)|File \"[^\"]+\", line [0-9]+|goroutine [0-9]+ [^\n]*\[|\.rb:[0-9]+:in [`']"
    r"|(?:\n|\\n)(?:\s|\\t)+at [^\n]+[:(]"
)


@dataclass(frozen=True)
class Trace:
    """A stack trace in short.

    exception:  type of the root exception, without its package.
    message:    what it said, variable parts as VARIABLE.
    location:   innermost own frame as module.path:function:line, "" when no frame is told.
    key:        stands for the entry's collapsed text in clustering; holds no line number.
    """

    exception: str
    message: str
    location: str
    key: str


def looks_like_trace_expr(text: pl.Expr) -> pl.Expr:
    """Return a boolean expression, cheap and never null: True for each text that `parse_trace` may read."""
    many = text.str.contains_any(["\n", "\\n"])
    return many & pl.when(many).then(text).str.contains(rust(_LOOKS)).fill_null(False)


def parse_trace(message: str) -> Trace | None:
    """Return the trace that a message holds (whole, of Python, Java, JavaScript, Go or Ruby), None when it holds none."""
    chain, members = parse_chains(message)
    if not chain:
        return None
    shown = members[0] if members else chain
    root = _root(shown)
    frame = _frame(shown, root)
    return Trace(shown[root].type, _masked(shown, root), f"{_place(frame)}:{frame.line}", _key(chain, members))


def _key(chain: Chain, members: list[Chain]) -> str:
    if members:
        keys = sorted({_key(member, []) for member in members})
        return keys[0] if len(keys) == 1 else f"ExceptionGroup: {' & '.join(keys)}"
    root = _root(chain)
    said = _masked(chain, root)
    where = "" if _NOWHERE.search(chain[root].type) else _where(chain, root)
    return f"{chain[root].type}{': ' if said else ''}{said}{TRACE_MARK}{where}"


# ---- which exception

_SHORTEST_QUOTE = 8
"""Characters of an inner message that make its repetition no chance."""


def _root(chain: Chain) -> int:
    """Return the index of the exception that the others come from."""
    at = len(chain) - 1
    while at > 0 and _comes_from(chain[at], chain[at - 1]):
        at -= 1
    return at


def _comes_from(outer: Raised, inner: Raised) -> bool:
    if "Cancel" in inner.type:
        return False
    repeats = len(inner.message) >= _SHORTEST_QUOTE and inner.message in outer.message
    return outer.explicit or inner.type == outer.type or repeats


# ---- which frame

_NOWHERE = re.compile(r"OutOfMemoryError|MemoryError|CancellationException|CancelledError|KeyboardInterrupt")  # strike anywhere
_LOOPS = re.compile(r"RecursionError|Stack(?:Overflow|Level)|Maximum call stack")
_FOLDERS = frozenset(("", ".", "app", "src", "dist", "build", "workspace", "srv", "usr", "home"))
_PATH_PARTS = 3


def _frame(chain: Chain, root: int) -> Frame:
    """Return the innermost own frame of the root; when it has none, of the exception that wrapped it; else its innermost."""
    for raised in chain[root:]:
        for frame in reversed(raised.frames):
            if frame.own:
                return frame
    return chain[root].frames[-1]


def _where(chain: Chain, root: int) -> str:
    if not _LOOPS.search(chain[root].type + chain[root].message):
        return _place(_frame(chain, root))
    counts: dict[str, int] = {}
    for frame in chain[root].frames:
        if frame.own:
            counts[_place(frame)] = counts.get(_place(frame), 0) + 1
    return ", ".join(sorted(place for place, count in counts.items() if count > 2)) or _place(_frame(chain, root))


def _place(frame: Frame) -> str:
    """Return module.path:function: the path's last parts without what a build or a container puts in."""
    file = re.sub(r"^file://|\?.*$|^webpack(?:-internal)?://+", "", frame.file).replace("\\", "/")
    file = re.sub(r"[.-][0-9a-f]{6,}(?=\.|$)", "", re.sub(r"\.(?:pyc?|[mc]?[jt]sx?|rb|go|java|kt)$", "", file))
    parts = [re.sub(r"\d+", "0", part) for part in file.split("/")[-_PATH_PARTS:] if part not in _FOLDERS]
    return f"{'.'.join(parts)}:{frame.function}"


# ---- what it said

_MESSAGE_LENGTH = 300
_MEANT = re.compile(  # in these the quoted word is the meaning, not a value
    r"(?i)module|import|name|attribute|class(?:notfound|def)|nosuch(?:method|field)|undefined"
    r"|reading '|is not a function|cannot find"
)
_CODES = re.compile(CODES, re.ASCII)
_COLLAPSE = re.compile(COLLAPSE, re.ASCII)
_VALUES = re.compile(r"[a-zA-Z][\w+.-]{0,20}://[^\s'\")]+|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+|(?<![\w.])/[\w./-]+")
_QUOTED = re.compile(r"(?<!\w)(['\"`\[({<]).{0,120}?[\])}>`\"'](?!\w)")
_NUMBER = re.compile(r"(?:[A-Za-z_]*0[\w.,:-]*0|[A-Za-z_]*0)[A-Za-z_]*")
_KEEP = {ord("0") + digit: chr(0xE000 + digit) for digit in range(10)}  # a code's digits while numbers are masked
_PUT_BACK = {0xE000 + digit: str(digit) for digit in range(10)}


def _masked(chain: Chain, root: int) -> str:
    """Return what the root (or the first above it that says something) said, its first line, variable parts as VARIABLE."""
    said = next((raised.message for raised in chain[root:] if raised.message), "")
    text = said.split("\n")[0][:_MESSAGE_LENGTH].translate(_PLAIN_QUOTES).replace("nil:NilClass", "nil")
    meant = bool(_MEANT.search(chain[root].type + text))
    if code := _CODES.search(text):
        text = text[: code.start(1)] + code[1].translate(_KEEP) + text[code.end(1) :]
    text = _VALUES.sub(VARIABLE, _COLLAPSE.sub("0", text))
    text = text if meant else _NUMBER.sub(VARIABLE, _QUOTED.sub(VARIABLE, text))
    text = re.sub(rf"{VARIABLE}(?:[ ,:;]*{VARIABLE})+", VARIABLE, re.sub(r"\s+", " ", text))
    return text.translate(_PUT_BACK).strip()


_PLAIN_QUOTES = str.maketrans({"`": "'", TRACE_MARK: " "})
