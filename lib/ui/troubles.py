"""Problems, drawn: what failed, once for each cause, above everything that it comes down to."""

from collections.abc import Sequence

import streamlit as st

from lib.core.model import Coverage, Query
from lib.core.wording import count_of
from lib.ui import cache, parts, safe, tables, words
from lib.ui.link import Link
from lib.views.problems import MOST_FAILURES, ProblemRow

MOST_SHOWN = 3  # more would push the clusters off the first screen
COMMAND = "python -m lib problems"
OPENED = "problems_opened"  # the folds that the reader opened: they stay open on the way back from a cluster


def show(link: Link) -> None:
    """Draw the gravest problems of the window; nothing under filters by kind, severity or text: problems know none of them."""
    if _narrowed(link.query):
        return
    view = cache.problems(link.query)
    if view.problems:
        parts.part(f"Problems ({len(view.problems):,})")
        _tell_cut(view.coverage)
        for row in view.problems[:MOST_SHOWN]:
            _show_one(row, link)
        _tell_rest(len(view.problems) - MOST_SHOWN)
        parts.part("Clusters")  # else their table looks like a part of the last problem
    elif view.coverage.entries:
        parts.note("No failure in what was read.")


def _narrowed(query: Query) -> bool:
    return bool(query.kinds or query.severities or query.text or query.like or query.unlike or query.new)


def _tell_cut(cover: Coverage) -> None:
    if cover.cut:
        parts.tell(
            "Problems may be missing or too small",
            [f"Only the newest {MOST_FAILURES:,} failures were looked at together."],
        )


def _show_one(row: ProblemRow, link: Link) -> None:
    """Draw a problem: its sentence is our own HTML; the fold's label is live Markdown, so it holds nothing but a number."""
    grave = f"{row.priority} {words.PRIORITY_WORDS[row.priority]}"
    why = f'<span class="bs-rests">{safe.html(row.reason)}</span>'
    st.html(f'<p class="bs-problem"><strong>{safe.html(grave)}</strong> {safe.html(row.sentence)} {why}</p>')
    opened: set[str] = st.session_state.setdefault(OPENED, set())
    id = row.problem.id
    fold = st.expander(_label(row), expanded=id in opened, key=f"problem_{id}", on_change="rerun", type="compact")
    (opened.add if fold.open else opened.discard)(id)
    if fold.open:
        with fold:
            tables.symptoms(row, link)
            _show_evidence(row.problem.evidence)


def _label(row: ProblemRow) -> str:
    rest = len(row.symptoms) - 1
    return f"The root and its {count_of(rest, 'symptom')}" if rest else "Its one cluster"


def _show_evidence(sentences: Sequence[str]) -> None:
    """Draw what joins the clusters, folded by HTML's own means: Streamlit's folds should not lie in each other."""
    if sentences:
        items = "".join(f"<li>{safe.html(sentence)}</li>" for sentence in sentences)
        fold = f'<summary>What joins them ({len(sentences)})</summary><ul class="bs-list">{items}</ul>'
        st.html(f'<details class="bs-fold">{fold}</details>')


def _tell_rest(more: int) -> None:
    if more > 0:
        st.html(f'<p class="bs-rests">And {count_of(more, "more problem")}: <code>{COMMAND}</code> lists them all.</p>')
