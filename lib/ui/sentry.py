"""Sentry's health, drawn: the matrix of verdicts; of one service the ladder, what tells, what arrived, and the next step."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from lib.core.sentry.trackingrungs import Rung
from lib.core.sentry.trackingstates import Evidence, Verdict
from lib.core.wording import count_of, join_words, name_of, say_time
from lib.ui import address, parts, safe, sentrycharts, sentrykept, tables, words
from lib.ui.link import Link
from lib.views.sentry import SentryView, ServiceHealth

SIGNS = {
    Verdict.MISSING: "✖ missing",
    Verdict.DISABLED: "✖ disabled",
    Verdict.MISCONFIGURED: "✖ misconfigured",
    Verdict.DROPPING: "✖ dropping",
    Verdict.DEGRADED: "◐ degraded",
    Verdict.UNKNOWN: "? unknown",
    Verdict.UNVERIFIED: "? unverified",
    Verdict.RECOVERED: "✓ recovered",
    Verdict.HEALTHY: "✓ healthy",
}
RUNG_SIGNS = {True: "✓", False: "✖", None: "?"}
RUNG_CLASSES = {True: "stands", False: "broken", None: "unknown"}
EVIDENCE_SHOWN = 30  # pieces listed; the command lists all


def tell_unanswered(view: SentryView) -> None:
    """Say which look-ups failed: what they would have told is unknown, not good."""
    parts.tell(
        "Sentry did not answer everything", [" ".join(filter(None, (f"{f.what}: {f.reason}", f.hint))) for f in view.failures]
    )
    parts.tell("Settings name projects that Sentry does not know", view.unknown_settings)
    asked = (
        f"Sentry was asked at {say_time(view.read_at)}{words.here(view.read_at, st.context.timezone)}." if view.read_at else ""
    )
    parts.note(asked or "Nobody asked Sentry: only the logs speak here. docs/sentry.md says how to give a token.")


def matrix(view: SentryView, link: Link) -> None:
    """Draw a row a service and environment, the blind ones first; its button opens the service. Nothing for one service."""
    rows = view.services
    if len(rows) == 1:  # it is drawn whole, below
        return
    frame = pd.DataFrame(
        {
            "open": [f"{words.named(row.judgement.service)} ›" for row in rows],
            "environment": [words.named(row.judgement.environment, "environment") for row in rows],
            "verdict": [SIGNS[row.judgement.verdict] for row in rows],
            "since": [row.judgement.since for row in rows],
            "confidence": [row.judgement.confidence.value for row in rows],
            "arrived": [_arrived(row) for row in rows],
            "revisions": [_mixed(row) for row in rows],
            "project": [row.project or "not known" for row in rows],
        }
    )

    def choose(place: int) -> None:
        judged = rows[place].judgement
        address.change(link, services=(judged.service,), environments=(judged.environment,) if judged.environment else ())

    tables.draw(
        frame,
        "sentry",
        {
            "open": tables.button("service", "open_tracking", choose, width=212),
            "verdict": tables.COLUMN.TextColumn(width=125),
            "since": tables.time("since"),
            "arrived": tables.COLUMN.TextColumn("accepted of logged errors", width=190),
            "revisions": tables.COLUMN.TextColumn(width=110),
            "project": tables.COLUMN.TextColumn(width=190),
        },
        most=10,
    )


def _arrived(row: ServiceHealth) -> str:
    found = row.coverage
    if found is None:
        return "not known"
    return f"{found.accepted:,} of {found.eligible:,} ({found.low:.0%} to {found.high:.0%})"


def _mixed(row: ServiceHealth) -> str:
    """Return how many revisions were seen, and that they differ where they do."""
    verdicts = {r.verdict for r in row.judgement.revisions}
    return f"{len(row.judgement.revisions):,}" + (f" with {len(verdicts)} verdicts" if len(verdicts) > 1 else "")


def services(view: SentryView, link: Link) -> None:
    """Say every service's verdict in a sentence with its next step; a service that was chosen is drawn whole."""
    if len(view.services) == 1:
        _whole(view.services[0], view, link)
        return
    parts.part("What is known, and what to do")
    for row in view.services:
        judged = row.judgement
        name = name_of(judged.service, judged.environment)
        st.html(f'<p class="bs-service">{SIGNS[judged.verdict]} · {safe.html(name)}</p>')
        parts.say([told for told in (judged.sentence, str(judged.step)) if told])


