"""The tables. A cell is text on a canvas, where log text cannot act. A row's button opens what it tells of, in the same tab."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

import pandas as pd
import streamlit as st

from lib.core.model import Cluster, Coverage, ImportRecord, Source
from lib.core.upkeep import Chore, Duty
from lib.core.wording import say_duration, say_reasons
from lib.ui import address, safe, theme, words
from lib.ui.charts import sparkline
from lib.ui.link import Link
from lib.views.cluster import LifeRow
from lib.views.problems import ProblemRow
from lib.views.sources import LiveRow

COLUMN = st.column_config
Columns = Mapping[str, Any]
ROW_PX, HEAD_PX = 35, 38  # Streamlit's own heights


def clusters(rows: Sequence[Cluster], cover: Coverage, bucket_s: int, link: Link) -> None:
    """Draw the clusters; a row's button opens the cluster in the same tab."""
    frame = pd.DataFrame(
        {
            "open": ["Open" for _ in rows],
            "priority": [row.priority.value for row in rows],
            "kind": [words.KIND_SIGNS[row.kind] for row in rows],
            "template": [" ".join(row.template.split()) for row in rows],
            "state": [words.marks(row) for row in rows],
            "count": [row.count for row in rows],
            "share": [row.share for row in rows],
            "trend": [sparkline(row.trend, cover, bucket_s) for row in rows],
            "services": [", ".join(words.named(name) for name in row.services) for row in rows],
            "first": [row.first for row in rows],
            "last": [row.last for row in rows],
        }
    )
    draw(
        frame,
        "clusters",
        {
            "open": button("", "open_cluster", lambda place: address.change(link, cluster=rows[place].id), width=65),
            "priority": COLUMN.TextColumn(width=60),
            "kind": COLUMN.TextColumn(width=120),
            "template": COLUMN.TextColumn(width=352),
            "state": COLUMN.TextColumn("", width=62),
            "count": COLUMN.NumberColumn(format="localized", width=65),
            "share": COLUMN.NumberColumn(format="percent", width=65),
            "trend": trend("trend", theme.palette().failure),
            "services": COLUMN.TextColumn(width=125),
            "first": time("first", short=True),
            "last": time("last", short=True),
        },
        most=12,
    )


def symptoms(row: ProblemRow, link: Link) -> None:
    """Draw a problem's clusters, the root first; a row's button opens the cluster in the same tab."""
    inside = [symptom.cluster for symptom in row.symptoms]
    frame = pd.DataFrame(
        {
            "open": ["Open" for _ in inside],
            "entries": [symptom.count for symptom in row.symptoms],
            "kind": [words.KIND_SIGNS[cluster.kind] for cluster in inside],
            "template": [("└ " if place else "") + " ".join(cluster.template.split()) for place, cluster in enumerate(inside)],
        }
    )

    def choose(place: int) -> None:
        address.change(link, cluster=inside[place].id)

    columns = {
        "open": button("", f"open_symptom_{row.problem.id}", choose, width=65),
        "entries": COLUMN.NumberColumn("entries in it", format="localized", width=95),
        "kind": COLUMN.TextColumn(width=95),
        "template": COLUMN.TextColumn("root, then its symptoms" if len(inside) > 1 else "template", width=959),
    }
    draw(frame, f"problem_{row.problem.id}", columns, most=12)


def lives(rows: Sequence[LifeRow], name: str) -> None:
    """Draw a cluster's revisions or instances."""
    frame = pd.DataFrame(
        {
            name: [words.named(row.name.removeprefix(f"{row.service}-"), name) for row in rows],
            "count": [row.count for row in rows],
            "first": [row.first for row in rows],
            "last": [row.last for row in rows],
            "service": [words.named(row.service) for row in rows],
            "environment": [row.environment for row in rows],
        }
    )
    count = COLUMN.NumberColumn(format="localized", width=65)
    columns = {name: COLUMN.TextColumn(width=245), "count": count, "first": time("first"), "last": time("last")}
    draw(frame, f"lives_{name}", columns, most=6)


def sources(rows: Sequence[Source]) -> None:
    """Draw the sources with their state, as word and sign."""
    frame = pd.DataFrame(
        {
            "source": [row.name for row in rows],
            "kind": [row.kind for row in rows],
            "state": [words.STATE_SIGNS[row.state] for row in rows],
            "newest entry": [row.watermark for row in rows],
            "age": [say_duration(row.age) if row.age is not None else "not known" for row in rows],
            "entries": [row.entries for row in rows],
            "message": [row.message for row in rows],
            "what to do": [row.hint for row in rows],
        }
    )
    draw(
        frame,
        "sources",
        {
            "state": COLUMN.TextColumn(width=90),
            "kind": COLUMN.TextColumn(width=80),
            "newest entry": time("newest entry"),
            "entries": COLUMN.NumberColumn(format="localized", width=80),
            "message": COLUMN.TextColumn(width=380),
            "what to do": COLUMN.TextColumn(width=380),
        },
        most=8,
    )


