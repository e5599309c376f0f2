"""Stack traces of five languages as chains of raised exceptions. Bounded and linear: a trace comes from outside."""

import re

from lib.core.traces.tracedotted import parse_java, parse_javascript
from lib.core.traces.traceframes import Chain, Frame, Raised, is_own

MOST_LINES = 2_000
"""Lines that are read: deeper traces only repeat a recursion."""

MOST_CHARACTERS = 600
"""Characters of a line that are read: longer lines are source or data, no frames."""


_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def parse_chains(text: str) -> tuple[Chain, list[Chain]]:
    """Return the exceptions of a text, and a group's members' chains; both empty when it holds no stack trace."""
    text = _COLOUR.sub("", text)
    if "\n" not in text and "\\n" in text:
        text = text.replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')
    lines = [line[:MOST_CHARACTERS] for line in text.split("\n", MOST_LINES)[:MOST_LINES]]
    if any("Exception Group Traceback" in line for line in lines):
        return _parse_group(lines)
    for reader in (_parse_python, _parse_go, _parse_ruby, parse_java, parse_javascript):
        if chain := reader(lines):
            return chain, []
    return [], []


# ---- Python

_PY_FRAME = re.compile(r'\s*File "([^"]+)", line (\d+)(?:, in (.+?))?\s*$')
_PY_RAISED = re.compile(r"([A-Za-z_][\w.]*)(?::(?: (.*))?)?$")
_PY_NAMED = re.compile(r"\s*[\w.]*(?:Error|Exception|Group|Warning|Interrupt|Exit)(?:: |$)")  # an indented trace's last line


def _parse_python(lines: list[str]) -> Chain:
    chain: Chain = []
    frames: list[Frame] = []
    explicit = True
    for line in lines:
        if frame := _PY_FRAME.match(line):
            frames.append(Frame(frame[1], frame[3] or "", int(frame[2][:9]), is_own(frame[1])))
        elif "[Previous line repeated" in line and frames:
            frames += [frames[-1]] * 3
        elif "direct cause of the following" in line or line.strip().startswith("During handling of the above"):
            explicit = "direct cause" in line
        elif frames and (not line[:1].isspace() or _PY_NAMED.match(line)) and (raised := _PY_RAISED.match(line.strip())):
            chain.append(Raised(raised[1].split(".")[-1], raised[2] or "", tuple(frames), explicit))
            frames, explicit = [], True
    return chain


_MEMBER = re.compile(r"[\s|]*\+-[-+]* (?:\d+|\.\.\.) -+|[\s|]*\+-{4,} \d+ -+")
_MARGIN = re.compile(r"^[\s|]*\| ?|^\s*\+ (?=Exception Group)")


def _parse_group(lines: list[str]) -> tuple[Chain, list[Chain]]:
    parts: list[list[str]] = [[]]
    for line in lines:
        if _MEMBER.match(line):
            parts.append([])
        else:
            parts[-1].append(_MARGIN.sub("", line))
    chains = [chain for part in parts if (chain := _parse_python(part))]
    members = [chain for chain in chains if "Group" not in chain[-1].type]
    return (chains[0] if chains else []), members


# ---- Go

_GO_PANIC = re.compile(r"\b(panic|fatal error|http: panic serving [^ ]+?): (.*)$")
_GO_WRAPPED = re.compile(r"&?[\w.*]+\{(.*)\}$|[\w.*]+\((.*)\)$|\(.*?\) (.*)$")
_GO_ROUTINE = re.compile(r"goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[")
_GO_CALL = re.compile(r"([^\s()]+(?:\(\*?[^\s()]+\)[^\s()]*)*)\([^()]*\)$")
_GO_PLACE = re.compile(r"\s*(\S+\.go):(\d+)")
_GO_OTHERS = ("runtime.", "panic", "net/http", "testing.", "main.init.", "internal/")


def _parse_go(lines: list[str]) -> Chain:
    kind, message, call = "", "", ""
    frames: list[Frame] = []
    routines = 0
    for line in lines:
        routines += bool(_GO_ROUTINE.match(line))
        if routines > 1 or (routines and line.startswith("created by")):
            break
        if not kind and not frames and (panic := _GO_PANIC.search(line)):
            kind, message = _go_panic(panic[1], panic[2])
        elif found := _GO_CALL.match(line):
            call = found[1]
        elif call and (place := _GO_PLACE.match(line)):
            own = is_own(place[1]) and not call.startswith(_GO_OTHERS)
            frames.append(Frame(place[1], _go_function(call), int(place[2][:9]), own))
            call = ""
    return [Raised(kind or "panic", message, tuple(reversed(frames)))] if frames and routines else []


def _go_panic(kind: str, message: str) -> tuple[str, str]:
    message = re.sub(r" \[recovered.*$", "", message)
    if message.startswith("runtime error: "):
        return "runtime error", message.removeprefix("runtime error: ")
    if wrapped := _GO_WRAPPED.match(message):
        message = next(filter(None, wrapped.groups()), message)
    return kind if kind == "fatal error" else "panic", message


def _go_function(call: str) -> str:
    return re.sub(r"\.func[\d.]+", ".func", call.replace("[...]", "")).split("/")[-1]


# ---- Ruby

_RB_HEAD = re.compile(r"(?:.*?\s)?([\w./~<>:-]+?\.rb):(\d+):in [`'](.+?)': (.*) \(([A-Z][\w:]*)\)$")
_RB_BARE = re.compile(r"(?:.*?\s)?([A-Z]\w*(?:::\w+)*) \((.*)\):?$")
_RB_FRAME = re.compile(r"\s*(?:from |\d+: from |\d+: )?([^\s:]+(?:\.rb|>|\.ru|\.rake)):(\d+):in [`'](.+?)'")
_RB_BLOCK = re.compile(r"^(?:(?:block(?: \(\d+ levels\))?|rescue|ensure) in )+")


def _parse_ruby(lines: list[str]) -> Chain:
    found: list[tuple[str, str, list[Frame]]] = []
    for line in lines:
        if head := _RB_HEAD.match(line):
            found.append((head[5], head[4], [_ruby_frame(head[1], head[2], head[3])]))
        elif found and (frame := _RB_FRAME.match(line)):
            found[-1][2].append(_ruby_frame(frame[1], frame[2], frame[3]))
        elif bare := _RB_BARE.match(line):
            found.append((bare[1], bare[2], []))
    return [Raised(kind.split("::")[-1], said, tuple(reversed(frames))) for kind, said, frames in reversed(found) if frames]


def _ruby_frame(file: str, line: str, function: str) -> Frame:
    name = re.split(r"[#.]", _RB_BLOCK.sub("", function))[-1]
    return Frame(file, name, int(line[:9]), is_own(file))
