"""The charts: few traces, UTC, from zero, the unit and the bucket said. Names in them come from logs and are made inert."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from lib.core.model import Cluster, Coverage, TrendPoint
from lib.core.wording import say_duration
from lib.ui import figures, safe, theme, words
from lib.ui.link import Link
from lib.views.overview import ServiceRow

LANES = 6  # more lanes than this leave each too low to read; the table has the rest
NARROW = 200  # of the window: a shade thinner than that is not seen
SPARKS = 24  # bars in a cell; thinner ones fade away
Series = Mapping[str, Sequence[TrendPoint]]


def services(rows: Sequence[ServiceRow], cover: Coverage, bucket_s: int, link: Link) -> None:
    """Draw a lane a service, failures and warnings stacked over time; a box drawn in it narrows the window."""
    lanes = {
        f"{words.named(row.service)}{f' · {row.environment}' if row.environment else ''}": {
            "failures": row.failure_trend,
            "warnings": row.warning_trend,
        }
        for row in rows[:LANES]
    }
    rest = f"; the {len(rows) - LANES} services that need it least are in the table only" if len(rows) > LANES else ""
    _draw(lanes, cover, bucket_s, link, "services", f"Failures and warnings per {_bucket(bucket_s)}, by service{rest}")


def trend(cluster: Cluster, cover: Coverage, bucket_s: int, link: Link) -> None:
    """Draw one cluster over time."""
    role = "failures" if cluster.kind == "failure" else "warnings" if cluster.kind in ("warning", "observability") else "entries"
    _draw({"": {role: cluster.trend}}, cover, bucket_s, link, "trend", f"Entries of this cluster per {_bucket(bucket_s)}")


def _draw(lanes: Mapping[str, Series], cover: Coverage, bucket_s: int, link: Link, key: str, title: str) -> None:
    figure = make_subplots(
        rows=len(lanes),
        cols=1,
        shared_xaxes=True,
        vertical_spacing=min(0.3, 0.28 / len(lanes)),
        subplot_titles=[safe.plotly(name) for name in lanes] if any(lanes) else None,
    )
    for number, series in enumerate(lanes.values(), start=1):
        for role, points in series.items():
            figure.add_trace(_bars(role, points, bucket_s, first=number == 1), row=number, col=1)
        highest = _highest(series)
        figure.update_yaxes(range=[0, highest * 1.08], dtick=1 if highest <= 3 else None, row=number, col=1)
    _lay_out(figure, len(lanes), cover, legend=any(len(series) > 1 for series in lanes.values()))
    shaded = _shade(figure, cover)
    key = f"chart_{key}_{cover.start}_{cover.end}"  # another window, another chart: a box drawn in the last one is gone
    figures.show(figure, title, f"(UTC{shaded})", key, link)


def _bars(role: str, points: Sequence[TrendPoint], bucket_s: int, *, first: bool) -> go.Bar:
    colours = theme.palette()
    look = {"failures": (colours.failure, ""), "warnings": (colours.warning, "/"), "entries": (colours.other, "")}[role]
    return go.Bar(
        x=[point.ts.replace(tzinfo=None) + timedelta(seconds=bucket_s / 2) for point in points],
        y=[point.count for point in points],
        width=bucket_s * 1000 * 0.92,
        name=role,
        legendgroup=role,
        showlegend=first,
        marker={
            "color": look[0],
            "line": {"width": 0},
            "pattern": {"shape": look[1], "size": 6, "solidity": 0.3, "bgcolor": look[0], "fgcolor": colours.stripe},
        },
        hovertemplate=f"%{{y:,}} {role}, bucket around %{{x|%Y-%m-%d %H:%M:%S}} UTC<extra></extra>",
    )


def _lay_out(figure: go.Figure, lanes: int, cover: Coverage, *, legend: bool) -> None:
    figures.lay_out(figure, max(86 * lanes, 170) + (74 if legend else 52))  # a single lane is given the room
    figures.let_select(figure)
    figure.update_layout(barmode="stack", margin={"t": 30 if legend else 8}, showlegend=legend, hoverlabel=figures.hover())
    figure.update_annotations(x=0, xanchor="left", font={"size": 12, "color": theme.palette().muted})
    figure.update_yaxes(nticks=3, automargin=True, tickformat="~s", **figures.grid())
    ends = [_naive(cover.start), _naive(cover.end)]
    figure.update_xaxes(range=ends, automargin=True, showgrid=False, hoverformat="%Y-%m-%d %H:%M", **figures.grid())


def _shade(figure: go.Figure, cover: Coverage) -> str:
    """Shade the time that nothing was read of, where it is wide enough to see; return the words that say so."""
    if cover.start is None or cover.end is None:
        return ""
    least = (cover.end - cover.start) / NARROW
    wide = [(_naive(start), _naive(end)) for start, end in cover.unread if end - start > least]
    look = {"type": "rect", "xref": "x", "yref": "paper", "y0": 0, "y1": 1, "layer": "below", "line": {"width": 0}}
    fill = {"fillcolor": theme.palette().muted, "opacity": 0.16}
    figure.update_layout(shapes=[{**look, **fill, "x0": start, "x1": end} for start, end in wide])
    return "; shaded: no export covers this time" if wide else ""


def _highest(series: Series) -> int:
    """Return the tallest stack of a lane, 1 where it is empty."""
    totals: Counter[datetime] = Counter()
    for points in series.values():
        totals.update({point.ts: point.count for point in points})
    return max(totals.values(), default=1)


def _bucket(bucket_s: int) -> str:
    return (
        say_duration(timedelta(seconds=bucket_s)).removeprefix("1 ")
        if bucket_s in (60, 3600, 86400)
        else say_duration(timedelta(seconds=bucket_s))
    )


def _naive(ts: datetime | None) -> datetime | None:
    return ts.replace(tzinfo=None) if ts else None


def sparkline(points: Sequence[TrendPoint], cover: Coverage, bucket_s: int) -> list[int]:
    """Return at most SPARKS counts over the window, neighbouring buckets added up, empty ones 0: what a table draws small."""
    if cover.start is None or cover.end is None or bucket_s <= 0:
        return []
    first, last = int(cover.start.timestamp()) // bucket_s, int((cover.end - timedelta(microseconds=1)).timestamp()) // bucket_s
    step = (last - first) // SPARKS + 1
    counts = [0] * ((last - first) // step + 1)
    for point in points:
        place = (int(point.ts.timestamp()) // bucket_s - first) // step
        if 0 <= place < len(counts):
            counts[place] += point.count
    return counts
