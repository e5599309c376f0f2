"""The README names what a person can open, run and set."""

import re

import pytest

from lib.cli.run import COMMANDS
from tests.architecture.source import ROOT, find_modules


@pytest.fixture(scope="module")
def readme() -> str:
    return (ROOT / "README.md").read_text()


def test_every_page_is_named(readme: str) -> None:
    words = re.sub(r"\s+", "", readme).lower()  # the page `blindspots` may be written "Blind spots"
    assert [page.stem for page in find_modules("pages") if page.stem.replace("_", "") not in words] == []


def test_every_make_target_is_named(readme: str) -> None:
    asked_for = set(re.findall(r'^\t@echo "make ([a-z-]+)', (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {"run", "test", "check", "unit", "bench", "clean"} <= asked_for
    assert {target for target in asked_for if not re.search(rf"\bmake {target}\b", readme)} == set()


def test_every_command_is_named(readme: str) -> None:
    table = "\n".join(line.split("|")[1] for line in readme.splitlines() if line.startswith("| `python -m lib "))
    words = set(re.findall(r"[a-z-]+", table))
    assert {name for name in COMMANDS if name not in words} == set()


def test_every_setting_is_named(readme: str) -> None:
    settings = {
        name for path in find_modules("lib") for name in re.findall(r"\bBLINDSPOT_[A-Z_]*[A-Z]\b", (ROOT / path).read_text())
    }
    assert "BLINDSPOT_HOME" in settings
    assert {name for name in settings if name not in readme} == set()
