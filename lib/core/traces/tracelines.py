"""One container's log, a line an entry -> the lines that are one stack trace of Python, Java or JavaScript.

A line is taken by its form (a frame, a header, a cause) or, where any text may stand (code, a message of many lines), by
its place. A line of another thread in between is left out and ends nothing, MOST_BETWEEN at most. Bounded and linear.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from lib.core.severities import LEVELS

GAP_US: Final = 1_000_000
"""A trace ends where its next line is missing so long. It is written by one call, its lines µs to ms apart; a container
whose CPU is throttled between two of them may pause for some 100 ms, and one that crashes starts again after seconds."""

CLOSE_US: Final = 10_000
"""Lines that only their place makes part of a trace must come as close as lines of one write."""

MOST_BETWEEN: Final = 10
"""Lines of other threads between two lines of a trace: more than that, and what follows is not looked for."""

NEAR: Final = 10
"""Lines that a message may take; core.traces.tracedotted looks as far."""


@dataclass(frozen=True)
class Line:
    """What an entry says.

    text:   with its indentation; "" for a blank line, None for what can be no line of a trace.
    at_us:  when, in µs.
    loose:  whether it may be part of a message: it begins with no level or time of its own.
    given:  the severity that the log gave it, "" when none: one write's lines share it.
    """

    text: str | None
    at_us: int
    loose: bool = True
    given: str = ""

    def goes_with(self, other: "Line") -> bool:
        """Tell whether it may be part of a message that another line begins."""
        return self.loose and self.given == other.given


@dataclass(frozen=True)
class Run:
    """The lines of one trace, by number, and the trace as it would stand in one entry."""

    members: tuple[int, ...]
    text: str


HEADER: Final = "Traceback (most recent call last):"
FRAME_STARTS: Final = ('File "', '|   File "')
FRAME: Final = re.compile(r'[\s|]*File "[^"]+", line \d+(, in .+)?\s*$')
CALL: Final = re.compile(
    r"\s*at (?:[\w.$/<>@-]+\([^()]*\)|.{0,400}:\d+:\d+\)?(?: \{)?$|.{1,200} \((?:<anonymous>|native|index \d+)\)$)"
)


def find_runs(lines: Sequence[Line]) -> list[Run]:
    """Return the runs of lines that look like one trace each, in order, no line twice. Lines come in the order of writing."""
    runs: list[Run] = []
    floor = at = 0
    while at < len(lines):
        members = _find_members(lines, at, floor)
        if len(members) > 1:
            runs.append(Run(tuple(members), _join(lines, members)))
            floor = members[-1] + 1
        at = max(at, members[-1] if members else at) + 1
    return runs


def _find_members(lines: Sequence[Line], at: int, floor: int) -> list[int]:
    text = lines[at].text
    if not text:
        return []
    if _is_header(text):
        return _follow_python(lines, at, _State.GROUP if "Exception Group" in text else _State.HEAD)
    if (frame := FRAME.match(text)) and frame[1]:
        return _follow_python(lines, at, _State.FRAMES)  # the export begins in the middle of a trace
    if CALL.match(text) and (before := _find_title(lines, at, floor)):
        return _follow_calls(lines, [*before, at])
    return []


def _join(lines: Sequence[Line], members: Sequence[int]) -> str:
    """Return the trace; where a collector took the indentation away, the line behind a Python frame gets it back."""
    told = [lines[at].text or "" for at in members]
    bare = [text.startswith("File ") and bool(FRAME.match(text)) for text in told]
    coded = [
        before and not here and not _TYPED.match(text) for before, here, text in zip([False, *bare], bare, told, strict=False)
    ]
    return "\n".join("    " + text if code else text for code, text in zip(coded, told, strict=True)).strip(" \t\r\n")


def _is_header(text: str) -> bool:
    return text.rstrip().endswith(HEADER) and not text.lstrip().startswith("|")


# ---- Python


class _State(Enum):
    HEAD = auto()  # nothing but a header yet
    FRAMES = auto()
    RAISED = auto()  # the exception was named: a message of many lines may follow, or the next exception
    LINKED = auto()  # "During handling …" was said: the next traceback belongs to this one
    GROUP = auto()  # within the margin of an exception group


_KIND = r"(?:Error|Exception|Group|Warning|Interrupt|Exit|Iteration|Fault|Failure)\w{0,20}"
_TYPED = re.compile(rf"(?:(?:\w+\.)+[A-Z_]\w*|\w*{_KIND})(?::(?: .*)?)?$")
_RAISED = re.compile(r"([A-Za-z_][\w.]*)(?::(?: .*)?)?$")
_LEVEL = re.compile(rf"(?i:{LEVELS})(?::|$)")
_LINK = re.compile(r"\s*(?:During handling of the above exception|The above exception was the direct cause)")
_MARK = re.compile(r"\s*[~^][~^\s]*$|\s*\[Previous line repeated ")
_MARGIN = re.compile(r"\s*(?:\||\+-|\+ Exception Group)")
_MORE_SAID = re.compile(r"\[(?:SQL|parameters|generated in|cached since|raw sql)\b|\(Background on this error|[A-Z]+(?: \d+)?:  ")


def _follow_python(lines: Sequence[Line], start: int, state: _State) -> list[int]:
    members, between = [start], 0
    for at in range(start + 1, len(lines)):
        line, last = lines[at], members[-1]
        if line.at_us - lines[last].at_us > GAP_US or between > MOST_BETWEEN:
            break
        if line.text == "":
            continue
        if line.text and _is_header(line.text) and state is not _State.LINKED:
            break
        found = _step(state, lines, last, at) if line.text else None
        if found and (between == 0 or not _by_place(state, line.text or "")):
            members.append(at)
            state, between = found, 0
        else:
            between += 1
    return members


def _by_place(state: _State, text: str) -> bool:
    """Tell whether only its place makes a line part of a trace: what came between then makes it another's."""
    return state is _State.RAISED and not _LINK.match(text) and not _MORE_SAID.match(text)


