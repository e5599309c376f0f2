"""Does an export look cut? A limit leaves marks: a round number of entries, the same number for several severities."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from lib.core.wording import count_of, say_duration

LIMITS = frozenset({50, 100, 200, 250, 300, 400, 500, 600, 800})  # below 1,000 only what people and tools really ask for
LIMIT_STEP = 50
LEAST_EQUAL = 20  # two severities with so many entries each are hardly equal by chance
SHORT = 0.5  # of the time asked for: a busy service fills it, a quiet one may not
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
SPAN_IN_NAME = re.compile(
    r"(?<![0-9a-z])(\d{1,4})[\s_-]?(s|m|h|d|w)(?:ec|econd|in|inute|r|our|ay|eek|n)?s?(?![a-z0-9])", re.IGNORECASE
)
CLOCKS_IN_NAME = re.compile(
    r"(?<!\d)(?!20\d\d[-_](?:0[1-9]|1[0-2])\d\d)([01]\d|2[0-3])[:h]?([0-5]\d)Z?[-_]+(?:to[-_])?([01]\d|2[0-3])[:h]?([0-5]\d)Z?(?!\d)"
)


def judge_cut(name: str, read: int, severities: Mapping[str, int], first: datetime | None, last: datetime | None) -> str:
    """Return a sentence when an export of `read` entries looks cut, else "".

    Shape:   severities counts the export's entries by severity; first and last are its oldest and newest entry.
    Source:  a round or repeated count is what a limit leaves behind. The time that the file's name claims, when it is much
             longer than what was found, makes it plain; without a claim the counts alone must tell.
    """
    if not read or first is None or last is None:
        return ""
    span = last - first
    claimed = find_claim(name)
    marks = [*_round_total(read), *_equal_severities(severities)]
    if not marks or (claimed and span >= claimed * 0.95 and not _certain(read, severities)):
        return ""
    sentence = f"'{name}' looks cut: {' and '.join(marks)} in {say_duration(span)}"
    if claimed and span < claimed * SHORT:
        sentence += f", though its name speaks of {say_duration(claimed)}"
    return sentence + ". A limit leaves such counts: there may be more entries than these."


def is_surely_cut(read: int, severities: Mapping[str, int]) -> bool:
    """Whether an export that looks cut makes a gap: its count is one that people and tools ask for, or severities share one.

    One export in a thousand ends at a full thousand by chance: such a count is told, and alone it takes no time away.
    """
    return read in LIMITS or (read % 1000 == 0 and len(str(read).rstrip("0")) == 1) or bool(_equal_severities(severities))


def find_claim(name: str) -> timedelta | None:
    """Return the time that a file's name claims to cover ("last-1h", "0041-0043Z"), None when it claims none."""
    if clocks := CLOCKS_IN_NAME.search(name):
        start, end = int(clocks[1]) * 60 + int(clocks[2]), int(clocks[3]) * 60 + int(clocks[4])
        return timedelta(minutes=(end - start) % 1440) or None
    span = SPAN_IN_NAME.search(name)
    return timedelta(seconds=int(span[1]) * UNITS[span[2].lower()]) if span else None


def _certain(read: int, severities: Mapping[str, int]) -> bool:
    """A thousand to the entry, or a count that a limit would ask for and several severities share, is no chance."""
    counts = list(severities.values())
    return read % 1000 == 0 or any(c >= LIMIT_STEP and c % LIMIT_STEP == 0 and counts.count(c) > 1 for c in counts)


def _round_total(read: int) -> list[str]:
    return [f"exactly {count_of(read, 'entry', 'entries')}"] if read % 1000 == 0 or read in LIMITS else []


def _equal_severities(severities: Mapping[str, int]) -> list[str]:
    """Severities that share one count; two need a round one, three or more tell whatever it is."""
    by_count: dict[int, list[str]] = {}
    for severity, count in severities.items():
        by_count.setdefault(count, []).append(severity)
    told = []
    for count, names in sorted(by_count.items(), reverse=True):
        if count >= LEAST_EQUAL and (len(names) > 2 or (len(names) == 2 and count % 10 == 0)):
            told.append(f"the same {count:,} entries each of {', '.join(sorted(names)[:-1])} and {sorted(names)[-1]}")
    return told
