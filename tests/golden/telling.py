"""Clusters and problems as aligned text that a person reads line by line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lib import wiring
from lib.core.model import Cluster, Query
from lib.core.wording import count_of, shorten
from lib.views import clusters, problems
from tests.entries import START

WIDTH = 150  # of a template: its id stands for the whole of it
HEAD = "id            prio  kind           count  rev  inst  services                template (severities)"
PROJECT = re.compile(r"\b(namespaces|projects)/[a-z][a-z0-9-]+")


@dataclass(frozen=True)
class Told:
    """What Blindspot tells about some exports."""

    clusters: clusters.ClustersView
    problems: problems.ProblemsView


def read(files: Sequence[Path], home: Path) -> Told:
    """Import the files into a store of their own; return what is told about them."""
    space = wiring.open_workspace(home)
    wiring.import_paths([str(f) for f in files], space)
    return Told(clusters.load(space.ports, Query(), START), problems.load(space.ports, Query(), START))


def tell(title: str, told: Told) -> str:
    """Return every cluster and every problem, most telling first; names of projects are left out."""
    coverage, found, troubles = told.clusters.coverage, told.clusters.clusters, told.problems.problems
    entries = f"{coverage.entries} entries, {coverage.no_message} without a message"
    lines = [title, f"{entries}; {count_of(len(found), 'cluster')}, {count_of(len(troubles), 'problem')}", "", HEAD]
    lines += [_tell_cluster(c) for c in found]
    lines += [line for row in troubles for line in ("", *_tell_problem(row))]
    return PROJECT.sub(r"\1/PROJECT", "\n".join(line.rstrip() for line in lines) + "\n")


def _tell_cluster(c: Cluster) -> str:
    severities = " ".join(f"{s} {n}" for s, n in sorted(c.severities.items()))
    where = f"{c.count:>6} {c.revisions:>4} {c.instances:>5}  {','.join(s or '-' for s in c.services):<22}"
    return f"{c.id}  {c.priority:<4}  {c.kind:<13} {where}  {_short(c)}  ({severities})"


def _tell_problem(row: problems.ProblemRow) -> Iterator[str]:
    problem, size = row.problem, count_of(len(row.symptoms), "cluster")
    yield f"problem {problem.id}  {row.priority}  {problem.count} entries, {count_of(problem.instances, 'instance')}, {size}"
    yield f"  root  {_short(row.symptoms[0].cluster)}"
    yield f"  says  {row.sentence}"
    for symptom in row.symptoms:
        part = "" if symptom.count == symptom.cluster.count else f"of {symptom.cluster.count}"
        yield f"  {symptom.count:>4} {part:<6} {symptom.cluster.id}  {_short(symptom.cluster)}"


def _short(cluster: Cluster) -> str:
    return shorten(cluster.template, WIDTH)
