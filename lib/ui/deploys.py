"""Deploys, drawn: the list with verdicts, what else changed traffic, and one deploy's clusters before and after."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from lib.core.compare import Change, Compared, Unit
from lib.core.deploys import DeployOutcome
from lib.core.frequency import By, Rate
from lib.core.rollouts.verdicts import ClusterChange
from lib.core.wording import count_of, join_words, say_time
from lib.ui import address, deploycharts, parts, safe, tables, words
from lib.ui.link import Link
from lib.views.deploys import DeployRow, DeploysView, DeployView

OUTCOMES = {DeployOutcome.READY: "✓ ready", DeployOutcome.FAILED: "✖ failed", DeployOutcome.UNKNOWN: "? unknown"}
CHANGES = {
    Change.NEW: "✦ new",
    Change.MORE: "▲ more",
    Change.GONE: "○ gone",
    Change.FEWER: "▼ fewer",
    Change.SAME: "= same",
    Change.NOT_ENOUGH: "? not enough data",
}
BY_WORDS = {By.SEVERITY: "by severity", By.SERVICE: "by service", By.KIND: "by kind", By.CLUSTER: "by cluster"}
RATE_WORDS = {Rate.COUNT: "counts", Rate.PER_REQUEST: "per request", Rate.PER_MINUTE: "per minute"}
LISTED = 40  # traffic changes and first-seen revisions listed; the command lists all


def switches(link: Link) -> None:
    """Draw what the chart has a line for, and what counts are divided by; both live in the address."""
    st.session_state.update({"deploys_by": link.by, "deploys_rate": link.rate})
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.segmented_control(
            "Lines", list(By), key="deploys_by", format_func=BY_WORDS.__getitem__, label_visibility="collapsed",
            on_change=lambda: address.show(link, by=st.session_state["deploys_by"] or By.SEVERITY),
        )  # fmt: skip
        st.segmented_control(
            "Unit", list(Rate), key="deploys_rate", format_func=RATE_WORDS.__getitem__, label_visibility="collapsed",
            on_change=lambda: address.show(link, rate=st.session_state["deploys_rate"] or Rate.COUNT),
        )  # fmt: skip


def listed(view: DeploysView, link: Link) -> None:
    """Draw the deploys, newest first; a row's button opens the comparison."""
    rows = view.deploys
    parts.part(f"Deploys ({len(rows):,})")
    if not rows:
        parts.note("No deploy is known in this window: no audit entry, no word of the platform, no first entry tells of one.")
        return
    frame = pd.DataFrame(
        {
            "open": [f"{row.deploy.revision.removeprefix(f'{row.deploy.service}-') or 'not known'} ›" for row in rows],
            "when": [row.deploy.ts for row in rows],
            "service": [words.named(row.deploy.service) for row in rows],
            "outcome": [OUTCOMES[row.deploy.outcome] + (", rolled back" if row.rolled_back else "") for row in rows],
            "verdict": [safe.plain(_short(row)) for row in rows],
            "by": [row.deploy.actor or "not known" for row in rows],
            "rests on": [row.deploy.evidence.value.replace("_", " ") for row in rows],
        }
    )

    def choose(place: int) -> None:
        deploy = rows[place].deploy
        chosen: dict[str, Any] = {
            "services": (deploy.service,),
            "environments": (deploy.environment,) if deploy.environment else (),
        }
        address.show(link, query=replace(link.query, **chosen), revision=deploy.revision)

    tables.draw(
        frame,
        "deploys",
        {
            "open": tables.button("revision", "open_deploy", choose, width=120),
            "when": tables.time("when"),
            "service": tables.COLUMN.TextColumn(width=190),
            "outcome": tables.COLUMN.TextColumn(width=105),
            "verdict": tables.COLUMN.TextColumn(width=440),
            "by": tables.COLUMN.TextColumn(width=110),
            "rests on": tables.COLUMN.TextColumn(width=90),
        },
        most=10,
    )
    parts.part("What the newest ones changed")
    parts.say([f"{say_time(row.deploy.ts)}: {row.verdict}" for row in rows[:3]])


def _short(row: DeployRow) -> str:
    """Return the verdict without the revision, which has a column of its own."""
    return row.verdict.removeprefix(f"{row.deploy.revision} ") if row.deploy.revision else row.verdict


