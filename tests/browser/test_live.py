"""A page that stays open while its logs grow: `serve` over a Cloud Logging on loopback, and Chromium."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import grpc
import pytest
from playwright.sync_api import Page, expect

from tests.browser import driver
from tests.browser.journeys import press_row, visit
from tests.cloudlogging import Misdeed, World, serve_logging
from tests.collecting import PROJECT, entry

SOON_MS = 60_000  # far more than it takes, for machines that are busy with other things
MINUTE = timedelta(minutes=1)


def failed(number: int, ts: datetime, text: str = "Order {} could not be stored: pool timeout") -> dict[str, object]:
    return entry(number, ts, textPayload=text.format(number))


@pytest.fixture
def world() -> World:
    """A log with half an hour of failures of one kind."""
    made, now = World(), datetime.now(UTC)
    made.add(failed(n, now - 30 * MINUTE + n * MINUTE) for n in range(28))
    return made


@pytest.fixture
def serving(world: World, tmp_path: Path) -> Iterator[driver.Server]:
    """Dashboard and collector over that log, as `make run` starts them."""
    with serve_logging(world) as address:
        settings = {
            "BLINDSPOT_LOGGING_ENDPOINT": address, "BLINDSPOT_LOGGING_PROJECTS": PROJECT, "BLINDSPOT_LOGGING_POLL": "2s",
            "BLINDSPOT_LOGGING_SINCE": "1h", "BLINDSPOT_LOGGING_QUOTA_PER_MIN": "60",
        }  # fmt: skip
        server = driver.start_serving(tmp_path / "home", tmp_path / "output.txt", settings)
        yield server
        server.stop()
        assert server.process.returncode == 0


def test_a_new_error_shows_in_an_open_page_which_keeps_its_place_and_then_says_that_its_source_fails(
    page: Page, serving: driver.Server, world: World
) -> None:
    visit(page, serving.url + "/clusters?severity=ERROR")
    expect(page.locator(".bs-answer")).to_contain_text("28 entries in 1 cluster", timeout=SOON_MS)
    world.add([failed(100, datetime.now(UTC), "payment of {} was refused by the bank")])
    expect(page.locator(".bs-answer")).to_contain_text("29 entries in 2 clusters", timeout=SOON_MS)
    assert "severity=ERROR" in page.url
    field = page.get_by_placeholder("Text in template or message")
    field.press_sequentially("half a wo")
    world.add([failed(102, datetime.now(UTC), "payment of {} was refused by the bank")])
    expect(page.locator(".bs-answer")).to_contain_text("30 entries in 2 clusters", timeout=SOON_MS)
    expect(field).to_have_value("half a wo")
    expect(field).to_be_focused()
    field.fill("")
    press_row(page, 0)
    opened = page.url
    assert "cluster=" in opened
    assert "to=" not in opened
    page.mouse.wheel(0, 500)
    page.wait_for_function("() => document.querySelector('[data-testid=stMain]').scrollTop > 100")
    before = page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop")
    world.add([failed(101, datetime.now(UTC))])
    expect(page.locator(".bs-answer")).to_contain_text("29 times", timeout=SOON_MS)
    assert page.url == opened
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == before
    expect(page.locator(".bs-strip")).to_contain_text("✓")
    world.script = lambda _: Misdeed(grpc.StatusCode.PERMISSION_DENIED)
    expect(page.locator(".bs-strip-bad")).to_contain_text("failing", timeout=SOON_MS)
    assert page.url == opened
