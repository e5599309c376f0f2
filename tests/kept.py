"""Answers of audits, health documents and canaries, given some hours after START, and a story that holds them."""

from datetime import datetime

from lib.core.kept import Audited, Flown, HealthAnswer, Kept
from lib.core.model import Query
from lib.core.sentry.asked import Declared
from lib.core.sentry.healthdocs import HealthWord
from lib.ports import Ports
from lib.views import sentry
from tests.entries import SERVICE, START
from tests.tracked import HOUR, Story


def audited(hours: float, *files: tuple[str, bool, str], **where: str) -> Audited:
    whose = {"service": SERVICE, "environment": "", **where}
    at = START + hours * HOUR
    rows = tuple(Declared(path, declares, error=error, read_at=at, **whose) for path, declares, error in files)
    return Audited(whose["service"], whose["environment"], at, rows)


def said(hours: float, says: HealthWord | None) -> HealthAnswer:
    reason = "" if says else "It did not answer."
    return HealthAnswer(SERVICE, "", START + hours * HOUR, says, ("checks.sentry",) if says else (), reason)


def flown(hours: float, accepted: bool | None = True, environment: str = "") -> Flown:
    return Flown(SERVICE, environment, START + hours * HOUR, True, accepted, 2.0, "e" * 32, "Sentry shows it.")


def hold(story: Story, *answers: Kept) -> Ports:
    ports = story.ports()
    for one in answers:
        ports.state.keep(one)
    return ports


def load(story: Story, *answers: Kept, end: datetime | None = None) -> sentry.ServiceHealth:
    (service,) = sentry.load(hold(story, *answers), Query(end=end), START).services
    return service
