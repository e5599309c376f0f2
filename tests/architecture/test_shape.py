"""Sizes, docstrings and swallowed errors, read from the syntax trees."""

import ast
from pathlib import Path

from tests.architecture.source import Function, count_lines, find_functions, find_modules, parse

PAGE_LINES, DASHBOARD_LINES, MODULE_LINES, FUNCTION_LINES = 80, 40, 300, 60


def test_pages_stay_under_80_lines() -> None:
    pages = find_modules("pages")
    assert pages
    assert {str(page): count_lines(page) for page in pages if count_lines(page) >= PAGE_LINES} == {}


def test_the_dashboard_stays_under_40_lines() -> None:
    assert count_lines(Path("dashboard.py")) < DASHBOARD_LINES


def test_modules_have_at_most_300_lines() -> None:
    assert {str(path): count_lines(path) for path in find_modules("lib") if count_lines(path) > MODULE_LINES} == {}


def test_functions_have_at_most_60_lines() -> None:
    lengths = {
        f"{path}:{function.name}": (function.end_lineno or 0) - function.lineno + 1
        for path in find_modules("lib", "pages")
        for function in find_functions(parse(path))
    }
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}


def test_no_error_is_swallowed() -> None:
    swallowed = [
        f"{path}:{node.lineno}"
        for path in find_modules("lib", "pages")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.ExceptHandler) and (node.type is None or all(_is_nothing(line) for line in node.body))
    ]
    assert swallowed == []


def test_public_names_of_core_ports_and_adapters_have_a_docstring() -> None:
    bare = [
        f"{path}:{node.name}"
        for path in find_modules("lib")
        if str(path).startswith(("lib/core/", "lib/adapters/")) or str(path) == "lib/ports.py"
        for node in parse(path).body
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    assert bare == []


def _is_nothing(line: ast.stmt) -> bool:
    return isinstance(line, ast.Pass) or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant))
