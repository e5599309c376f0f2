"""Which criteria belong to a problem, written when its issue is drafted: what must hold before it is over."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from lib.core.model import Kind
from lib.core.sentry.sentrysigns import find_sign
from lib.core.sentry.trackingstates import BLIND, State, Verdict
from lib.core.success.criteriafile import TITLES
from lib.core.success.model import Baseline, Criterion, CriterionKind
from lib.core.wording import shorten

TITLED, QUOTED = 70, 120  # characters of a text in a title, and in a sentence


@dataclass(frozen=True)
class Subject:
    """A cluster and the service that says it most, as of a moment, and what of that service can be asked.

    has_health, has_audit, has_canary: a health document, an audit, a canary of it are set up or kept.
    """

    cluster: str
    template: str
    sample: str
    kind: Kind
    service: str
    environment: str
    made: datetime
    verdict: Verdict | None = None
    baseline: Baseline | None = None
    has_health: bool = False
    has_audit: bool = False
    has_canary: bool = False
    serves: bool = True


def is_about_sentry(subject: Subject) -> bool:
    """Tell whether a cluster's text says that errors are not tracked."""
    sign = find_sign(subject.sample)
    return subject.kind is Kind.OBSERVABILITY and sign is not None and sign.state not in (State.INITIALISED, State.WEAK)


def draft_criteria(subject: Subject) -> tuple[Criterion, ...]:
    """Return the criteria of a cluster; those that nothing could ever answer are left out."""
    return tuple(_draft(subject))


def _draft(s: Subject) -> Iterator[Criterion]:
    def make(kind: CriterionKind, title: str = "") -> Criterion:
        titled = title or TITLES[kind]
        return Criterion(f"{s.cluster}/{kind.value}", kind, titled, s.service, s.environment, made=s.made)

    gone = make(CriterionKind.TEXT_GONE, f"No longer said: “{shorten(s.template, TITLED)}”")
    yield replace(gone, cluster=s.cluster, text=shorten(s.template, QUOTED), before=s.baseline)
    if not s.service:
        return
    tracking = is_about_sentry(s)
    if tracking and s.has_audit:
        yield make(CriterionKind.DECLARED)
    if tracking:
        yield make(CriterionKind.INITIALISED)
    if tracking or s.verdict in BLIND:
        yield make(CriterionKind.ACCEPTED)
    if tracking and s.has_canary:
        yield make(CriterionKind.CANARY)
    if tracking and s.has_health:
        yield make(CriterionKind.HEALTH)
    if s.serves:
        yield make(CriterionKind.NO_WORSE)
