"""Pages run in the process, over made-up views."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import streamlit as st
from streamlit.runtime.pages_manager import PagesManager
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
    forget_folder(monkeypatch)
    yield told
    st.cache_data.clear()
    st.cache_resource.clear()


def forget_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let AppTest run pages through the dashboard, as a server does from its first run on: pages/ makes it think otherwise."""
    begin = PagesManager.__init__

    def begin_without_folder(self: PagesManager, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", begin_without_folder)


@pytest.fixture
def show(stage: Stage) -> Callable[..., AppTest]:
    """Give `show(page, **params)`: the page as a reader gets it who opens a link with these parameters."""

    def run(page: str = "overview", **params: str | list[str]) -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=TIMEOUT_S)
        if page != "overview":
            app.run()  # only then does it know which pages there are
            app.switch_page(f"pages/{page}.py")
        for name, value in params.items():
            app.query_params[name.rstrip("_")] = value
        return app.run()

    return run
