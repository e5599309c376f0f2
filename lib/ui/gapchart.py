"""The chart of the Blind spots page: for each service its gaps over its failure bursts, on one time axis, deploys as lines."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import plotly.graph_objects as go

from lib.core.deploys import DeployOutcome
from lib.core.gaps import Gap
from lib.core.wording import count_of, name_of, say_duration, say_time
from lib.ui import figures, safe, theme
from lib.ui.link import Link
from lib.views.gaps import GapsView, Lane

LANES = 12  # services drawn, those that are blind first; the tables have all
LANE_PX = 76
NAME, CAUSE, GAP, BURST, THICK = 0.47, 0.16, -0.09, -0.35, 0.24  # where in a lane its name, words and bars lie
WORDS = 0.36  # the height that Plotly wants around a line of words
Span = tuple[float, datetime, datetime, str]  # lane's place, start, end, words


def lanes(view: GapsView, link: Link) -> None:
    """Draw the lanes; a box drawn in them narrows the window."""
    shown, cover = view.lanes[:LANES], view.coverage
    if not shown or cover.start is None or cover.end is None:
        return
    palette = theme.palette()
    figure = go.Figure()
    figure.add_trace(_bars(_gaps(shown), "nobody could see", palette.warning, "/"))
    figure.add_trace(_bars(_unsure(shown), "perhaps already or still", palette.warning, "", opacity=0.35))
    figure.add_trace(_bars(_bursts(shown, blind=False), "failures, seen", palette.failure, ""))
    figure.add_trace(_bars(_bursts(shown, blind=True), "failures, unseen", palette.unseen, "x"))
    figure.add_trace(_causes(shown, cover.start, cover.end))
    deploys = [line for place, lane in _placed(shown) for line in _deploys(lane, place)]
    figures.lay_out(figure, 90 + LANE_PX * len(shown))
    figures.let_select(figure)
    figure.update_layout(
        barmode="overlay",
        annotations=[_named(lane, place) for place, lane in _placed(shown)],
        uniformtext={"minsize": 11, "mode": "hide"},  # words that would leave their bar are left to the hover
        shapes=[*deploys, *_shaded(view)],
        hoverlabel=figures.hover(),
    )
    figure.update_yaxes(range=[0.5, len(shown) + 0.5], showticklabels=False, showgrid=False, zeroline=False)
    ends = [cover.start.replace(tzinfo=None), cover.end.replace(tzinfo=None)]
    figure.update_xaxes(
        range=ends,
        type="date",
        tickformatstops=figures.TICKS,
        showgrid=True,
        gridcolor=palette.grid,
        automargin=True,
        tickangle=0,
    )
    more = f", {LANES} of {len(view.lanes)} services" if len(view.lanes) > LANES else ""
    title = f"When nobody could see, over when services failed{more}"
    figures.show(
        figure, title, "(UTC; thin lines are deploys, dotted ones failed)", f"chart_gaps_{cover.start}_{cover.end}", link
    )


def _placed(shown: Sequence[Lane]) -> list[tuple[int, Lane]]:
    return list(zip(range(len(shown), 0, -1), shown, strict=True))


def _gaps(shown: Sequence[Lane]) -> list[Span]:
    return [(n + GAP, row.gap.start, row.gap.until, row.sentence) for n, lane in _placed(shown) for row in lane.gaps]


def _unsure(shown: Sequence[Lane]) -> list[Span]:
    """Return the stretches before a gap's start and before its end in which nothing tells whether it had begun, or was over."""
    spans: list[Span] = []
    for n, lane in _placed(shown):
        for row in lane.gaps:
            gap = row.gap
            if gap.start_unsure:
                spans.append((n + GAP, gap.start - gap.start_unsure, gap.start, "it may have begun here"))
            if gap.end_unsure:
                told = "it may have been over here" + (": nothing was read" if gap.open else "")
                spans.append((n + GAP, gap.until - gap.end_unsure, gap.until, told))
    return spans


def _bursts(shown: Sequence[Lane], *, blind: bool) -> list[Span]:
    return [
        (n + BURST, part.start, part.end, f"{row.found.count:,} times: {safe.shorten(row.cluster.template, 90)}")
        for n, lane in _placed(shown)
        for row in lane.bursts
        for part in row.parts
        if part.blind is blind
    ]


