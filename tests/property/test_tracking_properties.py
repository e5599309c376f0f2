"""Not seeing is not being well: less evidence, or a look-up that failed, never makes a verdict better."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.core.kept import Flown, Kept
from lib.core.sentry.healthdocs import HealthWord
from lib.core.sentry.trackingstates import BLIND, GREEN, Verdict
from tests.kept import audited, flown, load, said
from tests.tracked import INITIALISED, MISSING, NO_DSN, REFUSED, STORIES, Story

LINES = (MISSING, NO_DSN, REFUSED, INITIALISED)
few = settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
fewer = settings(few, max_examples=3)
TROUBLED = (*BLIND, Verdict.DEGRADED)
TROUBLES = ("missing", "dropping, told", "dropping, mute", "degraded", "unverified")


def told(name: str) -> Story:
    story: Story = STORIES[name][0]()
    return story


@pytest.mark.parametrize("name", TROUBLES)  # each of them, whatever is drawn
@fewer
@given(rng=st.randoms(use_true_random=False), share=st.floats(0, 1))
def test_fewer_telling_lines_never_make_a_troubled_service_green(name: str, rng: object, share: float) -> None:
    story = told(name)
    kept = [r for r in story.rows if r["message"] not in LINES or rng.random() >= share]  # type: ignore[attr-defined]
    assert replace(story, rows=kept).judge().verdict not in GREEN


@pytest.mark.parametrize("name", TROUBLES)  # each of them, whatever is drawn
@fewer
@given(rng=st.randoms(use_true_random=False), share=st.floats(0, 1))
def test_lost_messages_never_make_a_troubled_service_green(name: str, rng: object, share: float) -> None:
    story = told(name)
    rows = [{**r, "message": None} if r["origin"] == "stdout" and rng.random() < share else r for r in story.rows]  # type: ignore[attr-defined]
    assert replace(story, rows=rows).judge().verdict not in GREEN


@few
@given(st.sampled_from(sorted(STORIES)), st.integers(0, 8), st.booleans(), st.booleans())
def test_less_of_sentrys_answer_never_makes_a_verdict_better(name: str, hours: int, releases: bool, projects: bool) -> None:
    story = told(name)
    assert story.facts is not None
    before = story.judge().verdict
    facts = replace(story.facts, points=story.facts.points[:hours])
    facts = facts if releases else replace(facts, releases=())
    story.facts = facts if projects else replace(facts, projects=())
    after = story.judge().verdict
    assert after not in GREEN or before in GREEN


@few
@given(st.sampled_from(sorted(STORIES)), st.sampled_from(["stats", "projects", "releases", "stats of orders-backend-staging"]))
def test_a_failed_look_up_never_makes_anything_green(name: str, what: str) -> None:
    story = told(name)
    before = story.judge().verdict
    after = story.refuse(what).judge().verdict
    assert after not in GREEN or after is before


@few
@given(st.sampled_from(sorted(STORIES)))
def test_what_is_blind_stays_blind_when_sentry_cannot_be_asked(name: str) -> None:
    story = told(name)
    if story.judge().verdict in (Verdict.MISSING, Verdict.DEGRADED):
        story.facts = None
        assert story.refuse().judge().verdict in TROUBLED


TIMES = st.integers(-200, 20)
KEPT = st.one_of(
    st.builds(lambda h, d, e: audited(h, ("requirements.txt", d, e)), TIMES, st.booleans(), st.sampled_from(["", "damaged"])),
    st.builds(said, TIMES, st.sampled_from([None, *HealthWord])),
    st.builds(flown, TIMES, st.sampled_from([True, False, None])),
)


@few
@given(st.sampled_from(sorted(STORIES)), st.lists(KEPT, max_size=6))
def test_what_commands_kept_never_makes_a_troubled_service_green(name: str, kept: list[Kept]) -> None:
    before = told(name).judge().verdict
    service = load(told(name), *kept)
    assert service.judgement.verdict not in GREEN or before not in TROUBLED
    arrived = any(isinstance(one, Flown) and one.accepted for one in kept)
    assert arrived or service.judgement.verdict not in GREEN or before in GREEN
