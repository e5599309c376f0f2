"""Two charts of one service: what each revision's signs say over time, and what arrived in Sentry beside what was logged."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import plotly.graph_objects as go

from lib.core.model import Coverage
from lib.core.sentry.trackingstates import State, StateSpan
from lib.core.wording import say_time
from lib.ui import figures, safe, theme
from lib.views.sentry import ServiceHealth

BLIND = (State.MISSING, State.MISCONFIGURED, State.DISABLED, State.DROPPING)
LANES = 12  # revisions drawn, the newest; the table has all
HOUR = timedelta(hours=1)
LOSSES = "Sentry: losses"


def timeline(row: ServiceHealth, cover: Coverage) -> None:
    """Draw a lane a revision: when it served, and what its signs say; a lane for the losses that Sentry counted."""
    line = row.timeline
    lives = line.lives[-LANES:]
    if not lives or cover.start is None or cover.end is None:
        return
    service = row.judgement.service
    shown = [s for s in line.starts if s.revision in {life.revision for life in lives}]
    names = {life.revision: _name_lane(life.revision, service, shown) for life in lives}
    figure = go.Figure()
    served = [(names[x.revision], x.start, x.end or line.end) for x in lives]
    figure.add_trace(_bars(served, "served", theme.palette().grid, ""))
    blind = [(names[s.revision], s.start, s.end or line.end) for s in shown if s.state in BLIND]
    blind += [(LOSSES, d.start, d.end or line.end) for d in line.drops]
    figure.add_trace(_bars(blind, "errors not tracked", theme.palette().warning, "/"))
    good = [(names[s.revision], s.start, s.end or line.end) for s in shown if s.state not in BLIND]
    figure.add_trace(_bars(good, "initialised, no proof", theme.palette().other, ""))
    lanes = [*(names[x.revision] for x in lives), *([LOSSES] if line.drops else [])]
    _lay_out(figure, cover, 30 * len(lanes) + 70)
    figure.update_layout(barmode="overlay", bargap=0.25)
    figure.update_yaxes(categoryorder="array", categoryarray=lanes[::-1], type="category")
    hidden = f"; the newest {LANES} of {len(line.lives)} revisions" if len(line.lives) > LANES else ""
    figures.show(figure, f"What each revision's signs say{hidden}", "(UTC)", "sentry_timeline")


def _bars(spans: Sequence[tuple[str, datetime, datetime]], name: str, colour: str, pattern: str) -> go.Bar:
    return go.Bar(
        orientation="h",
        y=[lane for lane, _, _ in spans],
        base=[start.replace(tzinfo=None) for _, start, _ in spans],
        x=[(end - start).total_seconds() * 1000 for _, start, end in spans],
        name=name,
        marker={
            "color": colour,
            "line": {"width": 0},
            "pattern": {"shape": pattern, "size": 7, "solidity": 0.3, "bgcolor": colour, "fgcolor": theme.palette().stripe},
        },
        customdata=[f"{say_time(start)} to {say_time(end)}" for _, start, end in spans],
        hovertemplate=f"%{{y}}: {name}, %{{customdata}}<extra></extra>",
    )


def _name_lane(revision: str, service: str, spans: Sequence[StateSpan]) -> str:
    """Return "00042-vtd: missing": a word on a bar would hide a short one, and leave it on a phone."""
    states = dict.fromkeys(span.state.value for span in spans if span.revision == revision)
    name = safe.shorten(revision.removeprefix(f"{service}-"), 40) or "no revision"
    return safe.plotly(f"{name}: {', '.join(states)}" if states else name)


def hours(row: ServiceHealth, cover: Coverage) -> None:
    """Draw the errors that were logged per hour, and how many Sentry accepted; hours it was not asked about are told."""
    if not any(h.eligible or h.accepted for h in row.hours):
        return
    colours = theme.palette()
    known = [h for h in row.hours if h.accepted is not None]
    figure = go.Figure()
    figure.add_trace(_per_hour("errors logged", [(h.ts, h.eligible) for h in row.hours], {"color": colours.failure}))
    look = {"color": colours.other, "line": {"color": colours.text, "width": 1}}
    figure.add_trace(_per_hour("accepted by Sentry", [(h.ts, h.accepted or 0) for h in known], look))
    _lay_out(figure, cover, 220)
    first, last = (ts.replace(tzinfo=None) for ts in (min(h.ts for h in row.hours), max(h.ts for h in row.hours) + HOUR))
    figure.update_xaxes(range=[first, last])  # whole hours: the window may begin within one
    figure.update_layout(barmode="group", bargap=0.2)
    figure.update_yaxes(rangemode="tozero", nticks=4)
    unasked = len(row.hours) - len(known)
    asked = "" if not unasked else f"; Sentry was not asked about {unasked} of them" if known else "; Sentry was not asked"
    figures.show(figure, f"Errors logged and accepted per hour{asked}", "(UTC)", "sentry_hours")


def _per_hour(name: str, counts: Sequence[tuple[datetime, int]], look: Mapping[str, object]) -> go.Bar:
    """Return a bar an hour, drawn in its middle; Sentry's hours begin at any minute."""
    return go.Bar(
        x=[(ts + HOUR / 2).replace(tzinfo=None) for ts, _ in counts],
        y=[n for _, n in counts],
        name=name,
        marker=dict(look),
        customdata=[f"{ts:%H:%M}" for ts, _ in counts],
        hovertemplate=f"%{{y:,}} {name} in the hour from %{{customdata}}<extra></extra>",
    )


def _lay_out(figure: go.Figure, cover: Coverage, height: int) -> None:
    figures.lay_out(figure, height)
    ends = [ts.replace(tzinfo=None) for ts in (cover.start, cover.end) if ts]
    figure.update_xaxes(
        range=ends, type="date", tickformatstops=figures.TICKS, automargin=True, showgrid=False, tickangle=0, **figures.grid()
    )
    figure.update_yaxes(automargin=True, **figures.grid())
