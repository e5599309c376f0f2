"""Overview: is anything wrong, and would we know? What the logs count, joined with what the other pages answer."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TypeVar

from lib.core import headlines
from lib.core import overviewheadlines as words
from lib.core.model import Cluster, Coverage, Query
from lib.core.sentry.trackingstates import Verdict
from lib.core.sight import Sight, by_need, judge_sight, name_reason, settle_unseen
from lib.core.wording import count_of
from lib.errors import BlindspotError
from lib.ports import Ports
from lib.views import deploys as deploys_view
from lib.views import gaps as gaps_view
from lib.views import sentry as sentry_view
from lib.views.deploys import DeployRow, DeploysView
from lib.views.gaprows import GapRow
from lib.views.gaps import GapsView, Lane
from lib.views.sentry import SentryView
from lib.views.servicecounts import Counted, ServiceCounts, count_services

LATELY = timedelta(hours=1)
MOST_OPEN = 3  # open gaps that are told above the table: it must stay in sight
MOST_CHANGES = 6
WHOLLY = ("Nobody can see now", "Nobody could see when this window ended")  # while it is now, and once that is past
PARTLY = ("Seen only in part now", "Seen only in part when this window ended")
Key = tuple[str, str]
T = TypeVar("T")


@dataclass(frozen=True)
class ServiceRow(ServiceCounts):
    """One service in one environment: what it wrote, and whether anybody would see its failures.

    verdict: of its error tracking, UNKNOWN where nothing was judged.
    sight: what can be seen at the end of the window. reason: the word for it, the verdict or the cause of an open gap.
    unseen: failures that fell into gaps, None when nobody can tell.
    deploy: the newest in the window, None when none is known. revision: of that deploy, else the newest that served.
    """

    verdict: Verdict = Verdict.UNKNOWN
    sight: Sight = Sight.UNKNOWN
    reason: str = Verdict.UNKNOWN.value
    unseen: int | None = None
    revision: str = ""
    deploy: DeployRow | None = None


@dataclass(frozen=True)
class OverviewView:
    """The page: its first line, what nobody can see now, services by need, and what changed lately.

    open_title, open_gaps: the gaps that go on at the end of the window, a sentence each. changes: newest first.
    untold: what could not be answered, with the reason; its part of the rows is not known.
    """

    query: Query
    coverage: Coverage
    headline: str
    services: tuple[ServiceRow, ...]
    bucket_s: int
    open_title: str = ""
    open_gaps: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asked:
    """How the parts of the answer are had: each is asked once, and only when it is needed. Errors: BlindspotError."""

    counts: Callable[[], Counted]
    gaps: Callable[[], GapsView]
    sentry: Callable[[], SentryView]
    deploys: Callable[[], DeploysView]


@dataclass(frozen=True)
class Beside:
    """The other pages' answers to the same question; None where one could not be had."""

    gaps: GapsView | None
    sentry: SentryView | None
    deploys: DeploysView | None


def ask_all(ports: Ports, query: Query, now: datetime) -> Asked:
    """Return the parts as the store tells them now."""
    return Asked(
        lambda: count_services(ports, query),
        lambda: gaps_view.load(ports, query, now),
        lambda: sentry_view.load(ports, query, now),
        lambda: deploys_view.load(ports, query, now),
    )


def load(ports: Ports, query: Query, now: datetime, asked: Asked | None = None) -> OverviewView:
    """Return the overview of the query's window; asked: where its parts come from, else the store is asked for each."""
    asked = asked or ask_all(ports, query, now)
    counted = asked.counts()
    if not counted.coverage.entries:
        nothing = headlines.nothing_found(counted.coverage, query)
        return OverviewView(counted.query, counted.coverage, nothing, (), counted.bucket_s)
    untold: list[str] = []
    beside = Beside(ask(asked.gaps, untold), ask(asked.sentry, untold), ask(asked.deploys, untold))
    rows = sorted(join_services(counted, beside), key=by_need)
    gaps = beside.gaps.gaps if beside.gaps else ()
    title, sentences = tell_open(counted.query.end, now, gaps)
    return OverviewView(
        counted.query,
        counted.coverage,
        words.of_overview(rows, [row.gap for row in gaps if row.failures]),
        tuple(rows),
        counted.bucket_s,
        title,
        sentences,
        find_changes(counted, beside),
        tuple(untold),
    )


def ask(part: Callable[[], T], untold: list[str]) -> T | None:
    """Return a part of the answer; None when it cannot be had, and why is added to `untold`."""
    try:
        return part()
    except BlindspotError as error:
        untold.append(" ".join(filter(None, (error.message, error.hint))))
        return None


# ---- rows


