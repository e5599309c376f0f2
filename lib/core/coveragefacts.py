"""What an answer rests on, as plain values: the contract of the headless face, and of what is frozen."""

from datetime import timedelta
from typing import Any

from lib.core.model import Coverage
from lib.core.wording import count_of, rfc3339, say_expired, say_reasons, say_time

MOST = 12  # stretches that are told one by one
LEAST = timedelta(minutes=1)  # an export that ends seconds before the window does hides nothing that counts


def as_facts(coverage: Coverage) -> dict[str, Any]:
    """Return the coverage with times as RFC 3339 in UTC; what is not known is None."""
    return {
        "entries": coverage.entries,
        "cut": coverage.cut,
        "skipped": dict(coverage.skipped),
        "no_message": coverage.no_message,
        "suspect": list(coverage.suspect),
        "from": rfc3339(coverage.start),
        "to": rfc3339(coverage.end),
        "watermark": rfc3339(coverage.watermark),
        "expired": rfc3339(coverage.expired),
        "left_out": list(coverage.left_out),
    }


def say_read(coverage: Coverage, here: str = "") -> str:
    """Return what was read, as one sentence: "Based on 1,429 entries; 12 skipped (…); 3 without a message; newest entry ….".

    here: the newest entry's time once more, as the reader's clock says it.
    """
    told = [f"Based on {count_of(coverage.entries, 'entry', 'entries')}"]
    if skipped := sum(coverage.skipped.values()):
        told.append(f"{skipped:,} skipped ({say_reasons(coverage.skipped)})")
    if coverage.no_message:
        told.append(f"{coverage.no_message:,} without a message")
    if coverage.watermark:
        told.append(f"newest entry {say_time(coverage.watermark)}{here}")
    return "; ".join(told) + "."


def say_missing(coverage: Coverage) -> tuple[str, ...]:
    """Return what could not be seen in what was read, a sentence each; empty when nothing is known to be missing."""
    unread = [
        f"Nothing was read between {say_time(a)} and {say_time(b)}: what happened then is not known."
        for a, b in coverage.unread
        if b - a >= LEAST
    ]
    skipped = sum(coverage.skipped.values())
    told = (
        *coverage.suspect,
        *unread[:MOST],
        f"{len(unread) - MOST:,} more stretches were not read." if len(unread) > MOST else "",
        say_expired(coverage.expired),
        *coverage.left_out,
        f"{count_of(skipped, 'entry', 'entries')} could not be read over all imports ({say_reasons(coverage.skipped)})."
        if skipped
        else "",
        f"{count_of(coverage.no_message, 'entry carries', 'entries carry')} no message: what they said is not known."
        if coverage.no_message
        else "",
    )
    return tuple(filter(None, told))
