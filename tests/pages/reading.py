"""Reads a page that AppTest ran, as a person would."""

import re
from html import unescape

from streamlit.testing.v1 import AppTest


def prose(app: AppTest) -> str:
    """Return what our own HTML says, without tags and styles."""
    bodies = [element.proto.body for element in app.get("html")]
    return "\n".join(unescape(re.sub(r"<[^>]*>", "", body)) for body in bodies if not body.startswith("<style"))


def live_markdown(app: AppTest) -> str:
    """Return everything that Streamlit would read as Markdown: elements and labels."""
    labels = [
        str(getattr(widget, "label", ""))
        for kind in ("button", "multiselect", "selectbox", "text_input", "expander")
        for widget in app.get(kind)
    ]
    return "\n".join([*(element.value for element in app.markdown), *labels])


def html(app: AppTest) -> str:
    """Return our own HTML as it is sent."""
    return "\n".join(element.proto.body for element in app.get("html"))
