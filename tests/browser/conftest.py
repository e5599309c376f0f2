"""A real dashboard and a real Chromium. Every test in this folder carries the mark `browser`."""

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.browser import driver

HERE = Path(__file__).parent
VIEWPORT = {"width": 1280, "height": 800}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the journeys, and put them last: Playwright keeps an event loop in the thread that the other tests use."""
    journeys = [item for item in items if HERE in item.path.parents]
    for item in journeys:
        item.add_marker(pytest.mark.browser)
    items[:] = [item for item in items if item not in set(journeys)] + journeys


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """Give the address of a dashboard over a home folder: started at the first call, one for each home, stopped at the end."""
    servers: dict[Path, driver.Server] = {}

    def address(home: Path) -> str:
        if home not in servers:
            servers[home] = driver.start_dashboard(home, tmp_path_factory.mktemp("dashboard") / "output.txt")
        return servers[home].url

    yield address
    for server in servers.values():
        server.stop()


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory, dashboard: Callable[[Path], str]) -> str:
    """A dashboard over an empty home: it shows the recorded incident."""
    return dashboard(tmp_path_factory.mktemp("empty") / "home")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium: the one on PATH, else Playwright's own."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=driver.find_chromium(), args=driver.QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page of a laptop's size in UTC. A request that would leave this machine is stopped, and fails the test at its end."""
    context = browser.new_context(viewport=VIEWPORT, timezone_id="UTC", locale="en-GB")
    strangers: list[str] = []

    def hold(route: Route) -> None:
        if urlsplit(route.request.url).hostname in {"localhost", "127.0.0.1"}:
            route.continue_()
        else:
            strangers.append(route.request.url)
            route.abort()

    context.add_init_script(driver.WATCH)
    context.route(lambda url: url.startswith("http"), hold)
    yield context.new_page()
    context.close()
    assert not strangers, f"the page asked for {strangers}"


@pytest.fixture(name="settle", scope="session")
def _settle() -> Callable[[Page], None]:
    """Give `settle(page)`: it waits until the page is drawn."""
    return driver.settle
