"""SIGKILL of the collector. `python -m tests.bench.kills` does it 50 times."""

from pathlib import Path

from tests.collect.killing import COUNT, kill_often


def test_a_killed_collector_loses_nothing_doubles_nothing_and_claims_nothing_untrue(tmp_path: Path) -> None:
    result = kill_often(tmp_path / "home", 4, seed=8)
    assert (result.kills, result.stored, result.lost, result.doubled, result.untrue) == (4, COUNT, 0, 0, 0)
    assert any(0 < n < COUNT for n in result.at_kill)
