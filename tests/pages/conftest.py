"""Pages run in the process, over made-up views."""

from collections.abc import Callable, Iterator

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.conftest import ROOT
from tests.pages.sample_views import Stage, install

TIMEOUT_S = 60  # the first run imports Plotly and pandas, on a busy machine


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """What the pages are told; nothing is left in Streamlit's caches before or after."""
    st.cache_data.clear()
    st.cache_resource.clear()
    told = Stage()
    install(told, monkeypatch.setattr)
    yield told
    st.cache_data.clear()
    st.cache_resource.clear()


@pytest.fixture
def show(stage: Stage) -> Callable[..., AppTest]:
    """Give `show(page, **params)`: the page as a reader gets it who opens a link with these parameters."""

    def run(page: str = "overview", **params: str | list[str]) -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=TIMEOUT_S)
        if page != "overview":
            app.run()  # only then does it know the navigation; before, it would run the page without its frame
            app.switch_page(f"pages/{page}.py")
        for name, value in params.items():
            app.query_params[name.rstrip("_")] = value
        return app.run()

    return run
