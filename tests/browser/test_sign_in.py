"""People sign in at a real provider, and only those come in who may: seen in Chromium, through the wrapper."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import driver
from tests.openid import Provider, provide, write_secrets

ADA = {"email": "ada@example.com", "email_verified": True}
LINK = "/clusters?last=6h&service=parcels-backend-staging&kind=failure"
ACCESS = {
    "BLINDSPOT_ACCESS_DOMAINS": "example.com",
    "BLINDSPOT_ACCESS_EDITORS": "ada@example.com",
    "BLINDSPOT_ACCESS_CONTACT": "the <b>platform</b> team",
}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Provider, str]]:
    """A dashboard at which people sign in, and the provider that says who they are."""
    folder = tmp_path_factory.mktemp("signing")
    with provide(ADA) as (provider, _):
        write_secrets(folder, provider)
        around = {**ACCESS, "HOME": str(folder)}
        words = ["streamlit", "run", "dashboard.py", "--server.port"]
        server = driver.start(words, folder / "home", folder / "output.txt", around)
        yield provider, server.url
        server.stop()


@pytest.fixture
def fresh(browser: Browser) -> Iterator[Callable[[], Page]]:
    """Give a page of a browser that nobody has used."""
    contexts = []

    def make() -> Page:
        context = browser.new_context(viewport={"width": 1280, "height": 800}, timezone_id="UTC", locale="en-GB")
        context.add_init_script(driver.WATCH)
        contexts.append(context)
        return context.new_page()

    yield make
    for context in contexts:
        context.close()


def sign_in(page: Page, url: str) -> None:
    page.goto(url)
    driver.settle(page)
    with page.expect_event("framenavigated"):
        page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_load_state()
    driver.settle(page)


def test_nobody_sees_anything_before_they_sign_in_and_comes_back_to_their_link(
    house: tuple[Provider, str], fresh: Callable[[], Page]
) -> None:
    provider, url = house
    provider.claims = ADA
    page = fresh()
    page.goto(url + LINK)
    driver.settle(page)
    assert "Sign in to see" in page.inner_text("body")
    assert "parcels-backend" not in page.content()
    assert page.locator(".st-key-nav").count() == 0
    sign_in(page, url + LINK)
    now = urlsplit(page.url)
    assert now.path == "/clusters"
    assert {"last=6h", "service=parcels-backend-staging", "kind=failure"} <= set(now.query.split("&"))
    page.get_by_role("button", name="Signed in").click()
    assert page.get_by_text("ada@example.com, may look and change").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_text("Join clusters under a name").count() == 1
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["_streamlit_user"]["httpOnly"]
    assert not any(name.startswith("blindspot_way_") for name in cookies)
    page.get_by_role("button", name="Signed in").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Sign in to see").wait_for()
    assert "parcels-backend" not in page.inner_text("body")


def test_a_viewer_sees_no_button_that_changes_anything(house: tuple[Provider, str], fresh: Callable[[], Page]) -> None:
    provider, url = house
    provider.claims = {"email": "Bob@Example.com", "email_verified": True}
    page = fresh()
    sign_in(page, url + LINK)
    page.get_by_role("button", name="Signed in").click()
    assert page.get_by_text("bob@example.com, may look").is_visible()
    assert page.get_by_text("Names and mutes").count() == 1
    assert page.get_by_text("Join clusters under a name").count() == 0


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"email": "eve@example.com.evil.example", "email_verified": True}, "eve@example.com.evil.example may not come in here"),
        ({"email": "eve@example.com", "email_verified": False}, "was never verified"),
    ],
    ids=["stranger", "unverified"],
)
def test_who_may_not_come_in_is_told_whom_to_ask(
    house: tuple[Provider, str], fresh: Callable[[], Page], claims: dict[str, object], told: str
) -> None:
    provider, url = house
    provider.claims = claims
    page = fresh()
    sign_in(page, url + LINK)
    text = page.inner_text("body")
    assert told in text
    assert "the <b>platform</b> team" in text
    assert "parcels-backend" not in page.content()
    assert page.locator(".st-key-nav").count() == 0
