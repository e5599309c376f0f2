"""Counts, durations and findings as words that can be pasted into a chat as they stand."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta


def count_of(number: int, one: str, many: str = "") -> str:
    """Return "1 entry", "1,429 entries", "no entries"."""
    many = many or one + "s"
    return f"no {many}" if number == 0 else f"{number:,} {one if number == 1 else many}"


def times(number: int) -> str:
    """Return "once", "15 times"."""
    return "once" if number == 1 else f"{number:,} times"


def say_duration(span: timedelta) -> str:
    """Return a duration in its two largest units: "106 s", "3 h 24 min", "2 d 5 h"."""
    seconds = int(span.total_seconds())
    if seconds < 180:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{round(seconds / 60)} min"
    if seconds < 172800:
        hours, minutes = divmod(round(seconds / 60), 60)
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(round(seconds / 3600), 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def say_time(ts: datetime) -> str:
    """Return a moment as "2025-09-16 00:41:13 UTC"."""
    return ts.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def say_minute(ts: datetime) -> str:
    """Return a moment as "2025-09-15 19:57 UTC"."""
    return ts.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def say_age(ts: datetime, now: datetime) -> str:
    """Return "3 h 24 min ago"; a clock that runs behind makes no negative age."""
    return f"{say_duration(max(now - ts, timedelta(0)))} ago"


def say_expired(before: datetime | None) -> str:
    """Return a sentence about entries that are no longer kept, "" without any."""
    return f"Entries older than {say_time(before)} have expired and are not counted." if before else ""


def rfc3339(ts: datetime | None) -> str | None:
    """Return a moment as RFC 3339 UTC with Z and no more digits than it needs; None stays None."""
    if ts is None:
        return None
    text = ts.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return text + "Z"


def told_apart(service: str, environment: str) -> str:
    """Return the environment where no word of the service's name says it already, else ""."""
    said = re.search(rf"(?<![^-_.]){re.escape(environment)}(?![^-_.])", service)
    return "" if said else environment


def name_of(service: str, environment: str) -> str:
    """Return a service's name, with its environment where the name does not say it: "checkout (staging)"."""
    named, told = service or "no service", told_apart(service, environment)
    return f"{named} ({told})" if told else named


def join_words(words: Sequence[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def list_some(names: Sequence[str], named: int) -> str:
    """Return the first names, and how many more there are: "a, b and 3 more"."""
    return join_words([*names[:named], *([f"{len(names) - named} more"] if len(names) > named else [])])


def say_reasons(reasons: Mapping[str, int]) -> str:
    """Return "no timestamp 9, damaged JSON 3", most frequent first."""
    return ", ".join(f"{reason} {count:,}" for reason, count in sorted(reasons.items(), key=lambda r: (-r[1], r[0])))


def shorten(text: str, size: int = 120) -> str:
    """Return a text on one line, cut with an ellipsis when it is longer than `size`."""
    line = " ".join(text.split())
    return line if len(line) <= size else line[: size - 1].rstrip() + "…"
