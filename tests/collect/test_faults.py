"""The failure matrix. What can pass is tried again and leaves no trace; what cannot is told once; nothing is lost or doubled."""

from pathlib import Path

import pytest

from tests.collect.faults import COUNT, Case, find_cases, play

WHOLE = tuple(f"{n:08}" for n in range(COUNT))
CASES = list(find_cases())
LONGEST_S = 60.0


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_fault_loses_nothing_and_doubles_nothing(case: Case, tmp_path: Path) -> None:
    outcome = play(case, tmp_path)
    assert outcome.stored == WHOLE
    assert outcome.state == "ok"
    assert outcome.errors == (0 if case.passes else 1)
    assert max(outcome.slept, default=0.0) <= LONGEST_S
    if case.passes and case.told and not case.misdeed:
        assert case.told in outcome.said
    if not case.passes:
        assert case.told in outcome.message
        assert outcome.hint
        assert outcome.retries <= 2  # told once: no retry of the page, and only what was not stored is read again


def test_every_status_stands_at_every_position() -> None:
    assert sum(case.fault.isupper() for case in CASES) == 16 * 3
