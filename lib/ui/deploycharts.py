"""Three charts of deploys: loudness over the windows, ratios before and after, and two windows laid over each other."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from math import log10

import plotly.graph_objects as go

from lib.core.compare import Change, Compared
from lib.core.deploys import DeployOutcome
from lib.core.frequency import Rate
from lib.core.model import Coverage
from lib.core.rollouts.verdicts import ClusterChange
from lib.core.wording import say_duration
from lib.ui import figures, safe, theme
from lib.ui.link import Link
from lib.views.deploychart import Marker
from lib.views.deploys import DeploysView, DeployView

UNITS = {
    Rate.COUNT: "Warnings and errors per {}",
    Rate.PER_REQUEST: "Warnings and errors a request, per {}",
    Rate.PER_MINUTE: "Warnings and errors a minute, per {}",
}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
CHART, LEGEND = 310, 14  # pixels of the chart, and of a line's name under it where a phone lists one a row
FEW, TICK = 40, 0.94  # deploys that are drawn as whole lines; where the ticks of more begin
NAME = 42  # letters of a line's name, and of a deploy's words
ROWS, LETTER = 3, 0.0052  # rows of labels over the chart, and a letter's part of its width
LONG = timedelta(hours=3)  # windows that are longer are told in hours
FOREST_PX = 34
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
                name=safe.plotly(safe.shorten(" ".join(series.name.split()), NAME) or "no name"),
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
    _lay_out(figure, CHART + LEGEND * len(chart.series))
    figure.update_layout(
        margin={"t": 58},
        legend={"x": 0, "xanchor": "left", "y": 0, "yanchor": "bottom"},  # the deploys' words are above
        shapes=[*_shaded(cover), *(_line(m.ts, m.outcome, whole=len(shown) <= FEW) for m in shown)],
        annotations=labels,
    )
    figures.let_select(figure)
    ends = [ts.replace(tzinfo=None) for ts in (cover.start, cover.end) if ts]
    figure.update_xaxes(range=ends, type="date", tickformatstops=figures.TICKS, showgrid=False)
    figure.update_yaxes(rangemode="tozero", nticks=4)
    note = "" if len(labels) == len(_words(shown)) else "; those without words are in the table"
    title = UNITS[chart.rate].format(say_duration(timedelta(seconds=chart.bucket_s)))
    key = f"chart_frequency_{cover.start}_{cover.end}_{chart.by}_{chart.rate}"
    figures.show(figure, f"{title}; lines are deploys{note}", "(UTC)", key, link)


def _line(ts: datetime, outcome: DeployOutcome, *, whole: bool) -> dict[str, object]:
    """Return a deploy's line: through the chart, or a tick on its upper edge where so many lines would hide it."""
    look = {DeployOutcome.FAILED: "dot", DeployOutcome.UNKNOWN: "dash"}.get(outcome, "solid")
    at = ts.replace(tzinfo=None)
    ends = {"xref": "x", "yref": "paper", "x0": at, "x1": at, "y0": 0 if whole else TICK, "y1": 1.0}
    line = {"color": theme.palette().deploy, "width": 1, "dash": look if whole else "solid"}
    return {"type": "line", **ends, "line": line, "layer": "below"}


def _labels(markers: Sequence[Marker], cover: Coverage) -> list[dict[str, object]]:
    """Return the deploys' words above the chart, in ROWS rows; one that would lie on another is left to the table."""
    if cover.start is None or cover.end is None:
        return []
    span, free, labels = cover.end - cover.start, [cover.start] * ROWS, []
    for ts, words in _words(markers):
        width = span * (len(words) * LETTER)
        left = ts + width <= cover.end  # else its words end at its line: beyond the chart they would be cut
        begins = ts if left else ts - width
        row = next((n for n, until in enumerate(free) if until <= begins), None)
        if row is not None:
            free[row] = begins + width
            labels.append(_label(ts, words, row, "left" if left else "right"))
    return labels


def _words(markers: Sequence[Marker]) -> list[tuple[datetime, str]]:
    """Return (time, words) of each deploy in order; services deployed in one second under one number share theirs."""
    together: dict[tuple[date, str], list[Marker]] = {}
    for marker in markers:
        together.setdefault((marker.ts.date(), marker.label), []).append(marker)
    return [
        (same[0].ts, safe.shorten(label, NAME) + (f", {len(same)} services" if len(same) > 1 else ""))
        for (_, label), same in together.items()
    ]


def _label(ts: datetime, words: str, row: int, anchor: str) -> dict[str, object]:
    return {
        "x": ts.replace(tzinfo=None),
        "y": 1.02 + 0.07 * row,
        "yref": "paper",
        "yanchor": "bottom",
        "text": safe.plotly(words),
        "showarrow": False,
        "xanchor": anchor,
        "font": {"size": 10, "color": theme.palette().muted},
    }


