"""Before and after: both sides of every answer, and what others are known to get wrong."""

from dataclasses import replace

import numpy as np
import pytest

from lib.core.compare import Change, Compared, History, Missing, Side, Unit, compare_services, find_visible
from lib.core.rollouts.noise import Point, drift, find_clumps, find_even_minutes, fit_law, shrink, solve_noise
from lib.core.rollouts.placebos import BIN_MIN, Floats, Pairs, Piece, find_placebos

BINS = 96  # eight hours
STEADY = 20.0  # requests in a bin


def steady(rates: Floats, bins: int = BINS, seed: int = 3) -> Piece:
    """A window whose clusters go on at even rates, by chance alone."""
    chance = np.random.default_rng(seed)
    return Piece(chance.poisson(np.repeat(rates[:, None], bins, 1)).astype(float), chance.poisson(STEADY, bins).astype(float))


def compare(
    before: list[int], after: list[int], *, requests: tuple[float, float] = (4000, 4000), minutes: float = 480
) -> list[Compared]:
    """Return one deploy's answers: cluster 0 is the one asked about, beside twelve steady ones."""
    own, others = np.array(before, float), np.full(12, 60.0)
    pieces = tuple(steady(np.concatenate([own, others]) / BINS, seed=s) for s in (3, 4))
    names = tuple(f"c{i:02}" for i in range(len(own) + 12))
    sides = (
        Side(np.concatenate([own, others]), requests[0], minutes),
        Side(
            np.concatenate([np.array(after, float), others * (requests[1] / requests[0] if requests[0] else 1)]),
            requests[1],
            minutes,
        ),
    )
    ((answer,),) = compare_services([History(names, pieces, (sides,))])
    return [c for c in answer if c.cluster < f"c{len(own):02}"]


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (0, 60, Change.NEW), (60, 0, Change.GONE), (40, 400, Change.MORE), (400, 40, Change.FEWER),
        (200, 210, Change.SAME), (2, 3, Change.NOT_ENOUGH), (0, 1, Change.NOT_ENOUGH), (3, 0, Change.NOT_ENOUGH),
    ],
)  # fmt: skip
def test_each_answer_and_its_neighbour(before: int, after: int, change: Change) -> None:
    (found,) = compare([before], [after])
    assert found.change is change


def test_errors_over_an_all_zero_baseline_are_found() -> None:
    """Kayenta's test of ranks misses them: every point before is 0."""
    (found,) = compare([0], [40])
    assert found.change is Change.NEW
    assert found.ratio is None
    assert found.low is not None
    assert found.low > 3


def test_a_few_points_are_enough_where_the_counts_are() -> None:
    """Kayenta needs about fifty points; half an hour is six bins."""
    pieces = (steady(np.array([4.0, 9.0]), 6), steady(np.array([4.0, 9.0]), 6, seed=5))
    sides = (Side(np.array([24.0, 54.0]), 120, 30), Side(np.array([600.0, 55.0]), 120, 30))
    ((answer,),) = compare_services([History(("a", "b"), pieces, (sides,))])
    assert answer[0].change is Change.MORE


def test_the_same_shares_of_more_entries_are_surer() -> None:
    """Elastic's test of shares forgets how many entries they are of."""
    few, many = compare([2], [8])[0], compare([50], [200])[0]
    assert few.change is Change.NOT_ENOUGH
    assert many.change is Change.MORE


def test_one_loud_cluster_does_not_make_the_others_fewer() -> None:
    """Elastic's shares fall for all when one rises."""
    loud, quiet = compare([50, 80], [5000, 80])
    assert loud.change is Change.MORE
    assert quiet.change is Change.SAME


def test_twice_the_requests_make_twice_the_entries_and_no_change() -> None:
    pieces = (steady(np.array([6.0] * 6)), steady(np.array([6.0] * 6), seed=9))
    busy = replace(pieces[1], counts=pieces[1].counts * 3, requests=pieces[1].requests * 3)
    sides = tuple(Side(p.counts.sum(1), float(p.requests.sum()), 480) for p in (pieces[0], busy))
    ((answer,),) = compare_services([History(tuple("abcdef"), (pieces[0], busy), (sides,))])  # type: ignore[arg-type]
    assert {c.change for c in answer if c.unit is Unit.REQUESTS} <= {Change.SAME, Change.NOT_ENOUGH}


