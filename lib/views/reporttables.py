"""The tables and samples of a report, made of the other pages' answers."""

from collections.abc import Iterable, Sequence

from lib.core.deploys import say_actor
from lib.core.model import Cluster, Kind
from lib.core.report.document import Cell, Column, ColumnKind, Sample, Table
from lib.core.rollouts.verdicts import ClusterChange
from lib.core.wording import count_of, join_words, name_of, rfc3339, say_time
from lib.views.deploys import DeployRow
from lib.views.gaprows import GapRow
from lib.views.problems import ProblemRow
from lib.views.sentry import ServiceHealth
from lib.views.servicecounts import ServiceCounts

MOST_ROWS = 100  # of one table: a document that is read; the page and the command list all
MOST_CHANGES = 12  # clusters of one deploy; the deploy's own page has all
SAMPLE = 4_000  # characters of one sample: a long stack trace, not a dump
CODE, NUMBER, TIME = ColumnKind.CODE, ColumnKind.NUMBER, ColumnKind.TIME


def make_table(name: str, columns: Sequence[Column], rows: Iterable[tuple[Cell, ...]], what: str, most: int = MOST_ROWS) -> Table:
    """Return a table of the first rows, which says how many there are more of; what: one of them."""
    every = list(rows)
    more = len(every) - most
    note = f"The first {most:,} of {count_of(len(every), what)}." if more > 0 else ""
    return Table(name, tuple(columns), tuple(every[:most]), note)


def list_services(services: Sequence[ServiceCounts], gaps: Sequence[GapRow] | None) -> Table:
    """Return what failed in every service, and what of it nobody saw; unknown where no gaps could be judged."""
    unseen: dict[tuple[str, str], int] = {}
    for row in gaps or ():
        place = (row.gap.service, row.gap.environment)
        unseen[place] = unseen.get(place, 0) + row.failures
    rows = [
        (
            name_of(s.service, s.environment), s.entries, s.failures, s.warnings,
            None if gaps is None else unseen.get((s.service, s.environment), 0),
        )
        for s in sorted(services, key=lambda s: (-s.failures, s.service, s.environment))
    ]  # fmt: skip
    numbers = ("entries", "failures", "warnings", "failures in gaps")
    return make_table("services", [Column("service"), *(Column(n, NUMBER) for n in numbers)], rows, "service")


def list_problems(problems: Sequence[ProblemRow]) -> Table:
    """Return the problems, gravest first."""
    columns = [
        Column("priority"), Column("problem", CODE), Column("root"), Column("entries", NUMBER), Column("instances", NUMBER),
        Column("clusters", NUMBER), Column("services"), Column("first", TIME), Column("last", TIME), Column("why this priority"),
    ]  # fmt: skip
    rows = [
        (
            r.priority.value, r.problem.id, r.symptoms[0].cluster.template, r.problem.count, r.problem.instances or None,
            len(r.symptoms), say_services(r.problem.services), rfc3339(r.problem.first), rfc3339(r.problem.last), r.reason,
        )
        for r in problems
    ]  # fmt: skip
    return make_table("problems", columns, rows, "problem")


def list_clusters(clusters: Sequence[Cluster], name: str = "clusters") -> Table:
    """Return clusters, most telling first."""
    columns = [
        Column("priority"), Column("kind"), Column("entries", NUMBER), Column("cluster", CODE), Column("template", CODE),
        Column("services"), Column("first", TIME), Column("last", TIME), Column("written by", CODE), Column("muted because"),
    ]  # fmt: skip
    rows = [
        (
            c.priority.value, c.kind.value, c.count, c.id, c.template, say_services(c.services), rfc3339(c.first),
            rfc3339(c.last), c.location or None, c.muted or "",
        )
        for c in clusters
    ]  # fmt: skip
    return make_table(name, columns, rows, "cluster")


def tells(cluster: Cluster) -> bool:
    """Tell whether a cluster is one that a report lists: information and deploys are told elsewhere."""
    return cluster.kind not in (Kind.INFO, Kind.DEPLOY)


def list_deploys(rows: Sequence[DeployRow]) -> Table:
    """Return the deploys, oldest first."""
    columns = [
        Column("time", TIME), Column("service"), Column("revision", CODE), Column("outcome"), Column("by"),
        Column("known from"), Column("what it changed"), Column("what else may have been the cause"),
    ]  # fmt: skip
    cells = [
        (
            rfc3339(r.deploy.ts), name_of(r.deploy.service, r.deploy.environment), r.deploy.revision or None,
            r.deploy.outcome.value, say_by(r), r.deploy.evidence.value, r.verdict, " ".join(r.confounders),
        )
        for r in sorted(rows, key=lambda r: r.deploy.ts)
    ]  # fmt: skip
    return make_table("deploys", columns, cells, "deploy")


