"""What each criterion answers, over made-up services: both sides of every bound, and everything that could not be seen."""

from typing import Any

import pytest

from lib.core.kept import Kept
from lib.core.model import ImportRecord, Query
from lib.core.sentry.healthdocs import HealthWord
from lib.core.success.model import Answered, Baseline, Criterion, CriterionKind, Outcome, worst_of
from lib.core.success.words import say_headline
from lib.views import criteria
from tests.entries import SERVICE, START
from tests.kept import audited, flown, said
from tests.tracked import HOUR, INITIALISED, MISSING, Story, blind, dropping, even, healthy, mixed, recovered, unproven

K = CriterionKind
POOL = "pool timed out"
PASS, FAIL, UNDECIDED = Outcome.PASS, Outcome.FAIL, Outcome.UNDECIDED


def ask(
    story: Story, kind: CriterionKind, *kept: Kept, start: float | None = None, end: float | None = None, **fields: Any
) -> Answered:  # fmt: skip
    """Return one criterion's answer at some hour, or at the end; the story is what one import read."""
    ports = story.ports()
    if story.rows:
        first, last = (pick(r["ts"] for r in story.rows) for pick in (min, max))
        ports.state.save_import(ImportRecord("i1", "f1", "one.json", "done", START, START, first=first, last=last))
    for answer in kept:
        ports.state.keep(answer)
    criterion = Criterion("one", kind, "one", fields.pop("service", SERVICE), **fields)
    window = Query(*(None if h is None else START + h * HOUR for h in (start, end)))
    [answered] = criteria.load(ports, window, START, [criterion]).answers
    return answered


def pool(end: float, start: float = 0, number: int = 1, *, until: float | None = None, story: Story | None = None) -> Story:
    """A service that serves, says that its pool timed out ten times an hour until some hour, and delivers its errors."""
    story = (story or Story()).serve(start, end, number, says=INITIALISED)
    for n in range(int((min(until if until is not None else end, end) - start) * 10)):
        story.add(start + n / 10 + 0.01, POOL, number, severity="ERROR")
    return story


def mended(hours: float) -> Story:
    """Ten hours of it; then a second revision that does not say it, for so many hours more."""
    story = pool(10 + hours, 10, 2, until=10, story=pool(10))
    return story.fail(0, 10).answer(even(0, 10, accepted=20), r1=(0.1, 9.9), r2=(10.1, 10.2))


# ---- a text


def test_a_text_that_what_serves_says_fails() -> None:
    told = ask(pool(10).answer(even(0, 10, accepted=9), r1=(0.1, 9.9)), K.TEXT_GONE, text=POOL)
    assert told.outcome is FAIL
    assert "said 100 times" in told.why
    assert "which serves" in told.why


def test_a_text_is_gone_when_so_long_a_silence_is_no_chance() -> None:
    told = ask(mended(10), K.TEXT_GONE, text=POOL)
    assert told.outcome is PASS
    assert "by chance in" in told.why


def test_a_short_silence_is_undecided_and_says_how_much_more_would_tell() -> None:
    told = ask(mended(10), K.TEXT_GONE, text=POOL, end=10.2)
    assert told.outcome is UNDECIDED
    assert "minutes of traffic more, or" in told.needs
    assert "requests" in told.needs


def test_what_is_said_to_be_needed_is_enough_and_half_of_it_is_not() -> None:
    story = mended(10)
    needs = int(ask(story, K.TEXT_GONE, text=POOL, end=10.2).needs.split(" ")[0]) / 60
    assert ask(story, K.TEXT_GONE, text=POOL, end=10.2 + needs + 0.3).outcome is PASS
    assert ask(story, K.TEXT_GONE, text=POOL, end=10.2 + needs / 3).outcome is UNDECIDED


