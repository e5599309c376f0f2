"""Settings that cannot be used stand above every page, which goes on."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from lib.core.settings import Settings, SettingTrouble
from lib.ui import cache
from tests.pages.reading import html

TROUBLE = SettingTrouble("sentry", "`organization` under [sentry] in <b>/home/blindspot.toml is no text.", "Write: it")


def test_a_setting_that_cannot_be_used_stands_above_the_page(
    show: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "settings", lambda: Settings(troubles=(TROUBLE,)))
    app = show("clusters")
    told = next(text for text in html(app) if "cannot be used" in text) if isinstance(html(app), list) else str(html(app))
    assert "`organization` under [sentry] in &lt;b&gt;/home/blindspot.toml is no text. Write: it" in told
    assert len(app.dataframe) >= 1


def test_without_trouble_nothing_is_told_of_settings(show: Callable[..., AppTest]) -> None:
    assert "Settings that cannot be used" not in str(html(show("clusters")))
