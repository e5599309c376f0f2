"""Markdown in which nothing that a log says takes effect: no link, mention, reference, image, HTML or closing word.

Log text stands in code alone (core/codemarks.py). Titles, which hold no code, are cut down to words.
"""

import re
from collections.abc import Sequence

from lib.core.codemarks import block, inert, span, within

LIMIT = 65_536  # GitHub's, for a body; counted here in bytes, which are never fewer than its characters
ROOM = 1_000  # kept free, for what is told when something was left out
TITLE = 120  # characters of a title; GitHub takes 256, lists show about so many
CUT = "[… {count:,} characters more]"
_EMOJI = re.compile(r"(?i):(?=(?:[\w+-]*[a-z+-][\w+-]*|100|1234):)")
_HEX = re.compile(r"\b(?=[0-9a-f]*\d)[0-9a-f]{7,40}\b", re.IGNORECASE)


def fence(text: str, most: int = 4_000) -> str:
    """Return a text as a fenced block that nothing in it can leave; what is longer than `most` characters is cut, and told."""
    body = within(text[:most])
    if len(text) > most:
        body += "\n" + CUT.format(count=len(text) - most)
    return block(body)


def code(text: str, most: int = 200) -> str:
    """Return a text as code within a line; "-" for an empty one."""
    line = " ".join(within(text[: 4 * most]).split()) or "-"
    return span(line if len(line) <= most else line[: most - 1] + "…")


def title(text: str) -> str:
    """Return a text as a title: one line of words, in which nothing is a name, a reference, a link or a command."""
    line = inert(text[: 20 * TITLE]).replace("\N{REPLACEMENT CHARACTER}", " ").replace("<*>", "…")
    line = re.sub(r"(?i)\b[a-z][a-z0-9+.-]*://", " ", line)
    line = re.sub(r"(?i)\bwww\.", "www ", line)
    line = re.sub(r"@", " at ", line).replace("#", " no. ")
    line = re.sub(r"(?i)\bGH-(?=\d)", "GH ", line)
    line = _EMOJI.sub(": ", _HEX.sub("…", line))
    line = re.sub(r"[`*~<>|\\!&$]|(?<!\w)_+|_+(?!\w)", " ", line)  # within a word an underscore is no emphasis
    line = re.sub(r"\]\s*(?=[(\[:])", "] ", line).replace("] (", "] - (").replace("] [", "] - [").replace("]:", "] -")
    line = " ".join(line.split()).strip("-=+. ") or "A cluster without words"
    line = re.sub(r"^(?=\d+[.)]\s)", "No. ", line)
    return line if len(line) <= TITLE else line[: TITLE - 1].rstrip() + "…"


def size(text: str) -> int:
    """Return the bytes of a text."""
    return len(text.encode("utf-8", "surrogatepass"))


def assemble(parts: Sequence[str], last: str) -> str:
    """Return whole parts, one below the other, as many as fit, and always the last: a part is never cut within."""
    kept: list[str] = []
    room = LIMIT - ROOM - size(last)
    for part in parts:
        if size(part) + 2 > room:
            kept.append("More was found than an issue takes; the command above the fingerprint shows all of it.")
            break
        kept.append(part)
        room -= size(part) + 2
    return "\n\n".join([*kept, last])