def test_a_silence_without_a_deploy_is_no_pass_until_somebody_says_what_ended_it() -> None:
    story = pool(20, until=8).fail(0, 20).answer(even(0, 20, accepted=11), r1=(0.1, 19.9))
    told = ask(story, K.TEXT_GONE, text=POOL)
    assert told.outcome is UNDECIDED
    assert "still serves" in told.why
    assert ask(story, K.TEXT_GONE, text=POOL, since=START + 8 * HOUR).outcome is PASS
    assert ask(story, K.TEXT_GONE, text=POOL, since=START + 7 * HOUR).outcome is FAIL


def test_a_text_that_was_never_read_is_undecided() -> None:
    told = ask(healthy(), K.TEXT_GONE, text="never heard of")
    assert told.outcome is UNDECIDED
    assert "shows nothing" in told.why


def test_what_was_counted_when_it_was_drafted_speaks_when_its_entries_have_expired() -> None:
    before = Baseline(100, 600, 120, START + 9.9 * HOUR)
    story = mended(10).without(POOL)
    assert ask(story, K.TEXT_GONE, text=POOL, start=10.5).outcome is UNDECIDED  # nothing of it is left
    assert ask(story, K.TEXT_GONE, text=POOL, start=10.5, before=before).outcome is PASS
    assert ask(story, K.TEXT_GONE, text=POOL, start=10.5, end=10.6, before=before).outcome is UNDECIDED


def test_while_the_service_is_blind_a_text_that_is_gone_is_no_pass() -> None:
    story = pool(20, 10, 2, until=10, story=pool(10))
    story.rows = [r | {"message": MISSING} if r["message"] == INITIALISED else r for r in story.rows]
    told = ask(story, K.TEXT_GONE, text=POOL)
    assert told.outcome is UNDECIDED
    assert "nothing passes while it is blind" in told.why


def test_while_nothing_is_read_a_text_that_is_gone_is_no_pass() -> None:
    told = ask(mended(10), K.TEXT_GONE, text=POOL, end=30)
    assert told.outcome is UNDECIDED
    assert "not being read" in told.why
    assert told.needs == "its logs"


def test_while_its_own_logs_have_stopped_nothing_passes() -> None:
    story = mended(4)
    for minute in range(14 * 60, 30 * 60, 2):
        story.add(minute / 60, "GET / HTTP 200", 2, origin="request", log="run.googleapis.com/requests")
    told = ask(story, K.TEXT_GONE, text=POOL)
    assert told.outcome is UNDECIDED
    assert "its own logs have stopped" in told.why


# ---- initialisation


@pytest.mark.parametrize(("story", "outcome"), [
    (healthy(), PASS), (recovered(), PASS), (unproven(), PASS), (blind(), FAIL), (mixed(), FAIL),
    (dropping(), UNDECIDED),  # it runs, and what it sends does not arrive
    (Story().serve(0, 4), UNDECIDED),
])  # fmt: skip
def test_initialisation(story: Story, outcome: Outcome) -> None:
    assert ask(story, K.INITIALISED).outcome is outcome


# ---- accepted events


@pytest.mark.parametrize(("story", "outcome"), [
    (healthy(), PASS), (recovered(), PASS), (unproven(), UNDECIDED), (blind(), FAIL), (dropping(), FAIL), (mixed(), UNDECIDED),
    (Story().serve(0, 4, says=INITIALISED), UNDECIDED),
])  # fmt: skip
def test_accepted_events(story: Story, outcome: Outcome) -> None:
    assert ask(story, K.ACCEPTED).outcome is outcome


def test_sentry_that_did_not_answer_is_undecided() -> None:
    told = ask(Story().serve(0, 4, says=INITIALISED).fail(0, 4).refuse(), K.ACCEPTED)
    assert told.outcome is UNDECIDED
    assert told.needs


