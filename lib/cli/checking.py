"""`check`: what was written down when a problem was drafted, is it so by now?"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from rich.console import Console

from lib import wiring
from lib.adapters.criteriafiles import read_criteria
from lib.cli import text
from lib.cli.answers import Answer, known, of_coverage, of_criterion
from lib.core.model import Query
from lib.core.success.model import Answered, Criterion, Outcome, worst_of
from lib.core.success.words import SIGNS
from lib.core.wording import name_of
from lib.errors import BadQuery
from lib.views import criteria, issues
from lib.views.criteria import CriteriaView


def add_commands(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the words of this command to the parser."""
    add = commands.add_parser("check", parents=parents, help="do success criteria hold at the end of the window")
    add.add_argument(
        "--criteria", default="", metavar="FILE", help="criteria of a file (TOML or JSON) instead of those kept with drafts"
    )
    add.add_argument("--cluster", default="", metavar="ID", help="only those of this cluster's draft")
    add.add_argument("--strict", action="store_true", help="an undecided criterion is a failure too")


def run(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, text.Shown]:
    """Answer criteria. Errors: BadQuery for a file that cannot be used, or where nothing is kept of the cluster named."""
    if asked.criteria and asked.cluster:
        raise BadQuery("A file of criteria and a cluster are two questions.", hint="Give --criteria or --cluster.")
    chosen = read_criteria(asked.criteria) if asked.criteria else choose(space, asked.cluster, query, now)
    view = criteria.load(space.ports, query, now, chosen)
    answer = of_view(view) | {"strict": asked.strict}
    return answer, lambda c: show(c, view)


def choose(space: wiring.Workspace, cluster: str, query: Query, now: datetime) -> tuple[Criterion, ...]:
    """Return the criteria that are kept with drafts; of a cluster without a draft, those that it would get."""
    if not cluster:
        return criteria.list_kept(space.ports.state)
    today = space.ports.state.aliases().get(cluster, cluster)
    if kept := next((d for d in space.ports.state.drafts() if d.cluster in (cluster, today) and d.criteria), None):
        return kept.criteria
    prepared = issues.prepare(space.ports, query, now, cluster).prepared
    return tuple(replace(c, made=None) for one in prepared for c in one.criteria)


def judge(answer: Answer) -> int:
    """Return the exit status: 1 when a criterion fails or, if that was asked for, is undecided."""
    outcomes = {row["answer"] for row in answer["criteria"]}
    bad = {Outcome.FAIL.value} | ({Outcome.UNDECIDED.value} if answer["strict"] else set())
    empty = answer["strict"] and not outcomes
    return 1 if outcomes & bad or empty else 0


def of_view(view: CriteriaView) -> Answer:
    """Return the answers."""
    return {
        "headline": view.headline,
        "answer": worst_of(a.outcome for a in view.answers).value,
        "criteria": [of_answer(a) for a in view.answers],
        "coverage": of_coverage(view.coverage),
    }


def of_answer(answered: Answered) -> Answer:
    """Return one answer."""
    c = answered.criterion
    return of_criterion(c) | {
        "cluster": known(c.cluster or c.id.partition("/")[0] if c.made else c.cluster),
        "answer": answered.outcome.value,
        "why": answered.why,
        "needs": known(answered.needs),
    }


def show(console: Console, view: CriteriaView) -> None:
    """Print the answers, each with its reason and what it still needs."""
    text.say(console, view.headline)
    text.say_coverage(console, view.coverage)
    if not view.answers:
        text.say(console, "No criteria are kept: `python -m lib issues` drafts some, or give a file with --criteria.")
    for a in view.answers:
        name = name_of(a.criterion.service, a.criterion.environment)
        text.say(console, f"{SIGNS[a.outcome]} {a.outcome.value}  {a.criterion.title}, {name}", f"  {a.why}", apart=True)
        text.say(console, f"  Needs: {a.needs}." if a.needs else "")


COMMANDS = {"check": run}
