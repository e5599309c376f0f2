"""From a problem to the cluster that caused it, in a real browser over a real store."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import find_violations, settle
from tests.browser.journeys import bring, press_row, table, visit
from tests.entries import LogEntry, entry

CAUSE = "ModuleNotFoundError: No module named 'orders.pricing'"
SYMPTOM = "Setup failed: No module named 'orders.pricing'"


def write_failing_starts() -> list[LogEntry]:
    """Return twelve starts on twelve instances, a minute apart, each with the cause and what it makes fail."""
    made = []
    for start in range(12):
        labels = {"instanceId": f"0069c7a9{start:08x}"}
        lines = (("INFO", "starting"), ("ERROR", CAUSE), ("ERROR", SYMPTOM))
        made += [
            entry(start * 60 + n, text, severity=severity, labels=labels, insertId=f"s{start}-{n}")
            for n, (severity, text) in enumerate(lines)
        ]
    return made


@pytest.fixture
def failing(tmp_path: Path, dashboard: Callable[[Path], str]) -> str:
    """The Clusters page over one problem of two clusters."""
    bring(tmp_path / "home", "starts.ndjson", write_failing_starts())
    return dashboard(tmp_path / "home") + "/clusters"


def test_a_problem_opens_the_cluster_that_caused_it_and_waits_open(page: Page, failing: str) -> None:
    visit(page, failing)
    expect(page.locator(".bs-problem")).to_have_count(1)
    expect(page.locator(".bs-problem")).to_contain_text("ModuleNotFoundError")
    page.get_by_text("The root and its 1 symptom").click()
    settle(page)
    expect(table(page, 1)).to_be_visible()
    page.get_by_text("What joins them").click()
    expect(page.locator(".bs-fold li").first).to_be_visible()
    assert find_violations(page) == []
    press_row(page, 0)
    assert "cluster=" in page.url
    expect(page.locator(".bs-template")).to_contain_text("ModuleNotFoundError")
    page.get_by_role("button", name="← All clusters").click()
    settle(page)
    expect(page.locator(".bs-fold")).to_be_visible()


def test_one_problem_leaves_the_first_clusters_in_sight(page: Page, failing: str) -> None:
    visit(page, failing)
    expect(page.locator(".bs-problem")).to_be_visible()
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    assert box
    assert box["y"] + 38 + 35 * 3 < 800
