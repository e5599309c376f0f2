"""Problems above the clusters, over made-up views: shown, folded, cut, hostile, failing, and hidden under filters."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from streamlit.testing.v1 import AppTest

from lib.core.model import Priority, Query
from lib.errors import StoreError
from lib.ports import Ports
from lib.views import problems
from lib.views.problems import ProblemsView
from tests.pages.reading import html, live_markdown, prose
from tests.pages.sample_clusters import CLUSTERS
from tests.pages.sample_day import HOSTILE
from tests.pages.sample_views import FULL, PROBLEMS, Stage, problem

Show = Callable[..., AppTest]
FOLD = "problem_p-1"


def test_a_problem_says_its_priority_and_its_sentence(show: Show) -> None:
    told = prose(show("clusters"))
    assert "Problems (1)" in told
    assert "P1 major" in told
    assert PROBLEMS[0].sentence in told


def test_a_problem_is_folded_until_a_reader_opens_it(show: Show) -> None:
    app = show("clusters")
    assert "The root and its 1 symptom" in [expander.label for expander in app.expander]
    assert len(app.dataframe) == 1
    assert "What joins them" not in prose(app)


def test_an_opened_problem_lists_its_root_then_its_symptoms_and_what_joins_them(show: Show) -> None:
    app = opened(show("clusters"))
    rows = app.dataframe[0].value
    assert rows["template"].to_list() == [CLUSTERS[0].template, "└ " + HOSTILE]
    assert rows["entries"].to_list() == [412, 12]
    assert rows["kind"].to_list() == ["✖ failure", "▲ warning"]
    assert "What joins them (2)" in prose(app)
    assert "“a” comes 3 ms after “b”: together 12 of 12 times." in prose(app)


def test_an_opened_problem_is_still_open_on_the_way_back_from_a_cluster(show: Show) -> None:
    app = opened(show("clusters"))
    app.query_params["cluster"] = "c-pool"
    app.run()
    assert "Problems" not in prose(app)
    [back] = [button for button in app.button if button.label == "← All clusters"]
    back.click().run()
    assert "What joins them" in prose(app)


def test_a_problem_of_one_cluster_that_nothing_joins_has_no_evidence_to_open(show: Show, stage: Stage) -> None:
    stage.problems = (problem(1, CLUSTERS[0]),)
    app = opened(show("clusters"))
    assert "Its one cluster" in [expander.label for expander in app.expander]
    assert app.dataframe[0].value["template"].to_list() == [CLUSTERS[0].template]
    assert "What joins them" not in prose(app)


@pytest.mark.parametrize("params", [{"kind": "failure"}, {"severity": "error"}, {"text": "pool"}])
def test_filters_hide_the_problems_which_are_about_the_window(show: Show, params: dict[str, str]) -> None:
    app = show("clusters", **params)
    assert "Problems" not in prose(app)
    assert html(app).count("<h2") == 1  # the names and mutes
    assert len(app.dataframe) == 1


def test_what_is_muted_asks_for_no_new_search(show: Show, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def note(ports: Ports, query: Query, now: datetime) -> ProblemsView:
        asked.append(query.muted)
        return stage.load_problems(ports, query, now)

    monkeypatch.setattr(problems, "load", note)
    show("clusters", muted="1")
    assert asked == [False]


def test_services_and_environments_narrow_the_problems(show: Show, stage: Stage) -> None:
    assert "Problems (1)" in prose(show("clusters", service="parcels-backend", environment="staging"))
    assert (stage.asked[-1].services, stage.asked[-1].environments) == (("parcels-backend",), ("staging",))


def test_three_problems_are_drawn_and_the_rest_is_counted(show: Show, stage: Stage) -> None:
    stage.problems = tuple(problem(number, replace(CLUSTERS[0], template=f"Failure {number}")) for number in range(8))
    told = prose(show("clusters"))
    assert "Problems (8)" in told
    assert "Failure 2" in told
    assert "Failure 3" not in told
    assert "And 5 more problems: python -m lib problems lists them all." in told


def test_three_problems_leave_no_rest(show: Show, stage: Stage) -> None:
    stage.problems = tuple(problem(number, CLUSTERS[0]) for number in range(3))
    assert "python -m lib problems" not in prose(show("clusters"))


def test_the_gravest_priority_is_said_in_words(show: Show, stage: Stage) -> None:
    stage.problems = (problem(1, replace(CLUSTERS[0], priority=Priority.P0)),)
    assert "P0 down, data loss or security" in prose(show("clusters"))


def test_problems_found_in_a_part_of_the_failures_say_so(show: Show, stage: Stage) -> None:
    assert "looked at together" not in prose(show("clusters"))
    stage.problems_cut = True
    stage.version += 1
    told = prose(show("clusters"))
    assert "Only the newest 200,000 failures were looked at together." in told


def test_no_failure_is_said_of_what_was_read(show: Show, stage: Stage) -> None:
    stage.problems = ()
    told = prose(show("clusters"))
    assert "No failure in what was read." in told
    assert "Problems" not in told


def test_nothing_read_is_not_called_free_of_failures(show: Show, stage: Stage) -> None:
    stage.problems, stage.rows, stage.coverage = (), False, replace(FULL, entries=0)
    told = prose(show("clusters"))
    assert "No failure" not in told
    assert "this is not knowing, not being well" in told


def test_entries_that_carry_no_message_are_not_called_free_of_failures(show: Show, stage: Stage) -> None:
    stage.problems, stage.rows, stage.coverage = (), False, replace(FULL, no_message=FULL.entries)
    assert "No failure" not in prose(show("clusters"))


def test_text_from_logs_does_nothing_in_a_problem(show: Show, stage: Stage) -> None:
    stage.problems = (problem(1, CLUSTERS[2], CLUSTERS[0], evidence=(HOSTILE,)),)
    app = opened(show("clusters"))
    assert not app.exception
    assert HOSTILE in prose(app)
    assert "evil.example" not in live_markdown(app)
    assert "<img" not in html(app)


@pytest.mark.parametrize("error", [StoreError("The store broke.", hint="Look."), RuntimeError("unforeseen")])
def test_problems_that_cannot_be_found_leave_the_clusters_alive(show: Show, stage: Stage, error: Exception) -> None:
    stage.problems_fail = error
    app = show("clusters")
    assert not app.exception
    assert "✖" in prose(app)
    assert len(app.dataframe) == 1
    assert "All 3 clusters that pass the filters." in prose(app)


def opened(app: AppTest) -> AppTest:
    """Open the first problem's fold."""
    app.session_state[FOLD] = True
    return app.run()
