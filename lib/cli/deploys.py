"""The commands `deploys` and `compare`: their JSON and their text."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from lib import wiring
from lib.cli.answers import Answer, known, of_coverage
from lib.cli.options import parse_time
from lib.cli.text import Shown, plain, say, say_coverage, table
from lib.core.deploys import Deploy, Traffic
from lib.core.model import Query
from lib.core.rollouts.verdicts import ClusterChange, say_factor
from lib.core.wording import name_of, rfc3339, say_time, shorten
from lib.errors import BadQuery
from lib.views import deploys
from lib.views.comparing import Comparison, Span
from lib.views.deploys import ComparisonsView, DeployRow, DeploysView, WindowRow, WindowsView


def add_commands(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the parsers of both commands."""
    commands.add_parser("deploys", parents=list(parents), help="deploys from evidence, their windows and what they changed")
    add = commands.add_parser("compare", parents=list(parents), help="every cluster before and after a deploy")
    add.add_argument("--revision", default="", metavar="NAME", help="only this revision's deploy (default: every deploy)")
    for side in ("before", "after"):
        add.add_argument(f"--{side}", metavar="FROM/TO", help="two windows of time instead of deploys, as FROM/TO each")


def run_deploys(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, Shown]:
    """List the deploys."""
    view = deploys.load(space.ports, query, now)
    return of_deploys(view), lambda c: show_deploys(c, view)


def run_compare(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, Shown]:
    """Compare before and after of deploys."""
    if asked.before or asked.after:
        windows = deploys.load_windows(space.ports, query, now, parse_span(asked.before, now), parse_span(asked.after, now))
        return of_windows(windows), lambda c: show_windows(c, windows)
    view = deploys.load_comparisons(space.ports, query, now, asked.revision)
    return of_comparisons(view), lambda c: show_comparisons(c, view)


def parse_span(text: str | None, now: datetime) -> Span:
    """Return a window of time of FROM/TO. Errors: BadQuery."""
    start, slash, end = (text or "").partition("/")
    if not slash:
        raise BadQuery("Two windows are needed, each as FROM/TO.", hint="Give --before FROM/TO and --after FROM/TO.")
    return parse_time(start, now), parse_time(end, now)


def of_deploys(view: DeploysView) -> Answer:
    """Return deploys, traffic changes, revisions first seen and windows."""
    return {
        "headline": view.headline,
        "deploys": [of_row(r) for r in view.deploys],
        "traffic": [of_traffic(t) for t in view.traffic],
        "unclear": [of_traffic(t) for t in view.unclear],
        "first_seen": [
            {"service": f.service, "environment": known(f.environment), "revision": f.revision, "ts": rfc3339(f.ts), "why": f.why}
            for f in view.first_seen
        ],
        "windows": [of_window(w) for w in view.windows],
        "coverage": of_coverage(view.coverage),
    }


def of_row(row: DeployRow) -> Answer:
    """Return one deploy with its verdict, what else may have been the cause, and how many clusters changed."""
    told = {"verdict": row.verdict, "confounders": list(row.confounders), "rolled_back": row.rolled_back}
    return of_deploy(row.deploy) | told | {"changes": len(row.changes)}


def of_deploy(deploy: Deploy) -> Answer:
    """Return one deploy."""
    return {
        "service": deploy.service,
        "environment": known(deploy.environment),
        "revision": known(deploy.revision),
        "ts": rfc3339(deploy.ts),
        "outcome": deploy.outcome.value,
        "evidence": deploy.evidence.value,
        "actor": known(deploy.actor),
        "sentence": deploy.sentence,
    }


def of_traffic(change: Traffic) -> Answer:
    """Return one change of traffic."""
    where = {"service": change.service, "environment": known(change.environment)}
    return where | {"ts": rfc3339(change.ts), "actor": known(change.actor), "targets": list(change.targets)}


def of_window(row: WindowRow) -> Answer:
    """Return one window; `begins` says how, `beside` which revisions served at the same time."""
    lane = row.lane
    return {
        "service": lane.service,
        "environment": known(lane.environment),
        "revision": known(lane.revision),
        "start": rfc3339(lane.start),
        "end": rfc3339(lane.end),
        "warnings": row.warnings,
        "errors": row.errors,
        "requests": row.requests,
        "minutes": round(row.minutes, 3),
        "begins": lane.begins.value,
        "beside": list(lane.beside),
    }


