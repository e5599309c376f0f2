"""What each file declares once its includes are followed, and what each image installs of it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from posixpath import dirname, join, normpath

from lib.core.declared.formats import BY_NAME
from lib.core.declared.installs import Installed, read_installs
from lib.core.declared.masking import mask_requirement
from lib.core.declared.model import CONSTRAINT, LOCK, MAIN, Declared, Dependency, Image, Include, Reading
from lib.core.declared.sdks import find_frameworks, is_sdk

Found = tuple[Dependency, tuple[str, ...]]
_TOLD = 3  # troubles of one file that are named


@dataclass(frozen=True)
class ReadFile:
    """One file that was read, or the reason why not. format: a name of formats.FORMATS."""

    format: str
    reading: Reading = field(default_factory=Reading)
    error: str = ""


def resolve(path: str, include: Include) -> str:
    """Return the file that an include names, relative to the root; addresses stay as they are."""
    return include.path if "://" in include.path else normpath(join(dirname(path), include.path.replace("\\", "/")))


def settle(
    files: Mapping[str, ReadFile], dockerfiles: Mapping[str, str], troubles: Mapping[str, str]
) -> tuple[list[Declared], list[Image]]:
    """Return what every file declares and every image installs; paths are relative to the root.

    troubles: Dockerfiles that could not be read, and why.
    """
    catalog = {d.marker: d for f in files.values() if f.format == "gradle catalog" for d in f.reading.dependencies}
    declared = {path: _declare(path, files, catalog) for path in files}
    images = [_judge_image(path, text, declared, files) for path, text in dockerfiles.items()]
    images += [Image(path, unknown=(f"it {why}",)) for path, why in troubles.items()]
    for image in images:
        for installed in image.installs:
            for path in _closure(installed, files):
                row = declared[path]
                if image.dockerfile not in row.installed_by:
                    declared[path] = replace(row, installed_by=(*row.installed_by, image.dockerfile))
    return list(declared.values()), images


def _declare(path: str, files: Mapping[str, ReadFile], catalog: Mapping[str, Dependency]) -> Declared:
    file = files[path]
    troubles: list[str] = [file.error] if file.error else []
    found = [(_look_up(d, catalog), via) for d, via in _collect(path, files, (path,), troubles)]
    row = Declared(
        path, file.format, BY_NAME[file.format].ecosystem,
        frameworks=find_frameworks(d for d, _ in found if d.scope != CONSTRAINT),
        error=_say_troubles(list(dict.fromkeys(troubles))), dependencies=len(found),
    )  # fmt: skip
    sdks = sorted((f for f in found if is_sdk(f[0])), key=_rank)
    if not sdks:
        return row
    best, via = sdks[0]
    declares = best.scope != CONSTRAINT
    pins = [d for d, _ in sdks if d.scope == CONSTRAINT and d.name == best.name and d.version]
    return replace(
        row, declares=declares, sdk=best.name if declares else "", requirement=mask_requirement(best.text),
        extras=tuple(map(mask_requirement, best.extras)),
        version=mask_requirement(best.version or (pins[0].version if pins else "")),
        marker=mask_requirement("" if best.marker.startswith("libs.") else best.marker),
        scope=mask_requirement(best.scope), via=via[1:],
    )  # fmt: skip


def _rank(found: Found) -> tuple[bool, bool, bool, int, int]:
    """What is installed by itself first, then what stands in the file itself, then what says more."""
    d, via = found
    return (d.scope == CONSTRAINT, d.scope not in (MAIN, LOCK), bool(d.marker), len(via), -len(d.extras))


def _look_up(dependency: Dependency, catalog: Mapping[str, Dependency]) -> Dependency:
    """Return what an alias of a version catalog stands for."""
    known = catalog.get(dependency.name) if dependency.name.startswith("libs.") else None
    return replace(known, scope=dependency.scope) if known else dependency


def _collect(path: str, files: Mapping[str, ReadFile], chain: tuple[str, ...], troubles: list[str]) -> Iterator[Found]:
    """Yield what a file declares and what it includes, each file once a chain; troubles are added as they are met."""
    seen: set[tuple[str, bool, str]] = set()
    waiting: list[tuple[str, tuple[str, ...], bool, str]] = [(path, chain, False, MAIN)]
    while waiting:
        here, via, constraint, scope = waiting.pop()
        reading = files[here].reading
        for d in reading.dependencies:
            yield replace(d, scope=CONSTRAINT if constraint else scope if d.scope == MAIN else d.scope), via
        troubles += reading.errors if here == path else []
        for include in reversed(reading.includes):
            target = resolve(here, include)
            if why := _refuse(target, via, files):
                troubles.append(why)
            elif (target, constraint or include.constraint, include.scope) not in seen:
                seen.add((target, constraint or include.constraint, include.scope))
                waiting.append(
                    (target, (*via, target), constraint or include.constraint, include.scope if scope == MAIN else scope)
                )


def _refuse(target: str, via: tuple[str, ...], files: Mapping[str, ReadFile]) -> str:
    """Return why an include cannot be followed, "" when it can."""
    shown = mask_requirement(target)
    if "://" in target:
        return f"includes the address '{shown}', which was not read"
    if target in via:
        return "includes itself, directly or through others"
    if target == ".." or target.startswith(("../", "/")):
        return f"includes '{shown}', which lies outside of what was given"
    if target not in files:
        return f"includes '{shown}', which is not there"
    return f"includes '{shown}', which {files[target].error}" if files[target].error else ""


def _say_troubles(troubles: list[str]) -> str:
    return "; ".join(troubles[:_TOLD]) + (f"; and {len(troubles) - _TOLD} more" if len(troubles) > _TOLD else "")


def _closure(path: str, files: Mapping[str, ReadFile]) -> list[str]:
    """Return a file and all that it includes to be installed."""
    reached: list[str] = []
    waiting = [path]
    while waiting:
        here = waiting.pop()
        if here in files and here not in reached:
            reached.append(here)
            waiting += [resolve(here, i) for i in files[here].reading.includes if not i.constraint]
    return reached


def _judge_image(path: str, text: str, declared: Mapping[str, Declared], files: Mapping[str, ReadFile]) -> Image:
    installed = read_installs(text, lambda p: p in files, _contexts(path))
    direct = tuple(mask_requirement(d.text) for d in installed.direct)
    names = tuple(dict.fromkeys(name for name, _ in installed.files))
    unknown = installed.unknown
    if not (names or direct or unknown):
        unknown = ("none of its commands is one that is known to install what a file declares",)
    return Image(path, names, direct, tuple(map(mask_requirement, unknown)), _holds(installed, declared))


def _contexts(dockerfile: str) -> list[str]:
    """Return the folders that it may be built in: its own first, then those above it."""
    folders = [dirname(dockerfile)]
    while folders[-1]:
        folders.append(dirname(folders[-1]))
    return folders


def _holds(installed: Installed, declared: Mapping[str, Declared]) -> bool | None:
    """True when the image installs an SDK, False when all that it installs is known and none is in it, else None."""
    rows = [(declared[path], words) for path, words in installed.files]
    if installed.direct or any(_gets(row, words) for row, words in rows):
        return True
    open_ones = any(row.declares or row.error for row, _ in rows)
    return None if open_ones or installed.unknown or not rows else False


def _gets(row: Declared, words: str) -> bool:
    """True when a command installs what a file declares: by itself, or because its words ask for that group or extra."""
    asked = row.scope.rpartition(" ")[2]
    return (
        row.declares
        and not row.marker
        and (
            row.scope in (MAIN, LOCK)
            or (bool(asked) and re.search(rf"(?<!no-)(?<!without )\b{re.escape(asked)}\b", words) is not None)
        )
    )
