"""Problems: what failed, once for each cause: the root first, its symptoms under it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from lib.core import headlines, questions
from lib.core.model import Cluster, Coverage, Kind, Priority, Query
from lib.core.problems import Problem, describe, find_problems
from lib.ports import Ports, Readers, pin
from lib.views.profiles import list_clusters
from lib.views.window import Labels, Window, find_labels, open_window

MOST_FAILURES = 200_000  # events looked at together, the newest; finding problems takes a few seconds for so many


@dataclass(frozen=True)
class Symptom:
    """A cluster's part in a problem: `count` of its entries belong to it."""

    cluster: Cluster
    count: int


@dataclass(frozen=True)
class ProblemRow:
    """One problem: its sentence, the priority of the gravest of its clusters and why, and its clusters, the root first."""

    problem: Problem
    priority: Priority
    sentence: str
    symptoms: tuple[Symptom, ...]
    reason: str = ""


@dataclass(frozen=True)
class ProblemsView:
    """The page's first level: problems, gravest first; coverage.cut when not every failure was looked at."""

    query: Query
    coverage: Coverage
    headline: str
    problems: tuple[ProblemRow, ...]


def load(ports: Ports, query: Query, now: datetime) -> ProblemsView:
    """Return the problems of the query's window."""
    stored = pin(ports)
    window = open_window(stored, query)
    if window.entries is None:
        return ProblemsView(window.query, window.coverage, headlines.nothing_found(window.coverage, query), ())
    labels = find_labels(stored, window)
    clusters = {c.id: c for c in list_clusters(stored, window, labels) if c.kind is Kind.FAILURE}
    failures = read_failures(stored, window, labels, list(clusters))
    coverage = replace(window.coverage, cut=len(failures) > MOST_FAILURES)
    lives = pl.DataFrame(stored.entries.answer(questions.find_lives(window.entries)))
    found = find_problems(failures.head(MOST_FAILURES), lives.with_columns(seen=pl.lit(True)))
    rows = [describe_problem(p, clusters, labels) for p in found]
    rows.sort(key=lambda r: (r.priority, -r.problem.count, r.problem.id))
    told = headlines.of_problems([(r.priority, r.sentence) for r in rows], coverage, query)
    return ProblemsView(window.query, coverage, told, tuple(rows))


def read_failures(stored: Readers, window: Window, labels: Labels, clusters: Sequence[str]) -> pl.DataFrame:
    """Return the failures of some clusters as core.problems wants them, newest first, one more than is looked at."""
    assert window.entries is not None
    chosen = labels.table.filter(pl.Series(labels.table["cluster"]).is_in(list(clusters)).to_arrow())
    asked = questions.find_events(questions.labelled(window.entries), MOST_FAILURES + 1)
    return pl.DataFrame(stored.entries.answer(asked, labels=chosen))


def describe_problem(problem: Problem, clusters: dict[str, Cluster], labels: Labels) -> ProblemRow:
    """Return a problem with its clusters and its sentence."""
    symptoms = tuple(Symptom(clusters[c], n) for c, n in zip(problem.clusters, problem.counts, strict=True))
    gravest = min(symptoms, key=lambda s: (s.cluster.priority, -s.count)).cluster
    return ProblemRow(problem, gravest.priority, describe(problem, labels.templates), symptoms, gravest.reason)
