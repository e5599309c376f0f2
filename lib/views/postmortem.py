"""The sections of a postmortem: what happened, what it cost, who could have known, and what is not known."""

from collections.abc import Iterable

from lib.core.blindness.gapwords import METHOD
from lib.core.coveragefacts import say_missing, say_read
from lib.core.model import Cluster
from lib.core.report.actions import NONE_WRITTEN, say_answers
from lib.core.report.document import Column, Sample, Section, Table
from lib.core.report.saying import say_blind, say_failures, say_requests, say_rules
from lib.core.wording import count_of, say_reasons
from lib.views.reportparts import DOUBT, Parts
from lib.views.reporttables import (
    CODE,
    list_changes,
    list_clusters,
    list_deploys,
    list_evidence,
    list_gaps,
    list_problems,
    list_services,
    list_verdicts,
    make_sample,
    make_table,
    tells,
)
from lib.views.reporttimeline import draw_chart, list_timeline
from lib.views.sightings import list_sightings, say_asked

NOT_ANSWERED = "This part could not be answered; “What is not known” says why."
NO_PROBLEM = "No problem was found of which somebody could have known."
NOTHING_READ = "Nothing was read, so nothing of it is known."
MOST_SAMPLES = 8


def write_sections(parts: Parts) -> tuple[Section, ...]:
    """Return the document's parts in the order in which they are read."""
    writers = (impact, timeline, sightings, problems, clusters, deploys, tracking, unknown, actions, method)
    return tuple(write(parts) for write in writers)


def impact(parts: Parts) -> Section:
    """Return what it cost."""
    told = (say_failures(parts.impact, parts.failing), say_requests(parts.impact), say_blind(parts.impact, parts.doubtful))
    rows = parts.counts.services if parts.counts else ()
    table = list_services(rows, parts.gaps.gaps if parts.gaps else None)
    return Section("impact", "Impact", told, (table,) if rows else ())


def timeline(parts: Parts) -> Section:
    """Return what happened in order of time, drawn and listed."""
    table = list_timeline(parts)
    chart = draw_chart(parts.gaps) if parts.gaps else None
    nothing = "No deploy, gap, burst, problem or note is known in this window."
    told = () if table.rows else (nothing if parts.coverage.entries else NOTHING_READ,)
    gaps = (list_gaps(parts.gaps.gaps),) if parts.gaps and parts.gaps.gaps else ()
    corrected = tuple(c.sentence for c in parts.gaps.corrections) if parts.gaps else (NOT_ANSWERED,)
    return Section("timeline", "Timeline", told + corrected, ((table,) if table.rows else ()) + gaps, chart=chart)


def sightings(parts: Parts) -> Section:
    """Return who could have known when."""
    told, table = list_sightings(parts)
    associations = tuple(r.sentence for r in parts.gaps.associations if r.compared) if parts.gaps else ()
    nothing = (NO_PROBLEM if parts.coverage.entries else NOTHING_READ,)
    if parts.problems is None or parts.gaps is None or parts.sentry is None:
        nothing = (NOT_ANSWERED,)
    missed = tuple(j.missed for j in parts.gaps.joint if j.missed) if parts.gaps else ()
    said = (told or nothing) + missed + associations + (say_asked(parts),)
    return Section("sightings", "Who could have known, and when", said, (table,) if table else ())


def problems(parts: Parts) -> Section:
    """Return the problems, what joins their clusters, and an entry of each root."""
    if parts.problems is None:
        return Section("problems", "Problems", (NOT_ANSWERED,))
    rows = parts.problems.problems
    evidence = [(r.problem.id, told) for r in rows for told in r.problem.evidence]
    joins = make_table("joins", [Column("problem", CODE), Column("what joins its clusters")], evidence, "join")
    samples = list_samples(r.symptoms[0].cluster for r in rows) if rows else ()
    tables = (list_problems(rows), joins) if evidence else (list_problems(rows),)
    told = (parts.problems.headline,) + (("Not every failure was looked at together.",) if parts.problems.coverage.cut else ())
    return Section("problems", "Problems", told, tables if rows else (), samples)


