"""The Postmortem page over made-up views: written, frozen, opened again, compared, annotated; hostile text in all of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from lib.core.access import Person, Role
from lib.errors import StoreError
from lib.ui import door
from tests.pages.reading import html, live_markdown, prose
from tests.pages.sample_day import HOSTILE, NOW, START
from tests.pages.sample_views import Stage

Show = Callable[..., AppTest]
READER = "test@example.com"  # whom AppTest takes for signed in


def press(app: AppTest, key: str) -> AppTest:
    next(button for button in app.button if button.key == key).click()
    return app.run()


def test_hostile_text_is_text_only(show: Show) -> None:
    app = show("postmortem")
    assert not app.exception
    assert HOSTILE in prose(app)
    assert HOSTILE not in html(app)
    assert "<script" not in html(app)
    assert HOSTILE not in live_markdown(app)


def test_a_frozen_report_says_so_and_stays_as_it_was(show: Show, stage: Stage) -> None:
    app = press(show("postmortem"), "report_freezes")
    assert not app.exception
    (frozen,) = stage.memory.all_frozen()
    assert f"?snapshot={frozen.id}" in "".join(code.value for code in app.code)
    stage.coverage = replace(stage.coverage, entries=5)
    stage.version += 1
    opened = show("postmortem", snapshot=frozen.id)
    assert f"Frozen at {NOW:%Y-%m-%d %H:%M:%S} UTC from this store, 74,078 entries in the window." in prose(opened)
    assert "824 failures, 97 failed requests" in prose(opened)
    assert not opened.multiselect  # nothing can be asked otherwise


def test_a_frozen_report_is_compared_with_now(show: Show, stage: Stage) -> None:
    press(show("postmortem"), "report_freezes")
    (frozen,) = stage.memory.all_frozen()
    stage.coverage = replace(stage.coverage, entries=74_079)
    stage.version += 1
    app = press(show("postmortem", snapshot=frozen.id), "report_compare")
    assert "1 more entry is known of this window." in prose(app)


def test_every_link_that_leads_nowhere_says_the_same(show: Show, stage: Stage) -> None:
    press(show("postmortem"), "report_freezes")
    (frozen,) = stage.memory.all_frozen()
    app = press(show("postmortem", snapshot=frozen.id), "report_ends_now")
    told = {line for line in prose(app).splitlines() if "This link leads to no report" in line}
    for wrong in ("x", "a" * 32, frozen.id, "../secret", HOSTILE):
        again = show("postmortem", snapshot=wrong)
        assert not again.exception
        assert {line for line in prose(again).splitlines() if "This link leads to no report" in line} == told
        assert "Impact" not in prose(again)


def test_a_note_is_kept_with_its_writer_and_can_be_taken_away(show: Show, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "visitor", lambda: Person("test@example.com", Role.EDITOR))
    app = show("postmortem")
    app.text_input(key="note_at").set_value(f"{START + timedelta(minutes=5):%Y-%m-%d %H:%M}")
    app.text_area(key="note_text").set_value("Turned the pool up <b>now</b>")
    next(b for b in app.button if b.label == "Keep this note").click()
    app.run()
    (note,) = stage.memory.notes()
    assert (note.who, note.ts) == (READER, START + timedelta(minutes=5))
    assert f"Turned the pool up <b>now</b> (noted by {READER})" in prose(app)
    app = press(app, f"unnote_{note.id}")
    assert "noted by" not in prose(app)
    assert (stage.memory.notes()[0].deleted_at, stage.memory.notes()[0].deleted_by) == (NOW, READER)


@pytest.mark.parametrize("when", ["soon", "", "1999-01-01 00:00"])
def test_a_note_of_no_time_in_the_window_is_refused(show: Show, stage: Stage, when: str) -> None:
    app = show("postmortem")
    app.text_input(key="note_at").set_value(when)
    app.text_area(key="note_text").set_value("something")
    next(b for b in app.button if b.label == "Keep this note").click()
    app.run()
    assert "time" in prose(app)
    assert not stage.memory.notes()


def test_a_part_that_fails_is_not_known_and_the_rest_lives(show: Show, stage: Stage) -> None:
    stage.problems_fail = StoreError("The store is away.", hint="Wait.")
    app = show("postmortem")
    assert "This part could not be answered" in prose(app)
    assert "The store is away. Wait." in prose(app)
    assert "824 failures, 97 failed requests" in prose(app)


def test_every_other_page_leads_to_a_postmortem_of_its_own_window(show: Show) -> None:
    app = show("blindspots", from_="2026-09-17T06:00:00Z", to="2026-09-17T07:00:00Z", service="lockers-api")
    links = [e.proto for e in app.get("page_link") if "Freeze" in e.proto.label]
    assert [link.page for link in links] == ["postmortem"]
    assert "from=2026-09-17T06%3A00%3A00Z&to=2026-09-17T07%3A00%3A00Z&service=lockers-api" in links[0].query_string


def test_a_frozen_report_of_the_recorded_incident_is_not_compared_with_the_teams_own_logs(show: Show, stage: Stage) -> None:
    stage.recorded = True
    press(show("postmortem"), "report_freezes")
    (frozen,) = stage.memory.all_frozen()
    stage.recorded = False
    st.cache_resource.clear()
    app = press(show("postmortem", snapshot=frozen.id), "report_compare")
    assert "It was made from the recorded incident" in prose(app)
    assert "fewer" not in prose(app)


def test_a_snapshot_in_the_address_of_another_page_is_told_and_left_out(show: Show) -> None:
    app = show("clusters", snapshot="a" * 32, kind="failure")
    assert "opens a report on the page Postmortem alone" in prose(app)
    assert "kind=failure" in "".join(code.value for code in app.code)
