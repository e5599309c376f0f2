"""Deploys from evidence: calls in the audit log, the platform's word, first entries. Where they lack, nothing is made up."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lib.core.rollouts.calls import Call, CallKind, Outcome
from lib.core.rollouts.claims import Births, claim_revisions, number_of
from lib.core.wording import count_of, say_duration, say_time

STARTING = timedelta(minutes=15)  # a container that has not started by then has failed: the platform waits 4 min at most
QUIET = timedelta(minutes=15)  # a service unheard for longer may have had entries that were not read
PROMPT = timedelta(seconds=60)  # how near its first entry a revision's first start must be to tell of its deploy


class DeployOutcome(StrEnum):
    """What became of a deploy."""

    READY = "ready"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Evidence(StrEnum):
    """What a deploy rests on, strongest first."""

    AUDIT = "audit"
    SYSTEM = "system"
    FIRST_ENTRY = "first_entry"


@dataclass(frozen=True)
class Life:
    """What a revision's own entries tell.

    before:   the last entry of the service, of any other revision, before `first`; None when there is none.
    answered: requests that it answered with a status under 500.
    rollout:  when its first container was started for a deploy, None when no line says so.
    """

    service: str
    environment: str
    revision: str
    first: datetime
    last: datetime
    before: datetime | None = None
    requests: int = 0
    answered: int = 0
    rollout: datetime | None = None


@dataclass(frozen=True)
class Deploy:
    """One deploy; there is one a revision. revision, actor: "" when not known. ready: when the platform found it ready."""

    service: str
    environment: str
    revision: str
    ts: datetime
    outcome: DeployOutcome
    evidence: Evidence
    actor: str
    reasons: tuple[str, ...]
    ready: datetime | None = None

    @property
    def sentence(self) -> str:
        """Return the deploy as one sentence, with what it rests on."""
        what = f"{self.revision or 'A revision of unknown name'} of {self.service} was deployed at {say_time(self.ts)}"
        return f"{what}{say_actor(self.actor)}: {OUTCOME_WORDS[self.outcome]}. {' '.join(self.reasons)}"


@dataclass(frozen=True)
class Traffic:
    """A change of who serves; no deploy. targets: the revisions that it names."""

    service: str
    environment: str
    ts: datetime
    actor: str
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class FirstSeen:
    """A revision whose deploy was not seen, since when it is known, and why no deploy is told.

    heard: False when only a call names it, and no entry of it was read.
    """

    service: str
    environment: str
    revision: str
    ts: datetime
    why: str
    heard: bool = True


@dataclass(frozen=True)
class Found:
    """All that evidence tells, each in order of time. unclear: calls of which it cannot be told what they changed."""

    deploys: tuple[Deploy, ...] = ()
    traffic: tuple[Traffic, ...] = ()
    first_seen: tuple[FirstSeen, ...] = ()
    unclear: tuple[Traffic, ...] = ()


OUTCOME_WORDS = {
    DeployOutcome.READY: "ready",
    DeployOutcome.FAILED: "failed",
    DeployOutcome.UNKNOWN: "what became of it is not known",
}


def say_actor(actor: str) -> str:
    """Return " by NAME", "" when the actor is not known."""
    if re.fullmatch(r"[\[<(].*[\])>](?:#[0-9]+)?", actor):
        return " by a person whose address is masked"
    return f" by {actor}" if actor else ""


def find_deploys(calls: Sequence[Call], outcomes: Sequence[Outcome], lives: Sequence[Life]) -> Found:
    """Return deploys, traffic changes and revisions first seen, of every service and environment.

    Source: calls.read_audit; lives of the same entries, with the environments folded alike. Order changes nothing.
    """
    Place = tuple[str, str]
    places: set[Place] = {(c.service, c.environment) for c in calls} | {(o.service, o.environment) for o in outcomes}
    places |= {(life.service, life.environment) for life in lives}

    def within(place: Place) -> Found:
        return find_in_service(
            [c for c in calls if (c.service, c.environment) == place],
            [o for o in outcomes if (o.service, o.environment) == place],
            [x for x in lives if (x.service, x.environment) == place],
        )

    parts = [within(place) for place in sorted(places)]
    return Found(
        tuple(sorted((x for p in parts for x in p.deploys), key=lambda x: (x.ts, x.service, x.revision))),
        tuple(sorted((x for p in parts for x in p.traffic), key=lambda x: (x.ts, x.service))),
        tuple(sorted((x for p in parts for x in p.first_seen), key=lambda x: (x.ts, x.service, x.revision))),
        tuple(sorted((x for p in parts for x in p.unclear), key=lambda x: (x.ts, x.service))),
    )


def find_in_service(calls: Sequence[Call], outcomes: Sequence[Outcome], lives: Sequence[Life]) -> Found:
    """Return what evidence tells of one service in one environment."""
    calls = [c for c in sorted(calls, key=lambda c: (c.ts, c.actor)) if c.kind is not CallKind.OTHER]
    said = {
        name: sorted((o for o in outcomes if o.revision == name), key=lambda o: o.ts) for name in {o.revision for o in outcomes}
    }
    living = {life.revision: life for life in lives if life.revision}
    births = find_births(calls, outcomes, living.values())
    claims = claim_revisions(calls, births)
    made = [(c, claims.get(i, "")) for i, c in enumerate(calls) if c.kind is CallKind.DEPLOY or i in claims]
    deploys = {r or (c.ts, c.actor): describe_call(c, r, said.get(r, []), living.get(r)) for c, r in reversed(made)}
    deploys |= {
        name: describe_outcomes(words, living.get(name))
        for name, words in said.items()
        if name not in deploys and not was_there(words[0].ts, living.get(name))
    }
    rest = {n: life for n, life in living.items() if n not in deploys}
    whys = {name: why_first_seen(life, births) for name, life in rest.items()}
    deploys |= {name: describe_life(life) for name, life in rest.items() if not whys[name]}
    left = [c for i, c in enumerate(calls) if c.kind is not CallKind.DEPLOY and i not in claims]
    moved = [(as_traffic(c), moves_traffic(c, births)) for c in left]
    return Found(
        tuple(deploys.values()),
        tuple(t for t, sure in moved if sure),
        (
            *(FirstSeen(life.service, life.environment, n, life.first, whys[n]) for n, life in rest.items() if whys[n]),
            *find_named(calls, {*deploys, *rest}),
        ),
        tuple(t for t, sure in moved if not sure),
    )


def find_births(calls: Iterable[Call], outcomes: Iterable[Outcome], lives: Iterable[Life]) -> Births:
    """Return for each revision the earliest time at which anything speaks of it.

    The platform's word on how long a deploy took settles it: what a caller's copy of the service named before is not believed.
    """
    spoken = [(life.revision, life.first) for life in lives] + [(o.revision, o.ts) for o in outcomes]
    spoken += [(name, c.ts) for c in calls for name in (c.previous, *c.targets) if name]
    births: dict[str, datetime] = {}
    for name, ts in spoken:
        births[name] = min(ts, births.get(name, ts))
    return births | {o.revision: o.began for o in sorted(outcomes, key=lambda o: o.ts, reverse=True) if o.began}


def was_there(spoken: datetime, life: Life | None) -> bool:
    """Tell whether a revision had written entries long before the platform first spoke of it: its deploy was earlier."""
    return life is not None and life.first < spoken - STARTING


def describe_call(call: Call, revision: str, said: Sequence[Outcome], life: Life | None) -> Deploy:
    """Return the deploy that a call made."""
    outcome, reason, ready = judge_outcome(said, life, call)
    known = "The call is in the audit log" + ("." if revision else "; nothing that was read names the revision that it made.")
    return Deploy(
        call.service, call.environment, revision, call.ts, outcome, Evidence.AUDIT, call.actor, (known, reason), ready
    )  # fmt: skip


def describe_outcomes(said: Sequence[Outcome], life: Life | None) -> Deploy:
    """Return the deploy that only the platform's word tells; it began when the word says so, else with the first sign."""
    first = said[0]
    outcome, reason, ready = judge_outcome(said, life, None)
    began = [o.began for o in said if o.began] or [first.ts, *([life.first] if life else [])]
    known = "Known by the platform's word; the call that made it was not read."
    return Deploy(
        first.service, first.environment, first.revision, min(began), outcome, Evidence.SYSTEM, "", (known, reason), ready
    )  # fmt: skip


