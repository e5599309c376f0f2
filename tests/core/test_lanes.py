"""Deploy windows: which revision served from when to when."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from lib.core.deploys import Deploy, DeployOutcome, Evidence, FirstSeen, Found
from lib.core.rollouts.lanes import Lane, LaneStart, Run, find_lanes, join_runs
from tests.entries import SERVICE, START

MIN = timedelta(minutes=1)
BIN_S = 300
END = START + 600 * MIN


def deploy(revision: str, minute: int, outcome: DeployOutcome = DeployOutcome.READY) -> Deploy:
    return Deploy(SERVICE, "staging", revision, START + minute * MIN, outcome, Evidence.AUDIT, "", ())


def bins(*stretches: tuple[int, int]) -> NDArray[np.int64]:
    return np.array([int(START.timestamp()) + 60 * m for a, z in stretches for m in range(a, z, 5)])


def lanes(deploys: Sequence[Deploy], served: dict[str, NDArray[np.int64]], seen: Sequence[str] = ("one",)) -> list[Lane]:
    heard = {(SERVICE, "staging", r): runs for r, runs in join_runs(served, BIN_S).items()}
    first_seen = tuple(FirstSeen(SERVICE, "staging", r, START, "why") for r in seen)
    return find_lanes(Found(tuple(deploys), first_seen=first_seen), heard, END)


def spans(found: Sequence[Lane]) -> list[tuple[str, int, int]]:
    return [(x.revision, (x.start - START) // MIN, (x.end - START) // MIN) for x in found]


def test_a_window_goes_from_a_deploy_to_the_next_one() -> None:
    served = {"one": bins((0, 100)), "two": bins((100, 300)), "three": bins((300, 600))}
    found = lanes([deploy("two", 100), deploy("three", 300)], served)
    assert spans(found) == [("one", 0, 100), ("two", 100, 300), ("three", 300, 600)]
    assert [x.before for x in found] == ["", "one", "two"]


def test_last_requests_after_the_next_deploy_do_not_make_two_lanes() -> None:
    found = lanes([deploy("two", 100)], {"one": bins((0, 105)), "two": bins((100, 600))})
    assert spans(found)[0] == ("one", 0, 100)
    assert not found[0].beside


def test_two_revisions_that_serve_at_once_are_two_lanes() -> None:
    found = lanes([deploy("two", 100)], {"one": bins((0, 600)), "two": bins((100, 600))})
    assert spans(found) == [("one", 0, 600), ("two", 100, 600)]
    assert [x.beside for x in found] == [("two",), ("one",)]


def test_a_canary_that_is_promoted_ends_the_old_lane() -> None:
    found = lanes([deploy("two", 100)], {"one": bins((0, 300)), "two": bins((100, 600))})
    assert spans(found) == [("one", 0, 300), ("two", 100, 600)]


def test_a_canary_that_is_taken_back_ends_with_its_last_requests() -> None:
    found = lanes([deploy("two", 100)], {"one": bins((0, 600)), "two": bins((100, 200))})
    assert spans(found) == [("one", 0, 600), ("two", 100, 200)]


def test_an_old_revision_that_serves_again_is_a_rollback() -> None:
    found = lanes([deploy("two", 100)], {"one": bins((0, 100), (300, 600)), "two": bins((100, 300))})
    assert spans(found) == [("one", 0, 100), ("two", 100, 300), ("one", 300, 600)]
    assert found[-1].begins is LaneStart.AGAIN


def test_a_pause_in_which_nobody_served_is_no_rollback() -> None:
    found = lanes([], {"one": bins((0, 100), (300, 600))})
    assert spans(found) == [("one", 0, 600)]


def test_a_failed_deploy_ends_no_window() -> None:
    found = lanes([deploy("two", 100, DeployOutcome.FAILED)], {"one": bins((0, 600)), "two": bins((100, 105))})
    assert spans(found) == [("one", 0, 600)]


def test_a_deploy_without_any_entry_has_its_window_all_the_same() -> None:
    found = lanes([deploy("two", 100), deploy("three", 300)], {"one": bins((0, 100))})
    assert spans(found)[1:] == [("two", 100, 300), ("three", 300, 600)]


def test_services_do_not_end_each_others_windows() -> None:
    other = Deploy("cart", "staging", "cart-1", START + 50 * MIN, DeployOutcome.READY, Evidence.AUDIT, "", ())
    found = lanes([other, deploy("two", 100)], {"one": bins((0, 100)), "two": bins((100, 600))})
    assert ("cart-1", 50, 600) in spans(found)
    assert ("one", 0, 100) in spans(found)


def test_runs_are_broken_only_where_another_revision_served() -> None:
    runs = join_runs({"one": bins((0, 50), (200, 250), (400, 450)), "two": bins((100, 150))}, BIN_S)
    assert runs["one"] == [
        Run(START, START + 50 * MIN),
        Run(START + 200 * MIN, START + 450 * MIN),
    ]
