"""The text of a requirements or constraints file, as pip reads it: of the parser, only what works on text is used."""

import re
from itertools import islice
from typing import Any

import pip_requirements_parser as pip
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from lib.core.declared.model import CONSTRAINT, MAIN, Dependency, Include, Reading
from lib.core.declared.sdks import REPOSITORY

MAX_LINES = 50_000  # ten times the largest set of packages with hashes that we know of; 0.2 ms a line
MAX_SIGNS = 4096  # of one requirement without its hashes; the parser's patterns take the square of a longer one's time
_TOLD = 3  # broken lines that are named; the others are counted
_HASH = re.compile(r"--hash[ =][^\s\\]{1,300}")
_BLANKS = re.compile(r"[ \t]+")
_OPTION = re.compile(r"(?:^|\s)-")


def parse_requirements(text: str, scope: str = MAIN) -> Reading:
    """Return what a requirements file asks for. A line that pip would refuse costs itself alone and is named by its number."""
    dependencies: list[Dependency] = []
    includes: list[Include] = []
    tamed, broken = _tame(text)
    read = list(islice(pip.preprocess(tamed), MAX_LINES + 1))
    for line in read[:MAX_LINES]:
        if isinstance(line, pip.CommentLine):
            continue
        number, words = line
        try:
            found = _parse_line(words)
        except (pip.PipError, pip.OptionParsingError, InvalidRequirement, ValueError, AttributeError, AssertionError):
            broken.append(number)
            continue
        dependencies += [_to_dependency(r, scope) for r in found if isinstance(r, pip.InstallRequirement)]
        includes += [r for r in found if isinstance(r, Include)]
    errors = [_say_broken(sorted(set(broken)))] if broken else []
    if len(read) > MAX_LINES:
        errors.append(f"only its first {MAX_LINES:,} lines were read")
    return Reading(tuple(dependencies), tuple(includes), tuple(errors))


def parse_constraints(text: str) -> Reading:
    """Return what a constraints file pins: versions, and nothing to install."""
    return parse_requirements(text, CONSTRAINT)


def _tame(text: str) -> tuple[str, list[int]]:
    """Return the text without hashes and runs of blanks, and the numbers of lines that are too long: these are emptied."""
    lines: list[str] = []
    broken: list[int] = []
    signs = 0
    for number, line in enumerate(text.splitlines(), 1):
        short = _BLANKS.sub(" ", _HASH.sub("", line))
        signs += len(short)
        if signs > MAX_SIGNS:
            broken.append(number)
            short = ""
        lines.append(short)
        signs = signs if short.endswith("\\") else 0
    return "\n".join(lines), broken


def _parse_line(words: str) -> list[Any]:
    """Return the line's requirement, or the files that it includes."""
    requirement, options = words, None
    if _OPTION.search(words):
        requirement, options, _ = pip.get_line_parser()(words)
    if not requirement and options is not None and not options.editables:
        return [
            *(Include(path) for path in options.requirements or ()),
            *(Include(path, constraint=True) for path in options.constraints or ()),
        ]
    made = pip.RequirementLine(line=words, line_number=0, filename="")
    if requirement:
        return [pip.build_install_req(requirement, requirement_line=made, options={})]
    return [pip.build_editable_req(options.editables[0], requirement_line=made, options={})] if options else []


def _to_dependency(found: Any, scope: str) -> Dependency:
    link = str(found.link.url) if found.link else ""
    name = canonicalize_name(found.name) if found.name else ("sentry-sdk" if REPOSITORY.search(link) else "")
    extras = tuple(sorted(found.extras))
    specifier = str(found.specifier or "")
    marker = str(found.marker or "")
    shown = (name or "an unnamed package") + (f"[{','.join(extras)}]" if extras else "")
    text = f"{shown} @ {link}" if link else shown + specifier
    return Dependency(
        "python", name, text + (f" ; {marker}" if marker else ""), extras, exact(specifier), specifier, scope, marker
    )


def _say_broken(lines: list[int]) -> str:
    told = ", ".join(str(n) for n in lines[:_TOLD]) + (f" and {len(lines) - _TOLD:,} more" if len(lines) > _TOLD else "")
    return f"{'line' if len(lines) == 1 else 'lines'} {told} cannot be read as a requirement"


def exact(specifier: str) -> str:
    """Return the version of "==2.1.0"; "" when others are allowed too."""
    match = re.fullmatch(r"={2,3}\s*([^\s,*]+)", specifier.strip())
    return match[1] if match else ""


def parse_requirement(text: str, scope: str = MAIN) -> Dependency | None:
    """Return one PEP 508 requirement, None when it is none."""
    try:
        r = Requirement(text.strip())
    except InvalidRequirement:
        return None
    specifier, marker = str(r.specifier), str(r.marker or "")
    return Dependency(
        "python", canonicalize_name(r.name), str(r), tuple(sorted(r.extras)), exact(specifier), specifier, scope, marker
    )


def parse_list(texts: list[Any], scope: str, where: str) -> Reading:
    """Return the requirements of a list; those that are none are counted as one error."""
    found = [parse_requirement(text, scope) if isinstance(text, str) else None for text in texts]
    broken = sum(d is None for d in found)
    return Reading(
        tuple(d for d in found if d), (), (f"{broken} of '{where}' cannot be read as a requirement",) if broken else ()
    )


def join(*readings: Reading) -> Reading:
    """Return several readings of one file as one."""
    return Reading(
        tuple(d for r in readings for d in r.dependencies),
        tuple(i for r in readings for i in r.includes),
        tuple(dict.fromkeys(e for r in readings for e in r.errors)),
    )
