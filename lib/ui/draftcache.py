"""The way from a page to drafts and criteria: asked once per question and version of what is stored, like every other answer."""

import streamlit as st

from lib.core.model import Query
from lib.core.success.model import Criterion
from lib.ui import cache
from lib.ui.cache import KEPT, Versions
from lib.views import criteria as criteria_view
from lib.views import issues as issues_view


def criteria(query: Query, asked: tuple[Criterion, ...] | None = None) -> criteria_view.CriteriaView:
    """Return the answers of some criteria, or of every one that is kept, at the end of a question's window."""
    chosen = criteria_view.list_kept(cache.ports().state) if asked is None else asked
    return _criteria(_window(query), chosen, cache.versions())


def issue(id: str, aliases: tuple[str, ...]) -> issues_view.IssueBlock:
    """Return what is kept of a cluster's issue."""
    return issues_view.load_block(cache.ports(), (id, *aliases))


def draft(query: Query, id: str) -> issues_view.IssueRow:
    """Return a cluster's draft; nothing is asked over the network. Errors: BadQuery."""
    return _draft(_window(query), id, cache.versions())


def _window(query: Query) -> Query:
    return Query(query.start, query.end, query.services, query.environments)


@st.cache_data(show_spinner="Asking the success criteria …", max_entries=KEPT)
def _criteria(query: Query, asked: tuple[Criterion, ...], at: Versions) -> criteria_view.CriteriaView:
    return criteria_view.load(cache.ports(), query, cache.now(), asked)


@st.cache_data(show_spinner="Drafting …", max_entries=KEPT)
def _draft(query: Query, id: str, at: Versions) -> issues_view.IssueRow:
    return issues_view.finish(issues_view.prepare(cache.ports(), query, cache.now(), id), [None]).rows[0]
