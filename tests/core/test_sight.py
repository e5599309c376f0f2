"""Would we know? What can be seen of a service, and how the Overview says it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from lib.core.gaps import Cause, Gap
from lib.core.overviewheadlines import of_overview, say_begun, say_over
from lib.core.sentry.trackingstates import Verdict
from lib.core.sight import Sight, by_need, judge_sight, name_reason, settle_unseen

T0 = datetime(2026, 9, 16, 6, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    service: str = "orders"
    environment: str = ""
    failures: int = 0
    warnings: int = 0
    unseen: int | None = 0
    sight: Sight = Sight.SEEN


def gap(cause: Cause = Cause.MISSING, *, closed: bool = False, partial: bool = False) -> Gap:
    end = T0 + timedelta(hours=1)
    return Gap("orders", "", cause, T0, end if closed else None, end, partial=partial)


@pytest.mark.parametrize(
    ("verdict", "gaps", "sight"),
    [
        (Verdict.MISSING, [], Sight.BLIND),
        (Verdict.DROPPING, [], Sight.BLIND),
        (Verdict.HEALTHY, [gap(Cause.SILENT)], Sight.BLIND),
        (Verdict.DEGRADED, [], Sight.PART),
        (Verdict.HEALTHY, [gap(partial=True)], Sight.PART),
        (Verdict.HEALTHY, [gap(Cause.UNCOLLECTED)], Sight.UNKNOWN),
        (Verdict.UNVERIFIED, [], Sight.UNKNOWN),
        (Verdict.UNKNOWN, [], Sight.UNKNOWN),
        (Verdict.HEALTHY, None, Sight.UNKNOWN),
        (Verdict.MISSING, None, Sight.BLIND),
        (Verdict.HEALTHY, [], Sight.SEEN),
        (Verdict.RECOVERED, [], Sight.SEEN),
    ],
)
def test_what_can_be_seen(verdict: Verdict, gaps: list[Gap] | None, sight: Sight) -> None:
    assert judge_sight(verdict, gaps) is sight


def test_every_verdict_is_judged_and_only_the_green_ones_are_seen() -> None:
    assert [v for v in Verdict if judge_sight(v, []) is Sight.SEEN] == [Verdict.RECOVERED, Verdict.HEALTHY]


def test_an_open_gap_that_makes_it_worse_gives_the_word() -> None:
    assert name_reason(Verdict.HEALTHY, [gap(Cause.SILENT)]) == "silent"
    assert name_reason(Verdict.MISSING, [gap(Cause.SILENT)]) == "missing"
    assert name_reason(Verdict.UNVERIFIED, []) == "unverified"


@pytest.mark.parametrize(
    ("verdict", "counted", "told"),
    [
        (Verdict.HEALTHY, 0, 0),
        (Verdict.UNVERIFIED, 0, None),
        (Verdict.UNKNOWN, 0, None),
        (Verdict.UNKNOWN, 3, 3),
        (Verdict.HEALTHY, None, None),
    ],
)
def test_no_unseen_failure_needs_somebody_who_could_tell(verdict: Verdict, counted: int | None, told: int | None) -> None:
    assert settle_unseen(verdict, counted) == told


def test_what_is_not_known_stands_before_what_is_well() -> None:
    rows = [Row("a"), Row("b", sight=Sight.UNKNOWN), Row("c", sight=Sight.PART)]
    assert [r.service for r in sorted(rows, key=by_need)] == ["c", "b", "a"]


def test_good_news_is_said_with_what_it_rests_on() -> None:
    assert (
        of_overview([Row("a"), Row("b")])
        == "No failure was read in 2 services; no warnings. Error tracking works for each of 2 services."
    )


def test_failures_that_all_were_seen_are_told_so() -> None:
    assert of_overview([Row(failures=3)]) == (
        "3 failures in orders. None of them fell into a gap. Error tracking works for orders."
    )


def test_a_gap_that_is_over_is_told_with_both_ends() -> None:
    assert "2 failures between 2026-09-16 06:00 UTC and 2026-09-16 07:00 UTC went unseen." in of_overview(
        [Row(failures=3, unseen=2)], [gap(closed=True)]
    )


def test_many_blind_services_are_named_in_part() -> None:
    rows = [Row(name, sight=Sight.BLIND) for name in "abcde"]
    assert of_overview(rows).startswith("5 of 5 services are blind: a, b, c and 2 more.")


def test_a_service_seen_in_part_is_named() -> None:
    assert "a can be seen only in part." in of_overview([Row("a", sight=Sight.PART), Row("b")])


def test_a_gap_s_begin_and_end_are_told_with_their_minute() -> None:
    assert say_begun(gap()) == "2026-09-16 06:00 UTC: orders could no longer be seen: error tracking was missing."
    assert say_over(gap(closed=True, partial=True)) == "2026-09-16 07:00 UTC: all of orders could be seen again, after 60 min."
