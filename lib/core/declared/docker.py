"""The text of a Dockerfile as stages of steps: what is copied from where, and which commands run in which folder."""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import Final

UNKNOWN: Final = "\0"  # stands for a build argument without a value
MAX_VALUE: Final = 4096  # signs; a value made of itself twice over, forty times, would fill the memory
MAX_STAGES: Final = 100  # nobody writes more; a longer chain of stages is a circle
_VARIABLE: Final = re.compile(r"\$(?:\{(\w+)(?::?([-+])([^}]*))?\}|(\w+))")
_HEREDOC: Final = re.compile(r"<<-?[\"']?(\w+)[\"']?")
_SPLIT: Final = re.compile(r"&&|\|\||;|\||\n|\bthen\b|\bdo\b")
_BIND: Final = re.compile(r"--mount=(\S*type=bind\S*)")


@dataclass(frozen=True)
class Copy:
    """Files that come into a stage; source_stage "" is the build context."""

    sources: tuple[str, ...]
    target: str
    into_folder: bool
    source_stage: str = ""


@dataclass(frozen=True)
class Command:
    """One command and the folder in which it runs."""

    words: tuple[str, ...]
    folder: str


@dataclass
class Stage:
    """One FROM and its steps, in order."""

    base: str
    name: str
    steps: list[Copy | Command] = field(default_factory=list)
    folder: str = "/"
    values: dict[str, str] = field(default_factory=dict)


def parse_dockerfile(text: str) -> list[Stage]:
    """Return the stages, none when there are more than MAX_STAGES; a build argument without a value becomes UNKNOWN."""
    stages: list[Stage] = []
    outer: dict[str, str] = {}
    steps = _instructions(text)
    if sum(name == "FROM" for name, _ in steps) > MAX_STAGES:
        return []
    for name, rest in steps:
        if name == "FROM":
            stages.append(_open_stage(rest, outer, stages))
        elif not stages:
            if name == "ARG":
                outer.update(_assign(rest, outer))
        else:
            _add(stages[-1], name, rest, outer)
    return stages


def _instructions(text: str) -> list[tuple[str, str]]:
    """Return (instruction, rest) with continued lines joined, comments left out and here-documents kept as lines."""
    found: list[tuple[str, str]] = []
    lines = iter(text.splitlines())
    for line in lines:
        whole = "" if line.lstrip().startswith("#") else line.strip()
        while whole.endswith("\\"):
            following = next(lines, None)
            if following is None:
                break
            whole = whole if following.lstrip().startswith("#") else whole[:-1] + " " + following.strip()
        whole = whole.rstrip("\\")
        for end in _HEREDOC.findall(whole) if whole[:4].upper() in ("RUN ", "COPY", "ADD ") else ():
            for inner in lines:
                if inner.strip() == end:
                    break
                whole += "\n" + inner
        name, _, rest = whole.partition(" ")
        if name.isalpha():
            found.append((name.upper(), rest.strip()))
    return found


def _open_stage(rest: str, outer: Mapping[str, str], stages: list[Stage]) -> Stage:
    words = [w for w in rest.split() if not w.startswith("--")]
    base = expand(words[0], outer) if words else ""
    name = words[2] if len(words) > 2 and words[1].lower() == "as" else str(len(stages))
    before = next((s for s in stages if s.name.lower() == base.lower()), None)
    return Stage(base, name, folder=before.folder if before else "/", values=dict(before.values) if before else {})


def _add(stage: Stage, name: str, rest: str, outer: Mapping[str, str]) -> None:
    if name == "ARG":
        key = rest.partition("=")[0].strip()
        stage.values.update(_assign(rest, stage.values) if "=" in rest else {key: stage.values.get(key, outer.get(key, UNKNOWN))})
    elif name == "ENV":
        stage.values.update(_assign(rest, stage.values))
    elif name == "WORKDIR":
        stage.folder = normpath(join(stage.folder, expand(rest.strip("\"'"), stage.values)))
    elif name in ("COPY", "ADD"):
        stage.steps += _copies(rest, stage)
    elif name == "RUN":
        stage.steps += _bound(rest, stage)
        stage.steps += _commands(rest, stage)


def _assign(rest: str, values: Mapping[str, str]) -> dict[str, str]:
    """Return what ARG or ENV sets; an ARG without a value is UNKNOWN."""
    if "=" not in rest:
        key, _, value = rest.partition(" ")
        return {key: expand(value.strip(), values) if value else UNKNOWN}
    pairs = [word.partition("=") for word in split_words(rest)]
    return {key: expand(value, values) if sign else UNKNOWN for key, sign, value in pairs if key}


