"""One live log, kept up with: what is newest is shown first, and every stretch is read once more before it counts as read."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lib.collect.intake import Counts, Intake
from lib.collect.latecomers import Latecomers
from lib.collect.reading import Reading
from lib.collect.tailing import Tailing
from lib.collect.timing import Timing
from lib.core import collecting
from lib.core.collecting import LATENESS, SourceKind, SourceRecord, Stretch, find_missing
from lib.core.logfilters import LogFilter
from lib.core.model import SourceState
from lib.errors import BlindspotError, Stopped, StoreError
from lib.liveports import Ask, LiveLog, Page
from lib.ports import Decoder, Ports

REACH = timedelta(minutes=10)  # what a first look at the newest goes back, within its share of the quota
# Between two looks at the newest: as much as one page more holds. What comes later than that is found by the second reading.
OVERLAPS, PAGE_ROWS = (timedelta(seconds=3), timedelta(seconds=60)), 1000
HOLD = timedelta(seconds=5)  # rows younger than this may be a stack trace's first lines
TORN = timedelta(seconds=2)  # a list that ends somewhere may have cut a stack trace in two: its last rows are read later
SETTLE = timedelta(seconds=30)  # a stretch that has come of age is read in pieces of this length at least: fewer calls
HEAD_SHARE = 0.6  # of the quota: more entries than that are arriving, and the newest are shown first
TRUSTED = timedelta(seconds=5)  # a clock that is wrong by less is taken as right
LONGEST_PAUSE_S = 60.0


@dataclass(frozen=True)
class Plan:
    """How a source is read.

    reach, since: how far back, from now on, and as a moment; what was wanted before stays wanted. poll: between two looks at the
    newest. tail: the newest are shown by the tail API. sharing: how many sources share the quota.
    """

    filter: LogFilter
    reach: timedelta = timedelta(days=1)
    since: datetime | None = None
    poll: timedelta = timedelta(seconds=10)
    lateness: timedelta = LATENESS
    tail: bool = False
    following: bool = False
    sharing: int = 1


class Collector:
    """Reads one log; every method does a bounded piece of work. Errors of the log and of the store: `attempt` keeps them."""

    def __init__(self, log: LiveLog, decoder: Decoder, ports: Ports, plan: Plan, timing: Timing) -> None:
        self.log, self.decoder, self.ports, self.plan, self.timing = log, decoder, ports, plan, timing
        known = next((r for r in ports.state.sources() if r.name == log.name), SourceRecord(log.name, SourceKind.LOGGING))
        quota = log.calls()[1]
        self.skew = timedelta(0)
        self.record = replace(
            known, started=timing.now(), heartbeat=timing.now(), quota=quota, filter=plan.filter.text,
            left_out=plan.filter.left_out, following=plan.following, failures=0,
        )  # fmt: skip
        self.readings: list[Reading] = []
        self.tailing = Tailing(log, timing.seconds) if plan.tail and plan.following else None
        self.head = self._intake(twice=True)
        self.asked_to: datetime | None = None  # up to here the newest were looked at
        self.head_pages, self.overlap = 1, OVERLAPS[0]
        self.trouble: BlindspotError | None = None
        self.late = Latecomers(log, known.heartbeat or timing.now())
        self.evidence = known.newest  # when time was last looked at
        self.seen = False  # the newest were looked at once
        self.goal: datetime | None = None  # where a single collection ends
        self.paused_to, self.older_at = 0.0, 0.0
        self.counts = Counts()

    def now(self) -> datetime:
        """Return the time, by the source's clock where it told that ours is wrong."""
        return self.timing.now() + self.skew

    def attempt(self, work: Callable[[], float | None]) -> float | None:
        """Do a piece of work unless the source is left alone for now; return how long to wait for the next, None for nothing."""
        if (pause := self.paused_to - self.timing.seconds()) > 0:
            return pause
        try:
            wait = work()
        except Stopped:  # says nothing of the source
            return None
        except BlindspotError as e:
            return self._fail(e)
        return wait

    def read_newest(self) -> float | None:
        """Look at what is newest, and store it: seen early, and read again when the late ones have come too."""
        self.record = replace(self.record, asked=self.timing.now(), rounds=self.record.rounds + 1)
        tailed = self.tailing is not None and self.tailing.covers()
        if self.tailing is not None:
            self._take_tail(self.tailing)
        floor = None if tailed else self._list_newest()
        self.head.turn(floor)
        young = self.record.newest is not None and abs(self.record.newest - self.now()) < HOLD
        self.head.store(more=young and self.plan.following, all_may_wait=True)
        self._count(self.head)
        self.seen = True
        self._succeed()
        return 0.0

    def read_older(self) -> float | None:
        """Read one page of what is not read completely, the newest first; return the seconds until the next, None when all is."""
        if (wait := self.older_at - self.timing.seconds()) > 0:
            return wait
        if self.late.is_due(self.timing.seconds()):
            self._read_late()
        reading = self._choose()
        if reading is None:
            return None
        spare = (self.head_pages + 2) * self.plan.sharing if self.plan.following else 0
        if (wait := self.log.wait_s(spare)) > 0:
            return wait
        reading.step(self.log, self._heed)
        if reading.is_due(self.timing.seconds()):
            self._store(reading)
        self._succeed()
        self.older_at = self.timing.seconds() + self._pace()
        return max(0.0, self.older_at - self.timing.seconds())

    def report(self) -> Counts:
        """Save how the source is doing, and return what was counted since the last report."""
        try:
            self._save()
        except BlindspotError as e:
            self.trouble = self.trouble or e
        counts, self.counts = self.counts, Counts()
        return counts

    def finish(self) -> Counts:
        """Store what waits, and report."""
        if not isinstance(self.trouble, StoreError):
            self._keep_read()
        return self.report()

    def _keep_read(self) -> None:
        """Store what was read already; a store that fails is the trouble from then on, and that part is read again."""
        try:
            for reading in [r for r in self.readings if r.intake.waiting()]:
                self._store(reading)
            self.head.store(more=False)
            self._count(self.head)
        except StoreError as e:
            self.trouble, self.readings = e, []

    def _choose(self) -> Reading | None:
        """Return what is to be read next; a stretch that has come of age goes before older ones that are being read."""
        end = self.goal or self.now() - self.plan.lateness
        self.goal = None if self.plan.following else end
        since = self._settle_since()
        self._void_future(end)
        through = ("", self.plan.filter.text)
        known = [s for s in self.ports.state.stretches() if s.source == self.record.name and s.filter in through]
        busy = [Stretch(self.record.name, r.start, r.end) for r in self.readings]
        missing = find_missing([*known, *busy], since, end)
        if span := next((s for s in reversed(missing) if self._is_worth(s, end)), None):
            self.readings.append(Reading(*span, self._intake(), self.timing.seconds()))
            self.readings.sort(key=lambda r: r.end)
        return self.readings[-1] if self.readings else None

    def _is_worth(self, span: tuple[datetime, datetime], end: datetime) -> bool:
        """Tell whether a stretch is to be read before those that are being read already."""
        newer = not self.readings or span[0] >= self.readings[-1].end
        growing = span[1] == end and self.plan.following and self.record.watermark is not None
        return newer and (not growing or span[1] - span[0] >= SETTLE)

    def _void_future(self, end: datetime) -> None:
        """Take back what a clock that was ahead has claimed: what it saw is true up to the newest entry, the rest is not."""
        if any(s.end > end + TRUSTED for s in self.ports.state.stretches() if s.source == self.record.name):
            self.ports.state.cut_stretches(self.record.name, min(end, self.evidence or end - self.plan.reach))
        self.evidence = self.record.newest

    def _list_newest(self) -> datetime | None:
        """List the newest; return before which time rows are left to the second reading, None for no time."""
        before, reach = self.skew, self.now() - REACH
        first = self.asked_to is None or self.asked_to - self.overlap < reach
        floor = self._list_from(reach if self.asked_to is None else max(self.asked_to - self.overlap, reach), first)
        if abs(self.skew - before) > TRUSTED:  # it was asked for a time that is not now
            floor = self._list_from(self.now() - REACH, True)
        return floor

    def _list_from(self, low: datetime, first: bool) -> datetime | None:
        """List down to `low`, or as far as the newest's share of the quota reaches."""
        share = self.record.quota * HEAD_SHARE / self.plan.sharing * self.plan.poll.total_seconds() / 60
        asked_to, token, oldest, newest, rows = self.now(), "", None, None, 0
        for number in range(1, max(1, int(share) if self.record.quota else 10) + 1):
            page = self.log.page(Ask(low, None, token))
            self._heed(page)
            self.head.take(page.lines)
            rows += len(page.lines)
            token, oldest, newest, self.head_pages = page.token, page.oldest or oldest, newest or page.newest, number
            if not token:
                break
        self.asked_to = min(asked_to, self.now())
        span = max(newest - oldest, timedelta(seconds=1)) if newest and oldest else OVERLAPS[1]
        self.overlap = max(OVERLAPS[0], min(OVERLAPS[1], span * PAGE_ROWS / max(1, rows)))
        if token and oldest and newest:
            return oldest + min(TORN, (newest - oldest) / 2)
        return low + TORN if first else None

    def _read_late(self) -> None:
        """Store what came after its stretch was read."""
        intake = self._intake()
        for page in self.late.pages(self.now(), self.timing.seconds()):
            self._heed(page)
            intake.take(page.lines)
        intake.store(more=False)
        self._count(intake)

    def _take_tail(self, tailing: Tailing) -> None:
        for page in tailing.take():
            self._heed(page)
            self.head.take(page.lines)

    def _heed(self, page: Page) -> None:
        """Learn from a page what time it is where the entries come from, and what is newest."""
        if page.server is not None:
            ahead = page.server - self.timing.now()
            self.skew = ahead if abs(ahead) > TRUSTED else timedelta(0)
        if page.newest and (self.record.newest is None or page.newest > self.record.newest):
            self.record = replace(self.record, newest=page.newest)

    def _store(self, reading: Reading) -> None:
        span = reading.store(self.timing.seconds())
        self._count(reading.intake)
        if reading.done:
            self.readings.remove(reading)
        self._save(span)

    def _save(self, span: tuple[datetime, datetime] | None = None) -> None:
        """Save the record, and with it a span of which everything is stored by now."""
        through = self.plan.filter.text
        added = [Stretch(self.record.name, *span, through)] if span else []
        known = [s for s in self.ports.state.stretches() if s.source == self.record.name and s.filter in ("", through)]
        now, at = self.now(), self.timing.now()
        reached = collecting.find_reach([*known, *added], self.record.since or now, now - self.plan.lateness)
        self.record = replace(
            self.record, heartbeat=at, calls=self.log.calls()[0], watermark=reached.watermark, behind=reached.behind,
            backlog=reached.backlog,
        )  # fmt: skip
        if self.trouble is None:
            state, message = collecting.say_progress(self.record, self.skew, TRUSTED)
            self.record = replace(self.record, state=state, message=message, hint="")
        self.ports.state.save_source(self.record, added)

    def _count(self, intake: Intake) -> None:
        counts = intake.take_counts()
        self.counts += counts
        record = self.record
        self.record = replace(
            record, read=record.read + counts.read, added=record.added + counts.added,
            duplicates=record.duplicates + counts.duplicates, no_message=record.no_message + counts.no_message,
            skipped=dict(Counter(record.skipped) + Counter(counts.skipped)),
            masked=dict(Counter(record.masked) + Counter(counts.masked)),
        )  # fmt: skip

    def _succeed(self) -> None:
        self.trouble = None
        self.record = replace(self.record, succeeded=self.timing.now(), failures=0)

    def _fail(self, error: BlindspotError) -> float:
        """Keep an error; what was not stored is read again, after a pause that grows."""
        self.trouble, failures = error, self.record.failures + 1
        if isinstance(error, StoreError):
            self.readings = []  # what waits would only grow
        else:
            self._keep_read()
        self.head = self._intake(twice=True)
        self.asked_to = self.asked_to - 2 * HOLD if self.asked_to else None
        grown = min(LONGEST_PAUSE_S, 2.0 ** min(failures, 10)) * (0.5 + self.timing.chance() / 2)
        pause = max(LONGEST_PAUSE_S if error.permanent else grown, getattr(error, "wait_s", None) or 0.0)
        self.paused_to = self.timing.seconds() + pause
        self.record = replace(self.record, state=SourceState.FAILING, message=error.message, hint=error.hint, failures=failures)
        try:
            self._save()
        except BlindspotError:  # the disk may be full: nothing can be kept, and the first error says so
            self.trouble = error
        return pause

    def _intake(self, *, twice: bool = False) -> Intake:
        return Intake(self.log.name, self.decoder, self.ports, self.timing.now(), self.record.read, twice=twice)

    def _settle_since(self) -> datetime:
        """Return how far back everything is wanted, by the time that the source told."""
        first, known = self.plan.since or self.now() - self.plan.reach, self.record.since
        since = min(first, known) if known else first
        self.record = replace(self.record, since=since)
        return since

    def _pace(self) -> float:
        """Return how long to wait after a page of older entries, so that the newest find a call whenever they are due."""
        if not self.plan.following or not self.record.quota:
            return 0.0
        newest_per_min = self.head_pages * self.plan.sharing * 60 / max(1.0, self.plan.poll.total_seconds())
        return 60 * self.plan.sharing / max(self.record.quota / 5, self.record.quota - newest_per_min - 3)
