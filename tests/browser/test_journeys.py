"""What a reader does with the dashboard, in a real browser over a real store."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import VIEWPORT
from tests.browser.driver import WATCH, find_violations, settle
from tests.browser.journeys import (
    HEAD_PX,
    OTHER,
    ROW_PX,
    answer,
    bring,
    copied_link,
    press_row,
    rests_on,
    tab_to,
    table,
    visit,
    write_logs,
)  # fmt: skip
from tests.entries import SERVICE, entry, run_resource

Dashboard = Callable[[Path], str]
PAGES = ("/", "/clusters", "/sources")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, dashboard: Dashboard) -> str:
    """A dashboard over 400 entries of two services."""
    home = tmp_path_factory.mktemp("filled") / "home"
    bring(home, "day.ndjson", write_logs(0, 400))
    return dashboard(home)


@pytest.fixture(scope="module")
def blind(tmp_path_factory: pytest.TempPathFactory, dashboard: Dashboard) -> str:
    """A dashboard over two services, one of which says that its error tracking is missing."""
    home = tmp_path_factory.mktemp("blind") / "home"
    said = entry(1, "Sentry SDK not available - install sentry-sdk", severity="WARNING", resource=run_resource())
    bring(home, "day.ndjson", [said, *write_logs(2, 40)])
    return dashboard(home)


def test_a_link_to_a_cluster_opens_the_same_view_in_another_browser(page: Page, browser: Browser, filled: str) -> None:
    visit(page, filled)
    assert "100 failures" in answer(page)
    press_row(page, 0)
    assert f"service={SERVICE}" in page.url
    assert "200 entries" in rests_on(page)
    page.get_by_role("link", name="Clusters", exact=True).click()
    settle(page)
    assert f"service={SERVICE}" in page.url
    press_row(page, 0)
    expect(page.locator(".bs-template")).to_contain_text("could not be stored: pool timeout")
    link = copied_link(page)
    assert "from=2026-09-" in link
    assert link.count("Z") == 2
    other = browser.new_context(viewport=VIEWPORT, timezone_id="Asia/Tokyo")
    other.add_init_script(WATCH)
    second = other.new_page()
    visit(second, link)
    assert answer(second) == answer(page)
    assert rests_on(second).startswith(rests_on(page).rstrip("."))
    assert second.locator(".bs-template").inner_text() == page.locator(".bs-template").inner_text()
    other.close()


def test_back_undoes_each_step(page: Page, filled: str) -> None:
    visit(page, filled)
    whole = rests_on(page)
    press_row(page, 0)
    assert rests_on(page) != whole
    page.go_back()
    settle(page)
    assert rests_on(page) == whole
    assert "service=" not in page.url


def test_an_import_shows_up_while_the_page_is_open(page: Page, dashboard: Dashboard, tmp_path: Path) -> None:
    home = tmp_path / "home"
    bring(home, "first.ndjson", write_logs(0, 40))
    visit(page, dashboard(home))
    assert "40 entries" in rests_on(page)
    bring(home, "second.ndjson", write_logs(40, 20))
    expect(page.locator(".bs-rests", has_text="Based on 60 entries")).to_be_visible(timeout=30_000)


def test_ones_own_logs_take_the_place_of_the_recorded_incident(page: Page, dashboard: Dashboard, tmp_path: Path) -> None:
    home = tmp_path / "home"
    visit(page, dashboard(home))
    page.get_by_text("recorded incident, not your logs").click()
    expect(page.get_by_text("python -m lib import export.json")).to_be_visible()
    bring(home, "own.ndjson", write_logs(0, 40))
    expect(page.locator(".bs-rests", has_text="Based on 40 entries")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("recorded incident, not your logs")).to_have_count(0)


def test_a_link_to_a_page_works_right_after_a_start(page: Page, dashboard: Dashboard, tmp_path: Path) -> None:
    bring(tmp_path / "home", "own.ndjson", write_logs(0, 8))
    visit(page, f"{dashboard(tmp_path / 'home')}/clusters?service={OTHER}")
    expect(page.get_by_role("heading", name="Clusters", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="Overview")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert "4 entries" in rests_on(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_overview_says_who_is_blind_before_its_table(page: Page, blind: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    visit(page, blind)
    assert answer(page).startswith(f"1 of 2 services is blind: {SERVICE}. 10 failures since ")
    expect(page.locator(".bs-told", has_text="error tracking is missing since")).to_be_visible()
    box = table(page).bounding_box()
    assert box
    assert box["y"] + HEAD_PX + 2 * ROW_PX < VIEWPORT["height"]
    assert find_violations(page) == []


def test_a_box_drawn_on_the_chart_narrows_the_window(page: Page, filled: str) -> None:
    visit(page, filled)
    chart = page.locator(".js-plotly-plot .nsewdrag").first
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.999, box["y"] + 30, steps=5)
    page.mouse.up()
    page.wait_for_url("**from=**")
    settle(page)
    assert "from=2026-09-" in page.url


def test_the_bar_the_navigation_and_a_table_work_by_keyboard(page: Page, filled: str) -> None:
    visit(page, filled)
    passed = tab_to(page, "Copy link")
    for name in ("Overview", "Clusters", "Sources", "UTC", "Services", "Environments"):
        assert name in passed


def test_a_service_and_a_cluster_are_chosen_by_keyboard_alone(page: Page, filled: str) -> None:
    visit(page, filled + "/clusters")
    tab_to(page, "Services")
    page.keyboard.type("orders")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**service={SERVICE}**")
    settle(page)
    tab_to(page, "Open a cluster")
    page.keyboard.type("pool timeout")
    page.keyboard.press("Enter")
    page.wait_for_url("**cluster=**")
    settle(page)
    expect(page.locator(".bs-template")).to_contain_text("pool timeout")


@pytest.mark.parametrize("path", PAGES)
def test_every_table_and_the_navigation_can_be_reached_by_keyboard(page: Page, filled: str, path: str) -> None:
    visit(page, filled + path)
    passed = tab_to(page, "data-grid-canvas")
    assert "Copy link" in passed
    assert "Sources" in passed


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_that_is_ours(page: Page, filled: str, path: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    visit(page, filled + path)
    expect(table(page)).to_be_visible()
    assert find_violations(page) == []


def test_axe_finds_nothing_in_a_cluster_and_in_open_popovers(page: Page, filled: str) -> None:
    visit(page, filled + "/clusters")
    press_row(page, 0)
    assert find_violations(page) == []
    copied_link(page)
    assert find_violations(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="UTC").click()
    settle(page)
    assert find_violations(page) == []
