"""Sentry, Deploys and Blind spots over made-up views: what they draw, what a link opens, and what they say when nothing tells."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from lib.core.frequency import By, Rate
from lib.core.sentry.sentryfacts import Failure
from tests.pages import sample_deploys
from tests.pages.reading import html, prose
from tests.pages.sample_day import END, HOSTILE
from tests.pages.sample_deploys import DEPLOYS
from tests.pages.sample_sentry import SHORT
from tests.pages.sample_views import Stage

Show = Callable[..., AppTest]
ONE = {"service": "parcels-backend", "revision": "parcels-backend-00046-bxc"}


def charts(app: AppTest) -> list[dict[str, Any]]:
    """Return the page's figures."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def columns(app: AppTest, place: int = 0) -> dict[str, list[Any]]:
    """Return a table's columns."""
    return {str(name): list(cells) for name, cells in app.dataframe[place].value.items()}


def test_the_matrix_has_a_row_a_service_with_sign_and_word(show: Show) -> None:
    assert columns(show("sentry"))["verdict"] == ["✖ missing", "? unknown", "✓ healthy"]


def test_a_lane_says_what_its_revision_said(show: Show) -> None:
    lanes = charts(show("sentry", service="parcels-backend"))[0]["layout"]["yaxis"]["categoryarray"]
    assert lanes[-1] == "00041-abc: missing"


def test_every_service_has_its_sentence_and_its_next_step(show: Show) -> None:
    told = prose(show("sentry"))
    assert "parcels-backend: Sentry SDK not available" in told
    assert SHORT in told


def test_a_chosen_service_shows_ladder_next_step_and_evidence(show: Show) -> None:
    app = show("sentry", service="parcels-backend")
    told = prose(app)
    assert "✓ declared" in told
    assert "✖ installed" in told
    assert "? delivering" in told
    assert SHORT in [block.value for block in app.code]
    assert "How we know (40)" in told
    assert "The first 30 of 40" in told
    assert len(charts(app)) == 2


def test_hours_that_sentry_was_not_asked_about_are_told_and_not_drawn_as_none_accepted(show: Show) -> None:
    app = show("sentry", service="parcels-backend")
    assert "Sentry was not asked about 1 of them" in prose(app)
    logged, accepted = charts(app)[1]["data"]
    assert len(logged["x"]) == len(accepted["x"]) + 1


def test_a_service_of_which_nothing_is_known_says_so(show: Show) -> None:
    told = prose(show("sentry", service="lockers-api"))
    assert "How many errors arrived is not known." in told
    assert "No project in Sentry is known to be this service's." in told


def test_what_sentry_did_not_answer_is_told_with_its_hint(show: Show, stage: Stage) -> None:
    stage.unanswered = (Failure("the counts of parcels", "it answered 403", "Give the token org:read."),)
    assert "the counts of parcels: it answered 403 Give the token org:read." in prose(show("sentry"))


def test_deploys_list_outcome_verdict_and_what_they_rest_on(show: Show) -> None:
    told = columns(show("deploys"))
    assert told["outcome"] == ["✓ ready", "✖ failed, rolled back", "? unknown"]
    assert told["by"][:2] == ["ada@example.com", "not known"]


def test_a_list_that_is_too_long_says_how_many_more_there_are(show: Show) -> None:
    assert "And 10 more: python -m lib deploys" in prose(show("deploys"))


def test_lines_and_unit_of_the_chart_come_from_the_link(show: Show, stage: Stage) -> None:
    app = show("deploys", by="service", rate="per_request")
    assert stage.drawn == [(By.SERVICE, Rate.PER_REQUEST)]
    assert "Warnings and errors a request, per 60 min" in prose(app)


def test_the_words_of_a_deploy_near_the_end_stay_inside_the_chart(show: Show, monkeypatch: pytest.MonkeyPatch) -> None:
    late = replace(DEPLOYS[0], ts=END - timedelta(minutes=1))
    monkeypatch.setattr(sample_deploys, "DEPLOYS", (late, *DEPLOYS[1:]))
    labels = charts(show("deploys"))[0]["layout"]["annotations"]
    assert [label["xanchor"] for label in labels] == ["left", "left", "right"]


def test_a_bad_by_or_rate_is_told_and_the_usual_chart_is_drawn(show: Show, stage: Stage) -> None:
    app = show("deploys", by="x", rate="y")
    assert not app.exception
    assert "“by=x” is unknown; it can be" in prose(app)
    assert "“rate=y” is unknown; it can be" in prose(app)
    assert stage.drawn == [(By.SEVERITY, Rate.COUNT)]


def test_a_time_that_nothing_was_read_of_is_a_hole_in_a_line(show: Show) -> None:
    assert None in charts(show("deploys"))[0]["data"][0]["y"]


@pytest.mark.parametrize("params", [{"revision": "nonsense"}, {"service": "parcels-backend", "revision": "nonsense"}])
def test_a_link_to_no_deploy_is_told_with_the_way_back(show: Show, params: dict[str, str]) -> None:
    app = show("deploys", **params)
    assert not app.exception
    assert "No deploy of nonsense" in prose(app)
    [back] = [button for button in app.button if button.label == "← All deploys"]
    back.click().run()
    assert "3 deploys: 1 failed." in prose(app)
    assert "revision" not in app.query_params


def test_a_deploy_shows_what_is_new_and_gone_and_what_else_may_be_the_cause(show: Show) -> None:
    app = show("deploys", **ONE)
    assert columns(app)["change"] == ["✦ new", "▲ more", "○ gone", "= same"]
    assert columns(app, 1)["change"] == ["? not enough data"]
    assert "Something else may be the cause" in prose(app)


def test_what_is_new_and_what_is_gone_have_their_marks_in_the_forest(show: Show) -> None:
    drawn = {trace["name"]: trace for trace in charts(show("deploys", **ONE))[0]["data"]}
    assert drawn["new"]["customdata"] == ["0 before, 91 after: none before; at least 0.5"]
    assert drawn["new"]["x"] == [1000.0]
    assert drawn["gone"]["x"] == [0.001]
    assert drawn["same"]["x"] == [1.0]


def test_the_page_of_blind_spots_lists_gaps_and_what_would_have_been_shown(show: Show) -> None:
    app = show("blindspots")
    assert columns(app)["state"] == ["▸ open", "closed", "closed"]
    assert columns(app, 1)["events"] == [300, 300]
    assert "The missed opportunity" in prose(app)
    assert "How we know" in html(app)


def test_a_burst_is_coloured_by_what_was_seen_of_it(show: Show) -> None:
    drawn = {trace["name"]: trace for trace in charts(show("blindspots"))[0]["data"]}
    assert len(drawn["failures, seen"]["x"]) == len(drawn["failures, unseen"]["x"]) == 2
    assert len(drawn["perhaps already or still"]["x"]) == 5


def test_a_lane_has_the_name_of_its_service_and_a_hostile_one_stays_text(show: Show) -> None:
    spec = json.dumps(charts(show("blindspots"))[0])
    assert "lockers-api" in spec
    assert HOSTILE not in spec