def expand(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its variables; one that is not known becomes UNKNOWN."""

    def value(match: re.Match[str]) -> str:
        known = values.get(match[1] or match[4] or "", UNKNOWN)
        if match[2] == "-" and known in ("", UNKNOWN):
            return match[3] or ""
        return known

    whole = _VARIABLE.sub(value, text)
    return whole if len(whole) <= max(MAX_VALUE, len(text)) else UNKNOWN


def split_words(text: str) -> list[str]:
    """Return a command's words as a shell reads them; by blanks alone where the quotes do not close."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def _words(rest: str) -> list[str]:
    if rest.startswith("["):
        try:
            listed = json.loads(rest)
        except (ValueError, RecursionError):
            listed = None
        if isinstance(listed, list):
            return [w for w in listed if isinstance(w, str)]
    return split_words(rest)


def _copies(rest: str, stage: Stage) -> list[Copy | Command]:
    flags = re.match(r"(?:--[\w-]+(?:=\S+)?\s+)*", rest)
    options = flags[0] if flags else ""
    words = [expand(w, stage.values) for w in _words(rest.partition("\n")[0][len(options) :].strip())]
    if len(words) < 2 or "<<" in rest:
        return []
    source = re.search(r"--from=(\S+)", options)
    target = words[-1]
    into = target.endswith(("/", ".")) or len(words) > 2
    return [
        Copy(tuple(words[:-1]), normpath(join(stage.folder, target)), into, expand(source[1], stage.values) if source else "")
    ]


def _bound(rest: str, stage: Stage) -> list[Copy | Command]:
    """A file that is bound into a command is there for it as if it had been copied."""
    found: list[Copy | Command] = []
    for mount in _BIND.findall(rest):
        parts = {key: value for key, _, value in (part.partition("=") for part in mount.split(","))}
        source = parts.get("source", parts.get("src", "."))
        target = parts.get("target", parts.get("dst", parts.get("destination", "")))
        if target:
            path = normpath(join(stage.folder, expand(target, stage.values)))
            found.append(Copy((expand(source, stage.values),), path, False, parts.get("from", "")))
    return found


def _commands(rest: str, stage: Stage) -> list[Copy | Command]:
    plain = re.sub(r"^(?:--\w+=\S+\s+)+", "", rest)
    if plain.startswith("["):
        words = _words(plain)
        if len(words) == 3 and words[1] == "-c":
            return _shell(words[2], stage)
        return [Command(tuple(words), stage.folder)]
    return _shell(plain, stage)


def _shell(text: str, stage: Stage) -> list[Copy | Command]:
    found: list[Copy | Command] = []
    folder = stage.folder
    for part in _SPLIT.split(text):
        words = [expand(w, stage.values) for w in split_words(part.strip(" \t()"))]
        while words and (
            re.fullmatch(r"\w+=.*", words[0], re.DOTALL) or words[0] in ("exec", "sudo", "time", "set", "if", "command")
        ):
            words = words[1:]
        if len(words) > 1 and words[0] == "cd":
            folder = normpath(join(folder, words[1]))
        elif words:
            found.append(Command(tuple(words), folder))
    return found


def find_source(path: str, stage: Stage, before: int, stages: list[Stage], depth: int = 0) -> str | None:
    """Return where a file of the image comes from, relative to the build context; None when that is not known."""
    if depth > MAX_STAGES or UNKNOWN in path:
        return None
    for step in reversed(stage.steps[:before]):
        if not isinstance(step, Copy):
            continue
        for source in step.sources:
            if (origin := _origin(path, source, step)) is not None:
                if not step.source_stage:
                    return origin
                other = find_stage(step.source_stage, stages)
                return find_source(normpath(join("/", origin)), other, len(other.steps), stages, depth + 1) if other else None
    base = find_stage(stage.base, stages)
    return find_source(path, base, len(base.steps), stages, depth + 1) if base and base is not stage else None


def _origin(path: str, source: str, step: Copy) -> str | None:
    """Return which file behind `source` became `path`, None when that one did not."""
    name = source.rstrip("/").rpartition("/")[2]
    if UNKNOWN in source or UNKNOWN in step.target:
        return None
    if "*" in name or "?" in name:
        tail = path.removeprefix(step.target.rstrip("/") + "/")
        fits = re.fullmatch(re.escape(name).replace(r"\*", "[^/]*").replace(r"\?", "[^/]"), tail)
        return normpath(join(source.rpartition("/")[0], tail)).lstrip("/") if fits and tail != path else None
    if step.into_folder and path == join(step.target, name):
        return normpath(source).lstrip("/")
    if path == step.target:
        return normpath(source).lstrip("/")
    if path.startswith(step.target.rstrip("/") + "/") and "." not in name.strip("."):  # a folder's content
        return normpath(join(source, path[len(step.target.rstrip("/")) + 1 :])).lstrip("/")
    return None


def find_stage(name: str, stages: list[Stage]) -> Stage | None:
    """Return a stage by its name or number."""
    return next((s for n, s in enumerate(stages) if name.lower() == s.name.lower() or name == str(n)), None)


def find_reached(stages: list[Stage]) -> list[Stage]:
    """Return the stages that the last one is made of: its bases, and those that it copies from."""
    reached: list[Stage] = []
    waiting = stages[-1:]
    while waiting:
        stage = waiting.pop()
        if any(stage is r for r in reached):
            continue
        reached.append(stage)
        names = [stage.base, *(s.source_stage for s in stage.steps if isinstance(s, Copy) and s.source_stage)]
        waiting += [found for name in names if (found := find_stage(name, stages))]
    return reached