def others(view: DeploysView) -> None:
    """List traffic changes, calls that say too little, and revisions of which nobody saw the deploy: none of them is a deploy."""
    told = [
        (
            "Traffic changes, which are no deploys",
            [f"{say_time(t.ts)}: {words.named(t.service)}{_by(t.actor)}" for t in view.traffic],
        ),
        (
            "Calls that do not say what they changed",
            [f"{say_time(t.ts)}: {words.named(t.service)}{_by(t.actor)}" for t in view.unclear],
        ),
        ("First seen, without a deploy", [f"{say_time(f.ts)}: {f.revision}: {f.why}" for f in view.first_seen]),
    ]
    for title, lines in told:
        if lines:
            _fold(f"{title} ({len(lines):,})", lines)


def _by(actor: str) -> str:
    return f", by {actor}" if actor else ""


def _fold(title: str, lines: Sequence[str]) -> None:
    rest = [f"And {len(lines) - LISTED:,} more: python -m lib deploys"] if len(lines) > LISTED else []
    items = "".join(f"<li>{safe.html(line)}</li>" for line in [*lines[:LISTED], *rest])
    st.html(f'<details class="bs-fold"><summary>{safe.html(title)}</summary><ul class="bs-list">{items}</ul></details>')


def way_back(link: Link) -> None:
    """Draw the way back to the list."""
    st.button("← All deploys", key="back", type="tertiary", on_click=address.show, args=(link,), kwargs={"revision": ""})


def facts(view: DeployView) -> None:
    """Draw what is known of one deploy, and what else may have caused what is seen."""
    deploy, lane = view.deploy, view.lane
    parts.facts(
        {
            "revision": deploy.revision,
            "deployed": say_time(deploy.ts) + words.here(deploy.ts, st.context.timezone),
            "outcome": OUTCOMES[deploy.outcome],
            "by": deploy.actor or "not known",
            "rests on": deploy.evidence.value.replace("_", " "),
            "compared with": view.before.revision if view.before else "nothing: no window before it was read",
            "served until": say_time(lane.end) if lane else "not known",
        }
    )
    parts.say(list(deploy.reasons))
    parts.tell("Something else may be the cause", view.confounders)
    if lane and lane.beside:
        parts.note(f"Served at the same time as {join_words(lane.beside)}: sides are told apart by revision.")


def comparison(view: DeployView, link: Link) -> None:
    """Draw every cluster before and after, changes first; what cannot be told is folded with what it needs."""
    known = [row for row in view.rows if row.compared.change is not Change.NOT_ENOUGH]
    unknown = [row for row in view.rows if row.compared.change is Change.NOT_ENOUGH]
    parts.part(f"Before and after ({len(known):,} answers)")
    if known:
        _table(known, "known", link)
    elif not unknown:
        parts.note("Nothing was written on both sides that could be compared.")
    if unknown:
        with st.expander(f"Not enough data for {count_of(len(unknown), 'cluster')}", key="not_enough", type="compact"):
            _table(unknown, "unknown", link)


def _table(rows: Sequence[ClusterChange], key: str, link: Link) -> None:
    frame = pd.DataFrame(
        {
            "open": ["Open" for _ in rows],
            "change": [CHANGES[row.compared.change] for row in rows],
            "ratio": [deploycharts.say_ratio(row.compared) for row in rows],
            "before": [row.compared.before for row in rows],
            "after": [row.compared.after for row in rows],
            "measured": [_exposure(row.compared) for row in rows],
            "q": [row.compared.q for row in rows],
            "kind": [words.KIND_SIGNS[row.kind] for row in rows],
            "template": [safe.plain(" ".join(row.template.split())) for row in rows],
            "needs": [_needs(row.compared) for row in rows],
        }
    )

    def choose(place: int) -> None:
        address.go_to_cluster(link, rows[place].compared.cluster)

    number = tables.COLUMN.NumberColumn
    tables.draw(
        frame,
        f"comparison_{key}",
        {
            "open": tables.button("", f"open_compared_{key}", choose, width=65),
            "change": tables.COLUMN.TextColumn(width=135),
            "ratio": tables.COLUMN.TextColumn("times as often (95 %)", width=185),
            "before": number(format="localized", width=70),
            "after": number(format="localized", width=70),
            "measured": tables.COLUMN.TextColumn("in", width=195),
            "q": number(format="%.2g", width=75),
            "kind": tables.COLUMN.TextColumn(width=115),
            "template": tables.COLUMN.TextColumn(width=380),
            "needs": tables.COLUMN.TextColumn("still needed", width=220),
        },
        most=14,
    )


def _exposure(row: Compared) -> str:
    unit = "requests" if row.unit is Unit.REQUESTS else "min"
    return f"{row.exposure_before:,.0f} and {row.exposure_after:,.0f} {unit}"


def _needs(row: Compared) -> str:
    seen = f"; a factor of {row.visible:.2g} would show" if row.visible else ""
    return f"more {row.missing.value}{seen}" if row.missing.value else ""
