"""What `doctor` finds: one row for each thing that Blindspot needs, and what to do about those that fail."""

from collections.abc import Sequence
from dataclasses import dataclass

from lib.core.model import SourceState
from lib.core.wording import count_of, join_words
from lib.errors import BlindspotError

REPAIR = "python -m lib doctor --repair"
ENOUGH_BYTES = 500 * 1024**2  # a day of a busy service's logs while its files are joined


@dataclass(frozen=True)
class Check:
    """One thing that was tried. state: ok; failing; stale (works, but not for long or not in full); off (nobody set it).

    message: what came of it; hint: what to do; command: what grants or mends it, to be copied, "" where there is none.
    """

    name: str
    state: SourceState
    message: str
    hint: str = ""
    command: str = ""


def failed(name: str, error: BlindspotError, command: str = "") -> Check:
    """Return the row of something that raised one of our errors."""
    return Check(name, SourceState.FAILING, error.message, error.hint, command)


def judge_space(name: str, free_bytes: int) -> Check:
    """Return whether there is room to write."""
    told = f"Can be written; {free_bytes / 1024**3:.1f} GB free."
    if free_bytes >= ENOUGH_BYTES:
        return Check(name, SourceState.OK, told)
    hint = f"Make room: below {ENOUGH_BYTES // 1024**2} MB the next import or round may fail."
    return Check(name, SourceState.FAILING, told, hint)


def judge_entries(name: str, counted: int, logged: int) -> Check:
    """Return whether the table's files hold as many entries as its own log says."""
    if counted == logged:
        return Check(name, SourceState.OK, f"Can be read: {count_of(counted, 'entry', 'entries')}, as many as its own log says.")
    told = f"Its files hold {count_of(counted, 'entry', 'entries')}, its own log says {logged:,}."
    return Check(name, SourceState.FAILING, told, "Repair keeps all that can be read; then import or collect again.", REPAIR)


def judge_changed(name: str, changed: int, files: int) -> Check:
    """Return that some of the table's files are not what was written to them."""
    told = f"{count_of(changed, 'file', 'files')} of {files:,} {'is' if changed == 1 else 'are'} damaged or gone."
    hint = "Repair sets them aside, keeps all that can be read, and says what is missing; then import or collect that time again."
    return Check(name, SourceState.FAILING, told, hint, REPAIR)


def judge_missing(name: str, changes: int) -> Check:
    """Return that the state lost its last changes."""
    told = f"Its last {count_of(changes, 'change is', 'changes are')} missing: the file beside it that held them was damaged."
    hint = "Import again, and look at the last mutes, notes and names: they may be gone. The entries are not touched."
    return Check(name, SourceState.FAILING, told, hint, REPAIR)


def is_well(checks: Sequence[Check]) -> bool:
    """Tell whether all that is set works."""
    return all(check.state is not SourceState.FAILING for check in checks)


def say_outcome(checks: Sequence[Check]) -> str:
    """Return the first line: what does not work, or that all works that is set."""
    failing = [check.name for check in checks if check.state is SourceState.FAILING]
    if failing:
        return f"{count_of(len(failing), 'thing does', 'things do')} not work: {join_words(failing)}."
    off = [check.name for check in checks if check.state is SourceState.OFF]
    return "All that is set works." + (f" Not set: {join_words(off)}." if off else "")
