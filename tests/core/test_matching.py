"""Which issue is the same already, and what is done: told by reasons, never guessed where a search was cut."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lib.core.issues import Action, Found, Issue, fingerprint_of, write_mark
from lib.core.model import Kind
from lib.core.sentry.trackingstates import Confidence
from lib.core.tickets.matching import RELATED, Traits, decide, label, score, write_searches
from lib.core.tickets.matching import SAME as SAME_FROM
from tests.entries import START

ID = "d563b12b8f39"
TEXT = "Sentry SDK not available - install sentry-sdk[fastapi] to enable error tracking"
CASE = Traits((ID, "old"), TEXT, TEXT, Kind.OBSERVABILITY, "netra_backend.app.core.sentry_integration:initialize:106", "",
              ("netra-backend-staging",), START)  # fmt: skip
BODY = """The code in `sentry_integration.py` is ready: it detects the environment and filters personal data.
Still missing: sentry-sdk in the requirements, so that error tracking is not available in staging."""


def issue(number: int, title: str, body: str = "", **more: object) -> Issue:
    return Issue(number, title, body, True, (), f"https://x/{number}", "acme/shop", **more)  # type: ignore[arg-type]


SAME = issue(1138, "Complete Sentry integration validation", BODY)
OTHER = issue(7, "Login page is slow", "The form takes seconds to load.")
NEAR = issue(9, "Sentry release names", "We should tag releases with the commit.")


def test_the_case_is_an_update_of_the_open_issue_with_the_same_cause_and_place() -> None:
    decision = decide(CASE, Found((OTHER, NEAR, SAME)))
    assert (decision.action, decision.number, decision.url) == (Action.UPDATE, 1138, "https://x/1138")
    assert "the place sentry_integration" in decision.why
    assert "the dependency sentry-sdk" in decision.why


def test_words_alone_are_not_the_same() -> None:
    decision = decide(CASE, Found((OTHER, NEAR)))
    assert (decision.action, decision.number) == (Action.CREATE, None)
    assert "No issue is the same" in decision.why


def test_the_same_package_in_another_matter_is_not_the_same() -> None:
    upgrade = issue(5, "Upgrade sentry-sdk to 2.x", "The new major version of sentry-sdk changes how tracing is set up.")
    decision = decide(CASE, Found((upgrade,)))
    assert (decision.action, decision.related) == (Action.CREATE, (5,))


def test_the_same_text_in_an_issue_is_the_same_issue() -> None:
    decision = decide(CASE, Found((issue(3, "Warning at start", f"We see\n```\n{TEXT}\n```"),)))
    assert (decision.action, decision.number) == (Action.UPDATE, 3)


def test_an_earlier_drafts_mark_outweighs_everything() -> None:
    ours = issue(12, "unlike", f"x\n\n{write_mark(fingerprint_of('old'), '0' * 12)}")
    decision = decide(CASE, Found((SAME, ours)))
    assert (decision.number, decision.confidence) == (12, Confidence.HIGH)
    assert decision.related == (1138,)


def test_an_issue_with_our_comment_is_chosen_again() -> None:
    assert decide(replace(CASE, ours=frozenset({7})), Found((OTHER, SAME))).number == 7
    assert decide(CASE, Found((OTHER,), marked=frozenset({7}))).number == 7


def test_two_that_are_alike_lower_the_confidence_and_are_both_named() -> None:
    twin = replace(SAME, number=1139)
    decision = decide(CASE, Found((twin, SAME)))
    assert (decision.number, decision.related) == (1138, (1139,))
    assert decision.confidence is not Confidence.HIGH
    assert "#1139" in decision.why


def test_a_search_that_was_cut_creates_nothing() -> None:
    decision = decide(CASE, Found((OTHER,), "GitHub's search ran out of time."))
    assert (decision.action, decision.confidence) == (Action.LEAVE, Confidence.LOW)
    assert "cannot be told" in decision.why
    assert decide(CASE, Found((SAME,), "ran out of time.")).action is Action.UPDATE


def test_without_a_tracker_nothing_is_created() -> None:
    assert decide(CASE, None).action is Action.LEAVE


@pytest.mark.parametrize(("closed", "reason", "action"), [
    (-1, "completed", Action.CREATE),  # it came back
    (1, "completed", Action.LEAVE),  # nothing was said since
    (-1, "not_planned", Action.LEAVE),
])  # fmt: skip
def test_a_closed_issue_is_never_opened_again(closed: int, reason: str, action: Action) -> None:
    old = replace(SAME, is_open=False, closed=START + timedelta(hours=closed), reason=reason)
    decision = decide(CASE, Found((old,)))
    assert decision.action is action
    assert decision.number is None
    assert 1138 in decision.related
    assert "#1138" in decision.why


@pytest.mark.parametrize("change", [{"leave": "It is muted: known"}, {"kind": Kind.INFO}, {"kind": Kind.DEPLOY}])
def test_what_is_muted_or_no_trouble_is_left(change: dict[str, object]) -> None:
    assert decide(replace(CASE, **change), Found((SAME,))).action is Action.LEAVE  # type: ignore[arg-type]


def test_searches_look_for_the_mark_the_text_its_words_the_place_and_the_dependency() -> None:
    told = write_searches("acme/shop", CASE)
    rests = [q.removeprefix("repo:acme/shop is:issue ") for q in told]
    assert rests[0] == f'"{fingerprint_of(ID)}"'
    assert '"sentry_integration"' in rests
    assert '"sentry-sdk"' in rests
    assert any("not available" in r for r in rests)


def test_a_score_is_a_share() -> None:
    assert 0 <= score(CASE, OTHER).score < RELATED
    assert SAME_FROM <= score(CASE, SAME).score < 1


@pytest.mark.parametrize(("kind", "services", "labels"), [
    (Kind.OBSERVABILITY, ("shop",), ("area: error tracking", "priority: P2", "kind: observability", "blindspot")),
    (Kind.FAILURE, ("Shop API @octocat",), ("area: shop-api-octocat", "priority: P2", "kind: failure", "blindspot")),
    (Kind.FAILURE, (), ("priority: P2", "kind: failure", "blindspot")),
])  # fmt: skip
def test_labels_are_four_at_the_most(kind: Kind, services: tuple[str, ...], labels: tuple[str, ...]) -> None:
    assert label(kind, "P2", services) == labels
