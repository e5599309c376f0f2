"""How fresh is what was read? A live source, judged as it stands now: its reader may have stopped since it last spoke."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lib.core.collecting import LATENESS, SourceKind, SourceRecord
from lib.core.model import SourceState
from lib.core.wording import count_of, join_words, say_age, say_duration

SILENT = timedelta(seconds=90)  # a reader is heard of every few seconds, also while it waits for its quota or a retry
BEHIND = timedelta(seconds=60)  # beyond what late entries need anyway
SLOW = {SourceKind.SENTRY: timedelta(hours=1), SourceKind.HEALTH: timedelta(hours=1)}  # read on clocks of their own
RESTART = "Start it again: `make run`, or `python -m lib collect --follow`."
WORST_FIRST = (SourceState.FAILING, SourceState.STALE, SourceState.OK, SourceState.OFF)


@dataclass(frozen=True)
class Freshness:
    """A live source, judged. age: of its newest entry; behind: None when not known; both None before anything was read.

    sentence: how it is doing; short: the same in a few words for a strip, without the name.
    """

    name: str
    kind: SourceKind
    state: SourceState
    age: timedelta | None
    behind: timedelta | None
    short: str
    sentence: str
    hint: str = ""


@dataclass(frozen=True)
class _Case:
    record: SourceRecord
    now: datetime

    @property
    def silence(self) -> timedelta:
        heard = self.record.heartbeat or self.record.started
        return abs(self.now - heard) if heard else timedelta(0)

    @property
    def stopped(self) -> bool:
        """Whether a reader that was to keep up is silent; one that read once has done its work."""
        return self.record.following and self.record.heartbeat is not None and self.silence > SLOW.get(self.record.kind, SILENT)

    @property
    def behind(self) -> timedelta | None:
        """By how much it is behind now: what its reader said, or, once that is silent, all the time since."""
        record = self.record
        if not self.stopped:
            return record.behind
        return max(self.now - record.watermark - LATENESS, timedelta(0)) if record.watermark else None


def _say_behind(case: _Case) -> str:
    return f"{say_duration(case.behind)} behind" if case.behind and case.behind > BEHIND else ""


def _say_stopped(case: _Case) -> str:
    heard = case.record.heartbeat
    return f"Its collector was last heard of {say_age(heard, case.now)}: nothing is read." if heard else ""


Rule = tuple[SourceState, Callable[[_Case], bool], str, Callable[[_Case], str], Callable[[_Case], str]]
# the first row that fits: state, when, in short, in a sentence, what to do
RULES: tuple[Rule, ...] = (
    (SourceState.OFF, lambda c: c.record.state is SourceState.OFF, "off", lambda c: c.record.message, lambda c: c.record.hint),
    (SourceState.FAILING, lambda c: c.stopped, "not being read", _say_stopped, lambda _: RESTART),
    (
        SourceState.FAILING,
        lambda c: c.record.state is SourceState.FAILING,
        "failing",
        lambda c: c.record.message or "It does not answer.",
        lambda c: c.record.hint,
    ),
    (SourceState.STALE, lambda c: bool(_say_behind(c)), "", lambda c: c.record.message, lambda c: c.record.hint),
    (
        SourceState.STALE,
        lambda c: c.record.succeeded is None,
        "not read yet",
        lambda c: c.record.message or "It has not answered yet.",
        lambda c: c.record.hint,
    ),
    (SourceState.OK, lambda _: True, "", lambda c: c.record.message, lambda c: c.record.hint),
)


def judge_freshness(record: SourceRecord, now: datetime) -> Freshness:
    """Return how fresh a live source is at `now`."""
    case = _Case(record, now)
    state, _, short, sentence, hint = next(row for row in RULES if row[1](case))
    age = max(now - record.newest, timedelta(0)) if record.newest else None
    newest = f"newest {say_duration(age)} old" if age is not None else "nothing read"
    late = _say_behind(case) if state is not SourceState.OFF else ""
    told = ", ".join(filter(None, (short, late, newest)))
    return Freshness(record.name, record.kind, state, age, case.behind, told, _sentence(sentence(case), late), hint(case))


def _sentence(told: str, late: str) -> str:
    """Return what its reader said with how far behind it is, unless that says so itself."""
    return " ".join(filter(None, (told, f"It is {late}." if late and late not in told else "")))


def worst_first(found: Sequence[Freshness]) -> tuple[Freshness, ...]:
    """Return sources, the worst first."""
    return tuple(sorted(found, key=lambda f: (WORST_FIRST.index(f.state), -(f.behind or timedelta(0)), f.name)))


def say_trouble(found: Sequence[Freshness]) -> str:
    """Return a sentence about the sources that do not deliver, "" when all do."""
    failing = [f.name for f in found if f.state is SourceState.FAILING]
    behind = [f.name for f in found if f.state is SourceState.STALE]
    told = []
    if failing:
        verb = "is" if len(failing) == 1 else "are"
        told.append(f"{join_words(failing[:3])} {verb} not being read: newer entries of {_them(failing)} are unknown.")
    if behind:
        told.append(f"{count_of(len(behind), 'source is', 'sources are')} behind: {join_words(behind[:3])}.")
    return " ".join(told)


def _them(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