def say_by(row: DeployRow) -> str | None:
    """Return who deployed, None when that is not known."""
    return say_actor(row.deploy.actor).removeprefix(" by ") or None


def list_changes(rows: Sequence[DeployRow]) -> Table:
    """Return the clusters that changed around each deploy, oldest deploy first."""
    columns = [
        Column("revision", CODE), Column("change"), Column("kind"), Column("cluster", CODE), Column("template", CODE),
        Column("before", NUMBER), Column("after", NUMBER), Column("exposure before", NUMBER), Column("exposure after", NUMBER),
        Column("exposure in"), Column("ratio", NUMBER), Column("low", NUMBER), Column("high", NUMBER),
    ]  # fmt: skip
    cells: list[tuple[Cell, ...]] = []
    left = 0
    for row in sorted(rows, key=lambda r: r.deploy.ts):
        cells += [(row.deploy.revision or None, *_change(c)) for c in row.changes[:MOST_CHANGES]]
        left += max(len(row.changes) - MOST_CHANGES, 0)
    table = make_table("changes", columns, cells, "change")
    more = f"{count_of(left, 'more change')} on the pages of the deploys." if left else ""
    return Table(table.name, table.columns, table.rows, " ".join(filter(None, (table.note, more))))


def _change(row: ClusterChange) -> tuple[Cell, ...]:
    c = row.compared
    ratio = [None if x is None else round(x, 3) for x in (c.ratio, c.low, c.high)]
    exposure = (round(c.exposure_before, 1), round(c.exposure_after, 1), c.unit.value)
    return (c.change.value, row.kind.value, c.cluster, row.template, c.before, c.after, *exposure, *ratio)


def list_gaps(rows: Sequence[GapRow]) -> Table:
    """Return the gaps in order of time."""
    columns = [
        Column("service"), Column("cause"), Column("from", TIME), Column("to", TIME), Column("state"),
        Column("may have begun earlier by, s", NUMBER), Column("may have ended earlier by, s", NUMBER),
        Column("failures", NUMBER), Column("of them 5xx", NUMBER), Column("blind were"), Column("revisions"),
    ]  # fmt: skip
    cells = [
        (
            name_of(r.gap.service, r.gap.environment), r.gap.cause.value, rfc3339(r.gap.start), rfc3339(r.gap.end),
            "open" if r.gap.open else "over", r.gap.start_unsure.total_seconds(), r.gap.end_unsure.total_seconds(), r.failures,
            r.requests, "some revisions" if r.gap.partial else "all", join_words(r.gap.revisions) or None,
        )
        for r in sorted(rows, key=lambda r: (r.gap.start, r.gap.service))
    ]  # fmt: skip
    return make_table("gaps", columns, cells, "gap")


def list_verdicts(services: Sequence[ServiceHealth]) -> Table:
    """Return what is known of error tracking, service by service."""
    columns = [
        Column("service"), Column("verdict"), Column("sure"), Column("since", TIME), Column("accepted", NUMBER),
        Column("eligible", NUMBER), Column("what"), Column("next step"),
    ]  # fmt: skip
    rows = [
        (
            name_of(s.judgement.service, s.judgement.environment), s.judgement.verdict.value, s.judgement.confidence.value,
            rfc3339(s.judgement.since), s.coverage.accepted if s.coverage else None, s.coverage.eligible if s.coverage else None,
            s.judgement.sentence, str(s.judgement.step),
        )
        for s in services
    ]  # fmt: skip
    return make_table("tracking", columns, rows, "service")


def list_evidence(services: Sequence[ServiceHealth]) -> Table:
    """Return what the verdicts rest on."""
    columns = [
        Column("service"), Column("from"), Column("says"), Column("text", CODE), Column("entries", NUMBER), Column("first", TIME),
        Column("last", TIME), Column("revision", CODE),
    ]  # fmt: skip
    rows = [
        (
            name_of(s.judgement.service, s.judgement.environment), e.kind, e.state, e.text, e.count, rfc3339(e.first),
            rfc3339(e.last), e.revision or None,
        )
        for s in services
        for e in s.evidence
    ]  # fmt: skip
    return make_table("evidence", columns, rows, "piece")


def make_sample(cluster: Cluster) -> Sample:
    """Return a cluster's newest entry; a long one is cut, and says so."""
    cut = f", the first {SAMPLE:,} of {len(cluster.sample):,} characters" if len(cluster.sample) > SAMPLE else ""
    title = f"newest of {count_of(cluster.count, 'entry', 'entries')}, {say_time(cluster.last)}{cut}"
    return Sample(title, cluster.sample[:SAMPLE], cluster.id)


def say_services(services: Sequence[str]) -> str:
    """Return names of services, those without one too."""
    return join_words([s or "no service" for s in services])
