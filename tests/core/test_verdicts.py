"""The verdict on a deploy in one sentence, and what else may have been the cause."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lib.core.compare import Change, Compared, Missing, Unit
from lib.core.deploys import Deploy, DeployOutcome, Evidence
from lib.core.model import Kind, Priority
from lib.core.rollouts.verdicts import ClusterChange, Neighbour, find_confounders, judge_deploy, say_factor, sort_changes
from tests.entries import SERVICE, START

SPAN = timedelta(minutes=40)
NONE = timedelta(0)


def row(
    change: Change, template: str = "pool timeout", kind: Kind = Kind.FAILURE, priority: Priority = Priority.P2, q: float = 0.001
) -> ClusterChange:
    missing = Missing.ENTRIES if change is Change.NOT_ENOUGH else Missing.NOTHING
    compared = Compared(template, 10, 41, 100, 100, Unit.REQUESTS, 4.1, 2.9, 5.8, 0.001, 0.001, change, 2.0, missing)
    return ClusterChange(compared, template, kind, priority)


def deploy(outcome: DeployOutcome = DeployOutcome.READY) -> Deploy:
    return Deploy(SERVICE, "staging", "00042-abc", START, outcome, Evidence.AUDIT, "", ("Known.", "It crashed."))


def test_the_verdict_names_what_changed_by_how_much_and_as_far_as_can_be_told() -> None:
    rows = [row(Change.MORE), row(Change.NEW, "cannot read"), row(Change.GONE, "slow disk", Kind.WARNING)]
    rows.append(row(Change.SAME, "x"))
    assert judge_deploy(deploy(), rows, SPAN, "00041-abc") == (
        "00042-abc made failure 'pool timeout' 4.1 times as frequent (2.9–5.8, per request), brought 1 new failure "
        "('cannot read'), and warning 'slow disk' is gone as far as 40 min can tell. 1 cluster is the same (no threefold change)."
    )


def test_no_change_is_said_with_how_much_could_not_be_told() -> None:
    told = judge_deploy(deploy(), [row(Change.SAME), row(Change.NOT_ENOUGH)], SPAN, "00041-abc")
    assert "changed nothing that 40 min can tell" in told
    assert "for 1 cluster there is not enough data" in told


def test_what_is_only_gone_reads_as_a_sentence() -> None:
    told = judge_deploy(deploy(), [row(Change.GONE, "slow disk", Kind.WARNING)], SPAN, "00041-abc")
    assert told == "After 00042-abc warning 'slow disk' is gone as far as 40 min can tell."


def test_many_changes_are_counted_not_listed() -> None:
    rows = [row(Change.NEW, f"failure {i}") for i in range(7)]
    told = judge_deploy(deploy(), rows, SPAN, "00041-abc")
    assert "brought 7 new failures ('failure 0' and 6 more)" in told


def test_a_failed_deploy_is_not_compared() -> None:
    assert "failed" in judge_deploy(deploy(DeployOutcome.FAILED), [row(Change.MORE)], SPAN, "00041-abc")


def unread() -> ClusterChange:
    """A row of a comparison of which one side was not collected."""
    told = row(Change.NOT_ENOUGH)
    return replace(told, compared=replace(told.compared, missing=Missing.COLLECTION))


@pytest.mark.parametrize(("rows", "before"), [([], "00041-abc"), ([row(Change.MORE)], ""), ([unread()], "00041-abc")])
def test_what_was_not_read_is_not_called_well(rows: list[ClusterChange], before: str) -> None:
    assert "cannot be compared" in judge_deploy(deploy(), rows, SPAN, before)


def test_changes_for_the_worse_come_first_and_the_gravest_of_them() -> None:
    rows = [
        row(Change.SAME, "same"), row(Change.GONE, "gone", priority=Priority.P0), row(Change.NEW, "minor", priority=Priority.P3),
        row(Change.NOT_ENOUGH, "unknown"), row(Change.MORE, "grave", priority=Priority.P1),
    ]  # fmt: skip
    assert [r.template for r in sort_changes(rows)] == ["grave", "minor", "gone", "same", "unknown"]


def test_what_else_may_have_been_the_cause_is_named() -> None:
    near = Neighbour("cart", "cart-7", START, 2)
    told = find_confounders([near], 3.1, timedelta(minutes=12), ["00041-abc"], ["The export looks cut."])
    assert [any(word in t for t in told) for word in ("cart-7", "Traffic was 3.1", "12 min", "served beside", "cut")] == [
        True
    ] * 5


@pytest.mark.parametrize("traffic", [None, 0.6, 1.0, 1.9])
def test_ordinary_traffic_is_no_confounder(traffic: float | None) -> None:
    assert find_confounders([], traffic, NONE, [], []) == ()


@pytest.mark.parametrize(
    ("factor", "words"), [(0.0283, "0.028"), (0.5, "0.5"), (1.0, "1.0"), (4.12, "4.1"), (9.96, "10"), (170.4, "170")]
)
def test_a_factor_has_two_digits(factor: float, words: str) -> None:
    assert say_factor(factor) == words


def test_ordinary_lines_are_only_counted_beside_what_tells() -> None:
    rows = [row(Change.MORE), row(Change.NEW, "cache hit", Kind.INFO), row(Change.GONE, "cache miss", Kind.INFO)]
    told = judge_deploy(deploy(), rows, SPAN, "00041-abc")
    assert "pool timeout" in told
    assert "changed 2 ordinary kinds of line" in told
    assert "cache" not in told


def test_ordinary_lines_are_named_when_nothing_else_changed() -> None:
    assert "'cache hit'" in judge_deploy(deploy(), [row(Change.NEW, "cache hit", Kind.INFO)], SPAN, "00041-abc")


def test_what_is_gone_beside_ordinary_lines_reads_as_a_sentence() -> None:
    rows = [row(Change.GONE, "slow disk", Kind.WARNING), row(Change.GONE, "good night", Kind.INFO)]
    told = judge_deploy(deploy(), rows, SPAN, "00041-abc")
    assert told == "00042-abc changed 1 ordinary kind of line, and warning 'slow disk' is gone as far as 40 min can tell."
