"""What may not get into a commit."""

import re

import pytest

from tests.architecture.source import ROOT, find_committed

MEGABYTE = 1024 * 1024

# Put together here, so that this file does not hold what it looks for.
HOSTS = [".".join(name) for name in (("pythonhosted", "org"), ("pypi", "org"), ("registry", "npmjs"), ("deb", "debian", "org"))]
MACHINE = ["/".join(("", "work", "")), "/".join(("", "root", ""))]
NEIGHBOUR = "/".join(("..", "shared"))


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """The text of every file that a commit would hold, by its name."""
    files = find_committed()
    if not files:
        pytest.skip("not a git checkout")
    return {str(path): (ROOT / path).read_text(errors="replace") for path in files}


def test_no_path_of_a_machine_and_no_host_of_a_registry(texts: dict[str, str]) -> None:
    pattern = re.compile("|".join([*map(re.escape, HOSTS), *(rf"(?<![\w.~-]){re.escape(path)}" for path in MACHINE)]))
    assert {name: found[0] for name, text in texts.items() if (found := pattern.findall(text))} == {}


def test_the_product_does_not_know_its_neighbour(texts: dict[str, str]) -> None:
    product = ("lib/", "pages/", "README.md", "CHANGELOG.md", "dashboard.py")
    assert [name for name, text in texts.items() if name.startswith(product) and NEIGHBOUR in text] == []


def test_no_file_is_larger_than_2_mb() -> None:
    sizes = {str(path): (ROOT / path).stat().st_size for path in find_committed()}
    assert {name: size for name, size in sizes.items() if size > 2 * MEGABYTE} == {}
