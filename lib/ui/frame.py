"""What stands around every page: navigation, freshness, the recorded incident's banner, and the watch for new entries."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from lib.core.model import Query, SourceState
from lib.core.wording import count_of
from lib.ui import address, cache, parts, refresh, safe, theme, words
from lib.views.freshness import FreshnessView

EXPORT = "gcloud logging read 'resource.type=\"cloud_run_revision\"' --format=json --freshness=1d > export.json"
IMPORT = ".venv/bin/python -m lib import export.json"
SEEN, BEGUN, TOOK = "frame_seen", "frame_begun", "frame_took"


def pages() -> list[st.Page]:
    """Return the pages in the navigation's order. A page's url_path is its file's name: Streamlit looks for either."""
    return [
        st.Page("pages/overview.py", title="Overview", url_path="overview", default=True),
        st.Page("pages/blindspots.py", title="Blind spots", url_path="blindspots"),
        st.Page("pages/clusters.py", title="Clusters", url_path="clusters"),
        st.Page("pages/deploys.py", title="Deploys", url_path="deploys"),
        st.Page("pages/sentry.py", title="Sentry", url_path="sentry"),
        st.Page("pages/postmortem.py", title="Postmortem", url_path="postmortem"),
        st.Page("pages/sources.py", title="Sources", url_path="sources"),
    ]


def require() -> None:
    """Run the page again from the dashboard when it was run by itself.

    Until the first call of st.navigation, Streamlit takes the folder pages/ for an app of the old kind: whoever opens a link to a
    page right after a start would get that page alone.
    """
    if SEEN not in st.session_state:
        st.navigation(pages(), position="hidden")
        st.rerun()


def head(pages: Sequence[st.Page]) -> None:
    """Draw what stands above a page. Links to other pages take the window, services and environments along."""
    theme.apply()
    st.session_state[BEGUN] = time.monotonic()
    params = address.scope_params(address.read())
    with st.container(horizontal=True, vertical_alignment="center", key="nav"):
        st.html('<p class="bs-brand">Blindspot</p>', width="content")
        for page in pages:
            st.page_link(page, label=page.title, query_params=params)
        with st.container(width="stretch"):
            st.session_state[SEEN] = None
            _watch()
    with parts.guard():
        _settings()
        _banner()


@st.fragment(run_every="5s")
def _watch() -> None:
    """Say how fresh the entries are; run the page again when what it shows has changed, and its last run has been rested from."""
    with parts.guard():
        fresh, link = cache.freshness(), address.read()
        now, seen = refresh.look(cache.versions(), theme.kind(), fresh, link, cache.now()), st.session_state.get(SEEN)
        if seen is None:
            st.session_state[SEEN] = now
        elif refresh.is_due(seen, now, time.monotonic() - st.session_state[BEGUN], st.session_state.get(TOOK, 0.0)):
            st.rerun(scope="app")
        bad = ' bs-strip-bad" role="status' if fresh.failing else ""  # what changes every few seconds is not read out loud
        st.html(f'<p class="bs-strip{bad}">{safe.html(_say_fresh(fresh))}</p>')


def drawn() -> None:
    """Note how long the page took: it is not run again at once when that was long."""
    st.session_state[TOOK] = time.monotonic() - st.session_state[BEGUN]


def _say_fresh(fresh: FreshnessView) -> str:
    now = cache.now()
    clock = f"{now.astimezone(UTC):%H:%M} UTC{words.here(now, st.context.timezone)}"
    told = [f"{words.STATE_SIGNS[f.state][0]} {safe.shorten(f.name, 32)}: {f.short}" for f in fresh.shown]
    told += [f"{count_of(fresh.more, 'more source')}"] if fresh.more else []
    return " · ".join([*(told or _say_imports(now)), clock])


def _say_imports(now: datetime) -> list[str]:
    sources = cache.sources(Query()).sources
    read = sorted((source for source in sources if source.watermark), key=lambda source: source.watermark or now, reverse=True)
    told = [
        f"{words.STATE_SIGNS[source.state][0]} {safe.shorten(source.name, 32)}: {words.age(source.watermark, now)}"
        for source in read[:1]
    ]
    told += [f"{count_of(len(read) - 1, 'more source')}"] if len(read) > 1 else []
    failing = sum(source.state is SourceState.FAILING for source in sources)
    told += [f"✖ {count_of(failing, 'source')} failing"] if failing else []
    return told or ["○ nothing read yet"]


def _settings() -> None:
    """Tell which settings cannot be used; the dashboard reads them when it starts."""
    told = [f"{t.message} {t.hint}".rstrip() for t in cache.settings().troubles]
    parts.tell("Settings that cannot be used; mend them and start the dashboard again", told)


def _banner() -> None:
    if not cache.recorded():
        return
    with st.expander("**This is a recorded incident, not your logs.** Bring your own logs in three steps"):
        parts.note("1. Read a day of your services' logs from Google Cloud, as somebody who may view them:")
        st.code(EXPORT, language="bash", wrap_lines=True)
        parts.note("2. Import the file, in Blindspot's folder:")
        st.code(IMPORT, language="bash", wrap_lines=True)
        parts.note("3. Stay here: within seconds this page shows your entries instead of the recorded ones.")