@pytest.mark.parametrize(("accepted", "least", "outcome"), [(10, 0.5, PASS), (10, 0.8, UNDECIDED), (6, 0.9, FAIL)])
def test_the_bound_is_the_criterions_own(accepted: int, least: float, outcome: Outcome) -> None:
    story = Story().serve(0, 8, says=INITIALISED).fail(0, 8).answer(even(0, 8, accepted=accepted), r1=(0.1, 7.9))
    told = ask(story, K.ACCEPTED, least=least)
    assert told.outcome is outcome
    assert f"at least {least:.0%} must be" in told.why


def test_few_events_say_how_many_more_would_tell() -> None:
    story = Story().serve(0, 2, says=INITIALISED).fail(0, 1, per_hour=3).answer(even(0, 1, accepted=3), r1=(0.1, 0.9))
    told = ask(story, K.ACCEPTED)
    assert told.outcome is UNDECIDED
    assert told.needs == "1 logged error more, all accepted"


def test_a_canary_alone_is_no_delivery_of_the_services_own() -> None:
    told = ask(unproven(), K.ACCEPTED, flown(7))
    assert told.outcome is UNDECIDED


# ---- what commands found out


def test_a_health_document_counts_when_it_was_read_of_what_serves() -> None:
    good, bad = said(6, HealthWord.CONFIGURED), said(6, HealthWord.MISCONFIGURED)
    assert ask(recovered(), K.HEALTH).outcome is UNDECIDED
    assert ask(recovered(), K.HEALTH, good).outcome is PASS
    assert ask(recovered(), K.HEALTH, bad).outcome is FAIL
    early = ask(recovered(), K.HEALTH, said(2, HealthWord.CONFIGURED))
    assert (early.outcome, "before what serves now began" in early.why) == (UNDECIDED, True)
    assert ask(recovered(), K.HEALTH, said(6, HealthWord.SILENT)).outcome is UNDECIDED
    assert ask(recovered(), K.HEALTH, good, end=5).outcome is UNDECIDED  # it was read later


def test_a_declared_package_passes_and_one_that_is_in_no_file_fails() -> None:
    assert ask(healthy(), K.DECLARED).outcome is UNDECIDED
    assert ask(healthy(), K.DECLARED, audited(5, ("requirements.txt", True, ""))).outcome is PASS
    assert ask(healthy(), K.DECLARED, audited(5, ("requirements.txt", False, ""))).outcome is FAIL
    assert ask(healthy(), K.DECLARED, audited(5, ("setup.cfg", False, "damaged"))).outcome is UNDECIDED


def test_a_canary_counts_when_it_was_sent_since_what_serves_began() -> None:
    assert ask(recovered(), K.CANARY).outcome is UNDECIDED
    assert ask(recovered(), K.CANARY, flown(6)).outcome is PASS
    assert ask(recovered(), K.CANARY, flown(6, accepted=False)).outcome is FAIL
    assert ask(recovered(), K.CANARY, flown(6, accepted=None)).outcome is UNDECIDED
    assert ask(recovered(), K.CANARY, flown(2)).outcome is UNDECIDED


def test_nothing_of_a_blind_service_passes_whatever_commands_say() -> None:
    kept = (said(3, HealthWord.CONFIGURED), audited(3, ("requirements.txt", True, "")), flown(3))
    assert [kind for kind in K if ask(blind(), kind, *kept, text=POOL if kind is K.TEXT_GONE else "").outcome is PASS] == []


# ---- requests


def served(after_failed: int = 0, after_ms: float = 50.0, after: float = 15) -> Story:
    """Ten hours of a revision in which one request in fifty fails, then another one for longer."""
    story = Story().serve(0, 10, says=INITIALISED).serve(10, 10 + after, 2, says=INITIALISED).fail(0, 10)
    story = story.answer(even(0, 10, accepted=11), r1=(0.1, 9.9), r2=(10.1, 10.2))
    for n in range(2500):
        hour = n * (10 + after) / 2500
        late = hour >= 10
        bad = n % 50 < (after_failed if late else 1)
        ms = after_ms if late else 50.0 + n % 20
        story.add(
            hour + 0.002, None, 2 if late else 1, origin="request", log="run.googleapis.com/requests",
            http_status=503 if bad else 200, latency_ms=ms, severity="ERROR" if bad else "INFO",
        )  # fmt: skip
    return story