def _step(state: _State, lines: Sequence[Line], last: int, at: int) -> _State | None:
    """Return the state that a line leads to, None when it does not belong."""
    text = lines[at].text or ""
    if state is _State.LINKED:
        return (_State.GROUP if "Exception Group" in text else _State.HEAD) if _is_header(text) else None
    if state is _State.GROUP and _MARGIN.match(text):
        return state
    if state in (_State.RAISED, _State.GROUP):
        if _LINK.match(text):
            return _State.LINKED
        return state if state is _State.RAISED and _says_more(lines, last, at) else None
    if FRAME.match(text):
        return _State.FRAMES
    if state is _State.FRAMES and (_MARK.match(text) or _is_code(text, lines[last].text or "")):
        return state
    return _State.RAISED if state is _State.FRAMES and _is_raised(lines, at) else None


def _is_code(text: str, before: str) -> bool:
    lost = before.startswith("File ") and bool(FRAME.match(before))  # a frame is indented, unless a collector took it away
    return text[0].isspace() or (lost and not _TYPED.match(text))


def _is_raised(lines: Sequence[Line], at: int) -> bool:
    """Tell whether a line names the exception; a bare word that looks like none does so only where nothing better follows."""
    text = lines[at].text or ""
    if not _RAISED.match(text) or _LEVEL.match(text):
        return False
    return bool(_TYPED.match(text)) or not _has_better(lines, at)


def _has_better(lines: Sequence[Line], at: int) -> bool:
    for line in lines[at + 1 : at + 1 + MOST_BETWEEN]:
        text = line.text or ""
        if line.at_us - lines[at].at_us > GAP_US or _is_header(text):
            return False
        if FRAME.match(text) or _TYPED.match(text):
            return True
    return False


def _says_more(lines: Sequence[Line], last: int, at: int) -> bool:
    """Tell whether a line belongs to the message above it: it or the next one is indented, or the trace goes on behind it."""
    line = lines[at]
    text = line.text or ""
    if line.at_us - lines[last].at_us > CLOSE_US:
        return False
    if text[0].isspace() or _MORE_SAID.match(text):
        return not FRAME.match(text) and line.given == lines[last].given
    if not line.goes_with(lines[last]):
        return False
    following = _next_text(lines, at)
    if following[:1].isspace():
        return not FRAME.match(following) and not CALL.match(following)
    return _is_linked(lines, at)


