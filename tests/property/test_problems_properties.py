"""What holds for any failures: order and clock change nothing, every entry has one problem, strangers join nothing."""

import random
from datetime import timedelta

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.problems import Problem, find_problems
from tests import failing
from tests.failing import EXIT, MALFORMED, events, failure

SAID = {"exit": (EXIT, "system"), "malformed": (MALFORMED, "request")}


@st.composite
def failures(draw: st.DrawFn) -> list[dict[str, object]]:
    """Draw failures of a few clusters on a few containers, close enough to meet."""

    def one() -> dict[str, object]:
        cluster = draw(st.sampled_from(["a", "b", "c", "exit", "malformed"]))
        message, origin = SAID.get(cluster, (f"{cluster} could not reach the store", "stderr"))
        where = draw(st.sampled_from(["", "i1", "i2", "i3"]))
        at = draw(st.integers(0, 2_000)) / 4
        trace = draw(st.sampled_from(["", "t1", "t2"]))
        return failure(
            at,
            cluster,
            message=message,
            origin=origin,
            instance=where,
            trace=trace,
            latency_ms=draw(st.none() | st.floats(0, 9e4)),
        )

    return [one() for _ in range(draw(st.integers(1, 40)))]


SEED = st.integers(0, 10**9)
STORY = st.builds(
    lambda name, seed: failing.STORIES[name](seed), st.sampled_from(sorted(failing.STORIES)), st.integers(0, 10_000)
)


def without_rows(found: list[Problem]) -> list[tuple[object, ...]]:
    return [(p.id, p.root, p.clusters, p.counts, p.count, p.instances, p.services, p.first, p.last, p.evidence) for p in found]


@given(failures())
@settings(max_examples=150, deadline=None)
def test_every_failure_belongs_to_exactly_one_problem(rows: list[dict[str, object]]) -> None:
    found = find_problems(events(*rows))
    assert sorted(row for p in found for row in p.members) == list(range(len(rows)))
    assert all(p.count == len(p.members) == sum(p.counts) and p.root == p.clusters[0] for p in found)
    assert len({p.id for p in found}) == len(found)


@given(failures(), st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_order_of_arrival_changes_nothing(rows: list[dict[str, object]], order: random.Random) -> None:
    before = find_problems(events(*rows))
    order.shuffle(rows)
    assert without_rows(find_problems(events(*rows))) == without_rows(before)


@given(STORY, SEED)
@settings(max_examples=15, deadline=None)
def test_order_of_arrival_changes_no_story(story: failing.Story, seed: int) -> None:
    (rows, lives, _), order = story.told(), random.Random(seed)
    shuffled = rows[order.sample(range(rows.height), rows.height)]
    assert without_rows(find_problems(shuffled, lives[::-1])) == without_rows(find_problems(rows, lives))


@given(STORY, st.integers(-(10**15), 10**15))
@settings(max_examples=15, deadline=None)
def test_shifting_all_times_shifts_the_answer(story: failing.Story, microseconds: int) -> None:
    rows, lives, _ = story.told()
    by = timedelta(microseconds=microseconds)
    later = find_problems(rows.with_columns(pl.col("ts") + by), lives.with_columns(pl.col("first") + by, pl.col("last") + by))
    found = find_problems(rows, lives)
    assert [(p.id, p.members, p.evidence) for p in later] == [(p.id, p.members, p.evidence) for p in found]
    assert [(p.first, p.last) for p in later] == [(p.first + by, p.last + by) for p in found]


@given(STORY, st.integers(1, 40), SEED)
@settings(max_examples=40, deadline=None)
def test_twice_the_window_with_unrelated_failures_joins_none_of_them(story: failing.Story, count: int, seed: int) -> None:
    (rows, lives, _), rng = story.told(), random.Random(seed)
    before = find_problems(rows, lives)
    strangers = [failure(rng.uniform(90_000, 180_000), f"stranger{n % 4}", instance=f"s{n % 3}") for n in range(count)]
    found = find_problems(pl.concat([rows, events(*strangers)]), lives)
    assert all(p.clusters == (p.root,) for p in found if p.root.startswith("stranger"))
    known = [p for p in found if not p.root.startswith("stranger")]
    assert not any(c.startswith("stranger") for p in known for c in p.clusters)
    assert {p.id for p in known} <= {p.id for p in before}  # lives that fail otherwise may settle what was in doubt


@given(STORY)
@settings(max_examples=15, deadline=None)
def test_names_of_containers_change_nothing(story: failing.Story) -> None:
    rows, lives, _ = story.told()
    renamed = (frame.with_columns(pl.col("instance").str.reverse()) for frame in (rows, lives))
    assert [(p.id, p.members) for p in find_problems(*renamed)] == [(p.id, p.members) for p in find_problems(rows, lives)]