def list_samples(clusters: Iterable[Cluster]) -> tuple[Sample, ...]:
    """Return the newest entry of the first clusters that have a message."""
    return tuple(make_sample(c) for c in clusters if c.sample)[:MOST_SAMPLES]


def clusters(parts: Parts) -> Section:
    """Return the clusters that tell something; failures outside of every problem and blind ones with their samples."""
    if parts.clusters is None:
        return Section("clusters", "Clusters", (NOT_ANSWERED,))
    rows = [c for c in parts.clusters.clusters if tells(c)]
    rest = sum(c.count for c in parts.clusters.clusters) - sum(c.count for c in rows)
    told = (
        parts.clusters.headline,
        f"{count_of(rest, 'entry', 'entries').capitalize()} of information and deploys are not listed.",
    )
    roots = {r.problem.root for r in parts.problems.problems} if parts.problems else set()
    samples = list_samples(c for c in rows if c.id not in roots)
    return Section("clusters", "Clusters", told, (list_clusters(rows),) if rows else (), samples)


def deploys(parts: Parts) -> Section:
    """Return the deploys, and what changed around each."""
    if parts.deploys is None:
        return Section("deploys", "Before and after the deploys", (NOT_ANSWERED,))
    rows = parts.deploys.deploys
    tables: tuple[Table, ...] = (list_deploys(rows),) if rows else ()
    if any(r.changes for r in rows):
        tables = (*tables, list_changes(rows))
    return Section("deploys", "Before and after the deploys", (parts.deploys.headline,), tables)


def tracking(parts: Parts) -> Section:
    """Return what is known of error tracking, and what that rests on."""
    if parts.sentry is None:
        return Section("tracking", "Error tracking", (NOT_ANSWERED,))
    rows = parts.sentry.services
    told = (parts.sentry.headline, *(f"{f.what}: {f.reason} {f.hint}".strip() for f in parts.sentry.failures))
    return Section("tracking", "Error tracking", told, (list_verdicts(rows), list_evidence(rows)) if rows else ())


def unknown(parts: Parts) -> Section:
    """Return what could not be seen, judged or decided."""
    judged = [s.judgement for s in parts.sentry.services] if parts.sentry else []
    doubts = [f"Undecided, {j.verdict.value}: {j.sentence}" for j in judged if j.verdict in DOUBT]
    compared = parts.gaps.not_compared if parts.gaps else ()
    outcomes = [r.deploy for r in (parts.deploys.deploys if parts.deploys else ()) if r.deploy.outcome.value == "unknown"]
    open_deploys = [f"What became of the deploy of {d.revision or d.service} is not known." for d in outcomes]
    if not parts.coverage.entries:
        return Section("unknown", "What is not known", (*parts.untold, *say_missing(parts.coverage), NOTHING_READ))
    told = (*parts.untold, *say_missing(parts.coverage), *doubts, *compared, *open_deploys)
    nothing = "Nothing is known to be missing: no export looks cut, nothing was skipped, every service could be judged."
    return Section("unknown", "What is not known", told or (nothing,))


def actions(parts: Parts) -> Section:
    """Return what is to be done, as criteria that can be checked."""
    if parts.actions is None:
        return Section("actions", "Actions", (NOT_ANSWERED,))
    if not parts.actions:
        return Section("actions", "Actions", (NONE_WRITTEN,))
    names = [Column("what"), Column("holds"), Column("why"), Column("still needed")]
    rows = [(a.title, a.answer, a.why, a.needs) for a in parts.actions]
    told = (f"As they were answered at the end of the window: {say_answers(parts.actions)}.",)
    return Section("actions", "Actions", told, (make_table("actions", names, rows, "action"),))


def method(parts: Parts) -> Section:
    """Return how all of this is known, with what was masked and by which rules."""
    masked = parts.sources.masked if parts.sources else {}
    told = [
        say_read(parts.coverage),
        *METHOD,
        f"Masked before anything was stored, over all that was read: {say_reasons(masked)}." if masked else "",
        say_rules(sorted(parts.sources.rules.items())) if parts.sources else "",
    ]
    return Section("method", "How this is known", tuple(filter(None, told)))