def _whole(row: ServiceHealth, view: SentryView, link: Link) -> None:
    """Draw one service: sentence, ladder, next step, timeline, what arrived, what commands found out, evidence."""
    if link.query.services:
        st.button("← All services", key="back", type="tertiary", on_click=address.change, args=(link,),
                  kwargs={"services": (), "environments": ()})  # fmt: skip
    judged = row.judgement
    st.html(f'<p class="bs-problem"><strong>{SIGNS[judged.verdict]}</strong> {safe.html(judged.sentence)}</p>')
    since = say_time(judged.since) + words.here(judged.since, st.context.timezone) if judged.since else "not known"
    parts.facts({"since": since, "confidence": judged.confidence.value, "revisions": _mixed(row)})
    _ladder(row.rungs)
    if judged.step.text:
        parts.part("What to do next")
        parts.note(judged.step.text)
    if judged.step.command:
        st.code(safe.plain(judged.step.command), language="bash", wrap_lines=True)
    with parts.guard():
        sentrycharts.timeline(row, view.coverage)
    with parts.guard():
        sentrycharts.hours(row, view.coverage)
    _outcomes(row)
    for draw in (sentrykept.canaries, sentrykept.health, sentrykept.declared):
        with parts.guard():
            draw(row)
    _evidence(judged.evidence)


def _ladder(rungs: Sequence[Rung]) -> None:
    """Draw the ladder: each rung with a sign, its name, and what shows it."""
    items = "".join(
        f'<li class="bs-rung {RUNG_CLASSES[rung.stands]}"><strong>{RUNG_SIGNS[rung.stands]} {safe.html(rung.name)}</strong>'
        f"<span>{safe.html(rung.why)}{safe.html(_when(rung))}</span></li>"
        for rung in rungs
    )
    parts.part("The ladder: only its last rung is health")
    st.html(f'<ol class="bs-ladder">{items}</ol>')


def _when(rung: Rung) -> str:
    return f", last {say_time(rung.last)}" if rung.last else ""


def _outcomes(row: ServiceHealth) -> None:
    """Say what Sentry counted, as a lower bound of what was lost."""
    parts.part("What arrived")
    project = f"Project {row.project} ({row.why})." if row.project else "No project in Sentry is known to be this service's."
    found = row.coverage
    if found is None:
        parts.note(f"{project} How many errors arrived is not known.")
        if row.explained:
            parts.say(row.explained)
        return
    counted = ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in sorted(found.outcomes.items(), key=lambda o: -o[1]))
    share = f"{found.ratio:.0%} of {count_of(found.eligible, 'logged error')} ({found.low:.0%} to {found.high:.0%}, 95 %)"
    parts.say([project, f"Sentry accepted {share}.", f"Sentry's own count by outcome: {counted or 'nothing'}.", *row.explained])
    parts.note("What an SDK loses without telling is in no count: the true loss is at least this.")


def _evidence(evidence: Sequence[Evidence]) -> None:
    """Draw how we know: what was said or counted, first, last, how often."""
    parts.part(f"How we know ({len(evidence)})")
    if not evidence:
        parts.note("Nothing in the window tells anything about error tracking.")
        return
    frame = pd.DataFrame(
        {
            "first": [e.first for e in evidence[:EVIDENCE_SHOWN]],
            "last": [e.last for e in evidence[:EVIDENCE_SHOWN]],
            "count": [e.count for e in evidence[:EVIDENCE_SHOWN]],
            "shows": [e.state for e in evidence[:EVIDENCE_SHOWN]],
            "from": [e.kind for e in evidence[:EVIDENCE_SHOWN]],
            "revision": [e.revision or "not known" for e in evidence[:EVIDENCE_SHOWN]],
            "text": [safe.plain(" ".join(e.text.split())) or e.name for e in evidence[:EVIDENCE_SHOWN]],
        }
    )
    columns = {
        "first": tables.time("first"),
        "last": tables.time("last"),
        "count": tables.COLUMN.NumberColumn(width=65, format="localized"),
    }
    tables.draw(frame, "evidence", {**columns, "text": tables.COLUMN.TextColumn(width=480)}, most=10)
    if len(evidence) > EVIDENCE_SHOWN:
        parts.note(f"The first {EVIDENCE_SHOWN} of {len(evidence):,}: `python -m lib sentry --json` lists all.")


def unmatched(view: SentryView) -> None:
    """List what belongs to nothing: it is never guessed."""
    told = []
    if view.unmatched_projects:
        told.append(f"Projects in Sentry that belong to no service here: {join_words(view.unmatched_projects)}.")
    if view.unmatched_services and view.read_at:
        told.append(f"Services without a project in Sentry: {join_words(view.unmatched_services)}.")
    if told:
        parts.part("Not matched")
        parts.say([*told, "The settings can say which project is whose: docs/sentry.md."])
