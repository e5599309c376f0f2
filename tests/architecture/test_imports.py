"""The direction of imports, where import-linter cannot look: pages, the standard library, and what really gets loaded."""

import subprocess
import sys

from tests.architecture.source import ROOT, find_imports, find_modules

IMPURE = {"streamlit", "duckdb", "requests", "google", "sqlalchemy", "deltalake"}


def test_the_core_loads_nothing_impure() -> None:
    modules = [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in find_modules("lib/core")]
    program = f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\nprint(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in answer.stdout.split()}
    assert "lib" in loaded
    assert not loaded & IMPURE


def test_pages_import_only_streamlit_and_the_ui() -> None:
    allowed = ("streamlit", "lib.ui")
    strangers = {
        str(page): strange
        for page in find_modules("pages")
        if (strange := {name for name in find_imports(page) if not _is_under(name, allowed)})
    }
    assert not strangers


def test_only_the_ui_names_streamlit() -> None:
    namers = {str(path) for path in find_modules("lib") if any(_is_under(name, ("streamlit",)) for name in find_imports(path))}
    assert {name for name in namers if not name.startswith("lib/ui/")} == set()


def test_the_recorded_incident_needs_the_standard_library_alone() -> None:
    allowed = (*sys.stdlib_module_names, "lib.errors", "lib.demo")
    strangers = {
        str(path): strange
        for path in find_modules("lib/demo")
        if (strange := {name for name in find_imports(path) if not _is_under(name, allowed)})
    }
    assert not strangers


def test_only_wiring_names_the_recorded_incident() -> None:
    namers = {
        str(path) for path in find_modules("lib", "pages") if any(_is_under(name, ("lib.demo",)) for name in find_imports(path))
    }
    assert {name for name in namers if not name.startswith("lib/demo/")} <= {"lib/wiring.py"}


def _is_under(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)