def live(rows: Sequence[LiveRow]) -> None:
    """Draw the sources that are read live, the worst first; what is not known stands empty."""
    records = [row.record for row in rows]
    frame = pd.DataFrame(
        {
            "source": [r.name for r in records],
            "state": [words.STATE_SIGNS[row.fresh.state] for row in rows],
            "newest entry": [_say_span(row.fresh.age, " old") for row in rows],
            "behind": [_say_span(row.fresh.behind) for row in rows],
            "older to read": [_say_span(r.backlog) for r in records],
            "entries a min": [row.per_min for row in rows],
            "calls a min": [f"{r.calls} of {r.quota}" if r.quota else str(r.calls) for r in records],
            "read": [r.read for r in records],
            "skipped": [sum(r.skipped.values()) for r in records],
            "masked": [sum(r.masked.values()) for r in records],
            "how it is": [row.fresh.sentence for row in rows],
            "what to do": [row.fresh.hint for row in rows],
        }
    )
    wide, number = COLUMN.TextColumn(width=320), COLUMN.NumberColumn(format="localized", width=100)
    columns = {"state": COLUMN.TextColumn(width=90), "how it is": wide, "what to do": wide}
    draw(frame, "live", columns | dict.fromkeys(("read", "skipped", "masked", "entries a min"), number), most=8)


def _say_span(span: timedelta | None, after: str = "") -> str:
    return "not known" if span is None else say_duration(span) + after


def upkeep(rows: Sequence[Chore]) -> None:
    """Draw the duties as they were last done."""
    frame = pd.DataFrame(
        {
            "what": [DUTIES[row.duty] for row in rows],
            "state": [words.STATE_SIGNS[row.state] for row in rows],
            "last done": [row.at for row in rows],
            "what came of it": [row.message for row in rows],
            "what to do": [row.hint for row in rows],
        }
    )
    columns = {"last done": time("last done"), "what came of it": COLUMN.TextColumn(width=420)}
    draw(frame, "upkeep", columns, most=4)


DUTIES = {Duty.COMPACT: "small files joined", Duty.EXPIRE: "old entries removed", Duty.COLLECTOR: "collector kept running"}


def imports(rows: Sequence[ImportRecord]) -> None:
    """Draw the imports, newest first: read = added + duplicates + skipped."""
    frame = pd.DataFrame(
        {
            "when": [row.started for row in rows],
            "what": [row.name for row in rows],
            "state": ["✓ done" if row.state == "done" else "◷ " + row.state for row in rows],
            "read": [row.read for row in rows],
            "added": [row.added for row in rows],
            "duplicates": [row.duplicates for row in rows],
            "skipped": [sum(row.skipped.values()) for row in rows],
            "skipped because": [say_reasons(row.skipped) for row in rows],
            "size": [words.size(row.size) if row.size else "not known" for row in rows],
            "from": [row.first for row in rows],
            "to": [row.last for row in rows],
        }
    )
    numbers: Columns = {
        name: COLUMN.NumberColumn(format="localized", width=85) for name in ("read", "added", "duplicates", "skipped")
    }
    draw(frame, "imports", {"when": time("when"), "from": time("from"), "to": time("to"), **numbers}, most=8)


def counts(rows: Mapping[str, int], name: str, key: str) -> None:
    """Draw counts by name."""
    frame = pd.DataFrame({name: list(rows), "count": list(rows.values())})
    draw(frame, key, {"count": COLUMN.NumberColumn(format="localized", width=90)}, most=10, width=480)


def draw(frame: pd.DataFrame, key: str, columns: Columns, most: int, width: int | Literal["stretch"] = "stretch") -> None:
    """Draw a table of at most so many rows' height."""
    texts = {name: column.map(safe.cell) for name, column in frame.items() if column.dtype.kind not in "iufbM"}
    frame = frame.assign(**{str(name): column for name, column in texts.items()})
    height = HEAD_PX + ROW_PX * min(max(len(frame), 1), most)
    st.dataframe(
        frame,
        hide_index=True,
        column_config=dict(columns),
        key=f"table_{key}",
        height=height,
        width=width,
        placeholder="not known",
    )


def button(label: str, key: str, on_row: Callable[[int], None], width: int) -> Any:
    """Return a column of buttons; on_row is given the row's place."""
    return COLUMN.ButtonColumn(
        label,
        key=key,
        type="tertiary",
        alignment="left",
        pinned=True,
        width=width,
        on_click=lambda: on_row(st.session_state[key]["row"]),
    )


def trend(label: str, colour: str, width: int = 100) -> Any:
    """A row's own scale: the figure beside it tells how much, this tells when."""
    return COLUMN.BarChartColumn(label, width=width, color=colour)


def time(label: str, *, short: bool = False) -> Any:
    """A time in UTC; a short one leaves the year to the bar, which says the window."""
    form, width = ("DD MMM HH:mm", 105) if short else ("YYYY-MM-DD HH:mm", 142)
    return COLUMN.DatetimeColumn(f"{label} (UTC)", format=form, timezone="UTC", width=width)
