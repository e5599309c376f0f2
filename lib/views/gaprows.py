"""The rows of Blind spots: gaps with what fell into them, bursts with what was not seen of them, alone and by problem."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from lib.core.blindness import gapwords as words
from lib.core.blindness.corrections import Correction
from lib.core.gaps import Gap
from lib.core.model import Cluster
from lib.views.gapevidence import Found, GapEvidence
from lib.views.unseen import Fell, hiding, touches


@dataclass(frozen=True)
class Part:
    """A piece of a burst, cut where a gap begins or ends."""

    start: datetime
    end: datetime
    blind: bool


@dataclass(frozen=True)
class Missed:
    """What error tracking would have shown of a burst: its events in gaps, first and last seen, and where it was thrown."""

    events: int
    first: datetime
    last: datetime
    exception: str
    location: str
    sample: str
    sentence: str


@dataclass(frozen=True)
class GapRow:
    """A gap, told, with what fell into it: failures, the failed requests among them, bursts most of which it hides.

    corrected: a sentence when it was told otherwise before, "" else. joint: those bursts, one for all of one problem.
    """

    gap: Gap
    sentence: str
    failures: int = 0
    requests: int = 0
    bursts: int = 0
    corrected: str = ""
    joint: int = 0


@dataclass(frozen=True)
class BurstRow:
    """A burst of one cluster; blind: its entries that nobody saw; unseen: most of it; missed: None where all was seen.

    problem: the id of the problem that it is a part of, "" where no other burst at that time has the same cause.
    """

    found: Found
    cluster: Cluster
    blind: int
    parts: tuple[Part, ...]
    missed: Missed | None = None
    problem: str = ""

    @property
    def unseen(self) -> bool:
        """Whether most of it fell into gaps."""
        return 2 * self.blind > self.found.count


@dataclass(frozen=True)
class JointBurst:
    """Bursts of one problem at one time, the root's first; most often one burst alone. missed: what tracking would have shown."""

    rows: tuple[BurstRow, ...]
    missed: str = ""

    @property
    def unseen(self) -> bool:
        """Whether most of it fell into gaps."""
        return 2 * sum(r.blind for r in self.rows) > sum(r.found.count for r in self.rows)


def describe_gap(gap: Gap, fell: Fell, bursts: Sequence[JointBurst], corrections: Sequence[Correction]) -> GapRow:
    """Return a gap with its counts and its sentence."""
    hidden = sum(1 for joint in bursts for row in joint.rows if row.unseen and touches(gap, row.found))
    at_once = sum(1 for joint in bursts if joint.unseen and any(touches(gap, row.found) for row in joint.rows))
    here = [c for c in corrections if (c.service, c.environment) == (gap.service, gap.environment)]
    corrected = next((c.sentence for c in reversed(here) if c.start <= gap.until and c.end >= gap.start), "")
    sentence = words.say_gap(gap, fell.count, fell.requests)
    return GapRow(gap, sentence, fell.count, fell.requests, hidden, corrected, at_once)


def describe_burst(found: Found, evidence: GapEvidence, gaps: Sequence[Gap], fell: Fell) -> BurstRow:
    """Return a burst cut at the edges of gaps, with what error tracking would have shown of it."""
    mine = [g for _, g in hiding(gaps) if touches(g, found)]
    cluster, missed = evidence.clusters[found.cluster], None
    if fell.first and fell.last:
        sentence = words.say_missed(cluster.exception or cluster.template, cluster.location, fell.count, fell.first)
        missed = Missed(fell.count, fell.first, fell.last, cluster.exception, cluster.location, cluster.sample, sentence)
    return BurstRow(found, cluster, fell.count, split(found, mine), missed)


def describe_joint(rows: Sequence[BurstRow], root: str) -> JointBurst:
    """Return the bursts of one problem together, with what error tracking would have shown of them."""
    ordered = tuple(sorted(rows, key=lambda r: (r.cluster.id != root, -r.found.count)))
    missed = [r for r in ordered if r.missed]
    others = sum(r.missed.events for r in missed[1:] if r.missed)
    told = missed[0].missed.sentence if missed and missed[0].missed else ""
    return JointBurst(ordered, f"{told} {words.say_others(len(missed) - 1, others)}" if len(missed) > 1 else told)


def split(found: Found, gaps: Sequence[Gap]) -> tuple[Part, ...]:
    """Return a burst's parts, cut where gaps begin and end."""
    edges = sorted({found.start, found.end, *(t for g in gaps for t in (g.start, g.until) if found.start < t < found.end)})
    parts: list[Part] = []
    for a, b in pairwise(edges):
        blind = any(g.start <= a < g.until for g in gaps)
        if parts and parts[-1].blind == blind:
            parts[-1] = Part(parts[-1].start, b, blind)
        else:
            parts.append(Part(a, b, blind))
    return tuple(parts)