def describe_life(life: Life) -> Deploy:
    """Return the deploy that only the revision's first entry tells."""
    outcome, reason, ready = judge_outcome((), life, None)
    known = "Known only by its first entry; no call and no word of the platform was read."
    ts = min(life.first, life.rollout or life.first)
    return Deploy(
        life.service, life.environment, life.revision, ts, outcome, Evidence.FIRST_ENTRY, "", (known, reason), ready
    )  # fmt: skip


def judge_outcome(said: Sequence[Outcome], life: Life | None, call: Call | None) -> tuple[DeployOutcome, str, datetime | None]:
    """Return what became of a deploy, why we think so, and when it was ready. The first row that holds decides."""
    ready = next((o for o in said if o.ready), None)
    failed = next((o for o in said if not o.ready), None)
    answered = life.answered if life else 0
    told = f": {failed.text}" if failed and failed.text else "."
    rows = (
        (ready, DeployOutcome.READY, "The platform says that it became ready."),
        (answered, DeployOutcome.READY, f"It answered {count_of(answered, 'request')}."),
        (failed, DeployOutcome.FAILED, f"The platform says that it did not become ready{told}"),
        (call and call.error, DeployOutcome.FAILED, f"The call ended with an error: {call.error if call else ''}"),
        (call and call.done, DeployOutcome.READY, "The operation ended without an error."),
    )
    for holds, outcome, reason in rows:
        if holds:
            return outcome, reason, ready.ts if ready else None
    return DeployOutcome.UNKNOWN, "Nothing that was read says what became of it.", None


