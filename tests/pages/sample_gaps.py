"""Made-up blind spots: an open gap over a burst, a closed one, and a service whose every text is hostile."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from lib.core.blindness.association import Answer, Association
from lib.core.deploys import Deploy, DeployOutcome, Evidence
from lib.core.gaps import Cause, Gap
from lib.core.model import Cluster, Coverage, Entry, Query
from lib.views.gapevidence import Found
from lib.views.gaprows import BurstRow, GapRow, JointBurst, Missed, Part
from lib.views.gaps import AssociationRow, Blind, GapsView, Lane
from tests.pages.sample_day import END, HOSTILE, START

HOUR = timedelta(hours=1)


def gap(service: str, cause: Cause, start: datetime, end: datetime | None, told: str) -> GapRow:
    """Return a gap whose ends are unsure by an hour."""
    found = Gap(service, "staging", cause, start, end, end or END, HOUR, HOUR if end else HOUR * 0, (told,), end is not None)
    return GapRow(found, told, 412, 97, 2)


def burst(service: str, cluster: Cluster, start: datetime) -> BurstRow:
    """Return a burst of two hours, the second unseen."""
    parts = (Part(start, start + HOUR, False), Part(start + HOUR, start + 2 * HOUR, True))
    told = f"Error tracking would have shown an issue “{cluster.template}”."
    missed = Missed(300, start + HOUR, start + 2 * HOUR, cluster.exception, cluster.location, cluster.sample, told)
    return BurstRow(Found(service, "staging", cluster.id, start, start + 2 * HOUR, 412, 4393.0), cluster, 300, parts, missed)


def deploy(service: str, revision: str, ts: datetime, outcome: DeployOutcome) -> Deploy:
    """Return a deploy that the audit log tells of."""
    return Deploy(service, "staging", revision, ts, outcome, Evidence.AUDIT, "", ())


def gaps_view(query: Query, coverage: Coverage, clusters: Sequence[Cluster], rows: bool) -> GapsView:
    """Return the services' gaps over their bursts; rows: False for none."""
    if not rows:
        return GapsView(query, coverage, "Nothing was read.")
    blind, evil = "parcels-backend", HOSTILE
    gaps = (
        gap(blind, Cause.MISSING, END - 4 * HOUR, None, f"{blind}: error tracking is missing."),
        gap(blind, Cause.DROPPING, START + HOUR, START + 4 * HOUR, f"{blind}: events were dropped."),
        gap(evil, Cause.SILENT, START + HOUR, START + 9 * HOUR, HOSTILE),
    )
    bursts = (burst(blind, clusters[0], END - 5 * HOUR), burst(evil, clusters[2], START + HOUR))
    lanes = (
        Lane(blind, "staging", gaps[:2], bursts[:1], (deploy(blind, f"{blind}-00046-bxc", END - 3 * HOUR, DeployOutcome.READY),)),
        Lane(evil, "", gaps[2:], bursts[1:], (deploy(evil, HOSTILE, START + HOUR, DeployOutcome.FAILED),)),
        Lane("lockers-api", "production", (), (), ()),
    )
    told = (Association(Answer.NOT_SHOWN), f"{blind}: no association is shown."), (Association(Answer.NOT_SHOWN), HOSTILE)
    entry = Entry(END, HOSTILE, "staging", HOSTILE, "i1", "ERROR", HOSTILE, "t", "id1", "", '{"textPayload": "<b>x</b>"}')
    return GapsView(
        query,
        coverage,
        "824 failures in 2 bursts were not seen.",
        lanes,
        gaps,
        bursts,
        tuple(JointBurst((row,), row.missed.sentence if row.missed else "") for row in bursts),
        Blind(824, 2, 97),
        (entry,) * 7,
        True,
        ((clusters[0], 300), (clusters[2], 12)),
        tuple(AssociationRow(lane.service, "", one, text) for lane, (one, text) in zip(lanes, told, strict=False)),
        AssociationRow("", "", Association(Answer.NOT_SHOWN), "All services: no association is shown."),
        method=("Gaps come from evidence.", HOSTILE),
    )
