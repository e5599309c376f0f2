"""The only place that names concrete classes: a home folder becomes the ports that views and imports are given."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from lib import ingest
from lib.adapters.decoder import DuckDecoder
from lib.adapters.delta_store import DeltaEntryStore
from lib.adapters.exports import open_exports
from lib.adapters.health import UrlHealthProbe
from lib.adapters.http import Http
from lib.adapters.jsonfiles import read_json
from lib.adapters.places import read_token
from lib.adapters.sentry import SentryAddress, SentryApi
from lib.adapters.settingfiles import read_home, read_variables
from lib.adapters.settings import read_settings
from lib.adapters.state import SqlStateStore
from lib.core.declared.model import Audit
from lib.core.kept import Audited, Flown, HealthAnswer, keep_audit, keep_health
from lib.core.masks.text import mask_text, show_variable
from lib.core.model import ImportRecord
from lib.core.sentry.sentryfacts import Failure, SentryFacts, parse_facts
from lib.core.settings import Settings, find_named, split_name
from lib.demo.load import recorded_sentry, write_recording
from lib.errors import BlindspotError, NotSet, SettingsError, SourceUnavailable
from lib.ports import HealthProbe, Ports, TrackingFacts

if TYPE_CHECKING:
    from lib.adapters.canary import CanaryAnswer

RECORDED = "recorded"  # the folder, under home, of the incident that a first run opens
UNFIT = frozenset("[]*?%")  # Delta and DuckDB read these in a path as something else
RECORDED_STALE = timedelta(hours=12)  # then it is loaded again, so that it still ends about now
RECORDED_KEPT = timedelta(days=2)  # a dashboard that was opened before may still read an older one
PROBES = 8  # services asked at once
STAMP, LOADING = "%Y%m%dT%H%M%SZ", ".loading"


@dataclass(frozen=True)
class Workspace:
    """Ports over a home folder; `recorded` is True when they hold the recorded incident, not the team's own logs."""

    home: Path
    ports: Ports
    recorded: bool = False


def utc_now() -> datetime:
    """Return the time; the one place that reads the clock."""
    return datetime.now(UTC)


def home_folder(given: str | None = None) -> Path:
    """Return the home folder: as given, else BLINDSPOT_HOME, else what a file in the working folder names, else ~/.blindspot.

    Errors: SettingsError when it is a file, or when a file that may name it cannot be read.
    """
    named = given or os.environ.get("BLINDSPOT_HOME") or read_home(Path.cwd()) or "~/.blindspot"
    home = Path(named).expanduser()
    if home.exists() and not home.is_dir():
        raise SettingsError(f"The home folder '{home}' is a file.", hint="Give a folder with --home or BLINDSPOT_HOME.")
    return home


def open_workspace(home: Path) -> Workspace:
    """Return the team's own store. Errors: SettingsError when the folder cannot be made."""
    if signs := sorted(UNFIT & set(str(home.absolute()))):
        told = f"The store cannot be kept under '{home}': its path holds {' '.join(signs)}"
        raise SettingsError(told, hint="Choose a folder without []*?% in its path.")
    make_folder(home / "spill")
    entries, state = DeltaEntryStore(home / "entries", home / "spill"), SqlStateStore(home / "state.sqlite")
    return Workspace(home, Ports(entries, state, settings_of(home)))


def settings_of(home: Path) -> Settings:
    """Return what is set, for a home folder and the folder that this process works in, and what of it cannot be used."""
    return read_settings(home, os.environ, Path.cwd())


def variables() -> Mapping[str, str]:
    """Return the environment's variables, and those that `.streamlit/secrets.toml` sets: tokens and DSNs are among them."""
    return read_variables(Path.cwd(), os.environ)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it. Errors: SettingsError when that cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        hint = "Give another home folder with --home or BLINDSPOT_HOME."
        raise SettingsError(f"The folder '{folder}' cannot be made: {e.strerror}.", hint=hint) from e


