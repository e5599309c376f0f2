"""Java and JavaScript stack traces: "Type: message", then "at …" lines, the outermost exception first."""

import re
from collections.abc import Callable

from lib.core.traces.traceframes import Chain, Frame, Raised, is_own

_AT = re.compile(r"\s+at |at (?=\S+ ?\(.*\)$)")
_JAVA_FRAME = re.compile(r"\s*at (?:[\w.@-]*/)*([\w.$]+)\.([\w$<>-]+)\(([^():]*)(?::(\d+))?\)")
_JAVA_NOISE = re.compile(r"\$\$|\$Proxy|Accessor\d")
_JS_FRAME = re.compile(
    r"\s*at (?:async )?(?:(?:new )?([^()]*?)(?: \[as [^\]]*\])? \()?"
    r"((?:file:|node:|webpack|https?:|[A-Za-z]:\\|\.{0,2}/|internal/)[^()]*?):(\d+):\d+\)?$"
)
_JS_OWNER = re.compile(r"^(?:Object|Module|Function|process|Context)\.|<anonymous>|^async ")
_CAUSE = re.compile(r"\s*(?:Caused by|\[cause\]): ")
_TYPED = re.compile(
    r"(?<![\w.$/])([A-Za-z_$][\w.$]{0,200}?(?:Error|Exception|Throwable|Failure|Fault|Interrupt)\w{0,40})"
    r"(?: \[\w+\])?(?::(?: (.*?))?)?(?: \{)?$"
)
_PLAIN = re.compile(r"([A-Za-z_$][\w.$]*)(?: \[\w+\])?(?:: (.*?))?(?: \{)?$")
_NEAR = 10  # lines that a message may take before its first frame


_FrameReader = Callable[[str], Frame | None]
_Found = tuple[str, str, list[Frame]]


def parse_java(lines: list[str]) -> Chain:
    """Return the chain of a Java (Kotlin, Scala) trace, empty when there is none."""
    return _parse_dotted(lines, _java_frame)


def parse_javascript(lines: list[str]) -> Chain:
    """Return the chain of a V8 (Node) trace, empty when there is none."""
    return _parse_dotted(lines, _javascript_frame)


def _parse_dotted(lines: list[str], read_frame: _FrameReader) -> Chain:
    title, lines = _find_title(_without_suppressed(lines))
    found: list[_Found] = [title] if title else []
    frames = title[2] if title else []
    for line in lines:
        if _AT.match(line):
            if frame := read_frame(line):
                frames.append(frame)
        elif cause := _CAUSE.match(line):
            frames = []
            if raised := _TYPED.search(line.strip()) or _PLAIN.match(line[cause.end() :].strip()):
                found.append(_found(raised, frames))
        elif frames and not line.strip().startswith("..."):
            frames = []  # other text came between: what follows belongs to nobody we know
    return [Raised(kind, said, tuple(reversed(own))) for kind, said, own in reversed(found) if own]


def _find_title(lines: list[str]) -> tuple[_Found | None, list[str]]:
    """Return the exception named before the first frame, a known kind of name first, and the lines from that frame on."""
    first = next((at for at, line in enumerate(lines) if _AT.match(line)), len(lines))
    before = [line.strip() for line in lines[max(0, first - _NEAR) : first]]
    raised = next(filter(None, map(_TYPED.search, before)), None) or next(filter(None, map(_PLAIN.match, before)), None)
    return (_found(raised, []) if raised else None), lines[first:]


def _found(raised: re.Match[str], frames: list[Frame]) -> _Found:
    said = raised[2] or ""
    return raised[1].split(".")[-1].split("$")[-1], "" if said == "null" else said, frames


def _without_suppressed(lines: list[str]) -> list[str]:
    """Blank what was suppressed on the way: a side effect of cleaning up, no cause. It is indented at least as its title."""
    out: list[str] = []
    depth: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if line.lstrip().startswith("Suppressed: "):
            depth = indent if depth is None else min(depth, indent)
        elif depth is not None and line.strip() and indent < depth:
            depth = None
        out.append(line if depth is None else "...")
    return out


def _java_frame(line: str) -> Frame | None:
    frame = _JAVA_FRAME.match(line)
    if not frame or _JAVA_NOISE.search(frame[1]):
        return None
    function = re.sub(r"^lambda\$(\w+)\$\d+", r"\1", frame[2])
    return Frame(re.sub(r"\$\d+$", "", frame[1]), function, int((frame[4] or "0")[:9]), is_own(frame[1] + "."))


def _javascript_frame(line: str) -> Frame | None:
    frame = _JS_FRAME.match(line)
    if not frame:
        return None
    return Frame(frame[2], _JS_OWNER.sub("", frame[1] or ""), int(frame[3][:9]), is_own(frame[2]))
