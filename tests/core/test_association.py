"""Do failures favour gaps? From both sides of every rule."""

from lib.core.blindness.association import Answer, Association, associate, binomial_tail, correct, find_episodes, pool

HOUR = 3600.0
DAY = (0.0, 48 * HOUR)
GAPS = [(4 * HOUR, 8 * HOUR), (14 * HOUR, 17 * HOUR), (25 * HOUR, 28 * HOUR), (36 * HOUR, 38 * HOUR)]
INSIDE = [(h * HOUR, h * HOUR + 600) for h in (4.2, 5.5, 6.8, 14.3, 15.6, 25.4, 26.7, 36.5)]
OUTSIDE = [(h * HOUR, h * HOUR + 600) for h in (1, 10, 12, 19, 21, 23, 30, 33, 41, 45)]


def test_episodes_inside_gaps_are_associated_with_them() -> None:
    found = associate(GAPS, INSIDE, DAY)
    assert found.answer is Answer.ASSOCIATED
    assert (found.inside, found.episodes) == (8, 8)
    assert found.low is not None
    assert found.low > 1
    assert found.high is None  # nothing was outside: the odds have no upper bound


def test_episodes_outside_gaps_are_not() -> None:
    found = associate(GAPS, OUTSIDE, DAY)
    assert (found.answer, found.inside) == (Answer.NOT_SHOWN, 0)


def test_a_gap_that_covers_the_whole_window_cannot_be_compared() -> None:
    found = associate([DAY], INSIDE + OUTSIDE, DAY)
    assert (found.answer, found.inside, found.p) == (Answer.CANNOT_TELL, 18, None)


def test_gaps_of_a_moment_cannot_be_compared_either() -> None:
    assert associate([(4 * HOUR, 4.1 * HOUR)], INSIDE, DAY).answer is Answer.CANNOT_TELL


def test_two_episodes_are_too_few() -> None:
    assert associate(GAPS, INSIDE[:2], DAY).answer is Answer.CANNOT_TELL


def test_without_a_gap_nothing_is_shown() -> None:
    assert associate([], INSIDE, DAY).answer is Answer.NOT_SHOWN


def test_one_clump_in_one_gap_is_one_episode() -> None:
    clump = [(4 * HOUR + i * 700, 4 * HOUR + i * 700 + 300) for i in range(12)]
    found = associate(GAPS, [*clump, *OUTSIDE[:4]], DAY)
    assert (found.episodes, found.inside, found.answer) == (5, 1, Answer.NOT_SHOWN)


def test_bursts_half_an_hour_apart_are_two_episodes() -> None:
    assert len(find_episodes([(0, 100), (1900, 2000)])) == 2
    assert len(find_episodes([(0, 100), (1899, 2000)])) == 1


def test_time_in_which_nothing_could_be_logged_is_left_out() -> None:
    deaf = [(8 * HOUR, 14 * HOUR), (17 * HOUR, 25 * HOUR), (28 * HOUR, 36 * HOUR), (38 * HOUR, 48 * HOUR), (0.0, 4 * HOUR)]
    assert associate(GAPS, INSIDE, DAY).answer is Answer.ASSOCIATED
    assert associate(GAPS, INSIDE, DAY, deaf).answer is Answer.CANNOT_TELL  # failures could be logged inside gaps only


def test_shifting_all_times_shifts_nothing_in_the_answer() -> None:
    by = 1_726_000_000.0
    moved = associate([(a + by, b + by) for a, b in GAPS], [(a + by, b + by) for a, b in INSIDE], (by, by + DAY[1]))
    assert moved == associate(GAPS, INSIDE, DAY)


def test_the_binomial_tail_is_exact() -> None:
    assert abs(binomial_tail(0, 5, 0.3) - 1) < 1e-12
    assert abs(binomial_tail(5, 5, 0.3) - 0.3**5) < 1e-12


def test_many_services_need_more_to_be_associated() -> None:
    weak = Association(Answer.ASSOCIATED, 6, 4, 0.3, 4.0, 1.2, 9.0, 0.04, 0.04, 0.01)
    null = Association(Answer.NOT_SHOWN, 6, 2, 0.3, 1.0, 0.3, 3.0, 0.6, 0.6, 0.5)
    assert correct([weak])[0].answer is Answer.ASSOCIATED
    assert correct([weak, null, null])[0].answer is Answer.NOT_SHOWN


def test_what_was_not_tested_is_not_corrected() -> None:
    untold = Association(Answer.CANNOT_TELL)
    assert correct([untold]) == [untold]


def test_all_services_together_can_show_what_none_shows_alone() -> None:
    one = associate(GAPS, [*INSIDE[:3], *OUTSIDE[:3]], DAY)
    assert one.answer is Answer.NOT_SHOWN
    whole = pool([associate(GAPS, [*INSIDE[:4], OUTSIDE[0]], DAY) for _ in range(3)])
    assert (whole.episodes, whole.answer) == (15, Answer.ASSOCIATED)


def test_without_a_tested_service_nothing_is_told_overall() -> None:
    assert pool([Association(Answer.CANNOT_TELL, 4, 4, 1.0)]).answer is Answer.CANNOT_TELL
    assert pool([]).answer is Answer.NOT_SHOWN
