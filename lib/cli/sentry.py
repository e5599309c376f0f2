"""The commands sentry and sentry-facts: verdicts on error tracking as JSON and for a person."""

import argparse
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich.console import Console

from lib import wiring
from lib.cli import exporting, probing
from lib.cli.answers import Answer, known, of_coverage
from lib.cli.text import Shown, plain, say, say_coverage, table
from lib.core.kept import Flown
from lib.core.model import Coverage, Query
from lib.core.sentry.asked import Declared
from lib.core.sentry.delivery import TrackingCoverage
from lib.core.sentry.sentryfacts import SentryFacts
from lib.core.sentry.trackingstates import Evidence
from lib.core.wording import count_of, join_words, name_of, rfc3339
from lib.views import sentry as views
from lib.views.sentry import SentryView, ServiceHealth
from lib.views.window import open_window


def add_commands(commands: Any, parents: Sequence[argparse.ArgumentParser]) -> None:
    """Add the words of these commands to the parser."""
    add = commands.add_parser("sentry", parents=parents, help="does error tracking work, service by service, and how do we know")
    add.add_argument("--probe", action="store_true", help="ask the services' health documents too, now")
    add = commands.add_parser("sentry-facts", parents=parents, help="ask Sentry, or read a file, and keep what it answered")
    told = (
        "a file that export-sentry-facts wrote, or - for standard input; without it Sentry itself is asked, as the settings say"
    )
    add.add_argument("path", nargs="?", metavar="PATH", help=told)


def run_sentry(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, Shown]:
    """Judge error tracking."""
    probed = wiring.probe_health(space, now) if asked.probe else []
    view = views.load(space.ports, query, now)
    answer = of_sentry(view, now) | ({"probes": probing.of_probes(probed, now)} if asked.probe else {})

    def show(console: Console) -> None:
        show_sentry(console, view, now)
        probing.show_probes(console, probed)

    return answer, show


def run_sentry_facts(asked: argparse.Namespace, space: wiring.Workspace, query: Query, now: datetime) -> tuple[Answer, Shown]:
    """Keep Sentry's facts, from a file or from Sentry itself."""
    coverage = open_window(space.ports, query).coverage
    if asked.path is not None:
        facts = wiring.import_sentry_facts(asked.path, space)
        return of_facts(facts, coverage), lambda c: show_facts(c, facts)
    with wiring.keeping_refusals(space):
        document = exporting.ask_sentry(space, query, coverage, now)
    facts, summary = wiring.keep_sentry(document, space, now), exporting.summarize(document)

    def show(console: Console) -> None:
        show_facts(console, facts)
        exporting.show_missing(console, summary)

    return of_facts(facts, coverage) | {name: summary[name] for name in ("failures", "notes")}, show


COMMANDS = {"sentry": run_sentry, "sentry-facts": run_sentry_facts}


def of_sentry(view: SentryView, now: datetime) -> Answer:
    """Return the verdicts."""
    return {
        "headline": view.headline,
        "services": [of_service(s, now) for s in view.services],
        "unmatched": {
            "projects": list(view.unmatched_projects),
            "services": list(view.unmatched_services),
            "settings": list(view.unknown_settings),
        },
        "failures": [{"what": f.what, "reason": f.reason, "hint": known(f.hint)} for f in view.failures],
        "read_at": rfc3339(view.read_at),
        "coverage": of_coverage(view.coverage),
    }


