"""The pages over made-up views: full, empty, cut, failing, and opened by links that make no sense."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from lib.core.model import Kind, Query
from lib.errors import StoreError
from lib.ports import Ports
from lib.ui import cache
from lib.views import overview as overview_view
from lib.views.overview import Asked, OverviewView
from tests.pages.reading import html, live_markdown, prose
from tests.pages.sample_day import END, HOSTILE, START
from tests.pages.sample_views import FULL, SUSPECT, Stage

Show = Callable[..., AppTest]
ANSWERS = {
    "overview": "623 failures",
    "clusters": "459 entries in 3",
    "sources": "74,078 entries read",
    "sentry": "1 of 3 services is blind.",
    "deploys": "3 deploys: 1 failed.",
    "blindspots": "824 failures in 2 bursts were not seen.",
    "postmortem": "824 failures, 97 failed requests among them, fell",
}
PAGES = tuple(ANSWERS)
NOTHING = replace(FULL, entries=0, start=None, end=None, watermark=None, skipped={}, no_message=0)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_says_its_answer_and_what_it_rests_on(show: Show, page: str) -> None:
    app = show(page)
    assert not app.exception
    assert "Based on 74,078 entries; 12 skipped (no timestamp 9, damaged JSON 3); 3 without a message" in prose(app)
    assert ANSWERS[page] in prose(app)


@pytest.mark.parametrize("page", PAGES)
def test_a_cut_export_is_told_on_every_page_with_counts(show: Show, stage: Stage, page: str) -> None:
    stage.coverage = replace(FULL, suspect=(SUSPECT,))
    assert SUSPECT in prose(show(page))


def test_a_cut_export_is_told_beside_one_cluster_too(show: Show, stage: Stage) -> None:
    stage.coverage = replace(FULL, suspect=(SUSPECT,))
    assert SUSPECT in prose(show("clusters", cluster="c-pool"))


def test_an_answer_that_shows_only_a_part_says_so(show: Show, stage: Stage) -> None:
    stage.coverage = replace(FULL, cut=True)
    assert "only a part" in prose(show("clusters"))


@pytest.mark.parametrize("page", PAGES)
def test_nothing_stored_is_said_as_that(show: Show, stage: Stage, page: str) -> None:
    stage.rows, stage.coverage = False, NOTHING
    app = show(page)
    assert not app.exception
    assert "Nothing is stored yet" in prose(app)


def test_an_empty_window_offers_the_whole_range(show: Show, stage: Stage) -> None:
    stage.rows, stage.coverage = False, replace(FULL, entries=0)
    app = show("overview")
    assert "Nothing was read in this window" in prose(app)
    stage.rows = True
    press(app, "Show the whole range")
    assert stage.asked[-1].start == START - timedelta(hours=6)


def test_filters_that_hide_everything_can_be_cleared(show: Show, stage: Stage) -> None:
    app = show("clusters", kind="deploy", text="nowhere")
    assert "The filters leave nothing" in prose(app)
    press(app, "Clear the filters")
    assert (stage.asked[-1].kinds, stage.asked[-1].text) == ((), "")
    assert "459 entries in 3 clusters" in prose(app)


@pytest.mark.parametrize("page", PAGES)
def test_our_error_becomes_a_card_with_its_hint(show: Show, stage: Stage, page: str) -> None:
    stage.fails = StoreError("The store at ‘x’ cannot be read.", hint="Look at its rights.")
    app = show(page)
    assert not app.exception
    assert "The store at ‘x’ cannot be read." in prose(app)
    assert "Look at its rights." in prose(app)


def test_an_error_nobody_foresaw_keeps_its_details_to_the_server(
    show: Show, stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    stage.fails = RuntimeError("a path on this machine")
    app = show("overview")
    assert not app.exception
    assert "This part of the page failed" in prose(app)
    assert "a path on this machine" not in html(app)
    assert "a path on this machine" in caplog.text


def test_without_times_the_window_is_the_last_day_of_what_is_stored(show: Show, stage: Stage) -> None:
    show("overview")
    asked = [query for query in stage.asked if query != Query()]
    assert asked == [Query(start=START, end=END)]


def test_a_link_is_opened_as_it_stands(show: Show, stage: Stage) -> None:
    show("clusters", from_="2026-09-17T08:00:00+02:00", to="2026-09-17T07:00:00Z", service=["lockers-api", "parcels-backend"],
         environment="staging", kind="failure", severity="error", text=" pool ")  # fmt: skip
    asked = stage.asked[-1]
    assert (asked.start, asked.end) == (END - timedelta(hours=6), END - timedelta(hours=5))
    assert asked.services == ("lockers-api", "parcels-backend")
    assert (asked.kinds, asked.severities, asked.text) == ((Kind.FAILURE,), ("ERROR",), "pool")


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"from_": "yesterday"}, "“from=yesterday” is not a time with a zone"),
        ({"to": "2026-09-17T07:00:00"}, "“to=2026-09-17T07:00:00” is not a time with a zone"),
        ({"from_": "2026-09-17T07:00:00Z", "to": "2026-09-17T06:00:00Z"}, "is not after “from”"),
        ({"kind": "catastrophe"}, "“kind=catastrophe” is unknown"),
        ({"severity": "BAD"}, "“severity=BAD” is unknown"),
        ({"sevice": "x"}, "“sevice” is nothing that a link can say"),
        ({"service": "ghost"}, "Nothing is stored of the service “ghost”"),
        ({"environment": "moon"}, "Nothing is stored of the environment “moon”"),
    ],
)
def test_a_bad_link_is_told_and_the_rest_of_it_holds(show: Show, stage: Stage, params: dict[str, str], told: str) -> None:
    app = show("clusters", text="pool", **params)
    assert not app.exception
    assert told in prose(app)
    assert stage.asked[-1].text == "pool"


def test_an_unknown_service_is_not_replaced_by_all_services(show: Show, stage: Stage) -> None:
    show("overview", service="ghost")
    assert any(query.services == ("ghost",) for query in stage.asked)


def test_a_link_to_no_cluster_is_told(show: Show) -> None:
    assert "No cluster has the id 'nonsense'." in prose(show("clusters", cluster="nonsense"))


def test_an_old_link_to_a_cluster_opens_it_and_says_that_it_moved(show: Show) -> None:
    app = show("clusters", cluster="c-old")
    assert "It says c-old; the cluster is c-pool now." in prose(app)
    assert "412 times" in prose(app)


def test_the_copied_link_holds_absolute_times(show: Show) -> None:
    links = [block.value for block in show("overview").code if "from=" in block.value]
    assert len(links) == 1
    assert "from=2026-09-16T12:00:00Z&to=2026-09-17T12:00:00Z" in links[0]


def test_a_quick_range_counts_back_from_the_newest_entry(show: Show, stage: Stage) -> None:
    app = show("overview")
    press(app, "1 h")
    assert said(app, "from") == "2026-09-17T11:00:00Z"
    assert said(app, "to") == "2026-09-17T12:00:00Z"
    assert Query(start=END - timedelta(hours=1), end=END) in stage.asked


def test_a_window_typed_wrong_is_told_and_changes_nothing(show: Show) -> None:
    app = show("overview")
    app.text_input(key="bar_from").set_value("yesterday")
    press(app, "Use this window")
    assert "“yesterday” is not a time" in prose(app)
    assert "from" not in app.query_params


def test_a_typed_window_is_utc(show: Show) -> None:
    app = show("overview")
    app.text_input(key="bar_from").set_value("2026-09-17 06:00")
    press(app, "Use this window")
    assert said(app, "from") == "2026-09-17T06:00:00Z"


def test_choosing_a_service_writes_it_into_the_address(show: Show, stage: Stage) -> None:
    app = show("overview")
    app.multiselect(key="bar_services").set_value(["lockers-api"]).run()
    assert said(app, "service") == "lockers-api"
    assert any(query.services == ("lockers-api",) for query in stage.asked)


def test_newer_entries_are_offered_to_a_window_that_stands_still(show: Show) -> None:
    app = show("overview", from_="2026-09-17T06:00:00Z", to="2026-09-17T07:00:00Z")
    press(app, "Newer entries ▸")
    assert said(app, "from") == "2026-09-17T11:00:00Z"


@pytest.mark.parametrize("page", ["overview", "blindspots"])
def test_the_recorded_incident_says_what_it_is_and_how_to_bring_ones_own_logs(show: Show, stage: Stage, page: str) -> None:
    stage.recorded = True
    app = show(page)
    assert "recorded incident, not your logs" in app.expander[0].label
    commands = [block.value for block in app.code]
    assert "gcloud logging read 'resource.type=\"cloud_run_revision\"' --format=json --freshness=1d > export.json" in commands
    assert ".venv/bin/python -m lib import export.json" in commands


def test_ones_own_logs_come_without_the_banner(show: Show) -> None:
    assert not any("recorded incident" in expander.label for expander in show("overview").expander)


def test_a_question_is_asked_once_while_nothing_changes(show: Show, stage: Stage) -> None:
    app = show("overview")
    app.run()
    assert [query.start for query in stage.asked].count(START) == 1


def test_what_is_stored_later_is_asked_for_again(show: Show, stage: Stage) -> None:
    app = show("overview")
    stage.version += 1
    app.run()
    assert [query.start for query in stage.asked].count(START) == 2


@pytest.mark.parametrize(
    ("page", "params"),
    [
        ("overview", {}),
        ("overview", {"service": HOSTILE}),
        ("clusters", {}),
        ("clusters", {"text": HOSTILE}),
        ("clusters", {"cluster": "c-evil"}),
        ("sources", {}),
        ("sentry", {}),
        ("sentry", {"service": HOSTILE}),
        ("deploys", {}),
        ("deploys", {"service": HOSTILE, "revision": HOSTILE}),
        ("blindspots", {}),
    ],
)
def test_log_text_is_inert_everywhere(show: Show, page: str, params: dict[str, str]) -> None:
    app = show(page, **params)
    assert not app.exception
    assert "evil.example" not in live_markdown(app)
    assert "<img" not in html(app)


@pytest.mark.parametrize(
    ("page", "params"),
    [
        ("overview", {}),
        ("sentry", {"service": HOSTILE}),
        ("deploys", {}),
        ("deploys", {"service": HOSTILE, "revision": HOSTILE}),
        ("blindspots", {}),
    ],
)
def test_a_chart_gets_names_without_tags(show: Show, page: str, params: dict[str, str]) -> None:
    figures = "".join(chart.proto.spec for chart in show(page, **params).get("plotly_chart"))
    assert "evil.example" in figures
    assert "<img" not in figures
    assert "&lt;img" in figures


def test_skipped_entries_are_shown_by_reason(show: Show) -> None:
    app = show("sources")
    app.selectbox[0].set_value("damaged JSON").run()
    assert "1 entry kept of 3" in prose(app)
    assert HOSTILE in [block.value for block in app.code]


def press(app: AppTest, label: str) -> None:
    """Press the one button with this label."""
    [button] = [button for button in app.button if button.label == label]
    button.click().run()


def said(app: AppTest, name: str) -> str:
    """Return what the address says of one parameter."""
    value = app.query_params[name]
    return value if isinstance(value, str) else ",".join(value)


def test_a_trace_whose_lines_are_entries_is_shown_as_it_was_written(show: Show) -> None:
    shown = [code.value for code in show("clusters", cluster="c-pool").code]
    assert any(text.startswith("Traceback (most recent call last):\nValueError: ") for text in shown)


# ---- would we know?


def test_the_overview_says_who_cannot_be_seen_and_what_changed(show: Show) -> None:
    told = prose(show("overview"))
    assert "Nobody can see now" in told
    assert "error tracking is missing" in told
    assert "What changed in the last hour" in told


def test_the_overview_is_silent_where_nothing_is_open_and_nothing_changed(show: Show, stage: Stage) -> None:
    stage.open_gaps = stage.changed = ()
    told = prose(show("overview"))
    assert "Nobody can see now" not in told
    assert "What changed" not in told


def test_a_service_s_row_says_its_verdict_its_unseen_failures_and_its_newest_deploy(show: Show) -> None:
    frame = show("overview").dataframe[0].value
    assert list(frame["sight"]) == ["✖ missing", "✓ healthy", "? unknown"]
    assert frame["unseen"].fillna(-1).to_list() == [412, 0, -1]
    assert list(frame["deploy"])[:2] == ["00046-bxc ✓ ready, 17 Sep 09:00", "none; 00119-jnf serves"]


def test_a_part_that_could_not_be_answered_is_told_and_the_rest_lives(show: Show, stage: Stage) -> None:
    stage.untold = ("The answer of the page Sentry failed (abc123).",)
    app = show("overview")
    assert "The answer of the page Sentry failed (abc123)." in prose(app)
    assert "623 failures" in prose(app)


def test_what_nobody_foresaw_on_another_page_costs_the_overview_only_that_part(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*given: object) -> None:
        raise RuntimeError("a path on this machine")

    def load(ports: Ports, query: Query, now: datetime, asked: Asked | None = None) -> OverviewView:
        assert asked
        untold: list[str] = []
        assert overview_view.ask(asked.gaps, untold) is None
        return replace(stage.load_overview(ports, query, now, asked), untold=tuple(untold))

    monkeypatch.setattr("lib.ui.cache.gaps_view.load", fail)
    monkeypatch.setattr("lib.ui.cache.overview_view.load", load)
    (told,) = cache.overview(Query()).untold
    assert told.startswith("The answer of the page Blind spots failed (")
    assert "a path on this machine" not in told
    assert "a path on this machine" in caplog.text