def _next_text(lines: Sequence[Line], at: int) -> str:
    """Return the text of the next line, "" when it does not come close."""
    close = at + 1 < len(lines) and lines[at + 1].at_us - lines[at].at_us <= CLOSE_US
    return (lines[at + 1].text or "") if close else ""


def _is_linked(lines: Sequence[Line], at: int) -> bool:
    """Tell whether nothing but more of a message stands between a line and "During handling …"."""
    for after in range(at + 1, min(at + 1 + NEAR, len(lines))):
        line = lines[after]
        if line.text is None or not line.loose or line.at_us - lines[after - 1].at_us > CLOSE_US:
            return False
        if _LINK.match(line.text):
            return True
    return False


# ---- Java and JavaScript

_ERROR = r"(?:Error|Exception|Throwable|Failure|Fault|Interrupt)\w{0,40}(?: \[\w+\])?"
_TITLE = re.compile(rf'(?:Exception in thread "[^"]*" |Uncaught )?(?!\d)[\w.$]*?{_ERROR}(?::(?: .*)?)?(?: \{{)?$')
_NAMED = re.compile(rf"(?<![\w.$/])(?!\d)[\w.$]{{0,200}}?{_ERROR}(?::(?: .*)?)?$")
_DOTTED = re.compile(r'Exception in thread "[^"]*" [\w.$]+(?:: .*)?$|(?:[a-z_][\w$]*\.)+[A-Z][\w$]*(?:: .*)?$')  # any class
_CAUSE = re.compile(r"\s*(?:Caused by|\[cause\]|Suppressed|Wrapped by): ")
_MORE = re.compile(r"\s*\.\.\. \d+ |\s*\[CIRCULAR REFERENCE")
_CLOSE = re.compile(r"\s*[\]}]+,?$")


def _find_title(lines: Sequence[Line], at: int, floor: int) -> list[int]:
    """Return the numbers of the title before the first frame and of the lines of its message, empty when there is none."""
    named: int | None = None
    close = True
    for back in range(at - 1, max(floor, at - NEAR) - 1, -1):
        line, text = lines[back], lines[back].text
        if lines[back + 1].at_us - line.at_us > GAP_US:
            break
        if not text:
            continue
        close = close and lines[back + 1].at_us - line.at_us <= CLOSE_US
        if _TITLE.match(text) or (close and _DOTTED.match(text)):
            return [back, *(n for n in range(back + 1, at) if lines[n].text and lines[n].goes_with(line))]
        if named is None and close and _NAMED.search(text):
            named = back
        close = close and line.goes_with(lines[at])
    return [] if named is None else [n for n in range(named, at) if lines[n].text]


def _follow_calls(lines: Sequence[Line], members: list[int]) -> list[int]:
    between, said = 0, NEAR  # said: lines of a message, NEAR when none can come
    braces = False
    for at in range(members[-1] + 1, len(lines)):
        line, last = lines[at], lines[members[-1]]
        if line.at_us - last.at_us > GAP_US or between > MOST_BETWEEN:
            break
        braces = braces or (last.text or "").endswith(" {")
        text = line.text
        if text == "":
            continue
        if text and (CALL.match(text) or _MORE.match(text) or _CAUSE.match(text)):
            said = 0 if _CAUSE.match(text) else NEAR
        elif text and _begins(lines, at):
            break
        elif text and between == 0 and line.at_us - last.at_us <= CLOSE_US and (
            (said < NEAR and line.goes_with(last)) or (braces and (text[0].isspace() or _CLOSE.match(text)))
        ):  # fmt: skip
            said = min(said + 1, NEAR)
        else:
            between += 1
            continue
        members.append(at)
        between = 0
    return members


def _begins(lines: Sequence[Line], at: int) -> bool:
    """Tell whether another trace begins with a line."""
    text = lines[at].text or ""
    if _is_header(text) or _TITLE.match(text):
        return True
    return bool((_NAMED.search(text) or _DOTTED.match(text)) and _is_called(lines, at))


def _is_called(lines: Sequence[Line], at: int) -> bool:
    """Tell whether nothing but more of a message stands between a line and a frame."""
    for after in range(at + 1, min(at + 1 + NEAR, len(lines))):
        line = lines[after]
        if line.text is None or line.at_us - lines[after - 1].at_us > CLOSE_US:
            return False
        if CALL.match(line.text):
            return True
        if not line.loose:
            return False
    return False
