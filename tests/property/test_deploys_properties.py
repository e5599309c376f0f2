"""What holds for any evidence of deploys."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.deploys import Life, find_deploys
from lib.core.rollouts.calls import read_audit
from tests.audit import call, revision, word
from tests.entries import SERVICE, START

MIN = timedelta(minutes=1)
COMMANDS = ("gcloud.run.deploy", "gcloud.run.services.update-traffic", "terraform")
minutes = st.integers(0, 600)
calls = st.tuples(minutes, st.sampled_from(COMMANDS), st.integers(0, 9))
words = st.tuples(minutes, st.integers(0, 9), st.booleans())
lives = st.dictionaries(st.integers(0, 9), minutes, max_size=5)
Drawn = tuple[list[tuple[int, str, int]], list[tuple[int, int, bool]], dict[int, int]]
evidence = st.tuples(
    st.lists(calls, max_size=6, unique_by=lambda c: c[0]), st.lists(words, max_size=6, unique_by=lambda w: w[0]), lives
)  # fmt: skip


def make(drawn: Drawn, shift: timedelta = timedelta(0)) -> tuple[list[dict[str, Any]], list[Life]]:
    asked, said, living = drawn
    at = START + shift
    rows = [call(at + m * MIN, command=c, previous=revision(n), number=i) for i, (m, c, n) in enumerate(asked)]
    rows += [word(at + m * MIN, revision(n), ready=ok, number=i) for i, (m, n, ok) in enumerate(said)]
    heard = [
        Life(SERVICE, "staging", revision(n), at + m * MIN, at + (m + 60) * MIN, at + (m - 1) * MIN) for n, m in living.items()
    ]
    return rows, heard


@settings(max_examples=60, deadline=None)
@given(evidence, st.integers(1, 10**6))
def test_shifting_all_times_shifts_the_answer(drawn: Drawn, seconds: int) -> None:
    shift = timedelta(seconds=seconds)
    here, there = (find_deploys(*read_audit(rows), heard) for rows, heard in (make(drawn), make(drawn, shift)))
    assert [(d.revision, d.ts + shift, d.outcome, d.evidence) for d in here.deploys] == [
        (d.revision, d.ts, d.outcome, d.evidence) for d in there.deploys
    ]
    assert [replace(t, ts=t.ts + shift) for t in here.traffic] == list(there.traffic)


@settings(max_examples=60, deadline=None)
@given(evidence, st.randoms())
def test_the_order_of_arrival_changes_nothing(drawn: Drawn, chance: Any) -> None:
    rows, heard = make(drawn)
    mixed, others = list(rows), list(heard)
    chance.shuffle(mixed)
    chance.shuffle(others)
    assert find_deploys(*read_audit(rows), heard) == find_deploys(*read_audit(mixed), others)


@settings(max_examples=60, deadline=None)
@given(evidence)
def test_a_revision_has_one_deploy_at_most_and_is_not_first_seen_as_well(drawn: Drawn) -> None:
    rows, heard = make(drawn)
    found = find_deploys(*read_audit(rows), heard)
    names = [d.revision for d in found.deploys if d.revision]
    assert len(names) == len(set(names))
    assert not set(names) & {f.revision for f in found.first_seen}
    assert {life.revision for life in heard} <= {*names, *(f.revision for f in found.first_seen)}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(minutes, st.integers(0, 9)), max_size=8, unique_by=lambda c: c[0]))
def test_traffic_changes_never_make_a_deploy(drawn: list[tuple[int, int]]) -> None:
    rows = [call(START + m * MIN, command=COMMANDS[1], previous=revision(n), number=i) for i, (m, n) in enumerate(drawn)]
    found = find_deploys(*read_audit(rows), [])
    assert not found.deploys
    assert len(found.traffic) == len(rows)
