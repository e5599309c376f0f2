"""A cluster's issue, drawn: what was matched and sent, its criteria, and the draft to be copied. Nothing is sent from a page."""

import streamlit as st

from lib.core.issues import KeptDraft
from lib.ui import criteria, draftcache, parts, safe
from lib.ui.link import Link
from lib.views.cluster import ClusterView

HEIGHT = 360  # pixels of a draft: it scrolls, what comes below stays near


def show(view: ClusterView, link: Link) -> None:
    """Draw a cluster's issue: what is kept at once, the draft when it is asked for."""
    cluster = view.cluster
    if cluster is None:
        return
    block = draftcache.issue(cluster.id, cluster.aliases)
    parts.part("Issue")
    if block.told:
        parts.say(block.told)
    else:
        parts.note(f"GitHub was not asked yet: python -m lib issues --cluster {cluster.id}")
    if block.url:
        st.link_button("Open the issue ↗", block.url, key="open_issue", type="tertiary")
    if block.kept and block.kept.criteria:
        _criteria(block.kept, link)
    if st.toggle("Draft an issue", key=f"draft_{cluster.id}"):
        with parts.guard():
            _draft(link, cluster.id)


def _criteria(kept: KeptDraft, link: Link) -> None:
    answers = draftcache.criteria(link.query, kept.criteria)
    parts.note(f"It is over when its criteria hold. {answers.headline}")
    criteria.lines(answers.answers, len(answers.answers))


def _draft(link: Link, cluster: str) -> None:
    """Draw a draft as it would be sent, to be copied: all of it is code, which nothing in it can leave."""
    row = draftcache.draft(link.query, cluster)
    parts.note(row.decision.why)
    st.code(safe.plain(row.draft.title), language=None, wrap_lines=True)
    st.code(safe.plain(row.draft.body), language="markdown", wrap_lines=True, height=HEIGHT)
    parts.facts({"labels": ", ".join(row.draft.labels), "fingerprint": row.draft.fingerprint})
    parts.note(f"To send it, once, after asking: python -m lib issues post --cluster {cluster}")
