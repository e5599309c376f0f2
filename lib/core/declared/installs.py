"""Which dependency files the commands of a Dockerfile install: a table of commands, and what each of them reads."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from posixpath import join, normpath
from typing import Final

from lib.core.declared.docker import MAX_STAGES, UNKNOWN, Command, Stage, find_reached, find_source, parse_dockerfile
from lib.core.declared.masking import mask_requirement
from lib.core.declared.model import Dependency
from lib.core.declared.pip import parse_requirement
from lib.core.declared.sdks import is_sdk


@dataclass(frozen=True)
class Tool:
    """A command that installs what files declare: they are looked for by name in the folder where it runs."""

    ecosystem: str
    says: re.Pattern[str]
    reads: tuple[str, ...]


def _tool(ecosystem: str, says: str, reads: str) -> Tool:
    return Tool(ecosystem, re.compile(says), tuple(reads.split()))


_PIP: Final = re.compile(
    r"(?:\S*/)?(?:pip[\d.]*|python[\d.]* -m pip|uv pip) (?:.* )?install\b|(?:\S*/)?uv pip (?:install|sync)\b"
)
TOOLS: Final = (
    _tool("python", r"(?:\S*/)?poetry (?:.* )?(?:install|sync)\b", "pyproject.toml poetry.lock"),
    _tool("python", r"(?:\S*/)?uv (?:.* )?sync\b", "pyproject.toml uv.lock"),
    _tool("python", r"(?:\S*/)?pdm (?:.* )?(?:install|sync)\b", "pyproject.toml pdm.lock"),
    _tool("python", r"(?:\S*/)?pipenv (?:.* )?(?:install|sync)\b", "Pipfile Pipfile.lock"),
    _tool("node", r"npm (?:.* )?(?:ci|install|i|clean-install)(?: -.*)?$", "package.json package-lock.json npm-shrinkwrap.json"),
    _tool("node", r"yarn(?: install| workspaces .*)?(?: -.*)?$", "package.json yarn.lock"),
    _tool("node", r"pnpm (?:.* )?(?:install|i|fetch)(?: -.*)?$", "package.json pnpm-lock.yaml"),
    _tool("node", r"bun (?:install|i)(?: -.*)?$", "package.json bun.lock"),
    _tool("go", r"(?:\S*/)?go (?:build|install|mod download)\b", "go.mod"),
    _tool("java", r"(?:\S*/)?mvnw?\b", "pom.xml"),
    _tool("java", r"(?:\S*/)?gradlew?\b", "build.gradle build.gradle.kts"),
    _tool("ruby", r"(?:\S*/)?bundle (?:.* )?install\b|bundle$", "Gemfile Gemfile.lock"),
    _tool("php", r"(?:\S*/)?composer(?:\.phar)? (?:.* )?install\b", "composer.json composer.lock"),
)
_PROJECT: Final = ("pyproject.toml", "setup.py", "setup.cfg")


@dataclass(frozen=True)
class Installed:
    """What a Dockerfile's last stage installs: files with the words of the command that does, SDKs by name, what is not known."""

    files: tuple[tuple[str, str], ...] = ()
    direct: tuple[Dependency, ...] = ()
    unknown: tuple[str, ...] = ()


def read_installs(text: str, exists: Callable[[str], bool], context_of: Iterable[str]) -> Installed:
    """Return what a Dockerfile installs.

    exists:     says whether a path of the checkout is a file that was read; paths are relative to the checkout.
    context_of: folders that the build may have run in, likeliest first; the first in which most of the files are found counts.
    """
    stages = parse_dockerfile(text)
    wanted, direct, unknown = _collect(find_reached(stages), stages)
    folders = list(context_of) or [""]
    files, missing = max(
        (_place(wanted, folder, exists) for folder in folders), key=lambda placed: (-len(placed[1]), len(placed[0]))
    )
    if not stages:
        unknown.append(f"it holds no FROM, or more than {MAX_STAGES}")
    unknown += missing
    return Installed(tuple(dict.fromkeys(files)), tuple(direct), tuple(dict.fromkeys(unknown)))


@dataclass(frozen=True)
class _Wanted:
    """A file in the build context; optional: one of several that the command reads when they are there."""

    path: str
    words: str
    optional: bool
    command: int


