"""The ladder of error tracking: declared, installed, configured, initialised, delivering. Only the last rung is health."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from lib.core.sentry.trackingcase import Case
from lib.core.sentry.trackingstates import Evidence, State
from lib.core.wording import join_words

NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Rung:
    """One rung: stands is True, False, or None when it is not known; why says by what; last: the newest sign of it."""

    name: str
    stands: bool | None
    why: str
    last: datetime | None = None


def find_rungs(case: Case) -> tuple[Rung, ...]:
    """Return the rungs, lowest first. What a higher rung shows holds for the lower ones too."""
    rungs = [find(case) for find in RUNGS]
    above: Rung | None = None
    for i in range(len(rungs) - 1, -1, -1):
        if rungs[i].stands:
            above = rungs[i]
        elif rungs[i].stands is None and above:
            rungs[i] = Rung(rungs[i].name, True, f"because it is {above.name}", above.last)
    return tuple(rungs)


def is_declared(case: Case) -> Rung:
    """Return whether a file of the checkout declares the SDK."""
    if not case.declared:
        return Rung("declared", None, NOT_KNOWN)
    declaring = [d for d in case.declared if d.declares]
    unread = [d for d in case.declared if d.error]
    if unread and not declaring:
        return Rung("declared", None, f"{join_words([d.path for d in unread[:3]])} could not be read whole")
    told = declaring or case.declared
    read_at = max((d.read_at for d in told if d.read_at), default=None)
    return Rung("declared", bool(declaring), join_words([d.path for d in told[:3]]), read_at)


def is_installed(case: Case) -> Rung:
    """Return whether the SDK can be imported: an error of its own shows that it can."""
    rung = _by_states(case, "installed", (State.MISSING,), (State.MISCONFIGURED, State.DROPPING, State.DEGRADED))
    if rung.stands is None and case.bare_images and not any(find(case).stands for find in (is_initialised, is_delivering)):
        names = join_words([d.path for d in case.bare_images[:3]])
        return Rung("installed", False, f"{names} installs no file that declares it", case.bare_images[0].read_at)
    return rung


def is_configured(case: Case) -> Rung:
    """Return whether it has a DSN and may run."""
    rung = _by_states(case, "configured", (State.MISCONFIGURED, State.DISABLED), (State.DROPPING, State.DEGRADED))
    if rung.stands is None and case.health and case.health.state is State.INITIALISED:
        return Rung("configured", True, "its health document says so", case.health.read_at)
    return rung


def is_initialised(case: Case) -> Rung:
    """Return whether it says that it runs, which is no proof of delivery."""
    return _by_states(case, "initialised", (), (State.INITIALISED, State.DROPPING, State.DEGRADED))


def is_delivering(case: Case) -> Rung:
    """Return whether Sentry accepts what is sent."""
    if case.open_drop or (case.blind_starts and len(case.blind_starts) == len(case.serving)):
        return Rung("delivering", False, "nothing arrives now", case.last_delivery)
    if case.is_unanswered or not (case.sentry.slug or case.only_canary):
        return Rung("delivering", None, NOT_KNOWN)
    if not case.deliveries or not all(case.delivered_after(span) for span in case.closed):
        return Rung("delivering", None, "nothing was accepted yet")
    why = "Sentry showed a marked event (canary)" if case.only_canary else "Sentry accepted events"
    return Rung("delivering", True, why, case.last_delivery)


RUNGS: tuple[Callable[[Case], Rung], ...] = (is_declared, is_installed, is_configured, is_initialised, is_delivering)


def _by_states(case: Case, name: str, against: tuple[State, ...], for_it: tuple[State, ...]) -> Rung:
    serving = {life.revision for life in case.serving}
    said = [e for s in case.timeline.starts if s.revision in serving for e in s.evidence]
    said += [e for e in case.timeline.other if e.revision in serving]
    said += [e for d in case.timeline.drops if d.end is None for e in d.evidence if e.kind == "log"]
    for states, stands in ((against, False), (for_it, True)):
        if found := [e for e in said if e.state in {s.value for s in states}]:
            newest = max(found, key=_last)
            return Rung(name, stands, f"“{newest.text.splitlines()[0]}”" if newest.text else newest.name, newest.last)
    return Rung(name, None, NOT_KNOWN)


def _last(evidence: Evidence) -> str:
    return str(evidence.last)
