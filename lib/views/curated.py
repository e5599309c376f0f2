"""Filters by pattern and mutes, laid over the texts of a window: what is left out, and what a mute hides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from lib.core import clustering, patterns, questions
from lib.core.curation import Mute
from lib.core.model import Query
from lib.ports import Readers
from lib.views.window import Labels, Window


@dataclass(frozen=True)
class MutedRow:
    """What one mute hides in the window: entries, in so many clusters, since the first of them; 0 entries: nothing here.

    what: the muted cluster's template, or the pattern.
    """

    mute: Mute
    entries: int
    clusters: int
    first: datetime | None
    what: str


def narrow(labels: Labels, query: Query) -> Labels:
    """Return the labels of the texts that pass the query's patterns. Errors: BadQuery."""
    kept = pl.repeat(True, labels.table.num_rows, eager=True)
    if query.like:
        kept &= match(labels, query.like)
    if query.unlike:
        kept &= ~match(labels, query.unlike)
    return labels.only(kept)


def match(labels: Labels, pattern: str) -> pl.Series:
    """Return for each labelled text whether a pattern is found in it."""
    return patterns.match_texts(pl.Series("collapsed", labels.table["collapsed"], pl.String), pattern)


def part_muted(
    labels: Labels, mutes: Sequence[Mute], aliases: Mapping[str, str]
) -> tuple[Labels, tuple[tuple[Mute, Labels], ...]]:
    """Return the labels that no mute hides, and for each mute those that it hides; what two mutes hide is the first one's."""
    hidden = []
    for mute in mutes:
        if mute.pattern:
            taken = match(labels, mute.pattern)
        else:
            today = aliases.get(mute.cluster, mute.cluster)
            taken = pl.Series(labels.table["cluster"], dtype=pl.String) == labels.moved.get(today, today)
        hidden.append((mute, labels.only(taken)))
        labels = labels.only(~taken)
    return labels, tuple(hidden)


def count_muted(stored: Readers, window: Window, hidden: Sequence[tuple[Mute, Labels]]) -> tuple[MutedRow, ...]:
    """Return what each mute hides in the window: always told, so that nobody takes silence for health."""
    assert window.entries is not None
    rows = []
    for mute, labels in hidden:
        told = stored.entries.answer(questions.count_labelled(questions.labelled(window.entries)), labels=labels.table)
        row = told.to_pylist()[0]
        template = next((labels.templates[c] for c in labels.table["cluster"].to_pylist()), mute.subject)
        what = mute.pattern or clustering.render_template(template)
        rows.append(MutedRow(mute, row["entries"], row["clusters"], row["first"] if row["entries"] else None, what))
    return tuple(rows)


def wholly_muted(shown: Labels, hidden: Sequence[tuple[Mute, Labels]]) -> dict[str, str]:
    """Return {cluster: reason} of the clusters of which nothing is shown."""
    left = set(shown.table["cluster"].to_pylist())
    return {c: mute.reason for mute, labels in hidden for c in labels.table["cluster"].to_pylist() if c not in left}
