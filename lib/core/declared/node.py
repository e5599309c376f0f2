"""The text of package.json and of Node's lock files."""

import re
from typing import Any, Final

from lib.core.declared.jsons import load_json
from lib.core.declared.model import LOCK, MAIN, Dependency, Reading, as_table, as_text

_TABLES: Final = {
    "dependencies": MAIN,
    "optionalDependencies": MAIN,
    "devDependencies": "dev",
    "peerDependencies": "peer",
}
_EXACT: Final = re.compile(r"=?v?(\d+\.\d+\.\d+[\w.+-]*)")
_PACKAGE: Final = r"(?:@[\w.~-]{1,100}/)?[\w.~-]{1,200}"

_YARN: Final = re.compile(
    rf"^\"?({_PACKAGE})@(?!workspace:|file:|link:)[^\n]{{1,2000}}:[ ]*\n[ ]{{2}}version:?[ ]+\"?([^\s\"]+)", re.MULTILINE
)
_PNPM: Final = re.compile(rf"^[ ]{{2}}['\"]?/?({_PACKAGE})[@/](\d[\w.+-]*)[^\n]{{0,2000}}:[ ]*(?:\{{\}})?$", re.MULTILINE)
_BUN: Final = re.compile(rf"^[ ]*\"[^\"\n]{{1,300}}\": \[\"({_PACKAGE})@(\d[^\"\n]*)\"", re.MULTILINE)


def parse_package_json(text: str) -> Reading:
    """Return what a package.json declares; its scripts and keywords declare nothing."""
    document = load_json(text)
    found = [
        _declare(name, wanted, scope)
        for table, scope in _TABLES.items()
        for name, wanted in as_table(document.get(table), table).items()
    ]
    return Reading(tuple(found))


def _declare(name: str, wanted: Any, scope: str) -> Dependency:
    specifier = as_text(wanted)
    match = _EXACT.fullmatch(specifier)
    return Dependency("node", name, f"{name}@{specifier}", version=match[1] if match else "", specifier=specifier, scope=scope)


def parse_package_lock(text: str) -> Reading:
    """Return what a package-lock.json or npm-shrinkwrap.json pins, of every version of its format."""
    document = load_json(text)
    rows: list[tuple[str, Any]] = []
    for path, package in as_table(document.get("packages"), "packages").items():
        if "node_modules/" in path:
            rows.append((path.rpartition("node_modules/")[2], package))
    if not rows:
        rows = list(as_table(document.get("dependencies"), "dependencies").items())
    return Reading(tuple(_pin(name, package) for name, package in rows if isinstance(package, dict)))


def _pin(name: str, package: dict[str, Any]) -> Dependency:
    return _locked(name, as_text(package.get("version")), "dev" if package.get("dev") is True else LOCK)


def _locked(name: str, version: str, scope: str = LOCK) -> Dependency:
    return Dependency("node", name, f"{name}@{version}", version=version, specifier=version, scope=scope)


def parse_yarn_lock(text: str) -> Reading:
    """Return what a yarn.lock pins, of Yarn 1 and later ones."""
    return Reading(tuple(_locked(m[1], m[2]) for m in _YARN.finditer(text)))


def parse_pnpm_lock(text: str) -> Reading:
    """Return what a pnpm-lock.yaml pins, by the keys of its packages."""
    return Reading(tuple(_locked(m[1], m[2]) for m in _PNPM.finditer(text)))


def parse_bun_lock(text: str) -> Reading:
    """Return what a bun.lock pins."""
    return Reading(tuple(_locked(m[1], m[2]) for m in _BUN.finditer(text)))
