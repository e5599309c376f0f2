"""Three charts of deploys: loudness over the windows, ratios before and after, and two windows laid over each other."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import plotly.graph_objects as go
import streamlit as st

from lib.core.compare import Change
from lib.core.deploys import DeployOutcome
from lib.core.frequency import Rate
from lib.core.model import Coverage
from lib.core.verdicts import ClusterChange
from lib.core.wording import say_duration
from lib.ui import charts, safe, theme
from lib.ui.link import Link
from lib.views.deploychart import Marker
from lib.views.deploys import DeploysView, DeployView

UNITS = {
    Rate.COUNT: "Warnings and errors per {}",
    Rate.PER_REQUEST: "Warnings and errors a request, per {}",
    Rate.PER_MINUTE: "Warnings and errors a minute, per {}",
}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
ROWS, LETTER = 3, 0.0052  # rows of labels over the chart, and a letter's part of its width
FOREST = 20  # clusters in the forest plot, those that matter most
WIDEST = 1000.0  # factor at which an interval's arm is cut


def frequency(view: DeploysView, link: Link) -> None:
    """Draw a line a name over time, deploys as thin lines with their labels in a strip of their own; a box narrows the page."""
    chart, cover = view.chart, view.coverage
    if chart is None or not chart.series:
        return
    figure = go.Figure()
    for place, series in enumerate(chart.series):
        figure.add_trace(
            go.Scatter(
                x=[p.ts.replace(tzinfo=None) for p in series.points],
                y=[p.value for p in series.points],
                name=safe.plotly(series.name or "no name"),
                mode="lines+markers",
                connectgaps=False,
                marker={"size": 4},
                line={
                    "dash": DASHES[place % len(DASHES)],
                    "color": colours()[place % len(colours())],
                    "width": 2,
                    "shape": "hvh",
                },
                hovertemplate="%{y:.4~g} at %{x|%H:%M}<extra>%{fullData.name}</extra>",
            )
        )
    shown, labels = chart.markers, _labels(chart.markers, cover)
    _lay_out(figure, 340)
    figure.update_layout(
        shapes=[*_shaded(cover), *(_line(m.ts, m.outcome) for m in shown)],
        annotations=labels,
        dragmode="select",
        selectdirection="h",
    )
    ends = [ts.replace(tzinfo=None) for ts in (cover.start, cover.end) if ts]
    figure.update_xaxes(range=ends, type="date", showgrid=False)
    figure.update_yaxes(rangemode="tozero", nticks=4)
    note = "" if len(labels) == len(shown) else f", {len(labels)} of {len(shown)} with their words, all in the table"
    title = UNITS[chart.rate].format(say_duration(timedelta(seconds=chart.bucket_s)))
    key = f"chart_frequency_{cover.start}_{cover.end}_{chart.by}_{chart.rate}"
    _show(figure, f"{title}; lines are deploys{note}", key, link)


def _line(ts: datetime, outcome: DeployOutcome) -> dict[str, object]:
    palette = theme.palette()
    look = {DeployOutcome.FAILED: "dot", DeployOutcome.UNKNOWN: "dash"}.get(outcome, "solid")
    at = ts.replace(tzinfo=None)
    line = {"color": palette.text, "width": 1, "dash": look}
    return {"type": "line", "xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0, "y1": 1.0, "line": line, "layer": "below"}


def _labels(markers: Sequence[Marker], cover: Coverage) -> list[dict[str, object]]:
    """Return the deploys' words above the chart, in ROWS rows; one that would lie on another is left to the table."""
    if cover.start is None or cover.end is None:
        return []
    span, free, labels = cover.end - cover.start, [cover.start] * ROWS, []
    for marker in markers:
        row = next((n for n, until in enumerate(free) if until <= marker.ts), None)
        if row is not None:
            free[row] = marker.ts + span * (len(marker.label) * LETTER)
            labels.append(_label(marker, row))
    return labels


def _label(marker: Marker, row: int) -> dict[str, object]:
    return {
        "x": marker.ts.replace(tzinfo=None),
        "y": 1.02 + 0.07 * row,
        "yref": "paper",
        "yanchor": "bottom",
        "text": safe.plotly(marker.label),
        "showarrow": False,
        "xanchor": "left",
        "font": {"size": 10, "color": theme.palette().muted},
    }


