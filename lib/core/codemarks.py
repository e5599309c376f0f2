"""Text as Markdown code that nothing in it can leave: its marks are longer than any run of their sign within.

GitHub reads no Markdown in code and links no name, number or commit there.
"""

import re

from lib.core.visible import visible

# Renderers count no further: GitHub's takes 80 signs at the most for code within a line, and a fence for one of 255.
LONGEST_RUN, SHOWN_RUN = 60, 40
_LONG = re.compile(rf"`{{{LONGEST_RUN + 1},}}|~{{{LONGEST_RUN + 1},}}")
_ENDS = re.compile(r"\r\n?|[\u2028\u2029\x85\x0b\x0c]")


def inert(text: str) -> str:
    """Return a text with plain line ends, and a visible sign for each that commands a terminal or turns or hides writing."""
    return visible(_ENDS.sub("\n", text))


def within(text: str) -> str:
    """Return a text that code can hold: inert, and with no run of signs so long that renderers stop counting."""
    return _LONG.sub(lambda run: run[0][:SHOWN_RUN] + f"[… {len(run[0]) - SHOWN_RUN:,} more]", inert(text))


def span(line: str) -> str:
    """Return a line that code can hold as code within a line."""
    ticks = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    return f"{ticks} {line} {ticks}" if "`" in line else f"{ticks}{line}{ticks}"


def block(body: str) -> str:
    """Return lines that code can hold as a fenced block, closed."""
    ticks = "`" * max(3, 1 + max(map(len, re.findall("`+|~+", body)), default=0))
    return f"{ticks}text\n{body}\n{ticks}"