def why_first_seen(life: Life, births: Births) -> str:
    """Return why a revision that only its entries tell gets no deploy, "" when its first entry tells of one."""
    number = number_of(life.revision)
    newer = [n for n, ts in births.items() if number is not None and ts <= life.first and (number_of(n) or 0) > number]
    if newer:
        return f"It is older than {min(newer)}, which was heard of before: it was made earlier and serves again."
    if life.before is None:
        return f"It served already when {life.service} was first heard of."
    if life.rollout is not None and life.rollout <= life.first + PROMPT:
        return ""
    silence = life.first - life.before
    if silence > QUIET:
        told = say_duration(silence)
        return f"Nothing of {life.service} was read in the {told} before its first entry: earlier ones may be missing."
    return ""


def find_named(calls: Sequence[Call], known: set[str | tuple[datetime, str]]) -> list[FirstSeen]:
    """Return the revisions that only a call names as the newest when it was made."""
    first = {c.previous: c for c in reversed(calls) if c.previous and c.previous not in known}
    why = "A call names it as the newest revision; neither its deploy nor any entry of it was read."
    return [FirstSeen(c.service, c.environment, name, c.ts, why, heard=False) for name, c in first.items()]


def as_traffic(call: Call) -> Traffic:
    """Return a call that made no revision."""
    return Traffic(call.service, call.environment, call.ts, call.actor, call.targets)


def moves_traffic(call: Call, births: Births) -> bool:
    """Tell whether a call that made no revision surely moved traffic: it says so, or all that it names existed before."""
    if call.kind is CallKind.TRAFFIC:
        return True
    return bool(call.targets) and all(births[t] < call.ts or t == call.previous for t in call.targets)
