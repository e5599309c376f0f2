"""From what nobody saw to the next step, and from a deploy back to the list, in a real browser over the recorded incident."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import settle
from tests.browser.journeys import answer, press_row, tab_to, table, visit

BLIND = "parcels-backend-staging"


def test_a_gap_leads_to_its_service_and_to_what_to_do_next(page: Page, recorded: str) -> None:
    visit(page, recorded)
    page.get_by_role("link", name="Blind spots", exact=True).click()
    settle(page)
    assert "were not seen" in answer(page)
    press_row(page, 0)
    assert f"service={BLIND}" in page.url
    page.get_by_role("link", name="Sentry", exact=True).click()
    settle(page)
    assert f"service={BLIND}" in page.url
    expect(page.locator(".bs-rung")).to_have_count(5)
    expect(page.locator(".bs-problem")).to_contain_text(BLIND)
    page.get_by_role("button", name="← All services").click()
    settle(page)
    assert "service=" not in page.url
    expect(page.get_by_text("Prove delivery with a marked event")).to_be_visible()


def test_back_from_a_deploy_keeps_the_window(page: Page, recorded: str) -> None:
    visit(page, recorded + "/deploys")
    page.get_by_role("button", name="UTC").click()
    page.get_by_role("button", name="6 h", exact=True).click()
    settle(page)
    page.keyboard.press("Escape")
    window = page.url
    assert "from=" in window
    expect(table(page)).to_be_visible()
    press_row(page, 0)
    assert "revision=" in page.url
    expect(page.get_by_text("compared with")).to_be_visible()
    page.go_back()
    settle(page)
    assert page.url == window
    expect(page.get_by_text("What the newest ones changed")).to_be_visible()


@pytest.mark.parametrize("path", ["/sentry", "/deploys", "/blindspots"])
def test_the_tables_can_be_reached_by_keyboard(page: Page, recorded: str, path: str) -> None:
    visit(page, recorded + path)
    passed = tab_to(page, "data-grid-canvas")
    assert "Copy link" in passed
