"""What failed, once for each cause."""

from datetime import timedelta
from pathlib import Path

import pytest

from lib import wiring
from lib.core.model import Kind, Query
from lib.views import clusters, problems
from tests.entries import START, row, table
from tests.fakes import memory_ports, ports_with

NOW = START + timedelta(hours=1)


def crash(instance: str, second: int) -> list[dict[str, object]]:
    """A container's crash: an error, what quotes it, and the exit."""
    here = {"instance": instance, "severity": "ERROR"}
    return [
        row(second, "no module named stock", **here),
        row(second + 1, "set-up failed: no module named stock", **here),
        row(second + 2, "Container called exit(3).", instance=instance, severity="WARNING", origin="system"),
    ]


def test_failures_that_come_together_on_each_container_are_one_problem() -> None:
    rows = [entry for n in range(8) for entry in crash(f"instance{n:02}", 100 * n)]
    (found,) = problems.load(ports_with(table(*rows)), Query(), NOW).problems
    assert (found.problem.count, found.problem.instances) == (24, 8)
    assert found.symptoms[0].cluster.template.startswith("no module named stock")


def test_every_failure_is_in_one_problem() -> None:
    rows = [entry for n in range(5) for entry in crash(f"instance{n:02}", 100 * n)] + [row(999, "disk is slow", severity="ERROR")]
    ports = ports_with(table(*rows))
    failures = sum(c.count for c in clusters.load(ports, Query(), NOW).clusters if c.kind is Kind.FAILURE)
    assert sum(p.problem.count for p in problems.load(ports, Query(), NOW).problems) == failures == 16


def test_without_a_failure_there_is_no_problem_and_it_is_said() -> None:
    view = problems.load(ports_with(table(row(0))), Query(), NOW)
    assert (view.problems, view.headline) == ((), "No failure was read.")


def test_an_empty_store_has_not_seen_that_there_is_no_problem() -> None:
    assert problems.load(memory_ports(), Query(), NOW).headline == "Nothing has been imported yet."


def test_a_cut_look_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(problems, "MOST_FAILURES", 3)
    rows = [row(n, "disk is slow", severity="ERROR") for n in range(5)]
    view = problems.load(ports_with(table(*rows)), Query(), NOW)
    assert view.coverage.cut
    assert sum(p.problem.count for p in view.problems) == 3


def test_the_real_exports_hold_two_problems(netra: Path, home: Path) -> None:
    space = wiring.open_workspace(home)
    wiring.import_paths([str(netra)], space)
    found = problems.load(space.ports, Query(), NOW).problems
    assert [(p.problem.count, len(p.symptoms)) for p in found] == [(206, 11), (106, 8)]
    assert [p.symptoms[0].count for p in found] == [44, 7]
