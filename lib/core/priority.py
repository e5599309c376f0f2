"""P0 to P5 by one rubric, as rows: the first that fits decides, and the same evidence always gives the same answer."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from lib.core.model import Kind, Priority, Severity
from lib.core.wording import count_of, say_duration


@dataclass(frozen=True)
class Evidence:
    """What a priority rests on: the cluster's newest text, its kind, its entries by severity, and its newest entry's log."""

    sample: str
    kind: Kind
    severities: Mapping[str, int]
    origin: str


@dataclass(frozen=True)
class Rule:
    """A row of the rubric: the priority, when it holds, and the reason as words."""

    priority: Priority
    holds: Callable[[Evidence], bool]
    reason: str


LOSS = re.compile(
    r"(?i)(?<!\bno )(?<!\bnot )(?<!\bwithout )\b"
    r"(?:data (?:loss|corruption)|corrupt(?:ed|ion)|security (?:breach|incident|violation)|privilege escalation)\b"
)
DOWN = re.compile(
    r"^Container called exit|^Container terminated|^Memory limit of|probe failed|^Ready condition status changed to False"
    r"|(?i:worker failed to boot|application startup failed)"
)


def _is_top(e: Evidence) -> bool:
    return any(e.severities.get(s) for s in (Severity.ALERT, Severity.EMERGENCY)) or (
        e.kind is Kind.FAILURE and bool(LOSS.search(e.sample))
    )


RUBRIC = (
    Rule(Priority.P0, _is_top, "data loss, security, or an entry of severity ALERT or above"),
    Rule(Priority.P1, lambda e: e.kind is Kind.FAILURE and e.origin == "request", "requests of users failed"),
    Rule(Priority.P1, lambda e: e.kind is Kind.FAILURE and bool(DOWN.search(e.sample)), "containers exit or do not start"),
    Rule(
        Priority.P1,
        lambda e: e.kind is Kind.FAILURE and bool(e.severities.get(Severity.CRITICAL)),
        "an entry of severity CRITICAL",
    ),
    Rule(Priority.P2, lambda e: e.kind is Kind.FAILURE, "errors"),
    Rule(Priority.P2, lambda e: e.kind is Kind.OBSERVABILITY, "failures may go unseen"),
    Rule(Priority.P3, lambda e: e.kind is Kind.WARNING, "warnings"),
    Rule(Priority.P4, lambda e: e.kind is Kind.DEPLOY, "a deploy"),
    Rule(Priority.P5, lambda _: True, "information"),
)


def judge_priority(evidence: Evidence) -> Rule:
    """Return the row of the rubric that holds."""
    return next(rule for rule in RUBRIC if rule.holds(evidence))


def describe_priority(rule: Rule, count: int, span: timedelta, revisions: int) -> str:
    """Return a priority with its reason as a sentence: "P1: requests of users failed, 67 in 3 h 22 min, 5 revisions"."""
    spread = f"in {say_duration(span)}" if span >= timedelta(seconds=1) else "at once"
    often = "once" if count == 1 else f"{count:,} {spread}"
    return f"{rule.priority}: {rule.reason}, {often}" + (f", {count_of(revisions, 'revision')}" if revisions else "")
