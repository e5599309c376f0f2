"""How fresh a live source is at a moment."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lib.core.collecting import SourceKind, SourceRecord
from lib.core.freshness import BEHIND, SILENT, judge_freshness, say_trouble, worst_first
from lib.core.model import SourceState
from tests.entries import START

S = timedelta(seconds=1)
NOW = START + timedelta(hours=1)
FINE = SourceRecord(
    "acme", SourceKind.LOGGING, SourceState.OK, "Read up to now.", started=START, heartbeat=NOW - 2 * S, asked=NOW - 2 * S,
    succeeded=NOW - 2 * S, watermark=NOW - 90 * S, newest=NOW - 8 * S, behind=0 * S, following=True,
)  # fmt: skip


def test_a_source_that_is_read_tells_the_age_of_its_newest_entry() -> None:
    told = judge_freshness(FINE, NOW)
    assert (told.state, told.short, told.age, told.sentence) == (SourceState.OK, "newest 8 s old", 8 * S, "Read up to now.")


def test_a_quiet_source_is_not_behind() -> None:
    told = judge_freshness(replace(FINE, newest=NOW - timedelta(minutes=40)), NOW)
    assert (told.state, told.short) == (SourceState.OK, "newest 40 min old")


@pytest.mark.parametrize(("behind", "state"), [(BEHIND, SourceState.OK), (BEHIND + S, SourceState.STALE)])
def test_behind_begins_beyond_a_bound(behind: timedelta, state: SourceState) -> None:
    assert judge_freshness(replace(FINE, behind=behind), NOW).state is state


def test_how_far_it_is_behind_stands_before_the_age() -> None:
    told = judge_freshness(replace(FINE, behind=timedelta(minutes=7), newest=NOW - timedelta(minutes=8)), NOW)
    assert told.short == "7 min behind, newest 8 min old"
    assert told.sentence == "Read up to now. It is 7 min behind."


def test_a_failing_source_says_why_and_what_to_do() -> None:
    told = judge_freshness(replace(FINE, state=SourceState.FAILING, message="Refused (403).", hint="Grant it."), NOW)
    assert (told.state, told.short, told.sentence, told.hint) == (
        SourceState.FAILING, "failing, newest 8 s old", "Refused (403).", "Grant it.",
    )  # fmt: skip


@pytest.mark.parametrize(("silence", "state"), [(SILENT, SourceState.OK), (SILENT + S, SourceState.FAILING)])
def test_a_source_whose_reader_fell_silent_is_failing_whatever_it_said_last(silence: timedelta, state: SourceState) -> None:
    assert judge_freshness(replace(FINE, heartbeat=NOW - silence), NOW).state is state


def test_a_reader_that_stopped_leaves_a_source_behind_by_all_the_time_since() -> None:
    late = NOW + timedelta(hours=3)
    told = judge_freshness(FINE, late)
    assert told.behind == timedelta(hours=3)
    assert told.short == "not being read, 3 h behind, newest 3 h old"
    assert "last heard of 3 h ago" in told.sentence
    assert told.hint


def test_a_clock_that_was_set_back_is_no_sign_of_life() -> None:
    assert judge_freshness(FINE, NOW - timedelta(hours=1)).state is SourceState.FAILING


def test_a_source_that_never_answered_is_not_well() -> None:
    new = SourceRecord("acme", SourceKind.LOGGING, SourceState.OK, started=NOW, heartbeat=NOW)
    told = judge_freshness(new, NOW)
    assert (told.state, told.short, told.age, told.behind) == (SourceState.STALE, "not read yet, nothing read", None, None)


def test_a_source_that_is_off_is_off_however_long_it_is_silent() -> None:
    told = judge_freshness(replace(FINE, state=SourceState.OFF), NOW + timedelta(days=9))
    assert (told.state, told.short) == (SourceState.OFF, "off, newest 9 d old")


def test_sentrys_facts_may_be_an_hour_old() -> None:
    assert (
        judge_freshness(replace(FINE, kind=SourceKind.SENTRY, heartbeat=NOW - timedelta(minutes=50)), NOW).state is SourceState.OK
    )


def test_the_worst_source_comes_first_and_is_told() -> None:
    made = [
        judge_freshness(replace(FINE, name=name, **changed), NOW)
        for name, changed in (
            ("fine", {}),
            ("late", {"behind": timedelta(minutes=3)}),
            ("later", {"behind": timedelta(minutes=9)}),
            ("bad", {"state": SourceState.FAILING}),
        )
    ]
    found = worst_first(made)
    assert [f.name for f in found] == ["bad", "later", "late", "fine"]
    assert say_trouble(found) == ("bad is not being read: newer entries of it are unknown. 2 sources are behind: later and late.")
    assert say_trouble(found[3:]) == ""


def test_a_source_that_was_read_once_is_no_failure_when_its_reader_is_gone() -> None:
    assert judge_freshness(replace(FINE, following=False), NOW + timedelta(hours=3)).state is SourceState.OK
