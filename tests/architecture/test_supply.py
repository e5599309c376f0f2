"""What is installed is pinned by name, version and content, and comes from no place that is written down here."""

import re
from pathlib import Path

import pytest

from tests.licences import FREE, list_licences, locked

ROOT = Path(__file__).parents[2]
KINDS = ("requirements", "requirements-dev", "requirements-tools")


def wanted(name: str) -> dict[str, str]:
    """Return what a file of requirements pins itself."""
    return {key.lower().replace("_", "-"): version for key, version in locked(ROOT / f"{name}.txt").items()}


@pytest.mark.parametrize("name", KINDS)
def test_every_pin_is_in_its_lock(name: str) -> None:
    found = locked(ROOT / f"{name}.lock")
    assert {key: found.get(key) for key in wanted(name)} == wanted(name), "make lock writes the locks anew"


def test_what_runs_and_what_is_tested_are_the_same_versions() -> None:
    run, dev = locked(ROOT / "requirements.lock"), locked(ROOT / "requirements-dev.lock")
    assert {name: dev.get(name) for name in run} == run


@pytest.mark.parametrize("name", KINDS)
def test_every_package_has_hashes_and_no_address_is_named(name: str) -> None:
    text = (ROOT / f"{name}.lock").read_text()
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert not re.search(r"https?:|file:|--index-url|--find-links|--trusted-host", text)


def test_every_package_names_a_licence_that_lets_it_be_used_and_is_listed() -> None:
    listed = (ROOT / "docs" / "licences.md").read_text()
    rows = list_licences(ROOT / "requirements.lock")
    assert [row for row in rows if not FREE.search(row[2]) and row[2] != "not for this machine"] == []
    assert [name for name, _, _ in rows if f"| {name} |" not in listed] == []
