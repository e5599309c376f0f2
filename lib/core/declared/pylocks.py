"""The text of Python's lock files: poetry.lock, uv.lock, pdm.lock, pylock.toml, Pipfile.lock."""

from typing import Any

from packaging.utils import canonicalize_name

from lib.core.declared.jsons import load_json
from lib.core.declared.model import LOCK, Dependency, Reading, as_list, as_table, as_text
from lib.core.declared.pip import join
from lib.core.declared.pyproject import load_toml, parse_named


def parse_toml_lock(text: str) -> Reading:
    """Return the packages that poetry.lock, uv.lock, pdm.lock or pylock.toml pins."""
    document = load_toml(text)
    key = "packages" if "packages" in document else "package"
    packages = [as_table(package, key) for package in as_list(document.get(key), key)]
    asked = _find_extras(packages)
    return Reading(tuple(d for package in packages if (d := _to_dependency(package, asked))))


def _find_extras(packages: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Return the extras that uv.lock says one package asks of another; the others' files keep them elsewhere or nowhere."""
    asked: dict[str, set[str]] = {}
    for package in packages:
        needed = package.get("dependencies")
        for need in needed if isinstance(needed, list) else []:
            if isinstance(need, dict) and isinstance(need.get("extra"), list):
                asked.setdefault(as_text(need.get("name")), set()).update(e for e in need["extra"] if isinstance(e, str))
    return asked


def _to_dependency(package: dict[str, Any], asked: dict[str, set[str]]) -> Dependency | None:
    name, version = as_text(package.get("name")), as_text(package.get("version"))
    source = package.get("source")
    if not name or (isinstance(source, dict) and {"editable", "virtual", "directory"} & set(source)):
        return None  # the project itself
    listed = package.get("extras")
    extras = tuple(
        sorted(asked.get(name, set()) | {e for e in (listed if isinstance(listed, list) else []) if isinstance(e, str)})
    )
    scope = "optional" if package.get("optional") is True else LOCK
    groups = package.get("groups")
    if isinstance(groups, list) and groups and not {"main", "default"} & {g for g in groups if isinstance(g, str)}:
        scope = f"group {groups[0]}"
    pinned = f"=={version}" if version else ""
    shown = name + (f"[{','.join(extras)}]" if extras else "")
    marker = as_text(package.get("marker"))
    return Dependency("python", canonicalize_name(name), shown + pinned, extras, version, pinned, scope, marker)


def parse_pipfile_lock(text: str) -> Reading:
    """Return the packages that a Pipfile.lock pins."""
    document = load_json(text)
    return join(
        *(
            parse_named(as_table(table, name), {"default": LOCK, "develop": "dev"}.get(name, f"category {name}"))
            for name, table in document.items()
            if name != "_meta"
        )
    )
