"""A cluster's issue and open criteria on the pages, over made-up views; all of their text may be hostile."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from lib.core.issues import Action, Decision, Draft, KeptDraft, Sent, SentState
from lib.core.model import Coverage, Query
from lib.core.sentry.trackingstates import Confidence
from lib.core.success.model import Answered, Criterion, CriterionKind, Outcome
from lib.errors import BadQuery
from lib.ui import draftcache
from lib.views.criteria import CriteriaView
from lib.views.issues import IssueRow
from tests.pages.reading import html, live_markdown, prose
from tests.pages.sample_clusters import CLUSTERS
from tests.pages.sample_day import END, HOSTILE, NOW, START
from tests.pages.sample_views import Stage

Show = Callable[..., AppTest]
CRITERION = Criterion("c/accepted", CriterionKind.ACCEPTED, f"Accepted {HOSTILE}", f"shop {HOSTILE}", made=START)
DECISION = Decision(Action.UPDATE, 1138, "https://github.example/1138", Confidence.HIGH, f"#1138 is open {HOSTILE}", ())
KEPT = KeptDraft("c-pool", HOSTILE, START, (CRITERION,), DECISION, "acme/shop", NOW, ("blindspot",))
DRAFT = Draft("c-pool", "bs-1", "d", f"title {HOSTILE}", f"body {HOSTILE}", ("blindspot",), (CRITERION,))


def answers(*outcomes: Outcome) -> CriteriaView:
    found = tuple(Answered(CRITERION, o, f"because {HOSTILE}", f"a deploy {HOSTILE}") for o in outcomes)
    return CriteriaView(Query(), Coverage(end=END), "1 criterion fails.", found)


@pytest.fixture
def kept(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Stage:
    stage.drafted = (KEPT,)
    monkeypatch.setattr(draftcache.criteria_view, "load", lambda ports, query, now, asked: answers(Outcome.FAIL))
    return stage


def test_a_cluster_that_nobody_asked_about_says_how_to(show: Show) -> None:
    told = prose(show("clusters", cluster="c-pool"))
    assert "GitHub was not asked yet: python -m lib issues --cluster" in told


def test_a_matched_issue_its_ledger_and_its_criteria_are_on_the_page_and_inert(show: Show, kept: Stage) -> None:
    kept.sent = (
        Sent("bs-1", "acme/shop", "comment", SentState.SENT, NOW, "d", "c-pool", 1138, 7, "https://github.example/1138#7"),
    )
    app = show("clusters", cluster="c-pool")
    assert not app.exception
    told = prose(app)
    assert "Sent as a comment on #1138 of acme/shop" in told
    assert "Issue #1138 of acme/shop is the same (high confidence)" in told
    assert "fail" in told
    assert HOSTILE not in html(app)
    assert not [m for m in live_markdown(app) if "evil" in m]


def test_the_draft_is_made_when_it_is_asked_for_and_is_all_code(show: Show, kept: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def draft(query: Query, id: str) -> IssueRow:
        made.append(id)
        return IssueRow(CLUSTERS[0], DRAFT, DECISION)

    monkeypatch.setattr(draftcache, "draft", draft)
    app = show("clusters", cluster="c-pool")
    assert made == []
    next(t for t in app.toggle if t.label == "Draft an issue").set_value(True)
    app.run()
    assert len(made) == 1
    assert [DRAFT.title in c.value or DRAFT.body in c.value for c in app.code].count(True) == 2
    assert HOSTILE not in html(app)


def test_a_draft_that_cannot_be_made_is_a_card_and_the_page_lives(
    show: Show, kept: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(query: Query, id: str) -> IssueRow:
        raise BadQuery("No entry is in this window.", hint="Widen it.")

    monkeypatch.setattr(draftcache, "draft", refuse)
    app = show("clusters", cluster="c-pool")
    next(t for t in app.toggle if t.label == "Draft an issue").set_value(True)
    app.run()
    assert "No entry is in this window." in html(app)
    assert not app.exception


@pytest.mark.parametrize("page", ["deploys", "sentry"])
def test_open_criteria_are_told_short_and_inert(show: Show, kept: Stage, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    many = answers(*[Outcome.UNDECIDED] * 8, Outcome.FAIL, Outcome.PASS)
    monkeypatch.setattr(draftcache.criteria_view, "load", lambda ports, query, now, asked: many)
    app = show(page)
    told = html(app)
    assert "Success criteria (10)" in told
    assert told.index("✖ fail") < told.index("? undecided")
    assert "And 3 more: python -m lib check" in told
    assert "✓ pass" not in told
    assert HOSTILE not in told


@pytest.mark.parametrize("page", ["deploys", "sentry"])
def test_without_criteria_nothing_is_asked_and_nothing_drawn(show: Show, page: str) -> None:
    assert "Success criteria" not in html(show(page))
