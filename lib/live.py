"""What runs for long: settings become collectors. Beside wiring, the only place that names concrete classes."""

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lib.adapters import googleauth
from lib.adapters.decoder import DuckDecoder
from lib.adapters.loopback import is_loopback
from lib.adapters.quota import CALLS, Quota
from lib.collect import following
from lib.collect.chores import Chore, Chores
from lib.collect.collector import Collector, Plan
from lib.collect.following import OnRound
from lib.collect.timing import Timing
from lib.core.logfilters import choose_filter
from lib.core.settings import LoggingSettings
from lib.errors import NotSet, SettingsError, Stopped
from lib.wiring import Workspace, utc_now

if TYPE_CHECKING:
    from lib.adapters.cloud_logging import CloudLogging

GRACE_S = 5.0  # a page needs less; Cloud Run gives 10 s to stop
KINDS = ("projects", "folders", "organizations", "billingAccounts")


@dataclass(frozen=True)
class Asked:
    """What a person asks of a collection, before the settings: projects, how far back (since), and whether to keep up."""

    projects: tuple[str, ...] = ()
    reach: timedelta | None = None
    since: datetime | None = None
    following: bool = False


def run_collection(space: Workspace, asked: Asked, chores: Sequence[Chore], on_round: OnRound) -> list[Collector]:
    """Collect once, or until SIGINT or SIGTERM; return the collectors, which know how their sources are doing.

    Errors: SettingsError when nothing is named; SourceUnavailable when a single collection could not be made whole.
    """
    stop = threading.Event()
    timing = Timing(utc_now, sleep=lambda seconds: _wait(stop, seconds), stopped=stop.is_set)
    logs = open_logs(space, asked.projects, lambda seconds: _wait_for_source(stop, seconds))
    collectors = [_open_collector(space, log, asked, timing, len(logs)) for log in logs]
    beside = Chores(chores, timing)
    with _stopping(stop, logs):
        try:
            if asked.following:
                poll_s = space.ports.settings.logging.poll.total_seconds()
                following.follow(collectors, timing, on_round, poll_s, beside)
            else:
                beside.run_all()
                following.collect(collectors, timing, on_round)
        finally:
            _close(logs)
            beside.close()
    if not asked.following:
        _tell_unfinished(stop, beside)
    return collectors


def _tell_unfinished(stop: threading.Event, beside: Chores) -> None:
    """Raise what kept a single collection from being whole: that it was stopped, or the first chore's error."""
    if stop.is_set():
        raise KeyboardInterrupt
    for trouble in beside.troubles.values():
        raise trouble


def _wait(stop: threading.Event, seconds: float) -> None:
    stop.wait(seconds)


def _wait_for_source(stop: threading.Event, seconds: float) -> None:
    """Wait before a call; what is not asked any more says nothing of the source. Errors: Stopped."""
    if stop.wait(seconds):
        raise Stopped("The collection was stopped.")


def _close(logs: "Sequence[CloudLogging]") -> None:
    for log in logs:
        log.close()


@contextmanager
def _stopping(stop: threading.Event, logs: "Sequence[CloudLogging]") -> Iterator[None]:
    """Let SIGINT and SIGTERM end a collection between two pages; a second one ends the process as ever.

    A call that is not answered within GRACE_S of the first one is ended.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    late = threading.Timer(GRACE_S, lambda: _close(logs))
    late.daemon = True

    def heed(number: int, _frame: object) -> None:
        if not stop.is_set():
            late.start()
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, heed)
    try:
        yield
    finally:
        late.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)


def open_logs(space: Workspace, projects: Sequence[str], sleep: Callable[[float], None] = time.sleep) -> "list[CloudLogging]":
    """Return the logs that are named, else those of the settings; they share one quota. Errors: SettingsError, SourceRefused.

    sleep: how they wait for the quota, and between tries.
    """
    settings = space.ports.settings
    settings.require("logging")
    names = list(dict.fromkeys(check_resource(p) for p in projects or settings.logging.projects))
    if not names:
        hint = 'Give --project ID, or set BLINDSPOT_LOGGING_PROJECTS, or projects = ["ID"] under [logging] in blindspot.toml.'
        raise NotSet("No project is named to collect from.", hint=hint)
    return _open_logs(space, names, settings.logging, sleep)


def _open_logs(
    space: Workspace, names: Sequence[str], settings: LoggingSettings, sleep: Callable[[float], None]
) -> "list[CloudLogging]":
    credentials = None if is_loopback(settings.endpoint) else googleauth.find_credentials()  # before the client: it sets waits
    from lib.adapters.cloud_logging import CloudLogging, LogPlace  # 0.8 s that no other command should wait for

    quota = Quota(space.home / CALLS, settings.quota_per_min, sleep=sleep)
    text = choose_filter(settings.filter).text
    return [CloudLogging(LogPlace(name, text, settings.endpoint), quota, credentials, sleep=sleep) for name in names]


def check_resource(name: str) -> str:
    """Return what is to be read as a resource name; a word alone is a project. Errors: SettingsError."""
    word = name.strip().strip("/")
    whole = word if "/" in word else f"projects/{word}"
    if not word or any(c.isspace() or c in "\"'" for c in word) or whole.split("/")[0] not in KINDS:
        hint = "Write a project's id, folders/NUMBER, or projects/ID/locations/PLACE/buckets/BUCKET/views/VIEW."
        raise SettingsError(f"'{name}' names nothing that can be read from Cloud Logging.", hint=hint)
    return whole


def _open_collector(space: Workspace, log: "CloudLogging", asked: Asked, timing: Timing, sharing: int) -> Collector:
    settings = space.ports.settings.logging
    plan = Plan(
        choose_filter(settings.filter), asked.reach or settings.since, asked.since, settings.poll, tail=settings.tail,
        following=asked.following, sharing=sharing,
    )  # fmt: skip
    return Collector(log, DuckDecoder(space.home / "spill"), space.ports, plan, timing)
