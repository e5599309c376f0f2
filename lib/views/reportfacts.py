"""The figures of a report, for scripts and for comparing it with a later one."""

from lib.core.report.document import ClusterFact, DeployFact, Facts, GapFact, ProblemFact, VerdictFact
from lib.views.reportparts import Parts
from lib.views.reporttables import tells


def list_facts(parts: Parts) -> Facts:
    """Return the figures; None for a part that could not be answered."""
    return Facts(
        parts.impact, list_clusters(parts), list_problems(parts), list_gaps(parts), list_verdicts(parts), list_deploys(parts)
    )


def list_clusters(parts: Parts) -> tuple[ClusterFact, ...] | None:
    """Return every cluster that tells something, counted."""
    if parts.clusters is None:
        return None
    return tuple(
        ClusterFact(
            c.id, c.template, c.kind.value, c.priority.value, c.count, c.services, c.first, c.last, c.location or None, c.reason
        )
        for c in parts.clusters.clusters
        if tells(c)
    )


def list_problems(parts: Parts) -> tuple[ProblemFact, ...] | None:
    """Return every problem."""
    if parts.problems is None:
        return None
    return tuple(
        ProblemFact(
            r.problem.id, r.problem.root, r.problem.clusters, r.priority.value, r.problem.count, r.problem.services,
            r.problem.first, r.problem.last, r.sentence,
        )
        for r in parts.problems.problems
    )  # fmt: skip


def list_gaps(parts: Parts) -> tuple[GapFact, ...] | None:
    """Return every gap, in order of service and time."""
    if parts.gaps is None:
        return None
    rows = sorted(parts.gaps.gaps, key=lambda r: (r.gap.service, r.gap.environment, r.gap.start))
    return tuple(
        GapFact(
            r.gap.service, r.gap.environment, r.gap.cause.value, r.gap.start, r.gap.end, r.gap.partial, r.failures, r.sentence
        )
        for r in rows
    )


def list_verdicts(parts: Parts) -> tuple[VerdictFact, ...] | None:
    """Return the verdict on every service's error tracking."""
    if parts.sentry is None:
        return None
    judged = [s.judgement for s in parts.sentry.services]
    return tuple(VerdictFact(j.service, j.environment, j.verdict.value, j.since, j.sentence) for j in judged)


def list_deploys(parts: Parts) -> tuple[DeployFact, ...] | None:
    """Return every deploy, oldest first."""
    if parts.deploys is None:
        return None
    rows = sorted(parts.deploys.deploys, key=lambda r: (r.deploy.ts, r.deploy.service))
    return tuple(
        DeployFact(
            r.deploy.service, r.deploy.environment, r.deploy.revision or None, r.deploy.ts, r.deploy.outcome.value, r.verdict
        )
        for r in rows
    )