def _shaded(cover: Coverage) -> list[dict[str, object]]:
    look = {"type": "rect", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": {"width": 0}}
    fill = {"fillcolor": theme.palette().muted, "opacity": 0.16}
    return [{**look, **fill, "x0": a.replace(tzinfo=None), "x1": b.replace(tzinfo=None)} for a, b in cover.unread]


def forest(view: DeployView) -> None:
    """Draw the rate ratio of each cluster with its interval on a log axis, those that changed first."""
    rows = [r for r in view.rows if r.compared.ratio and r.compared.change is not Change.NOT_ENOUGH][:FOREST]
    if not rows:
        return
    palette = theme.palette()
    names = [f"{n}. {safe.plotly(safe.shorten(' '.join(r.template.split()), 60))}" for n, r in enumerate(rows, 1)]
    figure = go.Figure()
    for changed, colour, symbol, label in (
        (True, palette.failure, "diamond", "changed"),
        (False, palette.other, "circle", "same"),
    ):
        mine = [(name, row) for name, row in zip(names, rows, strict=True) if row.changed is changed]
        if mine:
            figure.add_trace(_arms(mine, colour, symbol, label))
    _lay_out(figure, 60 + 24 * len(rows))
    one = {
        "type": "line",
        "xref": "x",
        "yref": "paper",
        "x0": 1,
        "x1": 1,
        "y0": 0,
        "y1": 1,
        "line": {"color": palette.text, "width": 1},
    }
    figure.update_layout(shapes=[one])
    figure.update_xaxes(
        type="log",
        gridcolor=palette.grid,
        tickvals=[0.01, 0.1, 0.3, 1, 3, 10, 100],
        ticktext=["0.01", "0.1", "0.3", "1", "3", "10", "100"],
    )
    figure.update_yaxes(categoryorder="array", categoryarray=names[::-1], type="category", showgrid=False)
    _show(figure, "How many times as frequent after as before, with 95 % interval", "forest")


def _arms(rows: Sequence[tuple[str, ClusterChange]], colour: str, symbol: str, label: str) -> go.Scatter:
    """Return ratios with their arms; plotly wants the arms as lengths, an arm without an end is cut at WIDEST."""
    ratios = [r.compared.ratio or 1.0 for _, r in rows]
    high = [min(r.compared.high or WIDEST, max(WIDEST, x)) - x for (_, r), x in zip(rows, ratios, strict=True)]
    low = [x - max(r.compared.low or 1 / WIDEST, 1 / WIDEST) for (_, r), x in zip(rows, ratios, strict=True)]
    return go.Scatter(
        x=ratios,
        y=[name for name, _ in rows],
        mode="markers",
        name=label,
        marker={"symbol": symbol, "size": 9, "color": colour},
        error_x={"type": "data", "symmetric": False, "array": high, "arrayminus": [max(x, 0) for x in low], "color": colour},
        customdata=[f"{r.compared.before:,} before, {r.compared.after:,} after" for _, r in rows],
        hovertemplate="%{x:.2~g} times as frequent, %{customdata}<extra></extra>",
    )


def overlay(view: DeployView) -> None:
    """Draw both windows by the time since each began."""
    if len(view.overlay) < 2:
        return
    figure = go.Figure()
    service = view.deploy.service
    for place, one in enumerate(view.overlay):
        figure.add_trace(
            go.Scatter(
                x=[p.since.total_seconds() / 60 for p in one.points],
                y=[p.value for p in one.points],
                name=safe.plotly(one.name.removeprefix(f"{service}-")),
                mode="lines+markers",
                connectgaps=False,
                marker={"size": 4},
                line={"dash": DASHES[place], "color": colours()[place], "width": 2},
                hovertemplate="%{y:.4~g} after %{x:.0f} min<extra>%{fullData.name}</extra>",
            )
        )
    _lay_out(figure, 240)
    figure.update_xaxes(title={"text": "minutes since the window began", "font": {"size": 11}}, showgrid=False)
    figure.update_yaxes(rangemode="tozero", nticks=4)
    _show(figure, "Warnings and errors of both windows, laid over each other", "overlay")


def colours() -> tuple[str, ...]:
    """Return line colours that differ in lightness too."""
    p = theme.palette()
    return (p.failure, p.warning, p.other, p.text, p.muted)


def _lay_out(figure: go.Figure, height: int) -> None:
    palette = theme.palette()
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 84, "b": 8} if height > 300 else {"l": 8, "r": 8, "t": 30, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": palette.text, "size": 12, "family": "system-ui, sans-serif"},
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1, "yanchor": "top", "yref": "container"},
        template="none",
        dragmode=False,
    )
    line = {"gridcolor": palette.grid, "zerolinecolor": palette.grid, "linecolor": palette.grid, "automargin": True}
    figure.update_xaxes(**line)
    figure.update_yaxes(**line)


def _show(figure: go.Figure, title: str, key: str, link: Link | None = None) -> None:
    st.html(f'<h2 class="bs-part">{safe.html(title)} <span class="bs-rests">{"(UTC)" if link else ""}</span></h2>')
    if link is None:
        st.plotly_chart(figure, theme=None, key=key, config={"displaylogo": False, "displayModeBar": False}, alt=title)
        return
    config = {"displaylogo": False, "displayModeBar": False}
    st.plotly_chart(
        figure, theme=None, key=key, on_select=lambda: charts.narrow(key, link), selection_mode="box", config=config, alt=title
    )
