"""What all charts share: ground, grid, ticks, heading, and the box that narrows the window."""

from typing import Any

import plotly.graph_objects as go
import streamlit as st

from lib.ui import address, safe, theme
from lib.ui.link import Link, parse_time

TICKS = (  # short ones: a phone's axis has room for few letters
    {"dtickrange": [None, 60_000], "value": "%H:%M:%S\n%d %b"},
    {"dtickrange": [60_000, 86_400_000], "value": "%H:%M\n%d %b"},
    {"dtickrange": [86_400_000, None], "value": "%d %b\n%Y"},
)
BARE = {"displaylogo": False, "displayModeBar": False}


def lay_out(figure: go.Figure, height: int) -> None:
    """Give a figure its height, our colours, and a legend above it."""
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": theme.palette().text, "size": 12, "family": "system-ui, sans-serif"},
        legend={
            "orientation": "h",
            "x": 1,
            "xanchor": "right",
            "y": 1,
            "yanchor": "top",
            "yref": "container",
            "uirevision": "kept",  # what a reader hid stays hidden when the page runs again
        },
        template="none",
        dragmode=False,
    )


def let_select(figure: go.Figure) -> None:
    """Let a box be drawn over a stretch of time."""
    figure.update_layout(dragmode="select", selectdirection="h")


def hover() -> dict[str, Any]:
    """Return the look of the words under the pointer."""
    colours = theme.palette()
    return {"font": {"color": colours.text}, "bgcolor": "#ffffff" if colours is theme.LIGHT else "#1c242d"}


def grid() -> dict[str, str]:
    """Return the colours of an axis and its lines."""
    colour = theme.palette().grid
    return {"gridcolor": colour, "zerolinecolor": colour, "linecolor": colour}


def show(figure: go.Figure, title: str, rests: str, key: str, link: Link | None = None) -> None:
    """Draw a figure under its heading; with a link, a box drawn in it narrows the window.

    rests: what stands smaller after the title.
    """
    st.html(f'<h2 class="bs-part">{safe.html(title)} <span class="bs-rests">{safe.html(rests)}</span></h2>')
    if link is None:
        st.plotly_chart(figure, theme=None, key=key, config=BARE, alt=title)
        return
    st.plotly_chart(
        figure, theme=None, key=key, on_select=lambda: narrow(key, link), selection_mode="box", config=BARE, alt=title
    )


def narrow(key: str, link: Link) -> None:
    """Narrow the window to the box that was drawn in a chart."""
    boxes = st.session_state[key]["selection"]["box"]
    bounds = [parse_time(str(x), utc=True) for x in sorted(boxes[0]["x"])] if boxes else []
    start, end = (ts.replace(microsecond=0) if ts else None for ts in bounds) if len(bounds) == 2 else (None, None)
    if start and end and start < end:
        address.change(link, start=start, end=end)
