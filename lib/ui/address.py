"""The browser's address: the one place that reads and writes it. State that changes an answer lives there and nowhere else."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import streamlit as st

from lib.ui.link import Link, parse_link, write_link

GO = "address_go"  # where a button in a table leads, until the page runs again: a callback cannot leave the page


def read() -> Link:
    """Return what the address says now."""
    params = st.query_params
    return parse_link({name: params.get_all(name) for name in params})


def write(link: Link) -> None:
    """Put a link into the address, all of it at once: each assignment would be a step of Back."""
    st.query_params.from_dict(write_link(link))


def change(link: Link, cluster: str | None = None, **changes: Any) -> None:
    """Write the link with fields of its query changed, and the cluster it opens when one is given ("" closes it)."""
    still: dict[str, Any] = {"follows": False, "last": None} if changes.keys() & {"start", "end"} else {}
    opened = link.cluster if cluster is None else cluster
    write(replace(link, query=replace(link.query, **changes), cluster=opened, told=(), **still))


def follow_window(link: Link, last: timedelta | None, begins: datetime | None = None) -> None:
    """Write the link with a window that moves on with what is read: so long, or from a time on."""
    write(replace(link, told=(), follows=True, last=last, begins=begins))


def show(link: Link, **changes: Any) -> None:
    """Write the link with what it asks, what it opens, or how that is drawn, changed: query, cluster, revision, by, rate."""
    write(replace(link, told=(), **changes))


def go_to_cluster(link: Link, cluster: str) -> None:
    """Open a cluster on its own page, in the same window."""
    opened = write_link(replace(link, cluster=cluster, revision="", told=()))
    st.session_state[GO] = opened


def follow() -> None:
    """Leave for the page that a button of the last run leads to."""
    if params := st.session_state.pop(GO, None):
        st.switch_page("pages/clusters.py", query_params=params)


def scope_params(link: Link) -> Mapping[str, list[str]]:
    """Return the parameters that go along to another page: the window, services and environments."""
    kept = write_link(link)
    return {name: kept[name] for name in ("from", "to", "last", "service", "environment") if name in kept}
