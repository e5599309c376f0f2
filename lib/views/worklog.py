"""The sections of a worklog: every problem and every cluster that tells something, one by one, for those who handle them."""

from collections.abc import Sequence

from lib.core.coveragefacts import say_missing, say_read
from lib.core.model import Cluster, Kind, Priority
from lib.core.report.actions import say_related
from lib.core.report.document import Column, Section, Table
from lib.core.wording import count_of, join_words, say_time, shorten
from lib.views.postmortem import NOT_ANSWERED, deploys, impact, method, tracking, unknown
from lib.views.problems import ProblemRow
from lib.views.reportparts import Parts
from lib.views.reporttables import CODE, NUMBER, list_clusters, list_gaps, make_sample, make_table, say_services, tells

MOST_ALONE = 25  # clusters outside of every problem that are written out; the table has all that tell
TITLE = 100


def write_sections(parts: Parts) -> tuple[Section, ...]:
    """Return the worklog's parts in the order in which they are worked through."""
    return (
        scope(parts), impact(parts), *problems(parts), *alone(parts), blind(parts), tracking(parts), deploys(parts),
        unknown(parts), method(parts),
    )  # fmt: skip


def scope(parts: Parts) -> Section:
    """Return what was looked at: it stands before every count."""
    told = (f"Window: {parts.window.rstrip('.')}.", say_read(parts.coverage), *say_missing(parts.coverage))
    return Section("scope", "What was read, and what was cut or could not be seen", told)


def problems(parts: Parts) -> list[Section]:
    """Return a section for each problem, the gravest first."""
    if parts.problems is None:
        return [Section("problems", "Problems", (NOT_ANSWERED,))]
    head = Section("problems", f"Problems: clusters by cause ({len(parts.problems.problems):,})", (parts.problems.headline,))
    return [head, *(describe_problem(row, parts) for row in parts.problems.problems)]


def describe_problem(row: ProblemRow, parts: Parts) -> Section:
    """Return one problem: priority and why, count, window, evidence, code, issues, and its clusters."""
    problem, root = row.problem, row.symptoms[0].cluster
    on = f" on {count_of(problem.instances, 'instance')}" if problem.instances else ""
    told = (
        f"Priority {row.reason or row.priority.value}.",
        f"Count: {count_of(problem.count, 'entry', 'entries')} in {count_of(len(row.symptoms), 'cluster')}{on},"
        f" of {say_services(problem.services)}.",
        f"Seen from {say_time(problem.first)} to {say_time(problem.last)}.",
        say_location([s.cluster for s in row.symptoms]),
        *(f"Evidence: {told}" for told in problem.evidence),
        say_unseen([s.cluster for s in row.symptoms], parts),
        say_related(problem.clusters, parts.related),
    )
    columns = [
        Column("part"),
        Column("entries", NUMBER),
        Column("cluster", CODE),
        Column("template", CODE),
    ]
    rows = [("symptom" if n else "root", s.count, s.cluster.id, s.cluster.template) for n, s in enumerate(row.symptoms)]
    table = make_table(f"problem-{problem.id}", columns, rows, "cluster")
    title = f"{row.priority.value} {shorten(root.template, TITLE)}"
    return Section(
        f"problem-{problem.id}", title, tuple(filter(None, told)), (table,), (make_sample(root),) if root.sample else (), level=3
    )


def alone(parts: Parts) -> list[Section]:
    """Return the clusters that are part of no problem: first those that were written out, then a table of all."""
    if parts.clusters is None:
        return [Section("clusters", "Clusters outside of every problem", (NOT_ANSWERED,))]
    inside = {c for row in parts.problems.problems for c in row.problem.clusters} if parts.problems else set()
    rows = [c for c in parts.clusters.clusters if tells(c) and c.id not in inside]
    heavy = [c for c in rows if c.priority <= Priority.P2 or c.kind is Kind.OBSERVABILITY][:MOST_ALONE]
    tables: tuple[Table, ...] = (list_clusters(rows, "other-clusters"),) if rows else ()
    head = Section("clusters", f"Clusters outside of every problem ({len(rows):,})", (parts.clusters.headline,), tables)
    return [head, *(describe_cluster(c, parts) for c in heavy)]


def describe_cluster(cluster: Cluster, parts: Parts) -> Section:
    """Return one cluster."""
    spread = [count_of(n, one) for n, one in ((cluster.revisions, "revision"), (cluster.instances, "instance")) if n]
    told = (
        f"Priority {cluster.reason or cluster.priority.value}. Kind: {cluster.kind.value}.",
        f"Count: {count_of(cluster.count, 'entry', 'entries')} of {say_services(cluster.services)}"
        + (f", on {join_words(spread)}." if spread else ", revisions and instances not known."),
        f"Seen from {say_time(cluster.first)} to {say_time(cluster.last)}.",
        say_location([cluster]),
        f"Muted, because: {cluster.muted}" if cluster.muted else "",
        say_unseen([cluster], parts),
        say_related([cluster.id], parts.related),
    )
    title = f"{cluster.priority.value} {shorten(cluster.template, TITLE)}"
    samples = (make_sample(cluster),) if cluster.sample else ()
    return Section(f"cluster-{cluster.id}", title, tuple(filter(None, told)), samples=samples, level=3)


def say_location(clusters: Sequence[Cluster]) -> str:
    """Return where in the code some clusters were written, as far as their entries tell."""
    places = list(dict.fromkeys(c.location for c in clusters if c.location))
    return f"Code: {join_words(places[:5])}." if places else "Code: not known; the entries do not say where they were written."


def say_unseen(clusters: Sequence[Cluster], parts: Parts) -> str:
    """Return how many entries of some clusters fell into gaps."""
    if parts.gaps is None:
        return "How much of it nobody saw is not known."
    ids = {c.id for c in clusters}
    unseen = sum(n for c, n in parts.gaps.clusters if c.id in ids)
    if not unseen:
        return ""
    return f"Of these clusters' {sum(c.count for c in clusters):,} entries {unseen:,} fell into times when nobody could see."


def blind(parts: Parts) -> Section:
    """Return when nobody could see, and what fell into those times."""
    if parts.gaps is None:
        return Section("blind", "Blind failures", (NOT_ANSWERED,))
    gaps = parts.gaps.gaps
    columns = [
        Column("unseen", NUMBER),
        Column("in the window", NUMBER),
        Column("cluster", CODE),
        Column("template", CODE),
    ]
    rows = [(n, c.count, c.id, c.template) for c, n in parts.gaps.clusters]
    tables = tuple(t for t in (list_gaps(gaps), make_table("blind-clusters", columns, rows, "cluster")) if t.rows)
    return Section("blind", "Blind failures", (parts.gaps.headline, *(r.sentence for r in gaps)), tables)