def join_services(counted: Counted, beside: Beside) -> list[ServiceRow]:
    """Return a row for each service that wrote anything or had a gap."""
    known = index(beside)
    places = find_places(counted.services, known.lanes.keys() | known.verdicts.keys())
    quiet = [ServiceCounts(*key) for key, lane in known.lanes.items() if lane.gaps and key not in places.values()]
    keys = [((c.service, c.environment), c) for c in (*counted.services, *quiet)]
    return [describe_row(counts, known, places.get(key, key)) for key, counts in keys]


@dataclass(frozen=True)
class Known:
    """What the other pages tell of each service and environment; serving: the revision that began to serve last."""

    lanes: Mapping[Key, Lane]
    verdicts: Mapping[Key, Verdict]
    newest: Mapping[Key, DeployRow]
    serving: Mapping[Key, str]


def index(beside: Beside) -> Known:
    """Return the other pages' answers by service and environment; nothing of a page that could not answer."""
    gaps, sentry, deploys = beside.gaps, beside.sentry, beside.deploys
    return Known(
        {(lane.service, lane.environment): lane for lane in gaps.lanes} if gaps else {},
        {(s.judgement.service, s.judgement.environment): s.judgement.verdict for s in sentry.services} if sentry else {},
        {(r.deploy.service, r.deploy.environment): r for r in reversed(deploys.deploys)} if deploys else {},
        {(w.lane.service, w.lane.environment): w.lane.revision for w in deploys.windows} if deploys else {},
    )


def find_places(services: Iterable[ServiceCounts], known: Collection[Key]) -> dict[Key, Key]:
    """Return for each service and environment the ones that the other pages know it by.

    They look at more than this window: entries that name no environment here may belong to the one that is named there.
    """
    mine = [(s.service, s.environment) for s in services]
    alone = {service for service, n in Counter(service for service, _ in mine).items() if n == 1}
    named: dict[str, list[Key]] = {}
    for key in known:
        named.setdefault(key[0], []).append(key)
    unnamed = {(s, e) for s, e in mine if not e and s in alone and (s, e) not in known and len(named.get(s, ())) == 1}
    return {key: named[key[0]][0] if key in unnamed else key for key in mine}


def describe_row(counts: ServiceCounts, known: Known, place: Key) -> ServiceRow:
    """Return a service's row; place: the service and environment that the other pages know it by."""
    lane, deploy = known.lanes.get(place), known.newest.get(place)
    verdict = known.verdicts.get(place, Verdict.UNKNOWN)
    open_gaps = [row.gap for row in lane.gaps if row.gap.open] if lane else None
    return ServiceRow(
        **vars(counts),
        verdict=verdict,
        sight=judge_sight(verdict, open_gaps),
        reason=name_reason(verdict, open_gaps),
        unseen=settle_unseen(verdict, sum(row.failures for row in lane.gaps) if lane else None),
        revision=deploy.deploy.revision if deploy else known.serving.get(place, ""),
        deploy=deploy,
    )


# ---- sentences


def tell_open(end: datetime | None, now: datetime, gaps: Sequence[GapRow]) -> tuple[str, tuple[str, ...]]:
    """Return the heading of the gaps that go on at the window's end, and their sentences: whole ones first, then by failures."""
    found = sorted((row for row in gaps if row.gap.open), key=lambda r: (r.gap.partial, -r.failures, r.gap.start, r.gap.service))
    if not found:
        return "", ()
    titles = PARTLY if found[0].gap.partial else WHOLLY
    more = len(found) - MOST_OPEN
    rest = [f"{count_of(more, 'more gap')} on the page Blind spots."] if more > 0 else []
    return titles[bool(end and end < now - LATELY)], (*(row.sentence for row in found[:MOST_OPEN]), *rest)


def find_changes(counted: Counted, beside: Beside) -> tuple[str, ...]:
    """Return what changed in the last hour of the window, newest first: deploys, gaps that began or ended, new failures."""
    start, end = counted.query.start, counted.query.end
    if start is None or end is None:
        return ()
    since = max(start, end - LATELY)
    came = beside.deploys.deploys if beside.deploys else ()
    deploys = [(row.deploy.ts, words.say_deployed(row.deploy.ts, row.verdict)) for row in came]
    gaps = [row.gap for row in (beside.gaps.gaps if beside.gaps else ())]
    begun = [(g.start, words.say_begun(g)) for g in gaps if g.start > start]
    taken = {(g.service, g.environment, g.start) for g in gaps}  # one gap that follows another ends nothing
    over = [(g.until, words.say_over(g)) for g in gaps if not g.open and (g.service, g.environment, g.until) not in taken]
    fresh: dict[tuple[str, ...], list[Cluster]] = {}
    for cluster in counted.new:
        if since <= cluster.first < end:
            fresh.setdefault(cluster.new_in or (), []).append(cluster)
    new = [(min(c.first for c in found), words.say_new(found)) for found in fresh.values()]
    found = sorted((told for told in (*deploys, *begun, *over, *new) if since <= told[0] < end), key=itemgetter(0), reverse=True)
    return tuple(sentence for _, sentence in found[:MOST_CHANGES])
