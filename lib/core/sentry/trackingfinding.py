"""What a rule of the verdict finds, since when that is so, and how sure it is."""

from dataclasses import dataclass
from datetime import datetime

from lib.core.sentry.trackingcase import Case
from lib.core.sentry.trackingstates import Confidence, State, Verdict
from lib.core.sentry.trackingsteps import Step


@dataclass(frozen=True)
class Finding:
    """What a rule finds. cause: the text or outcome that explains it; since: None where no moment can be told."""

    verdict: Verdict
    cause: str
    since: datetime | None
    confidence: Confidence
    why: str
    step: Step


def how_sure(case: Case, proven: bool) -> Confidence:
    """Return how sure it is that events arrive. proven: Sentry's answer is about what serves."""
    if case.only_canary:
        return Confidence.LOW
    return Confidence.HIGH if proven and case.is_well_shown else Confidence.MEDIUM


def began(case: Case, state: State) -> datetime | None:
    """Return the first sign of a state in the stretch that reaches the end: revisions that say the same, one after the other."""
    spans = sorted((s for s in case.timeline.starts), key=lambda s: s.seen or s.start, reverse=True)
    serving = set(case.blind_starts)
    first: datetime | None = None
    for span in spans:
        if span.state is state:
            first = span.seen or span.start
        elif span.revision not in serving and first is not None:
            break
    return first
