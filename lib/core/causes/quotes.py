"""What a failure message says happened, and which other message repeats it."""

import re
from collections.abc import Callable, Sequence

WORDS = re.compile(r"[A-Za-z]{2,}")
RAISED = re.compile(r"(?m)^(?:[A-Za-z_][\w.$]*\.)?([A-Z]\w*(?:Error|Exception|Failure|Timeout|Interrupt)\w*: .+)$")
FEWEST_WORDS, FEWEST_LETTERS = 3, 15  # less than that, many say


def cause_of(text: str) -> str:
    """Return what a message says happened, on one line: of a trace its first exception with its type, else the first line."""
    text = text.replace("\\n", "\n")
    said = RAISED.search(text)
    return said[1] if said and "\n" in text else text.split("\n")[0]


def core_of(text: str) -> str:
    """Return the part of that after the last wrapper; "" when it is too little to tell."""
    parts = re.split(r"(?<=[\w)\]]): +", cause_of(text)[:500])
    out = parts.pop()
    while parts and len(WORDS.findall(out)) < FEWEST_WORDS:
        out = f"{parts.pop()}: {out}"
    out = out.strip().rstrip(".")
    return out if len(WORDS.findall(out)) >= FEWEST_WORDS and len(out) >= FEWEST_LETTERS and "://" not in out else ""


def quoted_by(texts: Sequence[str]) -> Callable[[int, int], bool]:
    """Return a function that tells whether b's message holds what a's message says happened; numbers do not matter."""
    raw = [core_of(t) for t in texts]
    cores, plain = ([re.sub(r"\d+", "0", t) for t in several] for several in (raw, texts))

    def says(a: int, b: int) -> bool:
        only_numbers = cores[a] == cores[b] and raw[a] != raw[b]  # answered 502, answered 503: two things, and no quote
        return bool(cores[a]) and not only_numbers and cores[a] in plain[b]

    return says
