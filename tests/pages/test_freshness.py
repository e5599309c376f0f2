"""When a page that is open runs again by itself, and what its strip says."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from lib.core.collecting import SourceKind
from lib.core.freshness import Freshness
from lib.core.model import SourceState
from lib.ui import refresh
from lib.ui.cache import Versions
from lib.ui.link import Link, format_time, parse_link
from lib.views.freshness import FreshnessView
from tests.pages.reading import html
from tests.pages.sample_day import END, NOW
from tests.pages.sample_views import Stage

Show = Callable[..., AppTest]
AT = Versions("home", 7, 3, False)
LIVE = FreshnessView((), (), 0, "", True)
STILL = parse_link({"to": [format_time(NOW - timedelta(hours=1))]})


def look(at: Versions = AT, link: Link = Link(), fresh: FreshnessView = LIVE, colours: str = "light") -> refresh.Look:  # noqa: B008
    return refresh.look(at, colours, fresh, link, NOW)


def test_new_entries_show_in_a_window_that_moves_on() -> None:
    assert refresh.is_due(look(), look(replace(AT, entries=8)), refresh.PAUSE_S, 0.5)
    assert refresh.is_due(look(), look(replace(AT, state=4)), refresh.PAUSE_S, 0.5)


def test_nothing_new_runs_nothing_again() -> None:
    assert not refresh.is_due(look(), look(), 3600, 0.1)


def test_a_window_that_stands_still_is_left_alone() -> None:
    assert not refresh.is_due(look(link=STILL), look(replace(AT, entries=9, state=9), STILL), 3600, 0.1)


def test_a_page_rests_between_two_runs_and_a_slow_one_longer() -> None:
    new = look(replace(AT, entries=8))
    assert not refresh.is_due(look(), new, refresh.PAUSE_S - 1, 0.5)
    assert not refresh.is_due(look(), new, 30, 10)
    assert refresh.is_due(look(), new, 40, 10)


def test_another_home_or_theme_shows_at_once() -> None:
    assert refresh.is_due(look(link=STILL), look(replace(AT, home="other"), STILL), 0, 60)
    assert refresh.is_due(look(link=STILL), look(link=STILL, colours="dark"), 0, 60)


def test_an_import_shows_at_once_where_nothing_is_read_live() -> None:
    quiet = replace(LIVE, live=False)
    assert refresh.is_due(look(link=STILL, fresh=quiet), look(replace(AT, entries=8), STILL, quiet), 0, 60)


def source(name: str, state: SourceState, short: str) -> Freshness:
    return Freshness(name, SourceKind.LOGGING, state, None, None, short, "")


def test_the_strip_names_the_worst_sources_with_age_and_how_far_they_are_behind(show: Show, stage: Stage) -> None:
    shown = (
        source("acme-prod", SourceState.FAILING, "failing, newest 9 min old"),
        source("b", SourceState.STALE, "3 min behind"),
    )
    stage.fresh = FreshnessView(shown, shown, 2, "acme-prod is not being read", True)
    told = html(show("overview"))
    assert "✖ acme-prod: failing, newest 9 min old · ◷ b: 3 min behind · 2 more sources" in told
    assert "bs-strip-bad" in told


def test_the_strip_is_quiet_where_there_are_imports_alone(show: Show) -> None:
    told = html(show("overview"))
    assert 'bs-strip-bad"' not in told
    assert "old" in told


@pytest.mark.parametrize("length", ["15 min", "all"])
def test_a_quick_window_moves_on_where_entries_are_read_live(length: str, show: Show, stage: Stage) -> None:
    stage.fresh = LIVE
    app = show("clusters")
    next(b for b in app.button if b.label == length).click().run()
    assert "to" not in app.query_params
    assert ("last" in app.query_params) == (length == "15 min")


def test_a_window_that_stands_still_offers_to_move_on(show: Show, stage: Stage) -> None:
    stage.fresh = LIVE
    app = show("clusters", to=format_time(END))
    follow = next(b for b in app.button if b.label == "Follow ▸")
    follow.click().run()
    assert "to" not in app.query_params


def test_the_page_of_sources_shows_live_ones_with_their_errors_quota_and_upkeep(show: Show, stage: Stage) -> None:
    stage.live = True
    app = show("sources")
    assert not app.exception
    told = html(app)
    assert "Cloud Logging refused (403)." in told
    assert "Grant roles/logging.viewer." in told
    live = app.dataframe[0].value
    assert list(live["state"]) == ["✖ failing", "✓ ok"]
    assert list(live["calls a min"]) == ["12 of 50", "12 of 50"]
    assert list(live["older to read"]) == ["3 h", "3 h"]
    assert list(live["entries a min"].dropna()) == [41.5]
    upkeep = next(d.value for d in app.dataframe if "what came of it" in d.value)
    assert list(upkeep["what"]) == ["small files joined", "old entries removed"]