def of_comparisons(view: ComparisonsView) -> Answer:
    """Return the comparisons, oldest deploy first."""
    return {
        "headline": view.headline,
        "comparisons": [of_comparison(c) for c in view.comparisons],
        "coverage": of_coverage(view.coverage),
    }


def of_comparison(compared: Comparison) -> Answer:
    """Return one deploy's comparison."""
    lane = compared.lane
    return {
        "service": lane.service,
        "environment": known(lane.environment),
        "revision": known(lane.revision),
        "ts": rfc3339(lane.start),
        "before_revision": known(lane.before),
        "verdict": compared.verdict,
        "confounders": list(compared.confounders),
        "clusters": [of_change(row) for row in compared.rows],
    }


def of_windows(view: WindowsView) -> Answer:
    """Return two windows of time compared, service by service."""
    spans = {name: {"from": rfc3339(a), "to": rfc3339(z)} for name, (a, z) in (("before", view.before), ("after", view.after))}
    compared = [
        {"service": c.service, "environment": known(c.environment), "revision": None, "ts": rfc3339(view.after[0])}
        | {"clusters": [of_change(row) for row in c.rows]}
        for c in view.comparisons
    ]
    return {"headline": view.headline, **spans, "comparisons": compared, "coverage": of_coverage(view.coverage)}


def of_change(row: ClusterChange) -> Answer:
    """Return one cluster before and after; `visible` is the smallest factor that could have been seen."""
    c = row.compared
    return {
        "id": c.cluster,
        "template": row.template,
        "kind": row.kind.value,
        "before": c.before,
        "after": c.after,
        "exposure_before": round(c.exposure_before, 3),
        "exposure_after": round(c.exposure_after, 3),
        "exposure_unit": c.unit.value,
        "ratio": c.ratio,
        "low": c.low,
        "high": c.high,
        "p": c.p,
        "q": c.q,
        "change": c.change.value,
        "visible": c.visible,
        "missing": known(c.missing.value),
    }


def clock(ts: datetime) -> str:
    """Return a moment that fits into a table."""
    return ts.astimezone(UTC).strftime("%m-%d %H:%M:%S")


def show_deploys(console: Console, view: DeploysView) -> None:
    """Print the deploys, newest first, and what is no deploy."""
    say(console, view.headline)
    say_coverage(console, view.coverage)
    rows = table("time (UTC)", "outcome", "evidence", "revision", "what")
    for r in view.deploys:
        d = r.deploy
        told = (clock(d.ts), d.outcome.value, d.evidence.value, d.revision or "not known", r.verdict)
        rows.add_row(*(plain(t) for t in told))
    if view.deploys:
        console.print(rows)
    say(console, *(f"First seen {say_time(f.ts)}: {f.revision}. {f.why}" for f in view.first_seen))


def show_comparisons(console: Console, view: ComparisonsView) -> None:
    """Print each deploy's verdict, and a table of its clusters, by what matters."""
    say(console, view.headline)
    say_coverage(console, view.coverage)
    for c in view.comparisons:
        console.print()
        say(console, c.verdict, *(f"  Beside it: {told}" for told in c.confounders))
        show_changes(console, c.rows)


def show_windows(console: Console, view: WindowsView) -> None:
    """Print two windows of time compared, a table a service."""
    say(console, view.headline)
    say_coverage(console, view.coverage)
    for c in view.comparisons:
        say(console, name_of(c.service, c.environment), apart=True)
        show_changes(console, c.rows)


def show_changes(console: Console, changes: Sequence[ClusterChange]) -> None:
    """Print a table of clusters before and after."""
    rows = table("change", "before", "after", "ratio", "interval", "id", "what", numbers=("before", "after", "ratio"))
    for r in changes:
        x = r.compared
        ratio, low, high = (say_factor(f) if f is not None else "–" for f in (x.ratio, x.low, x.high))
        rows.add_row(
            x.change.value, f"{x.before:,}", f"{x.after:,}", ratio, f"{low}–{high}", x.cluster, plain(shorten(r.template))
        )
    if changes:
        console.print(rows)


COMMANDS = {"deploys": run_deploys, "compare": run_compare}
