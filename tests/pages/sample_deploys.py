"""Made-up deploys: one that changed much, one that failed, one whose every text is hostile; and what else changed traffic."""

from datetime import timedelta

from lib.core.compare import Change, Compared, Missing, Unit
from lib.core.deploys import Deploy, DeployOutcome, Evidence, FirstSeen, Traffic
from lib.core.frequency import By, Overlay, OverlayPoint, Point, Rate, Series
from lib.core.model import Coverage, Kind, Priority, Query
from lib.core.rollouts.lanes import Lane, LaneStart
from lib.core.rollouts.verdicts import ClusterChange
from lib.errors import BadQuery
from lib.views.deploychart import Chart, mark
from lib.views.deploys import DeployRow, DeploysView, DeployView
from tests.pages.sample_day import END, HOSTILE, START

MIDDLE = START + (END - START) / 2


def deploy(service: str, environment: str, revision: str, hours: int, outcome: DeployOutcome, told: str) -> Deploy:
    """Return a deploy so many hours before the end of the day."""
    ts = END - timedelta(hours=hours)
    return Deploy(service, environment, revision, ts, outcome, Evidence.AUDIT, told, (told,), ts)


DEPLOYS = (
    deploy("parcels-backend", "staging", "parcels-backend-00046-bxc", 3, DeployOutcome.READY, "ada@example.com"),
    deploy("lockers-api", "production", "lockers-api-00119-jnf", 9, DeployOutcome.FAILED, ""),
    deploy(HOSTILE, "", HOSTILE, 12, DeployOutcome.UNKNOWN, HOSTILE),
)


def changed(cluster: str, change: Change, before: int, after: int, template: str) -> ClusterChange:
    """Return a row of a comparison; a side without entries leaves an end of its interval open."""
    ratio = after / before if before else None
    low, high = (ratio or 1) / 2 if after else 0.0, (ratio or 0.01) * 2 if before else None
    missing = Missing.ENTRIES if change is Change.NOT_ENOUGH else Missing.NOTHING
    compared = Compared(
        cluster, before, after, 1364.0, 752.0, Unit.REQUESTS, ratio, low, high, 0.001, 0.0016, change, 3.1, missing
    )
    return ClusterChange(compared, template, Kind.FAILURE, Priority.P1)


ROWS = (
    changed("c-new", Change.NEW, 0, 91, "Label service is slow: <*>"),
    changed("c-pool", Change.MORE, 40, 412, "Parcel <*> could not be read"),
    changed("c-gone", Change.GONE, 250, 0, "Queue <*> is full"),
    changed("c-evil", Change.SAME, 12, 12, HOSTILE),
    changed("c-few", Change.NOT_ENOUGH, 1, 2, HOSTILE),
)
OTHERS = (Traffic(HOSTILE, "", MIDDLE, HOSTILE),)


def deploys_view(query: Query, coverage: Coverage, by: By, rate: Rate, rows: bool) -> DeploysView:
    """Return the three deploys and a chart of two lines, one with a hole; rows: False for none."""
    if not rows:
        return DeploysView(query, coverage, "Nothing was read.")
    found = tuple(DeployRow(d, f"{d.revision} brought 3 new failures", (), ROWS[:2], d is DEPLOYS[1]) for d in DEPLOYS)
    points = tuple(Point(START + timedelta(hours=n), None if n == 5 else float(n)) for n in range(24))
    lines = (Series("ERROR", points, 276), Series(HOSTILE, points, 276))
    chart = Chart(by, rate, 3600, lines, tuple(mark(d) for d in reversed(DEPLOYS)), ())
    first = (FirstSeen(HOSTILE, "", HOSTILE, START, HOSTILE),) * 50
    return DeploysView(query, coverage, "3 deploys: 1 failed.", found, OTHERS, OTHERS, first, (), chart)


def deploy_view(query: Query, coverage: Coverage, service: str, revision: str) -> DeployView:
    """Return one of the three from inside. Errors: BadQuery for any other."""
    found = next((d for d in DEPLOYS if (d.service, d.revision) == (service, revision)), None)
    if found is None:
        raise BadQuery(f"No deploy of {revision} of {service} is known in this window.", hint="Open the list of deploys.")
    before = Lane(service, found.environment, f"{service}-00045-rml", START, found.ts, LaneStart.DEPLOY)
    lane = Lane(service, found.environment, revision, found.ts, END, LaneStart.DEPLOY, beside=(HOSTILE,))
    points = tuple(OverlayPoint(timedelta(minutes=15 * n), None if n == 2 else float(n)) for n in range(9))
    overlay = (Overlay(before.revision, START, points), Overlay(revision, found.ts, points))
    told = f"{revision} brought 3 new failures"
    return DeployView(query, coverage, told, found, ROWS, (f"{HOSTILE} was deployed too.",), overlay, before, lane)
