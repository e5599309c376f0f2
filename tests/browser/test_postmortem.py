"""From Blind spots to a postmortem that is frozen, opened by somebody else, saved in every form, and printed."""

import json
import re
import zipfile
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import VIEWPORT
from tests.browser.driver import WATCH, note_errors, settle
from tests.browser.journeys import answer, visit

A4 = {"width": 718, "height": 1020}  # the part of an A4 page inside its margins, at 96 px an inch
LINK = re.compile(r"https?://\S+/postmortem\?snapshot=[\w-]{32}")


def save(page: Page, name: str, folder: Path) -> Path:
    """Save the report in a form, as a reader does."""
    with page.expect_download() as begun:
        page.get_by_role("button", name=name, exact=True).click()
    file = folder / begun.value.suggested_filename
    begun.value.save_as(file)
    return file


def test_a_postmortem_is_frozen_sent_saved_and_printed(page: Page, browser: Browser, recorded: str, tmp_path: Path) -> None:
    visit(page, f"{recorded}/sources")  # whoever comes first waits for the recorded incident to be loaded
    visit(page, f"{recorded}/blindspots")
    page.get_by_role("link", name="Freeze").click()
    settle(page)
    assert re.search(r"/postmortem\?from=[^&]+Z&to=[^&]+Z", page.url)
    told = answer(page)
    assert "fell into times when nobody could see" in told
    page.get_by_role("button", name="Freeze", exact=True).click()
    settle(page)
    page.get_by_role("button", name="Freeze this report").click()
    settle(page)
    found = LINK.search(page.get_by_test_id("stPopoverBody").get_by_role("code").inner_text())
    assert found

    other = browser.new_context(viewport=VIEWPORT, timezone_id="Asia/Tokyo")  # somebody else, who was sent the link
    other.add_init_script(WATCH)
    reader = other.new_page()
    noted = note_errors(reader)
    visit(reader, found[0])
    expect(reader.get_by_text("Frozen at ")).to_be_visible()
    assert answer(reader) == told
    reader.get_by_role("button", name="Compare with now").click()
    settle(reader)
    expect(reader.get_by_text("Nothing is different")).to_be_visible()

    reader.get_by_role("button", name="Save as").click()
    settle(reader)
    files = {name: save(reader, name, tmp_path) for name in ("Markdown", "HTML", "JSON", "CSV (zip)")}
    assert told in json.loads(files["JSON"].read_text())["summary"]
    assert files["Markdown"].read_text().startswith("# Postmortem: ")
    assert "timeline.csv" in zipfile.ZipFile(files["CSV (zip)"]).namelist()
    reader.keyboard.press("Escape")

    for paper in (reader, other.new_page()):
        if paper is not reader:
            paper.goto(files["HTML"].as_uri())
            assert paper.locator("figure svg rect").count() > 5
        paper.emulate_media(media="print")
        paper.set_viewport_size(A4)
        assert paper.evaluate("document.documentElement.scrollWidth") <= A4["width"]
        expect(paper.get_by_role("heading", name="What is not known")).to_be_visible()
        expect(paper.get_by_role("link", name="Sources")).to_have_count(0)
        pdf = paper.pdf(prefer_css_page_size=True, print_background=True)
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) > 3  # all of it, not what a screen holds
    assert noted == []
    other.close()


def test_a_link_that_leads_nowhere_says_so_and_shows_nothing(page: Page, recorded: str) -> None:
    visit(page, f"{recorded}/postmortem?snapshot=" + "x" * 32)
    expect(page.get_by_text("This link leads to no report")).to_be_visible()
    assert page.locator(".bs-answer").count() == 0
