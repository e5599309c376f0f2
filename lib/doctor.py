"""`doctor`: all that Blindspot needs, each tried with the least call that proves access; what fails costs itself alone."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.parse import urlsplit

from lib import wiring
from lib.adapters.delta_store import DeltaEntryStore
from lib.adapters.github import GitHubAddress
from lib.adapters.github_access import check_github
from lib.adapters.health import UrlHealthProbe
from lib.adapters.http import Limits
from lib.adapters.places import read_word
from lib.adapters.quota import CALLS, Quota
from lib.adapters.sentry_access import check_sentry
from lib.adapters.state import SqlStateStore
from lib.core.checkup import Check, failed, judge_changed, judge_entries, judge_missing, judge_space
from lib.core.logfilters import choose_filter
from lib.core.model import SourceState
from lib.core.questions import count_coverage, entries
from lib.core.settings import Settings
from lib.core.wording import count_of
from lib.errors import BlindspotError, NotSet, SourceUnavailable

HOME, ENTRIES, STATE, LOGGING, SENTRY, GITHUB = "home folder", "entries", "state", "Cloud Logging", "Sentry", "GitHub"
CALL_S = 10.0  # one question to Cloud Logging
LONGEST_S = 75.0  # any check: libraries of others wait for minutes, and a quota that a collector used up for one
HEALTH_LIMITS = Limits(connect_s=5, silence_s=10, answer_s=15, body_bytes=1024**2, tries=1)
TRIES = 3  # a writer may come between the two looks at one table
STATE_FILE = "state.sqlite"
OFF = SourceState.OFF
NamedCheck = tuple[str, Callable[[], Check]]


def examine(home: Path, now: datetime, longest_s: float = LONGEST_S) -> list[Check]:
    """Return what was found, the store first. Errors: none: what cannot be tried is a row of its own."""
    settings = wiring.settings_of(home)
    checks = [*_settings(settings), *_store(home), *_logging(settings, home, now), *_others(settings)]
    threads = [_start(name, check) for name, check in checks]
    return [_finish(name, answer, longest_s) for (name, _), answer in zip(checks, threads, strict=True)]


def _start(name: str, check: Callable[[], Check]) -> "SimpleQueue[Check]":
    """Run a check in a thread that nobody waits for for ever."""
    answer: SimpleQueue[Check] = SimpleQueue()

    def run() -> None:
        try:
            answer.put(check())
        except BlindspotError as e:
            answer.put(failed(name, e))
        except Exception as e:  # noqa: BLE001 - a fault of ours must not leave the caller waiting; its text may hold secrets
            answer.put(Check(name, SourceState.FAILING, f"The check itself failed ({type(e).__name__}).", "Please report this."))

    Thread(target=run, name=f"doctor: {name}", daemon=True).start()
    return answer


def _finish(name: str, answer: "SimpleQueue[Check]", longest_s: float) -> Check:
    try:
        return answer.get(timeout=longest_s)
    except Empty:
        return Check(name, SourceState.FAILING, f"No answer within {longest_s:.0f} s.", "See whether this machine reaches it.")


def _settings(settings: Settings) -> Iterator[NamedCheck]:
    for trouble in settings.troubles:
        name = f"settings: {trouble.section or 'all'}"
        row = Check(name, SourceState.FAILING, trouble.message, trouble.hint)
        yield name, partial(replace, row)


def _store(home: Path) -> Iterator[NamedCheck]:
    yield HOME, lambda: check_home(home)
    yield ENTRIES, lambda: check_entries(home)
    yield STATE, lambda: check_state(home)


def check_home(home: Path) -> Check:
    """Return whether the home folder can be written, and how much room there is."""
    wiring.make_folder(home)
    try:
        with tempfile.TemporaryFile(dir=home) as file:
            file.write(b"Blindspot was here")
        return judge_space(HOME, shutil.disk_usage(home).free)
    except OSError as e:
        return Check(HOME, SourceState.FAILING, f"'{home}' cannot be written: {e.strerror}.", "Check its rights and free space.")


def check_entries(home: Path) -> Check:
    """Return whether the stored entries can be read, all of them."""
    if not (home / "entries").exists():
        return Check(ENTRIES, OFF, "Nothing is stored yet.", "Import an export, or set what is read under [logging].")
    store = DeltaEntryStore(home / "entries")
    for _ in range(TRIES):
        facts, pinned, changed = store.facts(), store.pinned(), store.find_changed()
        if changed:
            return judge_changed(ENTRIES, len(changed), len(pinned.files))
        counted = int(pinned.answer(count_coverage(entries())).column("entries")[0].as_py())
        if pinned.version() == facts.version:
            return judge_entries(ENTRIES, counted, facts.entries)
    return Check(ENTRIES, SourceState.OK, f"Can be read: {count_of(counted, 'entry', 'entries')}, and more are being written.")


def check_state(home: Path) -> Check:
    """Return whether the small state can be opened and read."""
    if not (home / STATE_FILE).exists():
        return Check(STATE, OFF, "Nothing is kept yet.")
    state = SqlStateStore(home / STATE_FILE)
    state.database.verify()
    if missing := state.database.missing():
        return judge_missing(STATE, missing)
    return Check(STATE, SourceState.OK, f"Can be read: version {state.version()}.")


def _logging(settings: Settings, home: Path, now: datetime) -> Iterator[NamedCheck]:
    """Yield a check for each resource; they share the credentials, which are looked for once."""
    if settings.trouble_of("logging"):
        return
    if not settings.logging.projects:
        hint = 'Name what is to be read: BLINDSPOT_LOGGING_PROJECTS, or projects = ["…"] under [logging].'
        yield LOGGING, lambda: Check(LOGGING, OFF, "No project is set.", hint)
        return
    yield LOGGING, partial(check_logging, settings, home, settings.logging.projects[0], now)
    for resource in settings.logging.projects[1:]:
        yield f"{LOGGING}: {resource}", partial(check_logging, settings, home, resource, now)


def check_logging(settings: Settings, home: Path, resource: str, now: datetime) -> Check:
    """Return whether a resource's entries can be read as the settings say; the call is one of those that all share."""
    from lib.adapters import logging_access  # Google's client, which takes seconds to load

    name, text = f"{LOGGING}: {resource}", choose_filter(settings.logging.filter).text
    try:
        credentials = logging_access.sign_in(settings.logging.endpoint)
    except SourceUnavailable as e:
        return failed(name, e, logging_access.command_of(e))
    quota = Quota(home / CALLS, settings.logging.quota_per_min)
    with quota.call():
        return logging_access.check_access(name, resource, text, now, settings.logging.endpoint, credentials, CALL_S)


