"""The text of a pyproject.toml or Pipfile: PEP 621, PEP 735, Poetry, uv, PDM, Hatch, Pipenv."""

import re
import tomllib
from typing import Any

from packaging.utils import canonicalize_name

from lib.core.declared.model import MAIN, BadManifest, Dependency, Include, Reading, as_list, as_table, as_text
from lib.core.declared.pip import exact, join, parse_list

_LONG_KEY = re.compile(r"^[^=\"'\n#]{4096}", re.MULTILINE)


def load_toml(text: str) -> dict[str, Any]:
    """Return a TOML document. Errors: BadManifest."""
    if _LONG_KEY.search(text):  # its time is the square of a key's length
        raise BadManifest("holds a key that is too long")
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as e:
        raise BadManifest("is no valid TOML") from e


def parse_pyproject(text: str) -> Reading:
    """Return everything that a pyproject.toml declares, each with what must be asked for to get it."""
    document = load_toml(text)
    tool = as_table(document.get("tool"), "tool")
    return join(
        _parse_project(document, tool),
        _parse_groups(as_table(document.get("dependency-groups"), "dependency-groups")),
        parse_list(
            as_list(as_table(document.get("build-system"), "build-system").get("requires"), "build-system.requires"),
            "build",
            "build-system.requires",
        ),
        _parse_poetry(as_table(tool.get("poetry"), "tool.poetry")),
        _parse_tools(tool),
    )


def _parse_project(document: dict[str, Any], tool: dict[str, Any]) -> Reading:
    project = as_table(document.get("project"), "project")
    main = parse_list(as_list(project.get("dependencies"), "project.dependencies"), MAIN, "project.dependencies")
    dynamic = as_list(project.get("dynamic"), "project.dynamic")
    extras = as_table(project.get("optional-dependencies"), "project.optional-dependencies")
    readings = [
        parse_list(as_list(listed, name), f"extra {name}", f"project.optional-dependencies.{name}")
        for name, listed in extras.items()
    ]
    if "dependencies" in dynamic and "poetry" not in tool:  # Poetry takes them from its own table
        readings.append(_parse_dynamic(as_table(tool.get("setuptools"), "tool.setuptools")))
    return join(main, *readings)


def _parse_dynamic(setuptools: dict[str, Any]) -> Reading:
    """setuptools may read them from files; whatever else computes them cannot be known without running it."""
    named = as_table(as_table(setuptools.get("dynamic"), "tool.setuptools.dynamic").get("dependencies"), "dynamic.dependencies")
    files = named.get("file")
    paths = [files] if isinstance(files, str) else [f for f in as_list(files, "dynamic.dependencies.file") if isinstance(f, str)]
    if not paths:
        return Reading(errors=("its dependencies are computed when it is built: not known without running it",))
    return Reading(includes=tuple(Include(path) for path in paths))


def _parse_groups(groups: dict[str, Any]) -> Reading:
    """PEP 735: a group may include others; a cycle or a missing one is an error of this group alone."""
    known = {canonicalize_name(name): as_list(listed, name) for name, listed in groups.items()}
    return join(*(_parse_group(name, f"group {name}", known, ()) for name in known))


def _parse_group(name: str, scope: str, known: dict[Any, list[Any]], through: tuple[str, ...]) -> Reading:
    if name in through:
        return Reading(errors=("a dependency group includes itself",))
    if name not in known:
        return Reading(errors=("a dependency group includes one that is not there",))
    plain = parse_list([item for item in known[name] if not isinstance(item, dict)], scope, "dependency-groups")
    others = [as_text(item.get("include-group")) for item in known[name] if isinstance(item, dict)]
    return join(plain, *(_parse_group(canonicalize_name(other), scope, known, (*through, name)) for other in others))


def _parse_poetry(poetry: dict[str, Any]) -> Reading:
    extras = as_table(poetry.get("extras"), "tool.poetry.extras")
    optional = {
        canonicalize_name(package): f"extra {extra}"
        for extra, listed in extras.items()
        for package in as_list(listed, extra)
        if isinstance(package, str)
    }
    tables = [(poetry.get("dependencies"), MAIN), (poetry.get("dev-dependencies"), "group dev")]
    for name, group in as_table(poetry.get("group"), "tool.poetry.group").items():
        tables.append((as_table(group, name).get("dependencies"), MAIN if name == "main" else f"group {name}"))
    return join(*(parse_named(as_table(table, "tool.poetry"), scope, optional) for table, scope in tables))


def _parse_tools(tool: dict[str, Any]) -> Reading:
    uv = parse_list(
        as_list(as_table(tool.get("uv"), "tool.uv").get("dev-dependencies"), "tool.uv"), "group dev", "tool.uv.dev-dependencies"
    )
    pdm = as_table(as_table(tool.get("pdm"), "tool.pdm").get("dev-dependencies"), "tool.pdm.dev-dependencies")
    envs = as_table(as_table(tool.get("hatch"), "tool.hatch").get("envs"), "tool.hatch.envs")
    lists = [(name, listed, "group") for name, listed in pdm.items()]
    lists += [(name, env.get("dependencies"), "environment") for name, env in envs.items() if isinstance(env, dict)]
    return join(uv, *(parse_list(as_list(listed, name), f"{what} {name}", name) for name, listed, what in lists))


def parse_named(table: dict[str, Any], scope: str, optional: dict[Any, str] | None = None) -> Reading:
    """Return dependencies written as name = "version" or as tables, as Poetry and Pipenv do; several for one name are several."""
    rows = [(name, one) for name, value in table.items() for one in (value if isinstance(value, list) else [value])]
    found = [_parse_one(name, one, scope, optional or {}) for name, one in rows]
    return Reading(tuple(d for d in found if d.name != "python"))


def _parse_one(name: str, value: Any, scope: str, optional: dict[Any, str]) -> Dependency:
    table = value if isinstance(value, dict) else {"version": value}
    canonical = canonicalize_name(name)
    extras = tuple(sorted(e for e in as_list(table.get("extras"), name) if isinstance(e, str)))
    version = as_text(table.get("version")).strip()
    source = next((as_text(table[key]) for key in ("git", "url", "path", "file") if as_text(table.get(key))), "")
    marker = as_text(table.get("markers"))
    if scope == MAIN and (table.get("optional") is True or canonical in optional):
        scope = optional.get(canonical, "optional")
    shown = name + (f"[{','.join(extras)}]" if extras else "")
    text = f"{shown} @ {source}" if source else f"{shown} {version}".strip()
    return Dependency(
        "python", canonical, text + (f" ; {marker}" if marker else ""), extras, exact(version), version, scope, marker
    )


def parse_pipfile(text: str) -> Reading:
    """Return what a Pipfile declares: packages, dev-packages, and categories of its own."""
    document = load_toml(text)
    no_packages = ("source", "requires", "scripts", "pipenv")
    return join(
        *(
            parse_named(as_table(table, name), {"packages": MAIN, "dev-packages": "dev"}.get(name, f"category {name}"))
            for name, table in document.items()
            if name not in no_packages
        )
    )