def worse(story: Story, **fields: Any) -> Answered:
    return ask(story, K.NO_WORSE, **{"made": START + 5 * HOUR, **fields})


def test_requests_are_no_worse_when_a_rise_is_excluded() -> None:
    told = worse(served(after_failed=1))
    assert told.outcome is PASS
    assert "before 2.00%" in told.why or "failed requests" in told.why


def test_more_failed_requests_fail() -> None:
    assert worse(served(after_failed=30)).outcome is FAIL


def test_slower_requests_fail() -> None:
    told = worse(served(after_failed=1, after_ms=900))
    assert told.outcome is FAIL
    assert "slow requests" in told.why


def test_a_few_minutes_after_a_deploy_are_undecided_and_say_what_is_needed() -> None:
    told = worse(served(after_failed=1), end=10.1)
    assert told.outcome is UNDECIDED
    assert "traffic more" in told.needs


def test_without_a_deploy_since_it_was_drafted_nothing_is_compared() -> None:
    told = worse(served(), end=9)
    assert (told.outcome, told.needs) == (UNDECIDED, "a deploy")


def test_without_a_moment_the_newest_deploy_is_compared_with_what_served_before() -> None:
    assert worse(served(after_failed=30), made=None).outcome is FAIL
    assert worse(served(after_failed=30), made=None, end=9).outcome is UNDECIDED


def test_a_moment_of_ones_own_parts_the_requests() -> None:
    assert worse(served(after_failed=30), made=None, since=START + 10 * HOUR).outcome is FAIL


# ---- whose, and how many


def test_a_service_that_nobody_heard_of_is_undecided() -> None:
    told = ask(healthy(), K.INITIALISED, service="nobody")
    assert (told.outcome, told.needs) == (UNDECIDED, "its logs")


def test_an_empty_store_decides_nothing() -> None:
    for kind in K:
        assert ask(Story(), kind, text=POOL).outcome is UNDECIDED


def test_of_two_environments_the_worse_one_answers_and_is_named() -> None:
    story = healthy()
    other = blind()
    story.rows += [r | {"environment": "production", "insert_id": f"p{r['insert_id']}"} for r in other.rows]
    told = ask(story, K.INITIALISED)
    assert (told.outcome, told.why[:15]) == (FAIL, "In production: ")
    assert ask(story, K.INITIALISED, environment="staging").outcome is PASS


def test_services_of_the_query_choose_among_the_criteria() -> None:
    one, two = (Criterion(name, K.INITIALISED, "t", name) for name in (SERVICE, "other"))
    view = criteria.load(healthy().ports(), Query(services=(SERVICE,)), START, [one, two])
    assert [a.criterion.id for a in view.answers] == [SERVICE]


@pytest.mark.parametrize(("outcomes", "worst"), [
    ([PASS, PASS], PASS), ([PASS, UNDECIDED], UNDECIDED), ([FAIL, UNDECIDED, PASS], FAIL), ([], UNDECIDED),
])  # fmt: skip
def test_the_worst_answer_outranks_the_others(outcomes: list[Outcome], worst: Outcome) -> None:
    assert worst_of(outcomes) is worst


def test_the_headline_counts_and_never_calls_doubt_good() -> None:
    c = Criterion("x", K.INITIALISED, "t", "s")
    told = say_headline([Answered(c, o, "") for o in (FAIL, FAIL, UNDECIDED, PASS)])
    assert told == "2 criteria fail, 1 is undecided and 1 passes. It is not over."
    assert say_headline([Answered(c, UNDECIDED, "")]).endswith("Nobody can say yet that it is over.")
