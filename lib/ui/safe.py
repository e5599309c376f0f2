"""Text that came from logs, made inert: names of services too. Streamlit's Markdown and Plotly both act on what they are given.

Streamlit looks for links, icons and colours in the finished text, so that backslashes do not help in Markdown. What may hold log
text is therefore never Markdown: prose goes through `html` into st.html, the rest into st.code, a table or a widget's options.
"""

import html as _html
import re

from lib.core.report import inert
from lib.core.visible import visible

MAX_LABEL = 80  # a label is one line of a chart or a list, not a document
_WORDS = re.compile(r"[=+-]+ [a-z ]+|--[a-z ]+")  # of these a spreadsheet makes no call, and "= same" is ours


def plain(text: str) -> str:
    """Return the text with a visible sign for each that cannot be seen or turns the direction of writing."""
    return visible(text)


def cell(text: object) -> object:
    """Return what stands in a table's cell: a reader may take the table into a spreadsheet, where some text is a formula."""
    if not isinstance(text, str):
        return text
    return text if _WORDS.fullmatch(text) else inert.cell(text)


def html(text: object) -> str:
    """Return text for the inside of an element or a quoted attribute of our own HTML."""
    return _html.escape(plain(str(text)), quote=True)


def plotly(text: object) -> str:
    """Return text for a Plotly title, legend, axis or hover: none of its tags are left."""
    return _html.escape(shorten(plain(str(text))), quote=False)


def shorten(text: str, limit: int = MAX_LABEL) -> str:
    """Return the text, cut to `limit` characters with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
