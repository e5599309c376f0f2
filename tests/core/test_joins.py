"""What joins failures and what does not, each rule of docs/problems.md from both sides, on made-up failures."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from lib.core.problems import find_problems
from tests.failing import EXIT, LIFE, MALFORMED, START, events, failure

Row = dict[str, Any]
SAID = "connection refused by the store"


def groups(rows: Iterable[Row]) -> set[frozenset[str]]:
    return {frozenset(p.clusters) for p in find_problems(events(*rows))}


def together(*names: str) -> set[frozenset[str]]:
    return {frozenset(names)}


def apart(*names: str) -> set[frozenset[str]]:
    return {frozenset({name}) for name in names}


def pair(hours: int, lag: float, near: int, **columns: Any) -> list[Row]:
    """Return a and b once an hour on one container: b at a lag after a in the first `near` hours, else long after it."""
    late = (lag if n < near else 1_200.0 + 97 * n for n in range(hours))
    return [
        failure(n * 3600 + at, name, **columns) for n, other in enumerate(late) for name, at in (("a", 0.0), ("b", other))
    ]  # fmt: skip


# ---- time


@pytest.mark.parametrize(("near", "found"), [(10, together("a", "b")), (8, together("a", "b")), (6, apart("a", "b"))])
def test_time_joins_what_comes_together_seven_times_of_ten(near: int, found: set[frozenset[str]]) -> None:
    assert groups(pair(10, 3.0, near)) == found


def test_what_comes_more_than_a_minute_later_is_not_joined_by_time() -> None:
    assert groups(pair(10, 50.0, 10)) == together("a", "b")
    assert groups(pair(10, 70.0, 10)) == apart("a", "b")


def test_two_meetings_prove_nothing() -> None:
    assert groups(pair(2, 0.01, 2)) == apart("a", "b")


def test_lags_that_vary_like_chance_join_nothing() -> None:
    lags = (3, 41, 55, 12, 29, 8, 47, 20, 35, 59, 16, 51)
    rows = [failure(n * 100 + at, name) for n, lag in enumerate(lags) for name, at in (("a", 0.0), ("b", lag))]
    assert groups(rows) == apart("a", "b")


def test_what_something_busy_stands_beside_anyway_is_not_joined_with_it() -> None:
    busy = [failure(10 * n, "busy") for n in range(400)]
    assert groups([*busy, *(failure(10 * n + lag, "a") for n, lag in ((40, 1), (130, 2), (220, 3), (340, 4)))]) == apart(
        "a", "busy"
    )
    assert groups([*busy, *(failure(10 * n + 0.01, "a") for n in (40, 130, 220, 340))]) == together("a", "busy")


@pytest.mark.parametrize(("lag", "found"), [(3.0, apart("a", "later")), (0.05, together("a", "later"))])
def test_what_comes_later_and_mostly_without_it_is_no_symptom(lag: float, found: set[frozenset[str]]) -> None:
    rows = [failure(3600 * n, "a") for n in range(10)]
    often = [failure(3600 * n + lag + 1200 * part, "later") for n in range(10) for part in range(3)]
    assert groups([*rows, *often]) == found


# ---- quotes


def quoting(near: int) -> list[Row]:
    texts = {"a": SAID, "b": f"Checkout failed: {SAID}"}
    return [{**row, "message": texts[row["cluster"]]} for row in pair(8, 20.0, near)]


def test_a_quote_joins_what_meets_half_of_the_time() -> None:
    assert groups(quoting(4)) == together("a", "b")
    assert groups(quoting(3)) == apart("a", "b")


def test_a_quote_on_another_container_joins_nothing() -> None:
    rows = [failure(0, "a", message=SAID, instance="i1"), failure(5, "b", message=f"Checkout failed: {SAID}", instance="i2")]
    assert groups(rows) == apart("a", "b")


# ---- steps


def at_every_start(delays: Sequence[float], lag: Callable[[float], float]) -> set[frozenset[str]]:
    """Return what is put together of a, so long after each start, and b, a lag after it; every container fails."""
    rows = [
        failure(n * 600 + at, name, instance=f"i{n}")
        for n, delay in enumerate(delays) for name, at in (("a", delay), ("b", delay + lag(delay)))
    ]  # fmt: skip
    life = {"service": "orders", "environment": "staging", "revision": "r", "seen": True}
    times = [(START + timedelta(seconds=n * 600), START + timedelta(seconds=n * 600 + 60)) for n in range(len(delays))]
    lives = [{**life, "instance": f"i{n}", "first": first, "last": last} for n, (first, last) in enumerate(times)]
    return {frozenset(p.clusters) for p in find_problems(events(*rows), pl.DataFrame(lives, LIFE))}


RESTLESS = (3.1, 7.9, 4.4, 9.2, 5.6, 3.8, 8.5, 6.1, 7.0, 4.9, 9.9, 5.2)


def test_a_steady_lag_after_a_restless_start_joins_from_six_lives_on() -> None:
    assert at_every_start(RESTLESS, lambda _: 5.0) == together("a", "b")
    assert at_every_start(RESTLESS[:5], lambda _: 5.0) == apart("a", "b")


def test_a_lag_that_grows_with_the_slowness_of_a_container_joins_nothing() -> None:
    slow = [10 + 2 * ((n * 7) % 30) / 30 for n in range(30)]
    assert at_every_start(slow, lambda delay: 5.5) == together("a", "b")
    assert at_every_start(slow, lambda delay: delay / 2) == apart("a", "b")


# ---- traces


@pytest.mark.parametrize(("common", "found"), [(7, together("a", "b")), (6, apart("a", "b"))])
def test_traces_join_when_the_rarer_shares_seven_of_ten(common: int, found: set[frozenset[str]]) -> None:
    rows = [
        failure(n * 600 + 99 * (name == "b"), name, instance="", service=name, trace=f"t{n}" if n < common else f"{name}{n}")
        for n in range(10) for name in "ab"
    ]  # fmt: skip
    assert groups(rows) == found


# ---- stretches


def stretches(*hours: float, minutes: float = 10, **of_b: Any) -> list[Row]:
    """Return a and b on containers of their own, every 30 s for some minutes from each hour on, and a lone failure at the end."""
    ticks = [h * 3600 + 30 * n for h in hours for n in range(int(2 * minutes))]
    one = [failure(at, "a", instance=f"a{n}") for n, at in enumerate(ticks)]
    other = [failure(at + 11 + 7 * (n % 3), "b", **{"instance": f"b{n}", **of_b}) for n, at in enumerate(ticks)]
    return [*one, *other, failure(12 * 3600, "late", instance="other")]


@pytest.mark.parametrize(("rows", "joined"), [
    (stretches(1, 6), True),
    (stretches(1), False),
    (stretches(1, 6, service="payments"), False),
    (stretches(1, 6, environment="production"), False),
    (stretches(1, 6, minutes=2), False),
    (stretches(1, 6, minutes=240), False),
], ids=["two in common", "one", "another service", "another environment", "too short", "most of the time"])  # fmt: skip
def test_two_stretches_in_common_join_what_fails_on_different_containers(rows: list[Row], joined: bool) -> None:
    assert (frozenset("ab") in groups(rows)) is joined


def test_stretches_that_hardly_overlap_join_nothing() -> None:
    a = [r for r in stretches(1, 6) if r["cluster"] == "a"]
    b = [r for r in stretches(1.12, 6.12) if r["cluster"] == "b"]
    assert frozenset("ab") not in groups([*a, *b, failure(12 * 3600, "late", instance="other")])


# ---- endings


def with_request(lag: float, *, cause: int = 5, **columns: Any) -> list[Row]:
    made = {"message": MALFORMED, "origin": "request", **columns}
    return [
        failure(n * 6000 + at, name, instance=f"i{n}", **(made if name == "malformed" else {}))
        for n in range(cause) for name, at in (("a", 0.0), ("malformed", lag))
    ]  # fmt: skip


@pytest.mark.parametrize(("lag", "joined"), [(0.3, True), (100.0, True), (130.0, False), (-0.4, True), (-3.0, False)])
def test_a_request_follows_a_failure_of_its_container_within_two_minutes(lag: float, joined: bool) -> None:
    assert (frozenset({"a", "malformed"}) in groups(with_request(lag))) is joined


@pytest.mark.parametrize(("lag", "joined"), [(4.0, True), (8.0, False)])
def test_after_a_failure_seen_once_a_request_must_follow_at_once(lag: float, joined: bool) -> None:
    assert (frozenset({"a", "malformed"}) in groups(with_request(lag, cause=1))) is joined


def test_what_few_occurrences_are_followed_by_is_not_their_ending() -> None:
    rows = [failure(n * 6000, "a", instance=f"i{n}") for n in range(20)]
    ends = [failure(n * 6000 + 1 + 9 * n, "exit", instance=f"i{n}", message=EXIT, origin="system") for n in range(2)]
    assert groups([*rows, *ends]) == apart("a", "exit")


def test_a_request_belongs_to_the_one_failure_in_its_trace() -> None:
    rows = [failure(n * 60, "a", instance="", trace=f"t{n}", service="store") for n in range(4)]
    lost = [failure(n * 60 + 40, "malformed", instance="", trace=f"t{n}", message=MALFORMED, origin="request") for n in range(4)]
    assert groups([*rows, *lost]) == together("a", "malformed")
    others = [failure(n * 60 + 20, "b", instance="", trace=f"t{n}", service="cart") for n in range(2)]
    found = {p.root: dict(zip(p.clusters, p.counts, strict=True)) for p in find_problems(events(*rows, *others, *lost))}
    assert found["a"] == {"a": 4, "malformed": 2}


@pytest.mark.parametrize(("causes", "joined"), [(3, True), (2, False)])
def test_the_revision_alone_needs_three_failures_nearby(causes: int, joined: bool) -> None:
    rows = [failure(n * 60 + at, name, instance=f"i{n}", **made) for n in range(causes)
            for name, at, made in (("a", 0.0, {}), ("exit", 0.4, {"message": EXIT, "origin": "system"}))]  # fmt: skip
    lost = [failure(200, "malformed", instance="", message=MALFORMED, origin="request")]
    assert any({"a", "malformed"} <= g for g in groups([*rows, *lost])) is joined


def test_the_revision_alone_gives_no_request_to_what_never_ended_so() -> None:
    rows = [failure(n * 60, "a", instance=f"i{n}") for n in range(9)]
    lost = [failure(200, "malformed", instance="", message=MALFORMED, origin="request")]
    assert groups([*rows, *lost]) == apart("a", "malformed")


def test_the_revision_alone_reaches_ten_minutes_and_no_other_revision() -> None:
    rows = [failure(n * 60 + at, name, instance=f"i{n}", **made) for n in range(5)
            for name, at, made in (("a", 0.0, {}), ("exit", 0.4, {"message": EXIT, "origin": "system"}))]  # fmt: skip
    made: dict[str, Any] = {"instance": "", "message": MALFORMED, "origin": "request"}
    near, far = failure(500, "malformed", **made), failure(1_500, "malformed", **made)
    assert any("malformed" in g and "a" in g for g in groups([*rows, near]))
    assert not any("malformed" in g and "a" in g for g in groups([*rows, far]))
    assert not any("malformed" in g and "a" in g for g in groups([*rows, {**near, "revision": "orders-00009-xyz"}]))


@pytest.mark.parametrize(("lag", "joined"), [(125.0, True), (140.0, False)])
def test_a_request_that_fails_within_15_s_of_an_exit_goes_with_the_exit(lag: float, joined: bool) -> None:
    exits = [failure(n * 6000 + 118, "exit", instance=f"i{n}", message=EXIT, origin="system") for n in range(5)]
    assert any({"a", "exit", "malformed"} <= g for g in groups([*with_request(lag), *exits])) is joined


# ---- the root


def test_of_lines_that_quote_nothing_the_exception_is_the_root() -> None:
    rows = [
        failure(n * 600 + at, name, instance=f"i{n}", exception=kind)
        for n in range(9) for name, at, kind in (("z told", 0.0, ""), ("a raised", 0.005, "StoreError"))
    ]  # fmt: skip
    assert [p.root for p in find_problems(events(*rows))] == ["a raised"]
    assert [p.root for p in find_problems(events(*({**r, "exception": ""} for r in rows)))] == ["z told"]


def test_of_lines_without_an_exception_the_quoted_one_is_the_root() -> None:
    texts = (("z outer", f"gave up, {SAID}, sorry", 0.0), ("a inner", SAID, 0.05))
    rows = [failure(n * 600 + at, name, instance=f"i{n}", message=text) for n in range(5) for name, text, at in texts]
    assert [p.root for p in find_problems(events(*rows))] == ["a inner"]
