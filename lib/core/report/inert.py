"""Text from logs, made inert for Markdown as GitHub and others read it, for spreadsheets, and for eyes."""

import re
from collections.abc import Callable
from typing import Final

from lib.core.codemarks import block, span, within
from lib.core.visible import visible

JOINER: Final = "\N{WORD JOINER}"  # takes no room and breaks no line; put into a word that would become a link
MARKS = re.compile(r"([\\`*_\[\]<~|&$])")
BLOCK = re.compile(r"^(?:([#>+=:-])|(\d{1,9})(?=[.)](?:\s|$)))")  # what would begin a heading, a quotation or a list
# What GitHub makes links of in running text: mentions and addresses, references, commits, URLs, and emoji names.
LINKS: Final[tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]] = (
    (re.compile(r"@(?=\S)"), f"@{JOINER}"),
    (re.compile(r"#(?=\w)"), f"#{JOINER}"),
    (re.compile(r"\b(GH)-(?=\d)", re.IGNORECASE), rf"\1{JOINER}-"),
    (re.compile(r"\b[0-9a-f]{7,40}\b", re.IGNORECASE), lambda found: JOINER.join(re.findall(".{1,6}", found[0]))),
    (re.compile(r":(?=//)"), f":{JOINER}"),
    (re.compile(r"\b(www)(?=\.)", re.IGNORECASE), rf"\1{JOINER}"),
    (re.compile(r"\b(mailto|xmpp)(?=:)", re.IGNORECASE), rf"\1{JOINER}"),
    (re.compile(r":(?=(?:[a-z0-9_+-]*[a-z][a-z0-9_+-]*|[+-]1):)", re.IGNORECASE), f":{JOINER}"),
)
FORMULA = re.compile(r"^[\s\x00\ufeff'\"]*[=+\-@\uff1d\uff0b\uff0d\uff20\u2212|%]")
LATER = re.compile(r"([;\t\r\n]\s*\"?)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")


def on_one_line(text: str) -> str:
    """Return a visible text whose white space is single spaces."""
    return " ".join(visible(text).split())


def prose(text: str) -> str:
    """Return a text as running Markdown on one line: nothing in it is markup, a link, a mention, a reference or an image."""
    line = on_one_line(text)
    for pattern, replacement in LINKS:
        line = pattern.sub(replacement, line)
    return BLOCK.sub(lambda found: f"\\{found[1]}" if found[1] else f"{found[2]}\\", MARKS.sub(r"\\\1", line))


def code(text: str) -> str:
    """Return a text as a code span on one line; "" stays ""."""
    line = " ".join(within(text).split())
    return span(line) if line else ""


def fenced(text: str) -> str:
    """Return a text as a fenced block."""
    return block(within(text))


def cell(text: str) -> str:
    """Return a text as a spreadsheet's cell that computes nothing: an apostrophe stands before what would begin a formula."""
    plain = LATER.sub(r"\1'", visible(text))
    return f"'{plain}" if FORMULA.match(plain) else plain