def _shaded(cover: Coverage) -> list[dict[str, object]]:
    look = {"type": "rect", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": {"width": 0}}
    fill = {"fillcolor": theme.palette().muted, "opacity": 0.16}
    return [{**look, **fill, "x0": a.replace(tzinfo=None), "x1": b.replace(tzinfo=None)} for a, b in cover.unread]


def forest(view: DeployView) -> None:
    """Draw the rate ratio of each cluster with its interval on a log axis, those that changed first.

    What was not there before has no ratio, what is gone a ratio of 0: their marks lie at the chart's edges.
    """
    rows = [r for r in view.rows if r.compared.change is not Change.NOT_ENOUGH and (r.compared.before or r.compared.after)]
    rows = rows[:FOREST]
    if not rows:
        return
    palette = theme.palette()
    names = [f"{n}. {safe.plotly(safe.shorten(' '.join(r.template.split()), NAME))}" for n, r in enumerate(rows, 1)]
    figure = go.Figure()
    for number, (changes, colour, symbol, label) in enumerate(_marks()):
        mine = [(len(rows) - n, row) for n, row in enumerate(rows) if row.compared.change in changes]
        if mine:
            figure.add_trace(_arms(mine, colour, symbol, label, number))
    _lay_out(figure, 70 + FOREST_PX * len(rows))
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
    at = {"xref": "paper", "x": 0, "xanchor": "left", "yanchor": "bottom", "showarrow": False, "borderpad": 0}
    font = {"size": 11, "color": palette.text}
    told = [{**at, "y": len(rows) - n, "yshift": 3, "text": name, "font": font} for n, name in enumerate(names)]
    figure.update_layout(shapes=[one], annotations=told)
    figure.update_xaxes(
        type="log",
        range=[log10(1 / WIDEST) - 0.1, log10(WIDEST) + 0.1],
        gridcolor=palette.grid,
        tickvals=[0.01, 0.1, 1, 10, 100],
        ticktext=["0.01", "0.1", "1", "10", "100"],
    )
    figure.update_yaxes(range=[0.4, len(rows) + 0.9], showticklabels=False, showgrid=False, zeroline=False)
    figures.show(figure, "How many times as frequent after as before, with 95 % interval", "", "forest")


def _marks() -> Sequence[tuple[Sequence[Change], str, str, str]]:
    palette = theme.palette()
    return (
        ((Change.NEW,), palette.failure, "triangle-right", "new"),
        ((Change.MORE, Change.FEWER), palette.failure, "diamond", "more or fewer"),
        ((Change.GONE,), palette.failure, "triangle-left-open", "gone"),
        ((Change.SAME,), palette.other, "circle", "same"),
    )


def _arms(rows: Sequence[tuple[int, ClusterChange]], colour: str, symbol: str, label: str, rank: int) -> go.Scatter:
    """Return ratios with their arms; plotly wants the arms as lengths, and a log axis holds no 0 and no infinity."""
    found = [r.compared for _, r in rows]
    ratios = [_bounded(WIDEST if c.ratio is None else c.ratio) for c in found]
    high = [_bounded(c.high if c.high is not None else WIDEST) - x for c, x in zip(found, ratios, strict=True)]
    low = [x - _bounded(c.low or 0) for c, x in zip(found, ratios, strict=True)]
    arms = {"array": [max(x, 0) for x in high], "arrayminus": [max(x, 0) for x in low]}
    return go.Scatter(
        x=ratios,
        y=[place for place, _ in rows],
        mode="markers",
        name=label,
        legendrank=rank,
        marker={"symbol": symbol, "size": 10, "color": colour},
        error_x={"type": "data", "symmetric": False, **arms, "color": colour, "width": 3},
        customdata=[f"{c.before:,} before, {c.after:,} after: {say_ratio(c)}" for c in found],
        hovertemplate="%{customdata}<extra></extra>",
    )


def _bounded(ratio: float) -> float:
    return min(max(ratio, 1 / WIDEST), WIDEST)


def say_ratio(row: Compared) -> str:
    """Return "4.1 (2.9 to 5.8)", "none before" for what is new; "at least" and "at most" where only one end is known."""
    low, high = (f"{x:.2g}" if x is not None else "" for x in (row.low, row.high))
    if row.ratio is None:
        return f"none before; at least {low}" if low and not high else "not known" if row.before else "none before"
    return f"{row.ratio:.2g} ({low or '?'} to {high or '?'})"


def overlay(view: DeployView) -> None:
    """Draw both windows by the time since each began."""
    if len(view.overlay) < 2:
        return
    longest = max((p.since for one in view.overlay for p in one.points), default=timedelta())
    unit, step = ("hours", timedelta(hours=1)) if longest > LONG else ("minutes", timedelta(minutes=1))
    figure = go.Figure()
    service = view.deploy.service
    for place, one in enumerate(view.overlay):
        figure.add_trace(
            go.Scatter(
                x=[p.since / step for p in one.points],
                y=[p.value for p in one.points],
                name=safe.plotly(one.name.removeprefix(f"{service}-")),
                mode="lines+markers",
                connectgaps=False,
                marker={"size": 4},
                line={"dash": DASHES[place], "color": colours()[place], "width": 2},
                hovertemplate=f"%{{y:.4~g}} after %{{x:.3~g}} {unit}<extra>%{{fullData.name}}</extra>",
            )
        )
    _lay_out(figure, 240)
    figure.update_xaxes(title={"text": f"{unit} since the window began", "font": {"size": 11}}, showgrid=False, zeroline=False)
    figure.update_yaxes(rangemode="tozero", nticks=4)
    figures.show(figure, "Warnings and errors of both windows, laid over each other", "", "overlay")


def colours() -> tuple[str, ...]:
    """Return line colours that differ in lightness too."""
    p = theme.palette()
    return (p.failure, p.warning, p.other, p.text, p.muted)


def _lay_out(figure: go.Figure, height: int) -> None:
    figures.lay_out(figure, height)
    figure.update_xaxes(tickangle=0, automargin=True, **figures.grid())
    figure.update_yaxes(automargin=True, **figures.grid())
