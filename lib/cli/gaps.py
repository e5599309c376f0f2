"""The command `gaps`: when nobody could see, beside when services failed."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console

from lib import wiring
from lib.cli.answers import Answer, known, of_coverage
from lib.cli.sentry import of_evidence
from lib.cli.text import Shown, plain, say, say_coverage, table
from lib.core.blindness.association import Association
from lib.core.blindness.corrections import Correction
from lib.core.model import Entry, Query
from lib.core.wording import name_of, rfc3339, say_duration, say_time, shorten
from lib.views import gaps
from lib.views.gaprows import BurstRow, GapRow, Missed
from lib.views.gaps import AssociationRow, GapsView


def add_commands(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the word of this command to the parser."""
    commands.add_parser("gaps", parents=parents, help="when nobody could see, beside when services failed")


def run_gaps(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, Shown]:
    """List gaps, bursts, what was not seen, and whether failures favour gaps."""
    view = gaps.load(space.ports, query, now)
    return of_gaps(view), lambda c: show_gaps(c, view)


COMMANDS = {"gaps": run_gaps}


def of_gaps(view: GapsView) -> Answer:
    """Return the view as JSON."""
    return {
        "headline": view.headline,
        "gaps": [of_gap(r) for r in sorted(view.gaps, key=lambda r: (r.gap.service, r.gap.environment, r.gap.start))],
        "bursts": [of_burst(r) for r in view.bursts],
        "blind": {
            "failures": view.blind.failures,
            "bursts": view.blind.bursts,
            "requests": view.blind.requests,
            "joint_bursts": view.blind.joint,
        },
        "blind_clusters": [{"cluster": c.id, "template": c.template, "count": n} for c, n in view.clusters],
        "blind_entries": [of_entry(e) for e in view.entries],
        "more_blind_entries": view.more_entries,
        "associations": [of_row(r) for r in view.associations],
        "overall": of_association(view.overall.association) | {"sentence": view.overall.sentence} if view.overall else None,
        "deploys": [
            {
                "service": lane.service,
                "environment": lane.environment,
                "revision": d.revision,
                "ts": rfc3339(d.ts),
                "outcome": d.outcome.value,
                "evidence": d.evidence.value,
            }
            for lane in view.lanes
            for d in lane.deploys
        ],
        "corrections": [of_correction(c) for c in view.corrections],
        "method": list(view.method),
        "coverage": of_coverage(view.coverage),
    }


def of_gap(row: GapRow) -> Answer:
    """Return one gap."""
    gap = row.gap
    return {
        "service": gap.service,
        "environment": gap.environment,
        "revisions": list(gap.revisions),
        "cause": gap.cause.value,
        "start": rfc3339(gap.start),
        "end": rfc3339(gap.end),
        "start_uncertain_s": gap.start_unsure.total_seconds(),
        "end_uncertain_s": gap.end_unsure.total_seconds(),
        "open": gap.open,
        "partial": gap.partial,
        "evidence": [of_evidence(e) for e in gap.evidence],
        "sentence": row.sentence,
        "failures": row.failures,
        "requests": row.requests,
        "bursts": row.bursts,
        "joint_bursts": row.joint,
        "corrected": known(row.corrected),
    }


def of_burst(row: BurstRow) -> Answer:
    """Return one burst."""
    found = row.found
    return {
        "service": found.service,
        "environment": found.environment,
        "cluster": found.cluster,
        "template": row.cluster.template,
        "start": rfc3339(found.start),
        "end": rfc3339(found.end),
        "count": found.count,
        "times_usual": round(found.ratio, 2),
        "problem": known(row.problem),
        "blind": row.blind,
        "parts": [{"start": rfc3339(p.start), "end": rfc3339(p.end), "blind": p.blind} for p in row.parts],
        "missed": of_missed(row.missed) if row.missed else None,
    }


def of_missed(missed: Missed) -> Answer:
    """Return what error tracking would have shown."""
    return {
        "events": missed.events,
        "first": rfc3339(missed.first),
        "last": rfc3339(missed.last),
        "exception": known(missed.exception),
        "location": known(missed.location),
        "sample": missed.sample,
        "sentence": missed.sentence,
    }


def of_entry(entry: Entry) -> Answer:
    """Return one blind failure, with what opens it."""
    return {
        "ts": rfc3339(entry.ts),
        "service": entry.service,
        "revision": known(entry.revision),
        "severity": entry.severity,
        "message": entry.message,
        "insert_id": entry.insert_id,
        "trace": known(entry.trace),
        "link": entry.link,
    }


def of_correction(one: Correction) -> Answer:
    """Return what was told otherwise before."""
    return {
        "service": one.service,
        "environment": one.environment,
        "told_until": rfc3339(one.told_at),
        "start": rfc3339(one.start),
        "end": rfc3339(one.end),
        "came_s": one.came.total_seconds(),
        "went_s": one.went.total_seconds(),
        "sentence": one.sentence,
    }


def of_row(row: AssociationRow) -> Answer:
    """Return one service's association."""
    place = {"service": row.service, "environment": row.environment}
    return place | of_association(row.association) | {"sentence": row.sentence}


def of_association(one: Association) -> Answer:
    """Return an association's figures."""
    return {
        "odds_ratio": one.odds_ratio,
        "low": one.low,
        "high": one.high,
        "p": one.p,
        "q": one.q,
        "p_shift": one.shift_p,
        "answer": one.answer.value,
        "episodes": one.episodes,
        "inside": one.inside,
        "share": round(one.share, 6),
        "lag": {"seconds": one.lag.seconds, "times": one.lag.pairs, "p": one.lag.p} if one.lag else None,
    }


# ---- for a person


def show_gaps(console: Console, view: GapsView) -> None:
    """Show the first line, the gaps, the bursts, and the associations as sentences."""
    say(console, view.headline)
    shown = table("service", "cause", "from", "to", "length", "failures", "revisions")
    for row in view.gaps:
        gap = row.gap
        shown.add_row(
            plain(name_of(gap.service, gap.environment)),
            gap.cause.value + (", in part" if gap.partial else ""),
            say_time(gap.start),
            "open" if gap.open else say_time(gap.until),
            say_duration(gap.length),
            f"{row.failures:,}",
            plain(shorten(", ".join(gap.revisions), 60)),
        )
    if view.gaps:
        console.print(shown)
    shown = table("service", "burst from", "to", "entries", "not seen", "cluster")
    for burst in view.bursts:
        found = burst.found
        name = name_of(found.service, found.environment)
        times = say_time(found.start), say_time(found.end)
        shown.add_row(plain(name), *times, f"{found.count:,}", f"{burst.blind:,}", plain(shorten(burst.cluster.template, 60)))
    if view.bursts:
        console.print(shown)
    for told in view.associations:
        say(console, told.sentence)
    for correction in view.corrections:
        say(console, correction.sentence)
    say_coverage(console, view.coverage)
