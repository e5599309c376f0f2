"""Mutes, names, history and the pasted line on the Clusters page, over made-up views."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from lib import wiring
from lib.core.access import Bar, Barred, Person, Role
from lib.core.curation import Action, Change, Mute, describe_change
from lib.errors import BadQuery
from lib.ui import cache, door
from lib.views.curated import MutedRow
from lib.views.decisions import Match
from tests.conftest import ROOT
from tests.pages.reading import html, live_markdown, prose
from tests.pages.sample_day import HOSTILE, NOW, START
from tests.pages.sample_views import Stage

Show = Callable[..., AppTest]
UNTIL = NOW + timedelta(hours=8)
MUTED = MutedRow(Mute("", "pool", "known", START, UNTIL), 412, 3, START, "pool")


def test_what_a_mute_hides_is_told_above_the_list(show: Show, stage: Stage) -> None:
    stage.muted = (MUTED,)
    told = prose(show("clusters"))
    assert "Muted, and not in the list: 412 entries" in told
    assert "“pool” hides 412 entries in 3 clusters since" in told
    assert "because: known" in told


def test_what_is_muted_can_be_shown_by_a_button_and_by_the_address(show: Show, stage: Stage) -> None:
    stage.muted = (MUTED,)
    app = show("clusters")
    next(b for b in app.button if b.label == "Show them").click()
    app.run()
    assert stage.asked[-1].muted
    assert not [b for b in show("clusters", muted="1").button if b.label == "Show them"]


def test_a_mute_that_hides_nothing_here_is_not_in_the_way(show: Show, stage: Stage) -> None:
    stage.muted = (MutedRow(MUTED.mute, 0, 0, None, "pool"),)
    assert "not in the list" not in prose(show("clusters"))


def test_a_cluster_of_which_a_part_is_muted_says_that_the_rest_is_listed(show: Show, stage: Stage) -> None:
    stage.muted = (MUTED,)
    told = prose(show("clusters", cluster="c-pool"))
    assert "Muted in part" in told
    assert "not in the list" not in told


def test_a_window_of_which_all_is_muted_is_not_called_unread(show: Show, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.muted = (MUTED,)
    monkeypatch.setattr("tests.pages.sample_views.CLUSTERS", ())
    told = prose(show("clusters"))
    assert "Muted, and not in the list" in told
    assert "Nothing was read in this window" not in told
    assert "74,078 entries of this window are not shown here" in told


def test_of_a_thousand_mutes_some_are_shown_and_the_command_tells_the_rest(show: Show, stage: Stage) -> None:
    stage.muted = tuple(MutedRow(Mute("", f"pool {n}", "known", START, UNTIL), 1, 1, START, f"pool {n}") for n in range(1000))
    app = show("clusters")
    assert len([b for b in app.button if b.label == "End this mute"]) == 50
    assert "The first 50 of 1,000 mutes" in prose(app)


def test_nothing_new_says_which_kind_of_nothing(show: Show, stage: Stage) -> None:
    stage.no_newness = True
    assert "Nothing can be called new here" in prose(show("clusters", new="1"))
    assert "Nothing can be called new here" not in prose(show("clusters"))


def test_filters_by_pattern_are_asked_as_the_address_says(show: Show, stage: Stage) -> None:
    show("clusters", like="pool", unlike="/a|b/", new="1")
    assert (stage.asked[-1].like, stage.asked[-1].unlike, stage.asked[-1].new) == ("pool", "/a|b/", True)


def test_the_history_is_on_the_page_and_inert(show: Show, stage: Stage) -> None:
    stage.changes = (Change(START, Action.NAME, HOSTILE, HOSTILE, HOSTILE), Change(START, Action.MUTE, "c", "", "why", UNTIL))
    app = show("clusters")
    assert not app.exception
    assert "History (2)" in html(app)
    assert HOSTILE not in html(app)
    assert not [m for m in live_markdown(app) if "evil" in m]


def test_a_mute_is_made_at_a_cluster(show: Show, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[object, ...]] = []
    monkeypatch.setattr(cache, "mute", lambda *words: made.append(words))
    app = show("clusters", cluster="c-pool")
    next(t for t in app.text_input if t.label == "Why" and t.placeholder.startswith("known")).input("known")
    next(b for b in app.button if b.label == "Mute this cluster").click()
    app.run()
    assert made == [("c-pool", "", "known", timedelta(hours=8))]


def test_a_refusal_stays_beside_the_form(show: Show, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise BadQuery("The reason is empty.", hint="Say a reason that others understand.")

    monkeypatch.setattr(cache, "mute", refuse)
    app = show("clusters", cluster="c-pool")
    next(b for b in app.button if b.label == "Mute this cluster").click()
    app.run()
    assert "The reason is empty." in prose(app)
    assert "Say a reason" in prose(app)


def test_a_pasted_line_leads_to_its_cluster(show: Show, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        cache, "which", lambda line: Match("c-pool", "Parcel <*> could not be read", "Entries of this form were read.")
    )
    app = show("clusters")
    app.text_area(key="filter_which").input("Parcel 7 could not be read").run()
    assert "Entries of this form were read." in prose(app)
    next(b for b in app.button if b.label == "Open this cluster").click()
    app.run()
    assert "c-pool" in app.query_params["cluster"]


def test_a_cluster_says_why_it_has_its_priority_and_whether_it_is_new(show: Show) -> None:
    assert "since the last deploy" in prose(show("clusters", cluster="c-pool"))


def test_a_viewer_sees_what_holds_and_no_button_that_changes_it(
    show: Show, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def labels(app: AppTest) -> set[str]:
        return {button.label for button in app.button}

    stage.muted = (MUTED,)
    change = {"End this mute", "Mute this cluster", "Check and keep"}
    assert change & labels(show("clusters")) | change & labels(show("clusters", cluster="c-pool")) == change
    monkeypatch.setattr(door, "visitor", lambda: Person("bob@example.com", Role.VIEWER))
    app = show("clusters")
    assert "because: known" in prose(app)
    assert not change & labels(app)
    assert not change & labels(show("clusters", cluster="c-pool"))


@pytest.mark.parametrize("visitor", [Person("bob@example.com", Role.VIEWER), Barred(Bar.STRANGER)], ids=["viewer", "stranger"])
@pytest.mark.parametrize("act", [
    lambda: cache.mute("c", "", "why", timedelta(hours=1)), lambda: cache.unmute("c"), lambda: cache.keep_name("n", "p", "why"),
    lambda: cache.drop_name("n"),
], ids=["mute", "unmute", "name", "unname"])  # fmt: skip
def test_the_action_itself_refuses_who_may_not_change(
    visitor: Person | Barred, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(door, "visitor", lambda: visitor)
    with pytest.raises(door.NotAllowed):
        act()
    assert not list(home.iterdir()) or not wiring.open_workspace(home).ports.state.changes()


def test_who_decided_is_kept_and_told(home: Path) -> None:
    space = wiring.open_workspace(home)
    space.ports.state.add_change(Change(NOW, Action.MUTE, "c", reason="known", until=UNTIL, by="ada@example.com"))
    space.ports.state.add_change(Change(NOW, Action.UNMUTE, "c"))
    first, second = wiring.open_workspace(home).ports.state.changes()
    assert (first.by, second.by) == ("ada@example.com", "")
    assert describe_change(first).endswith("because: known (by ada@example.com)")
    assert "by" not in describe_change(second)


def test_somebody_who_may_not_come_in_sees_nothing_of_any_page(show: Show, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "visitor", lambda: Barred(Bar.STRANGER, "eve@evil.example"))
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60).run()
    assert "eve@evil.example may not come in here" in html(app)
    alone = AppTest.from_file(str(ROOT / "pages/clusters.py"), default_timeout=60).run()  # a page without the dashboard
    for seen in (app, alone):
        assert not seen.exception
        assert {button.label for button in seen.button} == {"Sign in as somebody else"}
    assert stage.asked == []
