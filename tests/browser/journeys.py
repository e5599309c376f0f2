"""Steps that journeys share: a home with logs in it, and hands that find their way on a page."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Locator, Page, Position

from tests.browser.driver import ROOT, settle
from tests.entries import LogEntry, entry, run_resource, texts

ROW_PX, HEAD_PX = 35, 38
OTHER = "lockers-api"


def write_logs(first: int, count: int) -> list[LogEntry]:
    """Return entries of two services, every fourth an error, whose insertIds and seconds begin at `first`."""
    made = []
    for number in range(first, first + count):
        resource = run_resource() if number % 2 else run_resource(OTHER, f"{OTHER}-00007-xyz")
        severity, text = (
            ("ERROR", f"Order {number} could not be stored: pool timeout")
            if number % 4 == 1
            else ("INFO", f"order {number} stored")
        )
        made.append(entry(number, text, severity=severity, resource=resource))
    return made


def bring(home: Path, name: str, entries: Sequence[LogEntry]) -> None:
    """Import entries as a person would: a file, and the command."""
    file = home.parent / name
    file.write_bytes(b"\n".join(texts(*entries)) + b"\n")
    command = [sys.executable, "-m", "lib", "import", str(file)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "BLINDSPOT_HOME": str(home)}, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def visit(page: Page, address: str) -> None:
    """Open an address and wait until it is drawn."""
    page.goto(address)
    settle(page)


def answer(page: Page) -> str:
    """Return the page's first line."""
    return page.locator(".bs-answer").inner_text()


def rests_on(page: Page) -> str:
    """Return what the answer says that it rests on."""
    return page.locator(".bs-rests", has_text="Based on").inner_text()


def table(page: Page, place: int = 0) -> Locator:
    """Return a table's canvas."""
    return page.get_by_test_id("stDataFrame").nth(place).get_by_test_id("data-grid-canvas")


def press_row(page: Page, row: int) -> None:
    """Click the button in a row of the page's first table, which leads to another address."""
    place: Position = {"x": 40, "y": HEAD_PX + ROW_PX * row + ROW_PX // 2}
    before = page.url
    for _ in range(3):  # a busy machine paints the grid after the page is idle: a click before that is lost
        table(page).click(position=place, force=True)  # the grid lays an invisible scroller over its canvas
        settle(page)
        if page.url != before:
            return


def copied_link(page: Page) -> str:
    """Open “Copy link” and return what it holds."""
    page.get_by_role("button", name="Copy link").click()
    settle(page)
    return page.get_by_test_id("stPopoverBody").get_by_role("code").inner_text()


def tab_to(page: Page, found: str, most: int = 40) -> str:
    """Press Tab until the focus is on something whose name or text holds `found`; return all that was passed."""
    passed: list[str] = []
    for _ in range(most):
        page.keyboard.press("Tab")
        passed.append(page.evaluate(FOCUSED))
        if found in passed[-1]:
            return "; ".join(passed)
    raise AssertionError(f"Tab never reached “{found}”, only: {passed}")


FOCUSED = """() => {
  const here = document.activeElement;
  return [here.getAttribute("aria-label"), here.getAttribute("data-testid"), here.tagName === "MAIN" ? "" : here.innerText]
    .filter(Boolean).join(" ").replace(/\\s+/g, " ");
}"""