def _others(settings: Settings) -> Iterator[NamedCheck]:
    if not settings.trouble_of("sentry"):
        yield SENTRY, partial(check_tracking, settings)
    if not settings.trouble_of("health"):
        for service in sorted(settings.health.urls):
            name = f"health document of {service}"
            yield name, partial(check_health, name, settings, service)
    if not settings.trouble_of("canary"):
        for service, variable in sorted(settings.canary.variables.items()):
            name = f"canary of {service}"
            yield name, partial(check_dsn, name, variable)
    if not settings.trouble_of("github") and settings.github.repo:
        yield GITHUB, partial(check_issues, settings)


def check_issues(settings: Settings) -> Check:
    """Return whether the repository's issues can be read."""
    github = settings.github
    token = read_word(wiring.variables(), github.token_env)
    return check_github(GITHUB, GitHubAddress(github.base_url, github.repo, token, settings.network.private))


def check_tracking(settings: Settings) -> Check:
    """Return whether Sentry can be asked."""
    try:
        address = wiring.sentry_address(settings)
    except NotSet as e:
        some = settings.sentry.organization or settings.sentry.projects or "No token" not in e.message
        return replace(failed(SENTRY, e), state=SourceState.FAILING if some else OFF)
    return check_sentry(SENTRY, address)


def check_health(name: str, settings: Settings, service: str) -> Check:
    """Return whether a service's health document can be read; what it says is another question."""
    said = UrlHealthProbe(settings.health.urls, HEALTH_LIMITS, settings.network.private).probe(service)
    return Check(name, SourceState.OK, f"Can be read; it says of Sentry: {said.says}.")


def check_dsn(name: str, variable: str) -> Check:
    """Return whether a variable holds what looks like a DSN; nothing is sent."""
    dsn = wiring.variables().get(variable, "").strip()
    if not dsn:
        return Check(
            name, SourceState.FAILING, f"The variable {variable} is not set.", "Set it to the DSN of the service's project."
        )
    try:
        parts = urlsplit(dsn)
        fits = (
            parts.scheme in ("http", "https") and bool(parts.username and parts.hostname) and parts.path.rsplit("/")[-1].isdigit()
        )
    except ValueError:
        fits = False
    if not fits:
        return Check(
            name,
            SourceState.FAILING,
            f"What {variable} holds is no DSN.",
            "Copy it from the project's Client Keys in Sentry's settings.",
        )
    return Check(name, SourceState.OK, f"{variable} holds a DSN. `canary` proves that it serves.")
