"""All that is known of one service when its error tracking is judged, and what follows from it without judging."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from lib.core.sentry.asked import Asked, Declared, HealthReport, Logged
from lib.core.sentry.sentryfacts import Failure, Point, Release
from lib.core.sentry.sentryfields import HOUR
from lib.core.sentry.sentrymatch import releases_of
from lib.core.sentry.trackingstates import BLIND_STARTS, Evidence, Life, State, StateSpan, Timeline

MOMENT = timedelta(microseconds=1)
WORDLESS = 0.5  # of a service's own entries without a message: then what they said is lost
UNANSWERED = 6  # errors that Sentry's answer does not reach; fewer may all be repetitions
USUAL = 0.9  # of the errors where all works, as far as the hours tell nothing else
SILENCE = 0.005  # chance below which it is told that nothing arrives any more: of three errors one would have
ENOUGH = 5  # accepted events from which on more than half of all are (Wilson's interval)
NO_RELEASES = ("stats", "keys", "filters", "quota", "sessions", "deploys")  # look-ups whose failure hides no release
FRESH = timedelta(days=1)  # since the last accepted event: every hour's own traffic has passed once


@dataclass(frozen=True)
class Case:
    """One service in one environment."""

    service: str
    environment: str
    timeline: Timeline
    sentry: Asked = field(default_factory=Asked)
    logged: Logged = field(default_factory=Logged)
    declared: tuple[Declared, ...] = ()
    health: HealthReport | None = None
    canary: datetime | None = None  # when a marked event was sent that Sentry showed; it may be newer than the newest entry

    @cached_property
    def end(self) -> datetime:
        """The last moment of the window."""
        return self.timeline.end - MOMENT

    @cached_property
    def serving(self) -> tuple[Life, ...]:
        """The revisions that serve at the end; when none does, the one that served last."""
        if now := self.timeline.serving(self.end):
            return now
        served = [life for life in self.timeline.lives if life.served]
        return tuple(sorted(served, key=lambda life: life.end or self.end)[-1:])

    @cached_property
    def blind_starts(self) -> dict[str, StateSpan]:
        """The serving revisions whose newest starts say that errors are not tracked, with that span."""
        newest = {s.revision: s for s in self.timeline.starts}  # in order, so the last one stays
        names = [life.revision for life in self.serving]
        return {r: newest[r] for r in names if r in newest and newest[r].state in BLIND_STARTS}

    @cached_property
    def open_drop(self) -> StateSpan | None:
        """The loss that goes on at the end."""
        return next((d for d in reversed(self.timeline.drops) if d.end is None), None)

    @cached_property
    def partial(self) -> Evidence | None:
        """The loss of a part that goes on at the end, by Sentry's hours."""
        return next((e for e in self.timeline.other if e.kind == "sentry" and e.state == State.DEGRADED), None)

    @cached_property
    def closed(self) -> tuple[StateSpan, ...]:
        """The stretches of blindness that were over before the end, in order of their ends; without crashed revisions."""
        served = {life.revision for life in self.timeline.lives if life.served}
        spans = [s for s in self.timeline.blind_spans() if s.end is not None and (not s.revision or s.revision in served)]
        return tuple(sorted(spans, key=lambda s: s.end or self.end))

    @cached_property
    def silent(self) -> tuple[Life, ...]:
        """The serving revisions of which neither a start nor Sentry says anything."""
        heard = {s.revision for s in self.timeline.starts}
        return tuple(life for life in self.serving if life.revision not in heard and not self.releases_of(life.revision))

    @cached_property
    def says_initialised(self) -> bool:
        """Whether a serving revision says at its starts that the SDK runs: then it is installed, whatever files say."""
        serving = {life.revision for life in self.serving}
        return any(s.state is State.INITIALISED and s.revision in serving for s in self.timeline.starts)

    @cached_property
    def bare_images(self) -> tuple[Declared, ...]:
        """The Dockerfiles that install no SDK although a file declares one; () unless that is true of all of them."""
        images = tuple(d for d in self.declared if d.image)
        if any(d.error or (d.image and d.declares) for d in self.declared) or not any(d.declares for d in self.declared):
            return ()
        return images

    @cached_property
    def carried(self) -> StateSpan | None:
        """The blind start that ended last, when all that serves since says nothing: a text that disappears closes nothing."""
        if not self.silent or len(self.silent) < len(self.serving):
            return None
        ended = [s for s in self.closed if s.revision and s.state in BLIND_STARTS]
        starts = [s for s in self.timeline.starts if s.state is State.INITIALISED]
        last = max(ended, key=lambda s: s.last_seen or s.start, default=None)
        later = last and any(s.start > last.start for s in starts)
        if last is None or later:
            return None
        own = replace(self, canary=None)  # a marked event of ours does not show that a service that says nothing sends its own
        return None if own.delivered_after(last) else last

    @cached_property
    def deliveries(self) -> tuple[tuple[datetime, datetime, str], ...]:
        """What Sentry accepted, as (first, last, release), "" for an hour's count; only what is sure to lie within the window."""
        start, end = self.timeline.start, self.timeline.end
        hours = [(p.start, p.start, "") for p in self.sentry.points if p.outcomes.get("accepted") and self._is_whole(p)]
        newest_hour = max((first for first, _, _ in hours), default=None)
        told = []
        for r in self.sentry.releases:
            first, last = r.first or r.last, r.last or r.first
            if first is None or last is None or first >= end or last < start:
                continue
            if last >= end:  # it delivered later too; when last within the window only the hours can tell
                last = max(first, newest_hour or first)
            told.append((first, last, r.version))
        marked = [(self.canary, self.canary, "")] if self.canary and start <= self.canary else []
        return tuple(sorted([*told, *hours, *marked]))

    @cached_property
    def only_canary(self) -> bool:
        """Whether a marked event of ours is all that is known to have arrived."""
        return bool(self.deliveries) and all(first == self.canary for first, _, _ in self.deliveries)

    @cached_property
    def accepted(self) -> int:
        """How many events Sentry accepted in the window's hours, as far as it was asked."""
        return sum(p.outcomes.get("accepted", 0) for p in self.sentry.points)

    @cached_property
    def unheard_since(self) -> datetime | None:
        """From when on errors would have to arrive: after all that is known to have been accepted.

        An hour's count may lie anywhere in it. A marked event of ours is none of the service's: then since it could send any.
        """
        if self.only_canary:
            over = [s.end for s in self.closed if s.end]
            return max([self.timeline.start, *over, *(life.start for life in self.serving[:1])])
        exact = ((last, version or first == self.canary) for first, last, version in self.deliveries)
        return max((last if sharp else last + HOUR for last, sharp in exact), default=None)

    @cached_property
    def chance_of_silence(self) -> float:
        """How often none of the errors after the last accepted event would arrive, going by the share that did before."""
        before = self.logged.eligible - self.logged.unaccepted
        share = min(self.accepted / before, USUAL) if self.accepted and before > 0 else USUAL
        return float((1 - share) ** self.logged.unaccepted)

    @cached_property
    def is_well_shown(self) -> bool:
        """Whether enough was accepted, and lately enough, to be sure of it."""
        fresh = self.last_delivery is not None and self.last_delivery >= self.timeline.end - FRESH
        return fresh and (not self.sentry.points or self.accepted >= ENOUGH)

    def is_over(self, point: Point) -> bool:
        """Return whether an hour was over when Sentry answered, and within the window."""
        read = self.sentry.read_at is None or point.start + HOUR <= self.sentry.read_at
        return read and self._is_whole(point)

    def _is_whole(self, point: Point) -> bool:
        return self.sentry.whole_until is None or point.start + HOUR <= self.sentry.whole_until

    @cached_property
    def last_delivery(self) -> datetime | None:
        """When Sentry last accepted something within the window, as far as is known."""
        return max((last for _, last, _ in self.deliveries), default=None)

    def delivered_after(self, span: StateSpan) -> bool:
        """Return whether Sentry accepted something after a stretch of blindness."""
        over = span.last_seen if span.state is State.DROPPING else span.end
        if over and self.canary and self.canary >= over:
            return True
        by_release = [last for _, last, version in self.deliveries if version]
        if by_release and not self.sentry.points:
            return bool(over and max(by_release) >= over)
        if span.state is State.DROPPING and span.end is not None and self.sentry.points:
            return True  # it ends with the first error of an hour in which Sentry accepted what was logged
        return bool(over and self.last_delivery and self.last_delivery >= over)

    def releases_of(self, revision: str) -> tuple[Release, ...]:
        """Return the releases of a revision from which Sentry accepted something by the end of the window."""
        found = releases_of(revision, self.sentry.releases)
        return tuple(r for r in found if (r.first or r.last) and (r.first or r.last or self.end) < self.timeline.end)

    @cached_property
    def names_releases(self) -> bool:
        """Whether the project's releases are named after revisions, so that each revision's delivery can be told."""
        return any(releases_of(life.revision, self.sentry.releases) for life in self.timeline.lives)

    @cached_property
    def unread_releases(self) -> Failure | None:
        """The failed look-up for which Sentry may have releases that are not known, None when there is none."""
        return next((f for f in self.sentry.failures if f.what.split(" ")[0] not in NO_RELEASES), None)

    @cached_property
    def is_wordless(self) -> bool:
        """Whether what the service said is lost."""
        return bool(self.logged.own) and self.logged.wordless >= WORDLESS * self.logged.own

    @cached_property
    def is_unanswered(self) -> bool:
        """Whether Sentry was asked about the service and its answer does not reach the end of the window."""
        if not self.sentry.failures:
            return False
        reached = max((p.start + HOUR for p in self.sentry.points), default=None)
        return reached is None or reached < self.timeline.end - HOUR

    def evidence(self) -> tuple[Evidence, ...]:
        """Return all evidence, what tells of blindness first."""
        spans = [e for s in (*self.timeline.drops, *self.timeline.starts) for e in s.evidence]
        order = {state.value: n for n, state in enumerate((*BLIND_STARTS, State.DROPPING, State.DEGRADED, State.INITIALISED))}
        own = sorted([*spans, *self.timeline.other], key=lambda e: (order.get(e.state, 9), str(e.first)))
        told = [
            Evidence("sentry", "accepted", f"Sentry has events of release {v}", first, last, 1, v)
            for first, last, v in self.deliveries
            if v
        ]
        told += [
            Evidence("sentry", "accepted", "Sentry showed a marked event (canary)", at, at, 1)
            for at, _, _ in self.deliveries
            if at == self.canary
        ]
        failed = [Evidence("sentry", "unknown", f"{f.what}: {f.reason}", None, None, 1) for f in self.sentry.failures]
        return tuple(dict.fromkeys([*own, *self._asked_for(), *told, *failed]))

    def _asked_for(self) -> list[Evidence]:
        """Return what a health document and the files of a checkout tell."""
        health = self.health
        says = "configured" if health and health.state is State.INITIALISED else health.state.value if health else ""
        told = [Evidence("health", says, health.text, health.read_at, health.read_at, 1)] if health else []
        files = [file for file in self.declared if file.declares or not file.error]
        return [*told, *(Evidence("declared", *_tell(file), file.read_at, file.read_at, 1) for file in files)]


def _tell(file: Declared) -> tuple[str, str]:
    """Return what a file shows, in a word and in a sentence."""
    if file.declares:
        what = file.requirement or file.sdk or "the SDK"
        return ("installed", f"{file.path} installs {what}") if file.image else ("declared", f"{file.path} declares {what}")
    if file.image:
        return "not installed", f"{file.path} installs {file.requirement or 'nothing'}, which does not declare the SDK"
    return "not declared", f"{file.path} does not declare the SDK"
