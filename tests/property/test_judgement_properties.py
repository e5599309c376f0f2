"""What holds for any evidence: the same gives the same, order changes nothing, more of the grave never looks better."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.model import FAILURES, Kind, Priority, Severity
from lib.core.priority import RUBRIC, Evidence, judge_priority
from lib.core.signatures import find_signature, judge_kind
from tests.core.test_judgements import TELLING

ORIGINS = ["request", "stdout", "stderr", "system", "audit", ""]
WORDS = [
    "sentry",
    "failed",
    "order",
    "data loss",
    "corrupted",
    "no",
    "Worker failed to boot",
    "exit(3)",
    "HTTP 503",
    "\n",
    "opentelemetry",
]
TEXT = (
    st.sampled_from([line for line, *_ in TELLING])
    | st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)
    | st.text(max_size=80)
)
SEVERITIES = st.dictionaries(st.sampled_from([s.value for s in Severity]), st.integers(1, 500), max_size=5)
EVIDENCE = st.builds(Evidence, TEXT, st.sampled_from(list(Kind)), SEVERITIES, st.sampled_from(ORIGINS))


def shuffled(severities: dict[str, int], order: random.Random) -> dict[str, int]:
    names = list(severities)
    order.shuffle(names)
    return {name: severities[name] for name in names}


@given(TEXT, SEVERITIES, st.sampled_from(ORIGINS), st.randoms(use_true_random=False))
@settings(max_examples=300)
def test_the_same_evidence_always_gives_the_same_kind_and_priority(
    text: str, severities: dict[str, int], origin: str, order: random.Random
) -> None:
    kind = judge_kind(text, severities)
    again = shuffled(severities, order)
    assert judge_kind(text, again) is kind
    assert judge_priority(Evidence(text, kind, again, origin)) == judge_priority(Evidence(text, kind, severities, origin))


@given(EVIDENCE)
@settings(max_examples=300)
def test_every_evidence_has_a_row_and_it_is_the_first_that_holds(evidence: Evidence) -> None:
    rule = judge_priority(evidence)
    assert rule.holds(evidence)
    assert not any(r.holds(evidence) for r in RUBRIC[: RUBRIC.index(rule)])


@given(EVIDENCE, st.integers(2, 9))
@settings(max_examples=200)
def test_how_often_changes_no_priority(evidence: Evidence, times: int) -> None:
    """A cluster's priority may not go from P1 to P3 because a window is longer."""
    more = Evidence(evidence.sample, evidence.kind, {s: n * times for s, n in evidence.severities.items()}, evidence.origin)
    assert judge_priority(more) == judge_priority(evidence)
    assert judge_kind(evidence.sample, more.severities) is judge_kind(evidence.sample, evidence.severities)


@given(EVIDENCE, st.sampled_from([Severity.CRITICAL, Severity.ALERT, Severity.EMERGENCY]))
@settings(max_examples=200)
def test_a_graver_entry_more_never_lowers_the_priority(evidence: Evidence, graver: Severity) -> None:
    count = evidence.severities.get(graver, 0) + 1
    more = Evidence(evidence.sample, evidence.kind, {**evidence.severities, graver.value: count}, evidence.origin)
    assert judge_priority(more).priority <= judge_priority(evidence).priority


@given(EVIDENCE)
@settings(max_examples=200)
def test_a_failure_is_p2_at_least_and_nothing_else_is_p1(evidence: Evidence) -> None:
    priority = judge_priority(evidence).priority
    if evidence.kind is Kind.FAILURE:
        assert priority <= Priority.P2
    else:
        assert priority is not Priority.P1


@given(TEXT, SEVERITIES)
@settings(max_examples=300)
def test_a_kind_is_that_of_the_text_or_of_a_most_frequent_severity(text: str, severities: dict[str, int]) -> None:
    kind, signature = judge_kind(text, severities), find_signature(text)
    if signature:
        assert kind is signature.kind
    else:
        most = {s for s, n in severities.items() if n == max(severities.values())}
        grave, warned = most & {s.value for s in FAILURES}, Severity.WARNING.value in most
        assert kind is (Kind.FAILURE if grave else Kind.WARNING if warned else Kind.INFO)