def _collect(reached: list[Stage], stages: list[Stage]) -> tuple[list[_Wanted], list[Dependency], list[str]]:
    wanted: list[_Wanted] = []
    direct: list[Dependency] = []
    unknown: list[str] = []
    for stage in reached:
        for place, step in enumerate(stage.steps):
            if not isinstance(step, Command):
                continue
            told = " ".join(step.words)
            targets, named = _read_command(step)
            direct += named
            sources = [(find_source(path, stage, place, stages), optional) for path, optional in targets]
            wanted += [_Wanted(source, told, optional, id(step)) for source, optional in sources if source is not None]
            if any(UNKNOWN in path for path, _ in targets):
                unknown.append("it installs a file whose name is a build argument without a value")
            elif any(source is None and not optional for source, optional in sources):
                unknown.append(f"where the file of its {_say(told)} comes from is not told by a COPY that could be read")
            elif targets and all(source is None for source, _ in sources):
                unknown.append(f"what its {_say(told)} reads is not told by a COPY that could be read")
    return wanted, direct, unknown


def _say(told: str) -> str:
    """Name a command by its tool: its other words may hold secrets."""
    words = [word.rpartition("/")[2] for word in told.split()[:2] if re.fullmatch(r"[\w./-]{1,40}", word)]
    return f"'{' '.join(words)}'"


def _read_command(step: Command) -> tuple[list[tuple[str, bool]], list[Dependency]]:
    """Return the files that a command reads, as paths in the image with whether they may be absent, and SDKs it names."""
    told = " ".join(step.words)
    if _PIP.match(told):
        return _read_pip(step)
    tool = next((t for t in TOOLS if t.says.match(told)), None)
    if tool is None:
        return [], []
    folder = _find_folder(step)
    return [(normpath(join(folder, name)), True) for name in tool.reads], []


_FOLDERS: Final = ("--prefix", "-C", "--dir", "--cwd", "--directory", "--project", "-p", "--working-dir")


def _find_folder(step: Command) -> str:
    for word, following in zip(step.words, (*step.words[1:], ""), strict=True):
        name, sign, value = word.partition("=")
        if name in _FOLDERS and (value or following):
            return normpath(join(step.folder, value if sign else following))
    return step.folder


def _read_pip(step: Command) -> tuple[list[tuple[str, bool]], list[Dependency]]:
    files: list[tuple[str, bool]] = []
    direct: list[Dependency] = []
    words = list(step.words[step.words.index("install" if "install" in step.words else "sync") + 1 :])
    takes = ""
    for word in words:
        match = re.fullmatch(r"(?:-r|--requirement=?)(.+)", word)
        if takes in ("-r", "--requirement"):
            files.append((word, False))
        elif match and not takes:
            files.append((match[1], False))
        elif not takes or takes in ("-e", "--editable"):
            files += (
                [(join(re.sub(r"\[.*", "", word), name), True) for name in _PROJECT]
                if re.match(r"\.{1,2}(?:$|[/\[])|/", word)
                else []
            )
            named = parse_requirement(word) if not word.startswith(("-", ".", "/")) else None
            direct += [named] if named and is_sdk(named) else []
        takes = word if word in _TAKES else ""
    if "sync" in step.words and "install" not in step.words:
        files += [(word, False) for word in words if word.endswith((".txt", ".in"))]
    return [(normpath(join(step.folder, path)), optional) for path, optional in files], direct


_TAKES: Final = (
    "-r --requirement -c --constraint -e --editable -i --index-url --extra-index-url -f --find-links -t --target --prefix --root"
    " --trusted-host --cache-dir --python --platform --timeout --retries"
).split()


def _place(wanted: list[_Wanted], folder: str, exists: Callable[[str], bool]) -> tuple[list[tuple[str, str]], list[str]]:
    """Return the files found when the build runs in a folder, and sentences about those that must be there and are not."""
    placed = [(normpath(join(folder, w.path)), w) for w in wanted]
    found = [(path, w) for path, w in placed if exists(path)]
    served = {w.command for _, w in found}
    missing = [
        f"the file '{mask_requirement(w.path)}' that it installs was not found"
        for path, w in placed
        if not w.optional and not exists(path)
    ]
    missing += [f"what its {_say(w.words)} reads was not found" for w in wanted if w.optional and w.command not in served]
    return [(path, w.words) for path, w in found], list(dict.fromkeys(missing))
