"""Whatever shows that a service was heard, or that its events arrived, never lengthens a gap that was found without it."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lib.core.blindness.silence import find_silences
from lib.core.gaps import Gap
from lib.core.model import Query
from lib.core.sentry.dropping import find_drops
from lib.core.sentry.trackingstates import StateSpan
from lib.views import gaps
from tests.core.test_losses import MINUTE, NO_LINES, errors, hours
from tests.core.test_silence import activity, minute_of
from tests.entries import START
from tests.tracked import HOUR, INITIALISED, recovered

NOW = START + timedelta(days=1)
SIZE = 360
many = settings(max_examples=40, deadline=None)
few = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Stretches = list[tuple[float, float]]


def lengthens(before: Stretches, after: Stretches) -> bool:
    """Return whether a stretch reaches beyond one that it shares time with, and was found before."""
    return any(a < old_b and old_a < b and (a < old_a or b > old_b) for old_a, old_b in before for a, b in after)


quiet_runs = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(5, 90)), min_size=1, max_size=3)


@many
@given(quiet_runs, st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=6))
def test_an_entry_more_never_lengthens_a_silence(runs: list[tuple[int, int]], heard: list[int]) -> None:
    own = [6] * SIZE
    for start, length in runs:
        own[start : start + length] = [0] * len(own[start : start + length])
    more = [n + (m in heard) for m, n in enumerate(own)]
    before, after = (
        [(a, SIZE if b is None else b) for a, b in map(minute_of, find_silences(activity([4] * SIZE, lines)))]
        for lines in (own, more)
    )
    assert not lengthens(before, after)
    assert not any(a <= m < b for m in heard for a, b in after)


def stretches(spans: tuple[StateSpan, ...], end: int) -> Stretches:
    return [((s.start - START) / MINUTE, end if s.end is None else (s.end - START) / MINUTE) for s in spans]


outcomes = st.sampled_from(
    [{"accepted": 11}, {"accepted": 0, "rate_limited": 9}, {"accepted": 0}, {"accepted": 6, "rate_limited": 6}]
)


@many
@given(st.lists(outcomes, min_size=3, max_size=9), st.data())
def test_an_hour_in_which_all_arrived_never_lengthens_a_loss(told: list[dict[str, int]], drawn: st.DataObject) -> None:
    place = drawn.draw(st.integers(0, len(told) - 1))
    end = 60 * len(told)
    well = [*told[:place], {"accepted": 12}, *told[place + 1 :]]
    before, after = (stretches(find_drops(errors(0, end), NO_LINES, hours(*one)), end) for one in (told, well))
    assert sum(b - a for a, b in after) <= sum(b - a for a, b in before)
    assert not any(a < 60 * place + 55 and b > 60 * place for a, b in after)


def whole(found: tuple[gaps.GapRow, ...]) -> list[Gap]:
    return [row.gap for row in found if not row.gap.partial]


@few
@given(st.integers(0, 7))
def test_a_start_that_works_never_lengthens_a_gap_and_ends_it_there(hour: int) -> None:
    """Another instance says that the SDK runs: until its revision's next start, nothing says otherwise."""
    story, at = recovered(), START + (hour + 0.3) * HOUR
    more = story.copy().add(hour + 0.3, INITIALISED, 1 + (hour >= 4), instance="another")
    before, after = (whole(gaps.load(s.ports(), Query(START, START + 8 * HOUR), NOW).gaps) for s in (story, more))
    assert before
    assert all(any(b.start <= a.start and a.until <= b.until for b in before) for a in after)
    assert not any(a.start <= at + MINUTE < a.until for a in after)
