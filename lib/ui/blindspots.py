"""What lies beside the chart of blind spots: the gaps, what error tracking would have shown, association, and how we know."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from lib.core.model import Cluster
from lib.core.wording import count_of, join_words, say_duration
from lib.ui import address, parts, safe, tables, words
from lib.ui.link import Link
from lib.views.gaprows import BurstRow
from lib.views.gaps import GapsView

MISSED = 4  # bursts whose missed events are written out; the table has all


def associations(view: GapsView) -> None:
    """Say for every service whether its failures favour its gaps, and over all where there are several."""
    told = [row.sentence for row in view.associations]
    if view.overall and len(told) > 1:
        told = [view.overall.sentence, *(row.sentence for row in view.associations if row.compared), *view.not_compared]
    if told:
        parts.part("Did it fail while nobody could see, more than chance has it?")
        parts.say(told)


def gaps(view: GapsView, link: Link) -> None:
    """Draw the gaps, open ones first; a row's button narrows the page to its service."""
    rows = view.gaps
    parts.part(f"Gaps ({len(rows):,})")
    parts.tell("Told otherwise before; later entries corrected it", [row.corrected for row in rows if row.corrected])
    if not rows:
        parts.note("No gap was found in what was read.")
        return
    frame = pd.DataFrame(
        {
            "open": [f"{words.named(row.gap.service)} ›" for row in rows],
            "cause": [row.gap.cause.value for row in rows],
            "from": [row.gap.start for row in rows],
            "to": [row.gap.end for row in rows],
            "state": ["▸ open" if row.gap.open else "closed" for row in rows],
            "length": [say_duration(row.gap.length) for row in rows],
            "failures": [row.failures for row in rows],
            "requests": [row.requests for row in rows],
            "bursts": [row.joint for row in rows],
            "who": ["some revisions" if row.gap.partial else "all" for row in rows],
            "what": [safe.plain(row.sentence) for row in rows],
        }
    )

    def narrow(place: int) -> None:
        gap = rows[place].gap
        address.change(link, services=(gap.service,), environments=(gap.environment,) if gap.environment else ())

    number = tables.COLUMN.NumberColumn
    tables.draw(
        frame,
        "gaps",
        {
            "open": tables.button("service", "open_gap", narrow, width=212),
            "cause": tables.COLUMN.TextColumn(width=110),
            "from": tables.time("from"),
            "to": tables.time("to"),
            "state": tables.COLUMN.TextColumn(width=75),
            "length": tables.COLUMN.TextColumn(width=90),
            "failures": number("unseen failures", format="localized", width=115),
            "requests": number("of them 5xx", format="localized", width=95),
            "bursts": number(format="localized", width=65),
            "who": tables.COLUMN.TextColumn("blind were", width=115),
            "what": tables.COLUMN.TextColumn(width=420),
        },
        most=8,
    )


def missed(view: GapsView, link: Link) -> None:
    """Say what error tracking would have shown of every burst that it did not see; a row's button opens the cluster."""
    together = [joint for joint in view.joint if joint.missed]
    rows = [row for joint in together for row in joint.rows if row.missed]
    if not rows:
        return
    roots = {row.problem: joint.rows[0].cluster for joint in together for row in joint.rows if row.problem}
    parts.part("The missed opportunity: what error tracking would have shown")
    parts.say([joint.missed for joint in together[:MISSED]])
    frame = pd.DataFrame(
        {
            "open": ["Open" for _ in rows],
            "service": [words.named(row.found.service) for row in rows],
            "first": [row.missed.first if row.missed else None for row in rows],
            "last": [row.missed.last if row.missed else None for row in rows],
            "events": [row.missed.events if row.missed else 0 for row in rows],
            "of": [row.found.count for row in rows],
            "usual": [f"{row.found.ratio:.0f}×" for row in rows],
            "thrown": [
                safe.plain(join_words([w for w in (r.cluster.exception, r.cluster.location) if w]) or "not known") for r in rows
            ],
            "template": [safe.plain(" ".join(row.cluster.template.split())) for row in rows],
            "problem": [_name_root(row, roots) for row in rows],
        }
    )

    def choose(place: int) -> None:
        address.go_to_cluster(link, rows[place].cluster.id)

    number = tables.COLUMN.NumberColumn
    tables.draw(
        frame,
        "missed",
        {
            "open": tables.button("", "open_missed", choose, width=65),
            "first": tables.time("first"),
            "last": tables.time("last"),
            "events": number("unseen", format="localized", width=75),
            "of": number(format="localized", width=60),
            "usual": tables.COLUMN.TextColumn("its usual rate", width=105),
            "thrown": tables.COLUMN.TextColumn("thrown as, at", width=230),
            "template": tables.COLUMN.TextColumn(width=380),
            "problem": tables.COLUMN.TextColumn("part of the problem", width=260),
        },
        most=8,
    )


def _name_root(row: BurstRow, roots: Mapping[str, Cluster]) -> str:
    """Return the root of the problem that a burst is a part of."""
    if not row.problem:
        return "alone"
    root = roots[row.problem]
    return "the root" if root.id == row.cluster.id else safe.plain(" ".join(root.template.split()))


def clusters(view: GapsView, link: Link) -> None:
    """Draw what the unseen failures come down to; a row's button opens the cluster."""
    rows = view.clusters
    if not rows:
        return
    blind = view.blind
    parts.part(
        f"What was not seen: {count_of(blind.failures, 'failure')}, {count_of(blind.requests, 'failed request')} among them"
    )
    frame = pd.DataFrame(
        {
            "open": ["Open" for _ in rows],
            "unseen": [count for _, count in rows],
            "of": [cluster.count for cluster, _ in rows],
            "priority": [cluster.priority.value for cluster, _ in rows],
            "template": [safe.plain(" ".join(cluster.template.split())) for cluster, _ in rows],
        }
    )

    def choose(place: int) -> None:
        address.go_to_cluster(link, rows[place][0].id)

    number = tables.COLUMN.NumberColumn
    columns = {
        "open": tables.button("", "open_unseen", choose, width=65),
        "unseen": number(format="localized", width=75),
        "of": number("of all read", format="localized", width=95),
        "priority": tables.COLUMN.TextColumn(width=65),
        "template": tables.COLUMN.TextColumn(width=900),
    }
    tables.draw(frame, "unseen", columns, most=8)


def method(view: GapsView) -> None:
    """Say how we know, folded by HTML's own means."""
    items = "".join(f"<li>{safe.html(sentence)}</li>" for sentence in view.method)
    st.html(f'<details class="bs-fold"><summary>How we know</summary><ul class="bs-list">{items}</ul></details>')
