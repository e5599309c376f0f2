"""Text that came from logs, made inert: names of services too. Streamlit's Markdown and Plotly both act on what they are given.

Streamlit looks for links, icons and colours in the finished text, so that backslashes do not help in Markdown. What may hold log
text is therefore never Markdown: prose goes through `html` into st.html, the rest into st.code, a table or a widget's options.
"""

import html as _html
import re

MAX_LABEL = 80  # a label is one line of a chart or a list, not a document
_CONTROLS = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"  # controls, those that begin a terminal's commands among them
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that turn the direction of writing
    r"\u00ad\u180e\u200b-\u200d\u2028\u2029\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"  # signs without a width
    "\ud800-\udfff\U000e0000-\U000e007f]"  # halves of signs, and letters that nobody sees
)
_FORMULA = re.compile(r"(?!= [a-z]+$)[=@]|[+-][^\s+-]")  # a lone word does nothing; "= same" is ours


def plain(text: str) -> str:
    """Return the text with a visible sign for each that cannot be seen or turns the direction of writing."""
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def cell(text: object) -> object:
    """Return what stands in a table's cell: a reader may take the table into a spreadsheet, where some text is a formula."""
    if not isinstance(text, str):
        return text
    inert = plain(text)
    return f"'{inert}" if _FORMULA.match(inert.lstrip()) else inert


def html(text: object) -> str:
    """Return text for the inside of an element or a quoted attribute of our own HTML."""
    return _html.escape(plain(str(text)), quote=True)


def plotly(text: object) -> str:
    """Return text for a Plotly title, legend, axis or hover: none of its tags are left."""
    return _html.escape(shorten(plain(str(text))), quote=False)


def shorten(text: str, limit: int = MAX_LABEL) -> str:
    """Return the text, cut to `limit` characters with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
