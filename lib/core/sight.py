"""Would we know? Whether a service's failures can be seen at the end of a window, and which service needs a look first."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Protocol

from lib.core.gaps import Cause, Gap
from lib.core.sentry.trackingstates import BLIND, GREEN, Verdict


class Sight(StrEnum):
    """What can be seen of a service's failures, the worst first."""

    BLIND = "blind"
    PART = "in part"
    UNKNOWN = "not known"
    SEEN = "seen"


Rule = Callable[[Verdict, Sequence[Gap]], bool]
# what was not collected says nothing of the service: that is not knowing, not being blind
RULES: tuple[tuple[Sight, Rule], ...] = (
    (Sight.BLIND, lambda verdict, _: verdict in BLIND),
    (Sight.BLIND, lambda _, gaps: any(not g.partial and g.cause is not Cause.UNCOLLECTED for g in gaps)),
    (Sight.PART, lambda verdict, _: verdict is Verdict.DEGRADED),
    (Sight.PART, lambda _, gaps: any(g.partial for g in gaps)),
    (Sight.UNKNOWN, lambda verdict, gaps: bool(gaps) or verdict not in GREEN),
    (Sight.SEEN, lambda *_: True),
)


def judge_sight(verdict: Verdict, gaps: Sequence[Gap] | None) -> Sight:
    """Return what can be seen of a service with a verdict and open gaps; gaps None: nobody looked, so it is never SEEN."""
    found = next(sight for sight, holds in RULES if holds(verdict, gaps or ()))
    return Sight.UNKNOWN if gaps is None and found is Sight.SEEN else found


def name_reason(verdict: Verdict, gaps: Sequence[Gap] | None) -> str:
    """Return what the sight rests on in a word: the verdict, or the cause of the open gap that makes it worse than that."""
    decides = judge_sight(verdict, ()) is not judge_sight(verdict, gaps)
    worst = min(gaps or (), key=lambda g: (g.partial, list(Cause).index(g.cause)), default=None)
    return worst.cause.value if worst and decides else verdict.value


def settle_unseen(verdict: Verdict, counted: int | None) -> int | None:
    """Return how many failures went unseen, None where that is not known: 0 would be good news, so it needs a judged service."""
    judged = verdict not in (Verdict.UNKNOWN, Verdict.UNVERIFIED)
    return counted if counted or judged else None


class Needy(Protocol):
    """What a service's place on the page rests on; unseen: failures that fell into gaps, None when nobody looked."""

    @property
    def service(self) -> str: ...
    @property
    def environment(self) -> str: ...
    @property
    def failures(self) -> int: ...
    @property
    def warnings(self) -> int: ...
    @property
    def unseen(self) -> int | None: ...
    @property
    def sight(self) -> Sight: ...


NEEDS: tuple[tuple[str, Callable[[Needy], bool]], ...] = (
    ("blind and failing", lambda row: row.sight is Sight.BLIND and row.failures > 0),
    ("failing", lambda row: row.failures > 0),
    ("blind", lambda row: row.sight is Sight.BLIND),
    ("rest", lambda row: True),
)
WORST_FIRST = list(Sight)


def by_need(row: Needy) -> tuple[int, int, int, int, int, str, str]:
    """Return the place of a service among others, the neediest first."""
    need = next(place for place, (_, holds) in enumerate(NEEDS) if holds(row))
    return (
        need, -row.failures, -(row.unseen or 0), WORST_FIRST.index(row.sight), -row.warnings, row.service, row.environment
    )  # fmt: skip