def of_service(service: ServiceHealth, now: datetime) -> Answer:
    """Return one service's verdict."""
    judged = service.judgement
    return {
        "service": judged.service,
        "environment": judged.environment,
        "verdict": judged.verdict.value,
        "cause": known(judged.cause),
        "since": rfc3339(judged.since),
        "confidence": judged.confidence.value,
        "sentence": judged.sentence,
        "evidence": [of_evidence(e) for e in judged.evidence],
        "coverage": of_tracking(service.coverage),
        "revisions": [
            {"revision": r.revision, "verdict": r.verdict.value, "first": rfc3339(r.first), "last": rfc3339(r.last)}
            for r in judged.revisions
        ],
        "hint": known(str(judged.step)),
        "rule": judged.rule,
        "project": known(service.project),
        "matched_by": known(service.why),
        "ladder": [{"rung": r.name, "stands": r.stands, "why": r.why, "last": rfc3339(r.last)} for r in service.rungs],
        "hours": [
            {"ts": rfc3339(h.ts), "eligible": h.eligible, "accepted": h.accepted, "outcomes": dict(h.outcomes)}
            for h in service.hours
        ],
        "explained": list(service.explained),
        "declared": [of_declared(d, now) for d in service.declared],
        "health": probing.of_health(service.health, now) if service.health else None,
        "canaries": [of_canary(f, now) for f in service.canaries],
    }


def of_declared(declared: Declared, now: datetime) -> Answer:
    """Return one file that `audit` read for the service; with an `error`, `declares` false is not known."""
    return {
        "path": declared.path,
        "declares": declared.declares,
        "requirement": known(declared.requirement),
        "sdk": known(declared.sdk),
        "version": known(declared.version),
        "scope": known(declared.scope),
        "error": known(declared.error),
        "read_at": rfc3339(declared.read_at),
        "age_s": (now - declared.read_at).total_seconds() if declared.read_at else None,
    }


def of_canary(flown: Flown, now: datetime) -> Answer:
    """Return what became of one canary."""
    return {
        "sent": flown.sent,
        "accepted": flown.accepted,
        "after_s": flown.after_s,
        "event_id": flown.event_id,
        "why": flown.why,
        "read_at": rfc3339(flown.read_at),
        "age_s": (now - flown.read_at).total_seconds(),
    }


def of_evidence(evidence: Evidence) -> Answer:
    """Return one piece of evidence."""
    return {
        "kind": evidence.kind,
        "state": evidence.state,
        "first": rfc3339(evidence.first),
        "last": rfc3339(evidence.last),
        "count": evidence.count,
        "text": evidence.text,
        "revision": known(evidence.revision),
    }


def of_tracking(coverage: TrackingCoverage | None) -> Answer | None:
    """Return accepted beside eligible, null where nothing can be said."""
    if coverage is None:
        return None
    return {
        "accepted": coverage.accepted,
        "eligible": coverage.eligible,
        "ratio": round(coverage.ratio, 6),
        "low": round(coverage.low, 6),
        "high": round(coverage.high, 6),
        "outcomes": dict(coverage.outcomes),
    }


def of_facts(facts: SentryFacts, coverage: Coverage) -> Answer:
    """Return how much of Sentry's facts a file held."""
    return {
        "projects": len(facts.projects),
        "points": facts.count,
        "releases": len(facts.releases),
        "coverage": of_coverage(coverage),
    }


def show_facts(console: Console, facts: SentryFacts) -> None:
    """Print how much was kept."""
    told = [count_of(len(facts.projects), "project"), count_of(facts.count, "value"), count_of(len(facts.releases), "release")]
    say(console, f"Kept what Sentry said: {join_words(told)}.")


def show_sentry(console: Console, view: SentryView, now: datetime) -> None:
    """Print the first line, a row a service, and its sentence and next step."""
    say(console, view.headline)
    say_coverage(console, view.coverage)
    rows = table("verdict", "service", "sure", "accepted", "eligible", "revisions", numbers=("accepted", "eligible", "revisions"))
    for s in view.services:
        c, j = s.coverage, s.judgement
        numbers = (f"{c.accepted:,}", f"{c.eligible:,}") if c else ("?", "?")
        name = plain(name_of(j.service, j.environment))
        rows.add_row(j.verdict.value, name, j.confidence.value, *numbers, f"{len(j.revisions):,}")
    if view.services:
        console.print(rows)
    for s in view.services:
        say(console, s.judgement.sentence, str(s.judgement.step), *s.explained, *views.say_kept(s, now), apart=True)
    if view.unmatched_projects:
        say(console, f"Projects in Sentry that belong to no service here: {join_words(view.unmatched_projects)}.", apart=True)
