"""The text of a setup.cfg or setup.py. A setup.py is read as a syntax tree and never run."""

import ast
import configparser
import warnings
from typing import Any

from lib.core.declared.model import MAIN, BadManifest, Include, Reading
from lib.core.declared.pip import join, parse_requirements

_COMPUTED = "its dependencies are computed when it runs: not known without running it"
_DEEP = 20  # a chain of names longer than that goes in a circle
_MOST = 10_000  # items of one list; more is no list that a person wrote


def parse_setup_cfg(text: str) -> Reading:
    """Return what a setup.cfg declares. Errors: BadManifest."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error as e:
        raise BadManifest("is no valid configuration file") from e
    readings = [_parse_value(parser.get("options", "install_requires", fallback=""), MAIN)]
    if parser.has_section("options.extras_require"):
        readings += [_parse_value(value, f"extra {name}") for name, value in parser.items("options.extras_require")]
    return join(*readings)


def _parse_value(value: str, scope: str) -> Reading:
    if value.strip().startswith("file:"):
        files = value.strip().removeprefix("file:").replace("\n", ",").split(",")
        return Reading(includes=tuple(Include(f.strip(), scope=scope) for f in files if f.strip()))
    return parse_requirements(value, scope)


def parse_setup_py(text: str) -> Reading:
    """Return what the call of setup() names in plain lists. Errors: BadManifest when it is no Python."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as e:
        raise BadManifest("is no valid Python") from e
    names = _find_names(tree)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) == "setup"]
    return join(*(_parse_call(call, names) for call in calls))


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""


def _find_names(tree: ast.Module) -> dict[str, ast.expr | None]:
    """Return what each name at the top stands for, None when it is set twice or changed later."""
    names: dict[str, ast.expr | None] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    names[target.id] = None if target.id in names else node.value
    for changed in ast.walk(tree):
        touched: ast.expr | None = changed.target if isinstance(changed, ast.AugAssign) else None
        if isinstance(changed, ast.Call) and isinstance(changed.func, ast.Attribute):
            touched = changed.func.value if changed.func.attr in ("append", "extend", "insert", "remove", "update") else None
        if isinstance(touched, ast.Name):
            names[touched.id] = None
    return names


def _parse_call(call: ast.Call, names: dict[str, ast.expr | None]) -> Reading:
    readings = [Reading(errors=(_COMPUTED,))] if any(k.arg is None for k in call.keywords) else []
    for keyword in call.keywords:
        if keyword.arg == "install_requires":
            readings.append(_to_reading(_read(keyword.value, names), MAIN))
        elif keyword.arg == "extras_require":
            extras = _read(keyword.value, names)
            if not isinstance(extras, dict):
                readings.append(Reading(errors=(_COMPUTED,)))
                continue
            readings += [_to_reading(listed, f"extra {name}") for name, listed in extras.items()]
    return join(*readings)


def _to_reading(value: Any, scope: str) -> Reading:
    if isinstance(value, str):
        value = value.splitlines()
    if not isinstance(value, list) or len(value) > _MOST or not all(isinstance(item, str) for item in value):
        return Reading(errors=(_COMPUTED,))
    reading = parse_requirements("\n".join(" ".join(item.split()) for item in value), scope)
    told = ("an item of its lists cannot be read as a requirement",) if reading.errors else ()
    return Reading(reading.dependencies, (), told)


def _read(node: ast.expr | None, names: dict[str, ast.expr | None], depth: int = 0) -> Any:
    """Return a literal, with names and sums of lists resolved; None when it is computed."""
    if node is None or depth > _DEEP:
        return None
    if isinstance(node, ast.Name):
        return _read(names.get(node.id), names, depth + 1)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _read(node.left, names, depth + 1), _read(node.right, names, depth + 1)
        return left + right if isinstance(left, list) and isinstance(right, list) else None
    if isinstance(node, ast.List | ast.Tuple):
        return [_read(item, names, depth + 1) for item in node.elts]
    if isinstance(node, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        return {k: _read(v, names, depth + 1) for k, v in zip(keys, node.values, strict=True)} if None not in keys else None
    return node.value if isinstance(node, ast.Constant) else None
