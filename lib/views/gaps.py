"""Blind spots: when nobody could see, beside when services failed, and what was not seen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from lib.core import headlines
from lib.core.blindness import gapwords as words
from lib.core.blindness.association import NO_CONTRAST, Association, associate, correct, pool
from lib.core.blindness.corrections import Correction
from lib.core.deploys import Deploy
from lib.core.gaps import TRACKING, UNHEARD, Cause, narrow
from lib.core.model import Cluster, Coverage, Entry, Query
from lib.core.wording import name_of
from lib.ports import Ports, Readers, pin
from lib.views.deploymarks import find_deployed
from lib.views.gapcorrections import correct_told
from lib.views.gapevidence import Found, GapEvidence, gather_gaps, narrow_bursts
from lib.views.gaprows import BurstRow, GapRow, JointBurst, describe_burst, describe_gap, describe_joint
from lib.views.jointbursts import join_bursts
from lib.views.unseen import MOST_LISTED, Fell, count_spans, list_blind, read_failures, span_bursts, span_gaps, sum_spans
from lib.views.window import Window, open_window


@dataclass(frozen=True)
class Lane:
    """One service in one environment on the time axis."""

    service: str
    environment: str
    gaps: tuple[GapRow, ...]
    bursts: tuple[BurstRow, ...]
    deploys: tuple[Deploy, ...]


@dataclass(frozen=True)
class AssociationRow:
    """Whether a service's failures favour its gaps, in figures and as a sentence."""

    service: str
    environment: str
    association: Association
    sentence: str

    @property
    def compared(self) -> bool:
        """Whether it says more than that there is too little to compare."""
        return self.association.p is not None or self.association.share > NO_CONTRAST[1]


@dataclass(frozen=True)
class Blind:
    """What was not seen: failures (entries), bursts most of which was hidden, and failed requests (5xx), exactly counted.

    joint: those bursts, one for all clusters of one problem at one time.
    """

    failures: int = 0
    bursts: int = 0
    requests: int = 0
    joint: int = 0


@dataclass(frozen=True)
class GapsView:
    """The page, decided. gaps: open ones first. entries: blind failures, the newest; more_entries: there are more than listed.

    clusters: failures in gaps by cluster, most first. method: how we know, a sentence each.
    """

    query: Query
    coverage: Coverage
    headline: str
    lanes: tuple[Lane, ...] = ()
    gaps: tuple[GapRow, ...] = ()
    bursts: tuple[BurstRow, ...] = ()
    joint: tuple[JointBurst, ...] = ()
    blind: Blind = Blind()
    entries: tuple[Entry, ...] = ()
    more_entries: bool = False
    clusters: tuple[tuple[Cluster, int], ...] = ()
    associations: tuple[AssociationRow, ...] = ()
    overall: AssociationRow | None = None
    corrections: tuple[Correction, ...] = ()
    method: tuple[str, ...] = words.METHOD

    @property
    def not_compared(self) -> tuple[str, ...]:
        """Return one sentence for all services with too little to compare, none where there are none."""
        names = [name_of(row.service, row.environment) for row in self.associations if not row.compared]
        return (words.say_not_compared(names),) if names else ()


