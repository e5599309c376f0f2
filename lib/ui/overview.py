"""The Overview, drawn: what nobody can see now, the services by need, what changed lately and what stands out."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from lib.core.sight import Sight
from lib.ui import address, charts, parts, safe, tables, theme, words
from lib.ui.deploys import OUTCOMES
from lib.ui.link import Link, write_link
from lib.views.overview import OverviewView, ServiceRow

SIGHTS = {Sight.BLIND: "✖", Sight.PART: "◐", Sight.UNKNOWN: "?", Sight.SEEN: "✓"}


def open_gaps(view: OverviewView) -> None:
    """Say who cannot be seen now, and what could not be answered."""
    parts.tell(view.open_title, view.open_gaps)
    parts.tell("A part of this answer is missing, and not known", view.untold)


def services(view: OverviewView, link: Link) -> None:
    """Draw a row a service, the neediest first; its button narrows the page to that service."""
    rows, cover, bucket_s = view.services, view.coverage, view.bucket_s
    frame = pd.DataFrame(
        {
            "open": [f"{words.named(row.service)} ›" for row in rows],
            "environment": [words.named(row.environment, "environment") for row in rows],
            "sight": [f"{SIGHTS[row.sight]} {row.reason}" for row in rows],
            "failures": [row.failures for row in rows],
            "failure trend": [charts.sparkline(row.failure_trend, cover, bucket_s) for row in rows],
            "unseen": pd.array([row.unseen for row in rows], dtype="Int64"),
            "warnings": [row.warnings for row in rows],
            "warning trend": [charts.sparkline(row.warning_trend, cover, bucket_s) for row in rows],
            "deploy": [_deploy(row) for row in rows],
            "stands out": [safe.plain(row.stands_out[0]) if row.stands_out else "nothing" for row in rows],
        }
    )

    def narrow(place: int) -> None:
        row = rows[place]
        address.change(link, services=(row.service,), environments=(row.environment,))

    text, number = tables.COLUMN.TextColumn, tables.COLUMN.NumberColumn
    tables.draw(
        frame,
        "services",
        {
            "open": tables.button("service", "open_service", narrow, width=205),
            "environment": text(width=98),
            "sight": text("error tracking", width=118),
            "failures": number(format="localized", width=70),
            "failure trend": tables.trend("trend", theme.palette().failure, width=72),
            "unseen": number(format="localized", width=85),
            "warnings": number(format="localized", width=78),
            "warning trend": tables.trend("trend", theme.palette().warning, width=72),
            "deploy": text("newest deploy (UTC)", width=250),
            "stands out": text("stands out", width=420),
        },
        most=6,
    )


def _deploy(row: ServiceRow) -> str:
    """Return the newest deploy as "00046-bxc ✓ ready, 17 Sep 09:00", or who served without one."""
    revision = row.revision.removeprefix(f"{row.service}-")
    if row.deploy is None:
        return f"none; {revision} serves" if revision else "not known"
    deploy = row.deploy.deploy
    outcome = OUTCOMES[deploy.outcome] + (", rolled back" if row.deploy.rolled_back else "")
    return f"{revision} {outcome}, {deploy.ts:%d %b %H:%M}"


def changes(view: OverviewView) -> None:
    """Say what changed in the last hour of the window; nothing when nothing did."""
    if view.changes:
        parts.part("What changed in the last hour")
        parts.say(view.changes)


def standing_out(rows: Sequence[ServiceRow], link: Link) -> None:
    """Say what stands out, service by service, each with the way to its most telling cluster."""
    telling = [row for row in rows if row.stands_out]
    parts.part("What stands out")
    if not telling:
        parts.note("Nothing stands out in what was read.")
    for place, row in enumerate(telling):
        environment = f'<span class="bs-rests">{safe.html(row.environment)}</span>'
        st.html(f'<p class="bs-service">{safe.html(words.named(row.service))} {environment}</p>')
        parts.say(row.stands_out)
        if row.worst:
            params = write_link(replace(link, cluster=row.worst.id))
            with st.container(key=f"worst_{place}"):
                st.page_link("pages/clusters.py", label="Open the first of them ▸", query_params=params)
