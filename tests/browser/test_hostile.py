"""Text from logs does nothing: on every page, opened up, hovered over, and in a browser without a content policy."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from lib import wiring
from lib.core.model import Query
from lib.views import clusters as clusters_view
from lib.views import deploys as deploys_view
from tests import hostilelogs
from tests.browser import driver

OURS = {"localhost", "127.0.0.1"}
LINKED = {"console.cloud.google.com"}  # an entry in Google's Logs Explorer, by a button that says so
UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

# What a page holds that could act. Only links can be ours and lead elsewhere; they are looked at one by one.
LOOK = """() => {
  const all = (what) => [...document.querySelectorAll(what)];
  const styled = all(".js-plotly-plot tspan").filter((t) => /weight|size|italic/.test(t.getAttribute("style") || ""));
  return {
    hit: window.hit ?? null,
    links: all("a[href], area[href], svg a").map((a) => a.href?.baseVal ?? a.href ?? a.getAttribute("xlink:href")),
    loads: all("img, image, iframe, object, embed, video, audio, source, input[type=image]").map(
      (e) => e.src || e.data || e.href?.baseVal || e.getAttribute("xlink:href") || e.outerHTML),
    scripts: all("script").map((s) => s.src || s.textContent.slice(0, 60)),
    rendered: all(".katex, .stMarkdownColoredText, .stMarkdownBadge, math, form[action], base, meta[http-equiv]").length
      + all("[data-testid=stMarkdownContainer] :is(a, img, code, pre)").length,
    styled: styled.map((t) => t.outerHTML),
    text: document.title + document.body.textContent,
    handlers: all("*").filter((e) => [...e.attributes].some((a) => a.name.startsWith("on"))).map((e) => e.outerHTML.slice(0, 99)),
  };
}"""


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory, dashboard: Callable[[Path], str]) -> tuple[str, Path]:
    """A dashboard over hostile logs, and its home folder."""
    home = tmp_path_factory.mktemp("evil") / "home"
    hostilelogs.fill(home, datetime.now(UTC))
    return dashboard(home), home


@pytest.fixture
def open_context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without a content policy: what a page does not load, it did not try to."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, timezone_id="UTC", locale="en-GB", bypass_csp=True)
    context.add_init_script(driver.WATCH)
    yield context
    context.close()


def addresses(home: Path) -> list[str]:
    """Return the address of every page, and of a hostile cluster and deploy."""
    ports, now = wiring.open_workspace(home).ports, datetime.now(UTC)
    rows = clusters_view.load(ports, Query(), now).clusters
    found = [f"/clusters?cluster={next(r.id for r in rows if text in r.template)}" for text in ("<b>bold",)]
    deploy = next(d for d in deploys_view.load(ports, Query(), now).deploys if hostilelogs.EVIL in d.deploy.service)
    pages = ("", "blindspots", "clusters", "deploys", "postmortem", "sentry", "sources")
    return [*(f"/{name}" for name in pages), *found, deploy_address(deploy.deploy)]


def deploy_address(deploy: object) -> str:
    from urllib.parse import urlencode

    told = {"service": deploy.service, "revision": deploy.revision}
    return f"/deploys?{urlencode(told)}"


def open_all(page: Page) -> None:
    """Open every fold and popover of a page, and move over its charts."""
    page.add_style_tag(content="*{transition:none !important}")
    page.locator("details.bs-fold").evaluate_all("folds => folds.forEach((fold) => { fold.open = true; })")
    for fold in page.get_by_test_id("stExpander").locator("summary").all()[:1]:
        fold.click()
        driver.settle(page)
        check(page)
    for names in page.get_by_role("combobox").all()[:1]:
        names.click()
        page.wait_for_timeout(100)
        check(page)
        page.keyboard.press("Escape")
    for button in page.get_by_test_id("stPopoverButton").all()[:3]:
        if button.is_visible():
            button.click()
            page.wait_for_timeout(80)
            check(page)
            page.keyboard.press("Escape")
    for chart in page.locator(".js-plotly-plot").all()[:2]:
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        for part in (3, 5) if box else ():
            page.mouse.move(box["x"] + box["width"] * part / 8, box["y"] + box["height"] * part / 8)
            page.wait_for_timeout(30)
            check(page)


def check(page: Page) -> None:
    """Assert that nothing on the page, as it stands, came alive."""
    seen = page.evaluate(LOOK)
    assert seen["hit"] is None
    assert [a for a in seen["links"] if urlsplit(a).hostname not in OURS | LINKED] == []
    assert [s for s in seen["loads"] if urlsplit(s).hostname not in OURS and not s.startswith(("data:image/", "blob:"))] == []
    assert [s for s in seen["scripts"] if urlsplit(s).hostname not in OURS and "prerenderReady" not in s] == []
    assert (seen["rendered"], seen["styled"], seen["handlers"]) == (0, [], [])
    assert UNSEEN.findall(seen["text"]) == []


def test_text_from_logs_does_nothing_anywhere(open_context: BrowserContext, evil: tuple[str, Path]) -> None:
    base, home = evil
    asked: list[str] = []
    page = open_context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append("a dialog"))
    shown = ""
    for path in addresses(home):
        page.goto(base + path)
        driver.settle(page)
        assert page.title().endswith("· Blindspot")
        check(page)
        open_all(page)
        shown += page.locator("body").inner_text()
    assert [url for url in asked if urlsplit(url).hostname not in OURS and not url.startswith(("data:", "blob:"))] == []
    for text in ("![image]", "<img src=", "<iframe", r"\href", "</extra>"):
        assert text in shown, f"{text} was never shown: the test has looked at nothing"