def _bars(spans: Sequence[Span], name: str, colour: str, pattern: str, opacity: float = 1.0) -> go.Bar:
    look = {"shape": pattern, "size": 7, "solidity": 0.3, "bgcolor": colour, "fgcolor": theme.palette().stripe}
    return go.Bar(
        orientation="h",
        y=[place for place, *_ in spans],
        base=[start.replace(tzinfo=None) for _, start, _, _ in spans],
        x=[(end - start).total_seconds() * 1000 for _, start, end, _ in spans],
        width=THICK,
        name=name,
        opacity=opacity,
        marker={"color": colour, "line": {"width": 0}, "pattern": look if pattern else None},
        customdata=[[safe.plotly(told), f"{say_time(start)} to {say_time(end)}"] for _, start, end, told in spans],
        hovertemplate=f"{name}<br>%{{customdata[0]}}<br>%{{customdata[1]}}<extra></extra>",
    )


def _named(lane: Lane, place: int) -> dict[str, object]:
    """Return a lane's name, above its bars: beside them it would leave a phone no room for the time."""
    at = {"xref": "paper", "x": 0, "xanchor": "left", "y": place + NAME, "yanchor": "top", "showarrow": False, "borderpad": 0}
    name = safe.shorten(name_of(lane.service, lane.environment), 60)
    return {**at, "text": safe.plotly(name), "font": {"size": 12, "color": theme.palette().text}}


def _causes(shown: Sequence[Lane], start: datetime, end: datetime) -> go.Bar:
    """Return each gap's cause over its bar, on a solid ground, as an unseen bar up to the next gap: a short gap has room too."""
    found = [
        (n + CAUSE, max(row.gap.start, start), max(after, row.gap.until), row.gap)
        for n, lane in _placed(shown)
        for row, after in zip(lane.gaps, [*(r.gap.start for r in lane.gaps[1:]), end], strict=False)
    ]
    return go.Bar(
        orientation="h",
        y=[place for place, *_ in found],
        base=[begins.replace(tzinfo=None) for _, begins, _, _ in found],
        x=[(ends - begins).total_seconds() * 1000 for _, begins, ends, _ in found],
        width=WORDS,
        name="causes",
        text=[safe.plotly(_cause(gap)) for *_, gap in found],
        textposition="inside",
        insidetextanchor="start",
        textangle=0,
        insidetextfont={"size": 11, "color": theme.palette().text},
        marker={"color": "rgba(0,0,0,0)"},
        showlegend=False,
        hoverinfo="skip",
    )


def _cause(gap: Gap) -> str:
    part = f", {count_of(len(gap.revisions), 'revision')} only" if gap.partial else ""
    return f"{gap.cause.value}{part}, {say_duration(gap.length)}" + (", still ▸" if gap.open else "")


def _deploys(lane: Lane, place: int) -> list[dict[str, object]]:
    looks = {
        failed: {"color": theme.palette().deploy, "width": 1.5, "dash": dash}
        for failed, dash in ((False, "solid"), (True, "dot"))
    }
    return [
        {
            "type": "line", "xref": "x", "yref": "y", "x0": m.ts.replace(tzinfo=None), "x1": m.ts.replace(tzinfo=None),
            "y0": place + BURST - THICK / 2, "y1": place + GAP + THICK / 2 + 0.04, "layer": "above",
            "line": looks[m.outcome is DeployOutcome.FAILED],
        }
        for m in lane.deploys
    ]  # fmt: skip


def _shaded(view: GapsView) -> list[dict[str, object]]:
    """Return the shades over what no source covers, one shape a stretch."""
    look = {"type": "rect", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": {"width": 0}}
    fill = {"fillcolor": theme.palette().muted, "opacity": 0.13}
    least = timedelta(seconds=1)
    unread = [(a, b) for a, b in view.coverage.unread if b - a > least]
    return [{**look, **fill, "x0": a.replace(tzinfo=None), "x1": b.replace(tzinfo=None)} for a, b in unread]
