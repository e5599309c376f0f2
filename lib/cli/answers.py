"""Views as JSON: the contract of the headless face. Times RFC 3339 UTC, durations in seconds, unknown is null."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lib.core.coveragefacts import as_facts
from lib.core.model import Cluster, Coverage, Entry, ImportRecord, Source
from lib.core.success.model import Criterion
from lib.core.upkeep import Chore
from lib.core.wording import rfc3339
from lib.views.cluster import ClusterView
from lib.views.clusters import ClustersView
from lib.views.decisions import Match
from lib.views.problems import ProblemRow, ProblemsView
from lib.views.sources import LiveRow, SourcesView

Answer = dict[str, Any]


def known(text: str) -> str | None:
    """Return a text, None when it is not known."""
    return text or None


def of_coverage(coverage: Coverage) -> Answer:
    """Return what an answer rests on."""
    return as_facts(coverage)


def of_import(records: Sequence[ImportRecord], passed: Sequence[str], coverage: Coverage) -> Answer:
    """Return what an import did, over all its exports; `coverage` is of what is stored now."""
    skipped: Counter[str] = sum((Counter(r.skipped) for r in records), Counter())
    masked: Counter[str] = sum((Counter(r.masked) for r in records), Counter())
    return {
        "read": sum(r.read for r in records),
        "added": sum(r.added for r in records),
        "duplicates": sum(r.duplicates for r in records),
        "skipped": dict(skipped),
        "no_message": sum(r.no_message for r in records),
        "masked": dict(masked),
        "watermark": rfc3339(max((r.last for r in records if r.last), default=None)),
        "suspect": [sentence for r in records for sentence in (r.broken, r.suspect) if sentence],
        "no_exports": list(passed),
        "coverage": of_coverage(coverage),
    }


def of_clusters(view: ClustersView) -> Answer:
    """Return the clusters and how many there are before the limit."""
    return {
        "headline": view.headline,
        "found": view.found,
        "clusters": [of_cluster(c) for c in view.clusters],
        "coverage": of_coverage(view.coverage),
    }


def of_cluster(cluster: Cluster) -> Answer:
    """Return one cluster."""
    return {
        "id": cluster.id,
        "template": cluster.template,
        "kind": cluster.kind.value,
        "priority": cluster.priority.value,
        "count": cluster.count,
        "share": round(cluster.share, 6),
        "severities": dict(cluster.severities),
        "services": list(cluster.services),
        "revisions": cluster.revisions or None,
        "instances": cluster.instances or None,
        "first": rfc3339(cluster.first),
        "last": rfc3339(cluster.last),
        "sample": cluster.sample,
        "location": known(cluster.location),
        "exception": known(cluster.exception),
        "trend": [{"ts": rfc3339(p.ts), "count": p.count} for p in cluster.trend],
        "aliases": list(cluster.aliases),
        "reason": cluster.reason,
        "of_service": {name: round(part, 6) for name, part in cluster.of_service.items()},
        "new_in": list(cluster.new_in) if cluster.new_in is not None else None,
        "muted": known(cluster.muted),
    }


def of_problems(view: ProblemsView) -> Answer:
    """Return the problems, gravest first."""
    return {
        "headline": view.headline,
        "problems": [of_problem(row) for row in view.problems],
        "coverage": of_coverage(view.coverage),
    }


def of_problem(row: ProblemRow) -> Answer:
    """Return one problem; counts runs parallel to clusters: how many of a cluster's entries belong to it."""
    problem = row.problem
    return {
        "id": problem.id,
        "root": problem.root,
        "clusters": list(problem.clusters),
        "counts": list(problem.counts),
        "count": problem.count,
        "instances": problem.instances or None,
        "services": list(problem.services),
        "first": rfc3339(problem.first),
        "last": rfc3339(problem.last),
        "priority": row.priority.value,
        "reason": row.reason,
        "sentence": row.sentence,
        "evidence": list(problem.evidence),
    }


def of_entries(view: ClusterView) -> Answer:
    """Return a cluster's newest entries; `cut` tells whether there are more of them."""
    return {
        "cluster": view.cluster.id if view.cluster else None,
        "entries": [of_entry(e) for e in view.samples],
        "coverage": of_coverage(replace(view.coverage, cut=view.has_more)),
    }


def of_entry(entry: Entry) -> Answer:
    """Return one entry with its link into Google's Logs Explorer."""
    return {
        "ts": rfc3339(entry.ts),
        "service": known(entry.service),
        "environment": known(entry.environment),
        "revision": known(entry.revision),
        "instance": known(entry.instance),
        "severity": entry.severity,
        "message": entry.message or None,
        "trace": known(entry.trace),
        "insert_id": entry.insert_id,
        "link": entry.link,
    }


def of_match(match: Match, coverage: Coverage) -> Answer:
    """Return the cluster that a line belongs to, null when none does."""
    return {
        "cluster": known(match.cluster),
        "template": known(match.template),
        "why": match.why,
        "coverage": of_coverage(coverage),
    }


def of_sources(view: SourcesView) -> Answer:
    """Return every source, what was skipped and masked, the store and its upkeep."""
    live = {row.record.name: of_live(row) for row in view.live}
    return {
        "headline": view.headline,
        "sources": [of_source(s) | live.get(s.name, {}) for s in view.sources],
        "skipped": [{"source": s.source, "reason": s.reason, "position": s.position, "text": s.text} for s in view.skipped_rows],
        "masked": dict(view.masked),
        "store": {
            "entries": view.store.entries,
            "files": view.store.files,
            "size_bytes": view.store.size_bytes,
            "version": view.store.version,
        },
        "upkeep": [of_chore(chore) for chore in view.upkeep],
        "rules": dict(view.rules),
        "coverage": of_coverage(view.coverage),
    }


def of_live(row: LiveRow) -> Answer:
    """Return what is known of a source that is read live beside what is known of every source."""
    record, behind = row.record, row.fresh.behind
    return {
        "newest": rfc3339(record.newest),
        "behind_s": behind.total_seconds() if behind is not None else None,
        "backlog_s": record.backlog.total_seconds() if record.backlog is not None else None,
        "entries_per_min": row.per_min,
        "calls_per_min": record.calls,
        "quota_per_min": record.quota or None,
        "failures": record.failures,
        "heartbeat": rfc3339(record.heartbeat),
        "since": rfc3339(record.since),
        "read": record.read,
        "duplicates": record.duplicates,
        "no_message": record.no_message,
        "skipped": dict(record.skipped),
        "masked": dict(record.masked),
        "filter": known(record.filter),
        "left_out": known(record.left_out),
    }


def of_chore(chore: Chore) -> Answer:
    """Return how a duty was last done."""
    return {
        "duty": chore.duty.value,
        "state": chore.state.value,
        "at": rfc3339(chore.at),
        "before": rfc3339(chore.before),
        "count": chore.count,
        "message": known(chore.message),
        "hint": known(chore.hint),
    }


def of_source(source: Source) -> Answer:
    """Return one source."""
    return {
        "name": source.name,
        "kind": source.kind,
        "state": source.state.value,
        "watermark": rfc3339(source.watermark),
        "age_s": round(source.age.total_seconds(), 3) if source.age is not None else None,
        "message": source.message,
        "hint": known(source.hint),
        "entries": source.entries,
    }


def of_criterion(c: Criterion) -> Answer:
    """Return a criterion."""
    return {
        "id": c.id,
        "kind": c.kind.value,
        "title": c.title,
        "service": c.service,
        "environment": known(c.environment),
        "made": rfc3339(c.made),
    }
