"""The nouns of success criteria: what is asked, what was seen, and what is answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lib.core.gaps import Gap
from lib.core.kept import Flown, HealthAnswer
from lib.core.sentry.delivery import HourRow
from lib.core.sentry.trackingcase import Case
from lib.core.tracking import Judgement

LEAST = 0.5  # of the logged errors that must have been accepted: SDKs drop repetitions, so that all of them never are
UNLIKELY = 0.01  # a silence that comes by chance less often shows that a text is gone
EXCLUDED = 0.025  # a rise that would give so few less often than this is excluded
FACTOR = 3.0  # "no worse" excludes a rise by this much: less cannot be told from a series' own noise within hours


class CriterionKind(StrEnum):
    """What a criterion asks."""

    TEXT_GONE = "text-gone"
    INITIALISED = "initialised"
    ACCEPTED = "accepted"
    HEALTH = "health"
    DECLARED = "declared"
    CANARY = "canary"
    NO_WORSE = "no-worse"


class Outcome(StrEnum):
    """What a criterion answers, worst first."""

    FAIL = "fail"
    UNDECIDED = "undecided"
    PASS = "pass"


@dataclass(frozen=True)
class Baseline:
    """How often a text was said when a criterion was drafted: entries over the minutes read and the requests served."""

    count: int
    minutes: float
    requests: float
    last: datetime


@dataclass(frozen=True)
class Criterion:
    """One thing that must hold before a problem is over.

    environment: "" for all of the service's. cluster, text: what must be gone; text: a pattern, or a cluster's words.
    since:   what was changed at a moment that no deploy tells of; made: when it was drafted, None for one of a file.
    least:   share of the logged errors that must be accepted, 0..1. factor: a rise by this much is worse.
    """

    id: str
    kind: CriterionKind
    title: str
    service: str
    environment: str = ""
    cluster: str = ""
    text: str = ""
    since: datetime | None = None
    made: datetime | None = None
    least: float = LEAST
    factor: float = FACTOR
    before: Baseline | None = None


@dataclass(frozen=True)
class Needed:
    """What more would decide: minutes of traffic as before, or requests; requests None where they do not drive it."""

    minutes: float
    requests: float | None


@dataclass(frozen=True)
class Said:
    """What was read of a text.

    count, last: in all that was read; revision: of the newest one, "" when it names none.
    over:    what said it last serves no more, or somebody told since when it must be gone. since: from then on.
    again:   how often it was said since. minutes, requests: read and served since.
    chance:  how often so long a silence comes by chance, going by the earlier rate and its noise; None where nothing tells.
    """

    count: int
    last: datetime | None = None
    revision: str = ""
    over: bool = False
    since: datetime | None = None
    again: int = 0
    minutes: float = 0.0
    requests: float = 0.0
    chance: float | None = None
    needed: Needed | None = None


@dataclass(frozen=True)
class Rate:
    """A share of the requests before and after a deploy: those that failed, or those slower than 95 % had been before.

    of_before, of_after: of how many. ratio: of the shares, with its 95 % interval low, high; None where one side has none.
    is_worse: more than chance and noise explain. excluded: how likely so few would be had the share risen by the factor.
    """

    name: str
    before: int
    after: int
    of_before: int
    of_after: int
    ratio: float | None
    low: float | None
    high: float | None
    is_worse: bool
    excluded: float
    needed: Needed | None = None
    slow_ms: float | None = None


@dataclass(frozen=True)
class Rates:
    """Requests before and after the newest deploy. why: why they cannot be compared, "" when they can.

    revision: that serves; before, after: requests; since: when it began.
    """

    why: str = ""
    needs: str = ""
    revision: str = ""
    since: datetime | None = None
    before: int = 0
    after: int = 0
    rows: tuple[Rate, ...] = ()


@dataclass(frozen=True)
class Seen:
    """All that is known of one service in one environment at the end of a window, for one criterion.

    gaps: those that are open: while there is one, nothing passes. said, rates: for the kinds that ask for them.
    """

    case: Case
    judgement: Judgement
    gaps: tuple[Gap, ...] = ()
    hours: tuple[HourRow, ...] = ()
    health: HealthAnswer | None = None
    canaries: tuple[Flown, ...] = ()
    said: Said | None = None
    rates: Rates | None = None


@dataclass(frozen=True)
class Answered:
    """A criterion's answer: why, and what is still needed ("" when nothing is)."""

    criterion: Criterion
    outcome: Outcome
    why: str
    needs: str = ""


def worst_of(outcomes: Iterable[Outcome]) -> Outcome:
    """Return fail before undecided before pass; of nothing at all: undecided, since nothing was shown."""
    order = list(Outcome)
    return min(outcomes, key=order.index, default=Outcome.UNDECIDED)
