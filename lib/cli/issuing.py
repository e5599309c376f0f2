"""`issues`: what went wrong as drafts of issues, matched with those that are there; `issues post` sends one, when told to."""

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console

from lib import issuing, wiring
from lib.cli import text
from lib.cli.answers import Answer, known, of_coverage, of_criterion
from lib.core.issues import Decision
from lib.core.model import Query
from lib.core.wording import join_words, rfc3339, shorten
from lib.errors import BadQuery
from lib.views import issues
from lib.views.issues import IssueRow, IssuesView, say_sent
from lib.views.window import open_window

WORD = "send"  # to be typed at a terminal


def add_commands(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the words of this command to the parser."""
    add = commands.add_parser(
        "issues", parents=parents, help="drafts of issues, and whether there is one already; `issues post` sends one"
    )
    add.add_argument(
        "act", nargs="?", choices=["list", "post", "drop"], default="list", help="list (default), post one, or drop its draft"
    )
    add.add_argument("--repo", default="", metavar="OWNER/NAME", help="the repository (else `repo` of [github])")
    add.add_argument("--cluster", default="", metavar="ID", help="only this cluster; post and drop need it")
    add.add_argument(
        "--limit", type=_count, default=issues.LIMIT, metavar="N", help=f"at most so many drafts (default: {issues.LIMIT})"
    )
    add.add_argument("--number", dest="to", type=_count, metavar="NUMBER", help="post to this issue, whatever was matched")
    add.add_argument("--yes", action="store_true", help="post without asking")
    add.add_argument("--again", action="store_true", help="post what somebody deleted there once more")


def run(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, text.Shown]:
    """List, post or drop drafts."""
    if asked.act != "list" and not asked.cluster:
        raise BadQuery(
            f"`issues {asked.act}` is about one cluster.", hint="Name it: --cluster ID; `python -m lib issues` lists them."
        )
    if asked.act == "drop":
        return run_drop(asked, space, query, now)
    if asked.act == "post":
        return run_post(asked, space, query, now)
    tracker, why = issuing.find_tracker(space.ports.settings, asked.repo)
    view = issuing.load(space, query, now, tracker, asked.cluster, asked.limit)
    return of_view(view) | {"repo": known(tracker.repo if tracker else "")}, lambda c: show(c, view, why)


def run_drop(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, text.Shown]:
    """Forget a draft and its criteria, so that the next one is written anew."""
    today = space.ports.state.aliases().get(asked.cluster, asked.cluster)
    dropped = [c for c in dict.fromkeys((asked.cluster, today)) if space.ports.state.drop_draft(c)]
    if not dropped:
        raise BadQuery(f"No draft of a cluster '{asked.cluster[:40]}' is kept.", hint="`python -m lib check` lists what is kept.")
    coverage = of_coverage(open_window(space.ports, query).coverage)
    return {"dropped": dropped, "coverage": coverage}, lambda c: text.say(
        c, "Its draft and criteria are forgotten; what was sent stays."
    )


def run_post(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, text.Shown]:
    """Show a draft and send it when told to. Errors: SettingsError without a repository or a token."""
    tracker = issuing.open_tracker(space.ports.settings, asked.repo)
    view = issuing.load(space, query, now, tracker, asked.cluster)
    row = view.rows[0]
    answer: Answer = of_view(view) | {"repo": tracker.repo, "sent": False, "posted": None}
    if not asked.yes and not (asked.json is False and sys.stdin.isatty() and _confirm(row, tracker.repo, asked.to)):
        return answer, lambda c: show_unsent(c, row)
    posted = issuing.post(space, tracker, row, now, to=asked.to, again=asked.again)
    answer |= {
        "sent": posted.done.value in ("created", "commented", "edited"),
        "posted": {"done": posted.done.value, "number": posted.number, "url": known(posted.url), "sentence": posted.sentence},
    }
    return answer, lambda c: text.say(c, posted.sentence, posted.url)


def _confirm(row: IssueRow, repo: str, to: int | None) -> bool:
    """Show a draft on a terminal, and ask."""
    console = Console(stderr=True, highlight=False, markup=False)
    show_draft(console, row)
    where = f"comment on #{to or row.decision.number}" if to or row.decision.number else "new issue"
    text.say(console, f"This would be a {where} of {repo}. Type {WORD} to send it:", apart=True)
    return sys.stdin.readline().strip().lower() == WORD


COMMANDS = {"issues": run}


def of_view(view: IssuesView) -> Answer:
    """Return the drafts."""
    return {
        "headline": view.headline,
        "found": view.found,
        "issues": [of_row(row) for row in view.rows],
        "coverage": of_coverage(view.coverage),
    }


def of_row(row: IssueRow) -> Answer:
    """Return one draft with what to do."""
    decision = row.decision
    return {
        "cluster": row.cluster.id,
        "template": row.cluster.template,
        "priority": row.cluster.priority.value,
        "count": row.cluster.count,
        "action": decision.action.value,
        "number": decision.number,
        "url": known(decision.url),
        "confidence": decision.confidence.value,
        "why": decision.why,
        "related": list(decision.related),
        "fingerprint": row.draft.fingerprint,
        "draft": {"title": row.draft.title, "body": row.draft.body, "labels": list(row.draft.labels)},
        "criteria": [of_criterion(c) for c in row.draft.criteria],
        "ledger": [
            {"repo": s.repo, "kind": s.kind, "state": s.state.value, "number": s.number, "url": known(s.url), "at": rfc3339(s.at)}
            for s in row.sent
        ],
    }


def show(console: Console, view: IssuesView, why: str) -> None:
    """Print what there is to do, a row a draft, and why."""
    text.say(console, view.headline)
    text.say_coverage(console, view.coverage)
    text.say(console, f"! GitHub was not asked: {why}" if why else "")
    rows = text.table("do", "issue", "sure", "", "count", "cluster", "what", numbers=("count",))
    for row in view.rows:
        where = f"#{row.decision.number}" if row.decision.number else ""
        title = text.plain(shorten(row.draft.title, text.TEMPLATE))
        d = row.decision
        rows.add_row(
            d.action.value, where, d.confidence.value, row.cluster.priority.value, f"{row.cluster.count:,}", row.cluster.id, title
        )
    if view.rows:
        console.print(rows)
    for row in view.rows:
        text.say(console, f"{row.cluster.id}: {row.decision.why}", *map(say_sent, row.sent), apart=True)
    if len(view.rows) == 1:
        show_draft(console, view.rows[0])
    elif view.rows:
        text.say(
            console, "With --cluster ID the draft itself is shown; `issues post --cluster ID` sends it, after asking.", apart=True
        )


def show_draft(console: Console, row: IssueRow) -> None:
    """Print a draft as it would be sent."""
    related = _say_related(row.decision)
    text.say(console, f"Title:  {row.draft.title}", f"Labels: {', '.join(row.draft.labels)}", related, apart=True)
    text.say(console, row.draft.body, apart=True)


def _say_related(decision: Decision) -> str:
    return f"Related: {join_words([f'#{n}' for n in decision.related])}" if decision.related else ""


def show_unsent(console: Console, row: IssueRow) -> None:
    """Print a draft that was not sent."""
    show_draft(console, row)
    text.say(console, f"Not sent ({row.decision.action.value}: {row.decision.why}) Add --yes to send it.", apart=True)


def _count(word: str) -> int:
    if not word.isdigit() or not 0 < int(word) < 10**9:
        raise argparse.ArgumentTypeError(f"'{word}' is no number of 1 or more")
    return int(word)
