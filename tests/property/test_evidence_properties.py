"""Green needs proof: whatever is missing or could not be looked up, only an event that Sentry has makes a verdict green."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.core.model import Query
from lib.core.sentry.sentryfacts import Failure, SentryFacts
from lib.core.sentry.sentrymatch import Known, match_projects
from lib.core.sentry.trackingcase import Case
from lib.core.sentry.trackingstates import BLIND, GREEN, State, Verdict
from lib.core.tracking import Judgement, judge_service
from lib.ports import pin
from lib.views.tracking import ask, make_case
from lib.views.trackingrows import Rows, read_rows
from lib.views.window import Window, open_window
from tests.tracked import DISABLED, INITIALISED, NO_DSN, STORIES, Story, even

many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def mute() -> Story:
    """Two revisions whose starts are the same: one delivers, of the other Sentry has nothing, and the hours cannot tell."""
    story = Story().serve(0, 8, says=INITIALISED).serve(2, 8, 2, says=INITIALISED).fail(0, 8, 60).fail(2, 8, 2, 2)
    return story.answer(even(0, 8, accepted=60), r1=(0.1, 7.9))


def off() -> Story:
    """A service that is switched off, beside a revision that is not set up rightly."""
    return Story().serve(0, 4, says=DISABLED).serve(2, 4, 2, says=NO_DSN).fail(0, 4).answer(even(0, 4))


def quiet() -> Story:
    """A service that says nothing of Sentry and logs no error."""
    return Story().serve(0, 4).answer(even(0, 4))


TOLD = {name: told for name, (told, _) in STORIES.items()} | {"mute": mute, "off": off, "quiet": quiet}
ASKED = ("stats", "projects", "releases", "keys of orders-backend-staging", "stats of orders-backend-staging", "a question")


@dataclass(frozen=True)
class Part:
    """What is left of a story: hours of Sentry's answer, releases, states whose lines are there, messages; live: to its end."""

    hours: tuple[int, int]
    releases: bool
    states: frozenset[State]
    messages: bool
    live: bool


PARTS = st.builds(
    Part,
    st.one_of(st.just((0, 99)), st.tuples(st.integers(0, 8), st.integers(0, 8))),
    st.booleans(),
    st.one_of(st.just(frozenset(State)), st.frozensets(st.sampled_from(list(State)))),
    st.sampled_from([True, True, True, False]),
    st.booleans(),
)
FAILURES = st.lists(st.sampled_from(ASKED), min_size=1, max_size=2, unique=True)


@cache
def read(name: str) -> tuple[Rows, Window, SentryFacts]:
    """Return what the store answers of a story: asked once, since only what follows is tried."""
    story = TOLD[name]()
    stored = pin(story.ports())
    window = open_window(stored, Query())
    return read_rows(stored, window, window.bounds[0]), window, story.facts or SentryFacts()


def judge(name: str, part: Part, failed: Sequence[str] = ()) -> tuple[Case, Judgement]:
    """Return the case and the judgement of what is left of a story, with look-ups that failed."""
    rows, window, facts = read(name)
    first, last = part.hours
    facts = replace(
        facts,
        points=facts.points[first:last],
        releases=facts.releases if part.releases else (),
        failures=tuple(Failure(what, "refused (403)") for what in failed),
    )
    activity = rows.activity if part.messages else rows.activity.with_columns(wordless_now=pl.col("own_now"))
    rows = replace(rows, signs=rows.signs.filter(pl.col("state").is_in([s.value for s in part.states])), activity=activity)
    key = (str(activity["service"][0]), str(activity["environment"][0]))
    sentry = ask(facts, match_projects([Known(*key)], facts, {}), key, window, part.live, True, rows.back)
    case = make_case(rows, window, key, sentry, (), ())
    return case, judge_service(case)


def list_verdicts(judgement: Judgement) -> dict[str, Verdict]:
    """Return a service's verdict, under "", and its revisions'."""
    return {"": judgement.verdict} | {r.revision: r.verdict for r in judgement.revisions}


@many
@given(st.sampled_from(sorted(TOLD)), PARTS, st.one_of(st.just([]), FAILURES))
def test_nothing_is_green_without_an_event_that_sentry_has(name: str, part: Part, failed: list[str]) -> None:
    case, judgement = judge(name, part, failed)
    has_any = case.accepted or any(r.last for r in case.sentry.releases)
    assert has_any or not {v for v in list_verdicts(judgement).values() if v in GREEN}


@many
@given(st.sampled_from(sorted(TOLD)), PARTS, FAILURES)
def test_a_look_up_that_failed_makes_nothing_green_and_nothing_seeing(name: str, part: Part, failed: list[str]) -> None:
    before, after = (list_verdicts(judge(name, part, what)[1]) for what in ((), failed))
    for whose, verdict in after.items():
        assert verdict not in GREEN or before[whose] is verdict, whose
        assert before[whose] not in BLIND or verdict in (*BLIND, Verdict.DEGRADED, Verdict.UNKNOWN), whose
