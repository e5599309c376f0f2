"""Success criteria that are open, drawn short: what is not over yet, and what each still needs."""

from collections.abc import Sequence
from datetime import datetime

import streamlit as st

from lib.core.model import Query
from lib.core.success.model import Answered, Outcome
from lib.core.success.words import SIGNS
from lib.core.wording import name_of, say_time
from lib.ui import draftcache, parts, safe, words

SHOWN = 6  # open criteria of a page; the command lists all
COMMAND = "python -m lib check"


def show(query: Query) -> None:
    """Draw the open criteria of the drafts that are kept; nothing where no criteria are kept."""
    view = draftcache.criteria(query)
    if not view.answers:
        return
    parts.part(f"Success criteria ({len(view.answers):,})")
    parts.note(view.headline + _at(view.coverage.end))
    lines(sorted((a for a in view.answers if a.outcome is not Outcome.PASS), key=lambda a: a.outcome is not Outcome.FAIL))


def lines(answers: Sequence[Answered], shown: int = SHOWN) -> None:
    """Draw answers, one a line: sign, word, what it asks, and what is needed; why is in its title."""
    items = "".join(f"<li>{_line(a)}</li>" for a in answers[:shown])
    rest = f"<li>And {len(answers) - shown:,} more: {COMMAND}</li>" if len(answers) > shown else ""
    if items:
        st.html(f'<ul class="bs-list">{items}{rest}</ul>')


def _line(answered: Answered) -> str:
    criterion = answered.criterion
    name = name_of(criterion.service, criterion.environment)
    needs = f" Needs: {answered.needs}." if answered.needs else ""
    told = f"{criterion.title}, {name}. {answered.why}{needs}"
    return f"<strong>{SIGNS[answered.outcome]} {answered.outcome.value}</strong> {safe.html(told)}"


def _at(end: datetime | None) -> str:
    return f" Asked at {say_time(end)}{words.here(end, st.context.timezone)}." if end else ""
