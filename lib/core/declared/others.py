"""The text of Go's, Ruby's, PHP's and .NET's files, at least by name."""

import re
from typing import Any, Final

from lib.core.declared.java import load_xml
from lib.core.declared.jsons import load_json
from lib.core.declared.model import CONSTRAINT, LOCK, MAIN, Dependency, Reading, as_list, as_table, as_text

_REQUIRE: Final = re.compile(r"(?:require[ \t]+)?([\w.~-]+(?:/[\w.~-]+)+)[ \t]+(v[^\s]+)[ \t]*(//.*)?")


def parse_go_mod(text: str) -> Reading:
    """Return what a go.mod requires; what only another module needs is "indirect"."""
    found, block = [], ""
    for line in map(str.strip, text.splitlines()):
        opened = re.fullmatch(r"(\w+)[ \t]*\((?:[ \t]*//.*)?", line)
        if opened or line == ")":
            block = opened[1] if opened else ""
        elif (block == "require" or line.startswith("require")) and (match := _REQUIRE.fullmatch(line)):
            scope = "indirect" if "indirect" in (match[3] or "") else MAIN
            found.append(Dependency("go", match[1], f"{match[1]} {match[2]}", (), match[2], match[2], scope))
    return Reading(tuple(found))


_GEM: Final = re.compile(r"gem[ \t(]{1,10}[\"']([\w.-]+)[\"']((?:[ \t]*,[ \t]*[\"'][^\"'\n]{1,80}[\"'])*)([^\n]*)")
_GROUP: Final = re.compile(r"group[ \t(]+((?::\w+|[\"']\w+[\"'])(?:[ \t]*,[ \t]*(?::\w+|[\"']\w+[\"']))*)[ \t)]*do\b")
_INLINE: Final = re.compile(r"groups?(?::[ \t]*|[\"']?[ \t]*=>[ \t]*)\[?[ \t]*:(\w+)")
_PINNED: Final = re.compile(r"[ ]{4}([\w.-]+) \(([^)\n]{1,80})\)")


def parse_gemfile(text: str) -> Reading:
    """Return what a Gemfile names, with its group; a Gemfile is a program, so what it computes is not seen."""
    found, group, depth, outer = [], "", 0, 0
    for line in map(str.strip, text.splitlines()):
        if match := _GROUP.match(line):
            group, outer = re.sub(r"[:\"'\s]", "", match[1]), depth
            depth += 1
        elif line == "end":
            depth -= 1
            group = "" if depth <= outer else group
        elif re.search(r"\bdo\b(?:[ ]*\|[^|]*\|)?$", line) or re.match(r"(?:if|unless|case)\b", line):
            depth += 1
        elif match := _GEM.match(line):
            inline = _INLINE.search(match[3])
            named = group or (inline[1] if inline else "")
            scope = MAIN if not named or "production" in named.split(",") or named == "default" else f"group {named}"
            found.append(_to_gem(match[1], ", ".join(re.findall(r"[\"']([^\"']+)", match[2])), scope))
    return Reading(tuple(found))


def _to_gem(name: str, wanted: str, scope: str) -> Dependency:
    pinned = re.fullmatch(r"=?\s*(\d[\w.]*)", wanted)
    return Dependency("ruby", name, f"{name} {wanted}".strip(), (), pinned[1] if pinned else "", wanted, scope)


def parse_gemfile_lock(text: str) -> Reading:
    """Return what a Gemfile.lock pins."""
    return Reading(tuple(_to_gem(m[1], m[2], LOCK) for line in text.splitlines() if (m := _PINNED.fullmatch(line))))


def parse_composer_json(text: str) -> Reading:
    """Return what a composer.json requires."""
    document = load_json(text)
    tables = (("require", MAIN), ("require-dev", "dev"))
    return Reading(
        tuple(_to_php(n, as_text(v), scope) for key, scope in tables for n, v in as_table(document.get(key), key).items())
    )


def parse_composer_lock(text: str) -> Reading:
    """Return what a composer.lock pins."""
    document = load_json(text)
    rows = [
        (as_table(p, key), scope)
        for key, scope in (("packages", LOCK), ("packages-dev", "dev"))
        for p in as_list(document.get(key), key)
    ]
    return Reading(tuple(_to_php(as_text(p.get("name")), as_text(p.get("version")), scope) for p, scope in rows))


def _to_php(name: str, wanted: str, scope: str) -> Dependency:
    exact = wanted if re.fullmatch(r"v?\d+(?:\.\d+)*", wanted) else ""
    return Dependency("php", name.lower(), f"{name} {wanted}".strip(), (), exact, wanted, scope)


_NUGET: Final = {"PackageReference": MAIN, "PackageVersion": CONSTRAINT, "package": MAIN}


def parse_nuget(text: str) -> Reading:
    """Return what a project file, packages.config or Directory.Packages.props names; the last only fixes versions."""
    return Reading(tuple(_to_nuget(node) for node in load_xml(text).iter() if node.tag in _NUGET and _named(node)))


def _named(node: Any) -> str:
    return str(node.get("Include") or node.get("id") or "")


def _to_nuget(node: Any) -> Dependency:
    name, version = _named(node), str(node.get("Version") or node.get("version") or node.findtext("Version") or "").strip()
    exact = version if re.fullmatch(r"\d+(?:\.\d+)*(?:-[\w.]+)?", version) else ""
    return Dependency("dotnet", name.lower(), f"{name} {version}".strip(), (), exact, version, _NUGET[node.tag])
