"""The browser's address: the one place that reads and writes it. State that changes an answer lives there and nowhere else."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from lib.ui.link import Link, parse_link, write_link


def read() -> Link:
    """Return what the address says now."""
    params = st.query_params
    return parse_link({name: params.get_all(name) for name in params})


def write(link: Link) -> None:
    """Put a link into the address, all of it at once: each assignment would be a step of Back."""
    st.query_params.from_dict(write_link(link))


def change(link: Link, cluster: str | None = None, **changes: Any) -> None:
    """Write the link with fields of its query changed, and the cluster it opens when one is given ("" closes it)."""
    write(Link(replace(link.query, **changes), link.cluster if cluster is None else cluster))


def scope_params(link: Link) -> Mapping[str, list[str]]:
    """Return the parameters that go along to another page: the window, services and environments."""
    kept = write_link(link)
    return {name: kept[name] for name in ("from", "to", "service", "environment") if name in kept}
