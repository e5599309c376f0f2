"""What a team's own commands found out and is kept: files that declare the SDK, health documents, canaries.

An answer speaks for its time: a window that ended before it knows nothing of it, one that reaches to the newest entry does.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from lib.core.declared.model import Audit, Image
from lib.core.declared.model import Declared as DeclaredFile
from lib.core.masks.text import mask_text
from lib.core.sentry.asked import Declared, HealthReport
from lib.core.sentry.healthdocs import STATES, HealthSaid, HealthWord
from lib.core.sentry.sentryfacts import Point
from lib.core.sentry.sentryfields import HOUR
from lib.core.sentry.trackingstates import BLIND_STARTS
from lib.core.settings import split_name
from lib.core.wording import join_words

UNREAD = "not every folder of the checkout was read"


@dataclass(frozen=True)
class Audited:
    """What `audit` found for a service. environment "": for all of its environments. files: () when there was none."""

    service: str
    environment: str
    read_at: datetime
    files: tuple[Declared, ...] = ()


@dataclass(frozen=True)
class HealthAnswer:
    """What a service's health document said. says None: the service did not answer, for `reason`."""

    service: str
    environment: str
    read_at: datetime
    says: HealthWord | None = None
    texts: tuple[str, ...] = ()
    reason: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Flown:
    """What became of a canary that was sent at `read_at`; accepted None: that could not be seen. environment "": not told."""

    service: str
    environment: str
    read_at: datetime
    sent: bool
    accepted: bool | None
    after_s: float | None
    event_id: str
    why: str


Kept = Audited | HealthAnswer | Flown


def keep_audit(found: Audit, service: str, environment: str, read_at: datetime) -> Audited:
    """Return an audit as it is kept: its files, and the images that install an SDK by name or could not be read whole.

    Images that install none are kept where files declare one and no image gets it: then it is declared and not installed.
    """
    where: dict[str, Any] = {"service": service, "environment": environment, "read_at": read_at}
    files = [_of_file(row, **where) for row in found.files]
    bare = any(row.declares for row in found.files) and all(image.declares is False for image in found.images)
    images = [
        _of_image(image, **where) for image in found.images if bare or image.direct or (image.declares is None and image.unknown)
    ]
    cut = [Declared("the checkout", False, error=UNREAD, **where)] if found.cut else []
    return Audited(service, environment, read_at, (*files, *images, *cut))


def _of_file(row: DeclaredFile, service: str, environment: str, read_at: datetime) -> Declared:
    requirement, error = mask_text(row.requirement), mask_text(row.error)
    return Declared(row.path, row.declares, requirement, service, environment, row.sdk, row.version, error, row.scope, read_at)


def _of_image(image: Image, service: str, environment: str, read_at: datetime) -> Declared:
    told, unsure = mask_text(join_words(image.direct or image.installs)), mask_text("; ".join(image.unknown))
    error = "" if image.direct or image.declares is False else unsure
    return Declared(image.dockerfile, bool(image.direct), told, service, environment, error=error, image=True, read_at=read_at)


def keep_health(name: str, said: HealthSaid, read_at: datetime) -> HealthAnswer:
    """Return what a health document said as it is kept. name: as the settings have it, "service" or "service/environment"."""
    return HealthAnswer(*split_name(name), read_at, said.says, tuple(mask_text(f.text) for f in said.findings))


def find_declared(kept: Iterable[Kept], until: datetime | None) -> tuple[Declared, ...]:
    """Return the files of each service's newest audit. until: only what was read before; None: all."""
    newest = {(a.service, a.environment): a for a in _before(kept, until) if isinstance(a, Audited)}
    return tuple(row for audited in newest.values() for row in audited.files)


def find_health(kept: Iterable[Kept], since: datetime, until: datetime | None) -> tuple[HealthReport, ...]:
    """Return what the services' health documents say, the newest answer for each service and environment.

    A service that was asked again and did not answer is not known to be configured any more, but what it denied stands:
    not answering is no good news.
    """
    answers: dict[tuple[str, str], HealthReport | None] = {}
    for one in _before(kept, until):
        if isinstance(one, HealthAnswer) and one.read_at >= since:
            key = (one.service, one.environment)
            denied = answers.get(key)
            answers[key] = _report(one) if one.says else denied if denied and denied.state in BLIND_STARTS else None
    return tuple(report for report in answers.values() if report)


def choose_health(health: Iterable[HealthReport], key: tuple[str, str]) -> HealthReport | None:
    """Return what is said of a service in an environment: the document of that environment, else one that names none."""
    mine = [h for h in health if h.service == key[0] and h.environment in ("", key[1])]
    return max(mine, key=lambda h: h.environment, default=None)


def _report(answer: HealthAnswer) -> HealthReport | None:
    state = STATES.get(answer.says) if answer.says else None
    text = next(iter(answer.texts), "")
    return HealthReport(answer.service, state, answer.read_at, text, answer.environment) if state else None


def find_canary(
    kept: Iterable[Kept], key: tuple[str, str], services: Sequence[tuple[str, str]], since: datetime, until: datetime | None
) -> datetime | None:
    """Return when the newest canary of a service was sent that Sentry showed, None without one.

    services: all (service, environment). A canary that names no environment speaks for a service that has only one.
    """
    alone = sum(service == key[0] for service, _ in services) == 1
    flown = (f for f in _before(kept, until) if isinstance(f, Flown) and f.service == key[0] and f.accepted)
    mine = [f.read_at for f in flown if f.read_at >= since and (f.environment == key[1] or (alone and not f.environment))]
    return mine[-1] if mine else None


def leave_out_canaries(
    points: Iterable[Point], kept: Iterable[Kept], service: str, read_at: datetime | None
) -> tuple[Point, ...]:
    """Return Sentry's hours without our own marked events: they are in its counts, and nothing was logged for them."""
    flown = [f.read_at for f in kept if isinstance(f, Flown) and f.service == service and f.accepted]
    counted = [at for at in flown if read_at is None or at < read_at]
    return tuple(_less(p, sum(p.start <= at < p.start + HOUR for at in counted)) for p in points)


def _less(point: Point, ours: int) -> Point:
    accepted = point.outcomes.get("accepted", 0)
    return replace(point, outcomes={**point.outcomes, "accepted": max(accepted - ours, 0)}) if ours and accepted else point


def list_canaries(kept: Iterable[Kept], service: str, environment: str, most: int) -> tuple[Flown, ...]:
    """Return a service's last canaries, newest first, whatever became of them."""
    mine = [f for f in kept if isinstance(f, Flown) and f.service == service and f.environment in ("", environment)]
    return tuple(reversed(mine[-most:]))


def find_last_health(kept: Iterable[Kept], service: str, environment: str) -> HealthAnswer | None:
    """Return how a service answered in an environment when it was last asked, None when it never was."""
    mine = [h for h in kept if isinstance(h, HealthAnswer) and h.service == service and h.environment in ("", environment)]
    return next((h for named in (True, False) for h in reversed(mine) if bool(h.environment) is named), None)


def _before(kept: Iterable[Kept], until: datetime | None) -> list[Kept]:
    return [one for one in kept if until is None or one.read_at < until]
