"""What every test may ask for, and what none may touch: the home folder, keys and settings of whoever runs them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# No deadline: the machine may be busy. The same examples every time: a failure of yesterday can be looked at today.
settings.register_profile("blindspot", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile("blindspot")

FOREIGN = ("BLINDSPOT_", "SENTRY_", "GITHUB_", "GH_", "GOOGLE_", "CLOUDSDK_", "STREAMLIT_")
OURS = "BLINDSPOT_SHARED"


@pytest.fixture(scope="session", autouse=True)
def _stranger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run as somebody without settings, keys or a home; Google's libraries look for no metadata server."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(FOREIGN) and name != OURS]:
            patch.delenv(name)
        patch.setenv("BLINDSPOT_HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("NO_GCE_CHECK", "true")
        patch.setenv("NO_PROXY", "127.0.0.1,localhost")  # servers on loopback are asked directly
        yield


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home folder of the test's own, already named by BLINDSPOT_HOME."""
    monkeypatch.setenv("BLINDSPOT_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real exports and contracts that may lie beside the repository; without it the test is skipped."""
    folder = Path(os.environ.get(OURS) or ROOT.parent / "shared")
    if not folder.is_dir():
        pytest.skip(f"no shared folder beside the repository; name one with {OURS}")
    return folder


@pytest.fixture(scope="session")
def netra(shared: Path) -> Path:
    """The real exports of a staging backend."""
    folder = shared / "data" / "netra"
    if not folder.is_dir():
        pytest.skip("the shared folder holds no data/netra")
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """--rewrite-golden writes what the golden tests find into their files; a person reads the difference."""
    parser.addoption("--rewrite-golden", action="store_true", help="write the golden files anew instead of comparing with them")


@pytest.fixture
def rewrite_golden(request: pytest.FixtureRequest) -> bool:
    """Tell whether golden files are to be written anew."""
    return bool(request.config.getoption("--rewrite-golden"))