def age_group(now: datetime) -> int:
    """Return a number that changes when a recorded incident that was loaded before has grown old."""
    return int(now.timestamp() // RECORDED_STALE.total_seconds())


def open_recorded(home: Path, now: datetime) -> Workspace:
    """Return the recorded incident, loaded anew when it has grown old; it lies beside the team's own store, never in it."""
    folder = home / RECORDED
    make_folder(folder)
    with FileLock(folder / "lock"):
        loaded = sorted(p for p in folder.iterdir() if p.is_dir() and p.suffix != LOADING)
        newest = loaded[-1] if loaded else None
        if newest is None or not timedelta(0) <= now - _stamp(newest.name) < RECORDED_STALE:
            newest = _load_recorded(folder, now)
        for old in folder.iterdir():
            if old.suffix == LOADING or (old.is_dir() and now - _stamp(old.name) > RECORDED_KEPT):
                rmtree(old, ignore_errors=True)
    ports = replace(open_workspace(newest).ports, settings=Settings(troubles=settings_of(home).troubles))
    return Workspace(newest, ports, recorded=True)  # no team's settings are about it


def _load_recorded(folder: Path, now: datetime) -> Path:
    """Import the recording into a folder of its own, which gets its name only when it is whole."""
    whole = folder / now.strftime(STAMP)
    partial = whole.with_suffix(LOADING)
    rmtree(partial, ignore_errors=True)
    space = open_workspace(partial)
    file = partial / "recorded incident"
    write_recording(file, now)
    import_paths([str(file)], space)
    file.unlink()
    keep_sentry(recorded_sentry(now), space, now)
    return partial.rename(whole)


def _stamp(name: str) -> datetime:
    """Return when a recording was loaded, long ago for a folder that is none of ours."""
    try:
        return datetime.strptime(name, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def import_sentry_facts(path: str, space: Workspace) -> SentryFacts:
    """Keep what Sentry said, from a file; return it. Errors: NotSentryFacts, with nothing kept."""
    return keep_sentry(read_json(path), space, utc_now())


def read_sentry(
    space: Workspace, since: datetime, until: datetime, now: datetime, on_progress: Callable[[int, int, str], None]
) -> Mapping[str, Any]:
    """Return what Sentry's API says. Errors: SettingsError; SourceUnavailable when nothing at all could be read."""
    document = open_tracking(space.ports.settings, on_progress).read(since, until, now)
    failures = document.get("failures", [])
    if failures and not document.get("projects") and not document.get("releases"):
        raise SourceUnavailable(failures[0]["reason"], hint=failures[0]["hint"])
    return document


def keep_sentry(document: object, space: Workspace, now: datetime) -> SentryFacts:
    """Keep what Sentry said; return it. Errors: NotSentryFacts, with nothing kept."""
    facts = parse_facts(document, now)
    space.ports.state.save_sentry(facts)
    return facts


@contextmanager
def keeping_refusals(space: Workspace) -> Iterator[None]:
    """Keep that Sentry was asked and answered nothing, where that is raised; what it said before stays, as old as it is."""
    try:
        yield
    except SourceUnavailable as e:
        failure = Failure("projects", mask_text(e.message), mask_text(e.hint))
        space.ports.state.save_sentry(replace(space.ports.state.sentry() or SentryFacts(), failures=(failure,)))
        raise


def import_paths(
    paths: Sequence[str], space: Workspace, on_progress: Callable[[ImportRecord], None] = lambda _: None
) -> tuple[list[ImportRecord], list[str]]:
    """Import every export under the paths; return their records, and the files in folders that are no export."""
    exports, passed = open_exports(paths)
    decoder = DuckDecoder(space.home / "spill")
    records = [ingest.import_source(export, decoder, space.ports, utc_now, on_progress) for export in exports]
    return records, passed


def open_tracking(
    settings: Settings, on_progress: Callable[[int, int, str], None] = lambda done, total, what: None
) -> TrackingFacts:
    """Return Sentry's API as the settings name it. Errors: SettingsError when they do not name enough."""
    address = sentry_address(settings)
    return SentryApi(address, Http("Sentry", private=address.private), tuple(settings.sentry.projects.values()), on_progress)


def open_health(settings: Settings) -> HealthProbe:
    """Return the services that the settings give a health URL. Errors: SettingsError when these cannot be used."""
    settings.require("health", "network")
    return UrlHealthProbe(settings.health.urls, private=settings.network.private)


@dataclass(frozen=True)
class Probed:
    """One service that was asked how it is: what it answered, as it is kept, and why it did not."""

    service: str
    answer: HealthAnswer
    trouble: BlindspotError | None = None


def probe_health(space: Workspace, now: datetime, services: Sequence[str] | None = None) -> list[Probed]:
    """Ask the services that have a health URL, or some of them, a few at once, and keep the answers.

    One that fails costs itself alone. Errors: SettingsError when the health URLs cannot be used; StoreError.
    """
    probe = open_health(space.ports.settings)

    def ask(service: str) -> Probed:
        try:
            said = probe.probe(service)
        except BlindspotError as e:
            return Probed(service, HealthAnswer(*split_name(service), now, None, (), mask_text(e.message), mask_text(e.hint)), e)
        return Probed(service, keep_health(service, said, now))

    with ThreadPoolExecutor(PROBES) as pool:
        probed = list(pool.map(ask, probe.services() if services is None else services))
    for one in probed:
        space.ports.state.keep(one.answer)
    return probed


def send_canary(space: Workspace, service: str, environment: str, wait_s: float, now: datetime) -> Flown:
    """Send one marked event to a service's project, wait until Sentry shows it, and keep what became of it.

    Errors: SettingsError without a usable DSN; then nothing was sent and nothing is kept.
    """
    seen = _fly(space.ports.settings, service, environment, wait_s)
    flown = Flown(service, environment, now, seen.sent, seen.accepted, seen.after_s, seen.event_id, mask_text(seen.why))
    space.ports.state.keep(flown)
    return flown


def _fly(settings: Settings, service: str, environment: str, wait_s: float) -> "CanaryAnswer":
    from lib.adapters.canary import Canary  # the SDK, which no other command needs

    settings.require("canary")
    canary = settings.canary.variables
    if (variable := find_named(canary, service, environment)) is None:
        hint = 'Name the variable that holds its DSN in blindspot.toml: [canary] "service" = "VARIABLE"; see docs/sentry.md.'
        if names := [split_name(k)[1] for k in sorted(canary) if k.startswith(f"{service}/")]:
            hint = f"They say so for one environment each: --environment {' or '.join(names)}."
        raise SettingsError(f"The settings do not say where a canary of '{service}' goes.", hint=hint)
    name = show_variable(variable)
    if not (dsn := variables().get(variable, "").strip()):
        told = f"The variable {name}, which holds the DSN of '{service}', is not set."
        raise SettingsError(told, hint=f"Set {name} and try again.")
    return Canary(dsn, name, _known_address(settings)).fly(wait_s)


def sentry_address(settings: Settings) -> SentryAddress:
    """Return where Sentry is. Errors: SettingsError; NotSet when the token or the organization is not set."""
    settings.require("sentry", "network")
    sentry = settings.sentry
    token = read_token(variables(), sentry.token_env)
    if not token:
        name = show_variable(sentry.token_env)
        hint = f"Make one with the scopes org:read, project:read and event:read, and set {name}; see docs/sentry.md."
        raise NotSet("No token for Sentry is set.", hint=hint)
    if not sentry.organization:
        hint = 'Set SENTRY_ORG, or organization under [sentry] in blindspot.toml; in https://acme.sentry.io it is "acme".'
        raise NotSet("No Sentry organization is set.", hint=hint)
    return SentryAddress(sentry.base_url, sentry.organization, token, settings.network.private)


def _known_address(settings: Settings) -> SentryAddress | None:
    """Return where Sentry is, None where nobody said. Errors: SettingsError when what was said cannot be used."""
    try:
        return sentry_address(settings)
    except NotSet:
        return None


def audit(paths: Sequence[str]) -> Audit:
    """Return what checkouts declare. Errors: BadQuery for a path that cannot be looked into."""
    from lib.adapters import requirements  # 0.2 s that no other command should wait for

    return requirements.audit(paths)


def keep_audits(
    found: Audit, services: Sequence[str], environments: Sequence[str], space: Workspace, now: datetime
) -> list[Audited]:
    """Keep an audit for services, in the named environments or, without a name, in all of theirs; return what is kept."""
    audits = [keep_audit(found, service, environment, now) for service in services for environment in environments or [""]]
    for one in audits:
        space.ports.state.keep(one)
    return audits