def test_what_a_clock_drives_is_measured_by_minutes() -> None:
    chance = np.random.default_rng(1)
    waves = np.repeat([4.0, 60.0, 8.0, 40.0], BINS // 4)
    clock = np.tile([1.0, 0.0], BINS // 2)
    piece = Piece(np.stack([clock, chance.poisson(waves / 4).astype(float)]), chance.poisson(waves).astype(float))
    side = Side(piece.counts.sum(1), float(piece.requests.sum()), 480)
    ((answer,),) = compare_services([History(("clock", "asked"), (piece, piece), ((side, side),))])
    assert [c.unit for c in answer] == [Unit.MINUTES, Unit.REQUESTS]


def test_without_requests_all_is_measured_by_minutes() -> None:
    (found,) = compare([60], [60], requests=(0, 0))
    assert found.unit is Unit.MINUTES
    assert found.exposure_before == 480


def test_a_window_of_which_nothing_was_read_tells_nothing() -> None:
    """Gone needs collection that was alive."""
    piece = steady(np.array([9.0]))
    sides = (Side(np.array([800.0]), 2000, 480), Side(np.array([0.0]), 0, 480))
    ((answer,),) = compare_services([History(("a",), (piece,), (sides,))])
    assert (answer[0].change, answer[0].missing) == (Change.NOT_ENOUGH, Missing.COLLECTION)
    assert answer[0].p is None


def test_entries_of_a_window_that_no_source_covers_tell_nothing() -> None:
    (found,) = compare([60], [0], minutes=0)
    assert (found.change, found.missing) == (Change.NOT_ENOUGH, Missing.COLLECTION)


def test_minutes_that_were_not_read_tell_nothing() -> None:
    piece = steady(np.array([9.0]))
    sides = (Side(np.array([800.0]), 2000, 480), Side(np.array([0.0]), 0, 0))
    ((answer,),) = compare_services([History(("a",), (piece,), (sides,))])
    assert answer[0].change is Change.NOT_ENOUGH


def test_too_little_data_tells_what_could_be_seen_and_what_is_missing() -> None:
    (found,) = compare([3], [5])
    assert found.missing is Missing.ENTRIES
    assert found.visible is not None
    assert found.visible > 3


def test_a_series_that_wanders_needs_a_larger_change() -> None:
    """The same counts: in a service whose rates wander, twice as many is nothing."""
    chance = np.random.default_rng(2)
    level = np.exp(np.repeat(chance.normal(0, 0.8, (8, 16)), BINS // 16, axis=1))
    wild = Piece(chance.poisson(6 * level).astype(float), np.full(BINS, STEADY))
    calm = Piece(chance.poisson(6 * np.ones((8, BINS))).astype(float), np.full(BINS, STEADY))
    sides = (Side(np.full(8, 576.0), 1920, 480), Side(np.array([1152.0] + [576.0] * 7), 1920, 480))
    answers = [compare_services([History(tuple("abcdefgh"), (p, p, p), (sides,))])[0][0][0] for p in (wild, calm)]
    assert [a.change for a in answers] == [Change.NOT_ENOUGH, Change.MORE]
    assert answers[0].missing is Missing.TIME


def test_leaving_intervals_out_changes_no_answer() -> None:
    own = np.array([3.0, 40.0, 0.0, 200.0])
    piece = steady(own / BINS)
    sides = (Side(own, 2000, 480), Side(np.array([9.0, 300.0, 30.0, 210.0]), 2000, 480))
    history = History(tuple("abcd"), (piece,), (sides,))
    whole, quick = (compare_services([history], every_interval=e)[0][0] for e in (True, False))
    assert [(c.change, c.p, c.q) for c in whole] == [(c.change, c.p, c.q) for c in quick]


def test_a_cluster_that_neither_side_holds_is_left_out() -> None:
    piece = steady(np.array([1.0, 1.0]))
    sides = (Side(np.array([90.0, 0.0]), 2000, 480), Side(np.array([90.0, 0.0]), 2000, 480))
    ((answer,),) = compare_services([History(("a", "b"), (piece,), (sides,))])
    assert [c.cluster for c in answer] == ["a"]


def test_a_service_without_deploys_has_no_answers() -> None:
    assert compare_services([History(("a",), (), ())]) == [[]]


def test_the_law_of_the_noise_is_found_again() -> None:
    points: list[Point] = [(t, t, 0.3 * float(drift(t, t, 60.0)), 500.0) for t in (15.0, 30.0, 60.0, 120.0, 240.0, 480.0)]
    variance, memory = fit_law(points)
    assert variance == pytest.approx(0.3, rel=0.1)
    assert memory == pytest.approx(60.0, rel=0.4)


def test_windows_far_longer_than_the_memory_hardly_drift() -> None:
    assert float(drift(6000.0, 6000.0, 10.0)) < 0.01
    assert float(drift(1.0, 1.0, 1000.0)) < 0.01
    assert float(drift(60.0, 60.0, 60.0)) > 0.4


def test_windows_that_lie_apart_have_less_in_common() -> None:
    near, far, never = (float(drift(60.0, 60.0, 60.0, apart)) for apart in (0.0, 120.0, 1e9))
    assert near < far < never


@pytest.mark.parametrize("true", [0.002, 0.015, 0.02, 0.05, 0.3])
def test_the_noise_of_pairs_is_found_again_however_small(true: float) -> None:
    chance = np.random.default_rng(1)
    odds = chance.normal(0, np.sqrt(true), (1, 4000))
    after = chance.binomial(4000, 1 / (1 + np.exp(-odds))).astype(float)
    even = np.ones(4000)
    found, _ = solve_noise(Pairs(4000 - after, after, even, even, np.zeros(4000)), np.ones(1))
    assert found == pytest.approx(true, rel=0.15)


def test_a_pair_of_one_entry_tells_nothing_of_the_noise_and_one_of_two_does() -> None:
    """One entry lies on one side or the other, whatever the noise."""
    one, even = np.tile([0.0, 1.0], (1, 500)), np.ones(1000)
    told = [solve_noise(Pairs(n * (1 - one), n * one, even, even, np.zeros(1000)), np.ones(1)) for n in (0, 1, 2)]
    assert told[:2] == [(0.0, 0.0), (0.0, 0.0)]
    assert told[2][0] > 1
    assert told[2][1] > 1


def test_clusters_that_differ_by_chance_alone_are_all_the_usual_one() -> None:
    rests, chance = np.full(60, 20.0), np.random.default_rng(4)
    alike = chance.normal(1, np.sqrt(2 / 20), 60)
    unlike = alike * np.where(np.arange(60) % 2, 3.0, 0.3)
    assert np.ptp(shrink(alike * rests, rests)) < 0.3
    assert np.median(shrink(unlike * rests, rests)[1::2]) > 2


def test_a_cluster_of_which_nothing_is_known_is_the_usual_one() -> None:
    assert shrink(np.array([0.0, 90.0, 30.0]), np.array([0.0, 30.0, 30.0])) == pytest.approx([1.0, 98 / 38, 1.0])


def test_uneven_requests_tell_less_than_their_window_lasts() -> None:
    bins = np.arange(288.0)
    assert find_even_minutes(bins, np.full(288, 5.0)) == pytest.approx(1440)
    assert find_even_minutes(bins, np.where(bins < 144, 10.0, 1.0)) == pytest.approx(1440 * 11**2 / (2 * 101))
    assert find_even_minutes(bins[:0], bins[:0]) is None


def test_a_side_never_lasts_longer_than_it_was_read() -> None:
    assert Side(np.ones(1), 1, 60, 120).lasts == 60
    assert Side(np.ones(1), 1, 60, 40).lasts == 40
    assert Side(np.ones(1), 0, 60).lasts == 60


def test_a_window_of_uneven_requests_needs_a_larger_change() -> None:
    level = np.exp(np.repeat(np.random.default_rng(2).normal(0, 0.5, (8, 16)), BINS // 16, axis=1))
    piece = Piece(np.random.default_rng(3).poisson(20 * level).astype(float), np.full(BINS, STEADY))
    counts = np.array([3800.0] + [1920.0] * 7)

    def p_of(even: float | None) -> float:
        sides = (Side(np.full(8, 1920.0), 1920, 480, even), Side(counts, 1920, 480, even))
        return compare_services([History(tuple("abcdefgh"), (piece, piece, piece), (sides,))])[0][0][0].p or 0.0

    assert p_of(240) > 1.5 * p_of(None) > 0


def test_a_difference_that_one_of_many_clusters_shows_by_chance_is_none() -> None:
    """Alone, with p under 0.05, it would be called a change; beside a dozen clusters it is not."""
    (found,) = compare([100], [190])
    assert 0.001 < (found.p or 0) < 0.05
    assert found.change is Change.NOT_ENOUGH


def test_clusters_of_a_few_entries_cost_the_others_nothing() -> None:
    own = np.array([24.0, *np.full(4, 60.0), *np.ones(300)])
    heard = steady(own[:5] / BINS)
    piece = Piece(np.vstack([heard.counts, np.zeros((300, BINS))]).astype(np.float64), heard.requests)
    sides = (Side(own, 2000, 480), Side(np.concatenate([[80.0], own[1:]]), 2000, 480))
    ((answer,),) = compare_services([History(tuple(f"c{i:03}" for i in range(305)), (piece, piece), (sides,))])
    assert answer[0].change is Change.MORE
    assert answer[200].q == 1.0


def test_few_requests_are_an_unsure_exposure() -> None:
    (sure,), (unsure,) = (compare([100], [260], requests=(n, n)) for n in (4000, 20))
    assert (unsure.p or 0) > 10 * (sure.p or 0) > 0


def test_a_factor_beyond_a_thousand_is_not_called_visible() -> None:
    assert find_visible(1, 0.0, 0.0) is None
    assert find_visible(400, 0.0, 9.0) is None
    assert 1 < (find_visible(400, 0.0, 0.0) or 0) < 2


def test_a_service_of_few_entries_is_taken_to_wander_as_the_others_do() -> None:
    chance = np.random.default_rng(2)
    level = np.exp(np.repeat(chance.normal(0, 0.8, (8, 16)), BINS // 16, axis=1))
    wild = Piece(chance.poisson(6 * level).astype(float), np.full(BINS, STEADY))
    sides = (Side(np.array([20.0]), 1920, 480), Side(np.array([60.0]), 1920, 480))
    quiet = History(("a",), (Piece(np.zeros((1, BINS)), np.full(BINS, STEADY)),), (sides,))
    alone, beside = (
        compare_services([quiet, *others])[0][0][0].p or 0.0 for others in ([], [History(tuple("abcdefgh"), (wild,) * 3, ())])
    )
    assert beside > 2 * alone > 0


def p_beside(deploys: int, size: float, factor: float = 1.0) -> float:
    """Return p of one change of a calm service with other deploys, whose clusters wandered so much or rose by a factor."""
    piece = Piece(np.random.default_rng(3).poisson(6 * np.ones((12, BINS))).astype(float), np.full(BINS, STEADY))
    chance, before = np.random.default_rng(7), Side(np.full(12, 576.0), 1920, 480)
    others = [(before, Side(np.round(576 * factor * np.exp(chance.normal(0, size, 12))), 1920, 480)) for _ in range(deploys)]
    asked = (before, Side(np.array([900.0] + [576.0] * 11), 1920, 480))
    return compare_services([History(tuple("abcdefghijkl"), (piece,) * 3, (asked, *others))])[0][0][0].p or 0.0


def test_real_deploys_tell_of_noise_that_no_placebo_shows_but_only_three_or_more() -> None:
    assert p_beside(1, 0.3) == p_beside(0, 0.3)
    assert p_beside(5, 0.3) > 10 * p_beside(0, 0.3)


def test_the_effects_of_real_deploys_do_not_pass_for_noise() -> None:
    assert p_beside(5, 0.0, factor=6.0) <= p_beside(0, 0.0)


def test_what_comes_in_clumps_needs_a_larger_change() -> None:
    chance = np.random.default_rng(5)
    alone = chance.poisson(2.0, (8, BINS)).astype(float)
    clumped = np.asarray(12.0 * chance.poisson(2 / 12, (8, BINS)), np.float64)
    sides = (Side(np.full(8, 192.0), 1920, 480), Side(np.array([290.0] + [192.0] * 7), 1920, 480))
    pieces = [Piece(x, np.full(BINS, STEADY)) for x in (alone, clumped)]
    p = [compare_services([History(tuple("abcdefgh"), (x, x, x), (sides,))])[0][0][0].p or 0.0 for x in pieces]
    assert p[1] > 5 * p[0]


def test_clumps_are_found_where_entries_come_several_at_a_time_and_only_there() -> None:
    chance = np.random.default_rng(5)
    counts = np.vstack([chance.poisson(2.0, BINS), 6 * chance.poisson(2 / 6, BINS)]).astype(np.float64)
    alone, clumped = find_clumps(find_placebos([Piece(counts, np.full(BINS, STEADY))], BIN_MIN).pairs("minutes"))
    assert alone < 1.3
    assert 3 < clumped < 9