def load(ports: Ports, query: Query, now: datetime, gather: Callable[[Readers, Window], GapEvidence] = gather_gaps) -> GapsView:
    """Return the blind spots of the query's window; gather: a cache can stand there, as windows share evidence."""
    stored = pin(ports)
    asked = open_window(stored, query)
    nothing = GapsView(asked.query, asked.coverage, headlines.nothing_found(asked.coverage, query))
    if asked.entries is None:
        return nothing
    evidence = gather(stored, asked)
    start, end = asked.bounds
    if not asked.coverage.entries and not narrow(evidence.gaps, start, end):
        return nothing
    gaps, bursts = narrow(evidence.gaps, start, end), narrow_bursts(evidence.bursts, start, end)
    corrections = tuple(c for c in correct_told(ports, evidence, now) if c.end > start and c.start < end)
    failures, hiding = read_failures(asked, evidence), span_gaps(gaps, start, end)
    reached, hidden = failures.reaching(hiding, evidence), span_bursts(gaps, bursts)
    counts = count_spans(stored, asked, evidence, hiding, reached)
    fell = sum_spans(counts)
    missed = sum_spans(count_spans(stored, asked, evidence, hidden, failures.reaching(hidden, evidence)))
    joints = join_bursts(stored, asked, evidence, bursts)
    problems = {n: j.problem for j in joints for n in j.numbers}
    burst_rows = tuple(
        replace(describe_burst(b, evidence, gaps, missed.get(number, Fell())), problem=problems[number])
        for number, b in enumerate(bursts)
    )
    joint_rows = tuple(describe_joint([burst_rows[n] for n in j.numbers], j.root) for j in joints)
    gap_rows = tuple(describe_gap(g, fell.get(number, Fell()), joint_rows, corrections) for number, g in enumerate(gaps))
    entries = list_blind(stored, asked, evidence, hiding, reached)
    unseen = sum(row.unseen for row in burst_rows), sum(row.unseen for row in joint_rows)
    blind = Blind(int(counts["count"].sum()), unseen[0], int(counts["requests"].sum()), unseen[1])
    associations, overall = compare(evidence, gap_rows, bursts, (start, end))
    tracked = [g for g in gaps if g.cause is not Cause.UNCOLLECTED] or list(gaps)
    return GapsView(
        asked.query,
        asked.coverage,
        words.say_headline(tracked, blind.failures, blind.joint, evidence.unknown),
        make_lanes(stored, asked, evidence, gap_rows, burst_rows),
        tuple(sorted(gap_rows, key=lambda r: (not r.gap.open, r.gap.start, r.gap.service))),
        burst_rows,
        joint_rows,
        blind,
        entries[:MOST_LISTED],
        len(entries) > MOST_LISTED,
        rank_clusters(counts, evidence),
        associations,
        overall,
        corrections,
    )


# ---- rows


def rank_clusters(counts: pl.DataFrame, evidence: GapEvidence) -> tuple[tuple[Cluster, int], ...]:
    """Return the clusters of blind failures, most first."""
    ranked = counts.group_by("cluster").agg(pl.col("count").sum()).sort("count", "cluster", descending=[True, False])
    return tuple((evidence.clusters[cluster], count) for cluster, count in ranked.select("cluster", "count").iter_rows())


def make_lanes(
    stored: Readers, asked: Window, evidence: GapEvidence, gaps: Sequence[GapRow], bursts: Sequence[BurstRow]
) -> tuple[Lane, ...]:
    """Return a lane for each service and environment, those with open gaps first."""
    deploys = find_deployed(stored, asked)
    lanes = []
    for case in evidence.cases:
        key = (case.service, case.environment)
        mine = tuple(r for r in gaps if (r.gap.service, r.gap.environment) == key)
        failed = tuple(r for r in bursts if (r.found.service, r.found.environment) == key)
        lanes.append(Lane(*key, mine, failed, deploys.get(key, ())))
    order = {(lane.service, lane.environment): sum(r.failures for r in lane.gaps) for lane in lanes}
    return tuple(
        sorted(
            lanes,
            key=lambda x: (
                not any(r.gap.open for r in x.gaps),
                not x.gaps,
                -order[x.service, x.environment],
                x.service,
                x.environment,
            ),
        )
    )


# ---- association


def compare(
    evidence: GapEvidence, gaps: Sequence[GapRow], bursts: Sequence[Found], window: tuple[datetime, datetime]
) -> tuple[tuple[AssociationRow, ...], AssociationRow | None]:
    """Return for each service, and over all, whether its bursts favour its gaps."""
    keys = [(case.service, case.environment) for case in evidence.cases]
    span = (window[0].timestamp(), window[1].timestamp())
    unread = [(s.start.timestamp(), (s.end or window[1]).timestamp()) for s in evidence.unread if not s.part]
    found, counted = [], []
    failures: dict[tuple[str, str], int] = {}
    for key in keys:
        rows_here = [r for r in gaps if (r.gap.service, r.gap.environment) == key]
        mine = [r.gap for r in rows_here]
        failures[key] = sum(r.failures for r in rows_here)
        times = {
            name: [(g.start.timestamp(), g.until.timestamp()) for g in mine if g.cause in causes]
            for name, causes in (("blind", TRACKING), ("unheard", UNHEARD))
        }
        failed = [(b.start.timestamp(), b.end.timestamp()) for b in bursts if (b.service, b.environment) == key]
        found.append(associate(times["blind"], failed, span, [*times["unheard"], *unread]))
        counted.append(len(times["blind"]))
    settled = correct(found)
    rows = tuple(
        AssociationRow(*key, one, words.say_association(one, name_of(*key), n, failures.get(key, 0)))
        for key, one, n in zip(keys, settled, counted, strict=True)
    )
    whole = pool(settled)
    return rows, AssociationRow(
        "", "", whole, words.say_association(whole, "All services", sum(counted), sum(failures.values()))
    ) if rows else None
