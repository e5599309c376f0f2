"""What a team sets, as values; the adapter reads them from files and variables, and tells what cannot be used."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from lib.errors import SettingsError

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
DURATION = re.compile(r"(\d{1,6})([smhdw])")
LONGEST = timedelta(days=3650)  # Cloud Logging keeps nothing for longer
FILE = "blindspot.toml"  # where hints lead people to


@dataclass(frozen=True)
class LoggingSettings:
    """What is read from Cloud Logging, and how fast. projects: resource names ("projects/acme", "folders/123", a bucket's view).

    filter: "pays" (what pays; the rest is neither read nor counted), "all", or a filter in Google's own language.
    since:  how far back a first collection goes. poll: between two looks for new entries. endpoint: "" for Google's own.
    """

    projects: tuple[str, ...] = ()
    filter: str = "pays"
    since: timedelta = timedelta(days=1)
    poll: timedelta = timedelta(seconds=5)
    quota_per_min: int = 50
    tail: bool = False
    endpoint: str = ""


@dataclass(frozen=True)
class SentrySettings:
    """Where Sentry is and what belongs to what. token_env: the variable that holds the token; the token itself stands nowhere.

    projects: {service, or "service/environment": project's slug}. interval: between two readings by the collector.
    """

    base_url: str = "https://sentry.io"
    organization: str = ""
    token_env: str = "SENTRY_TOKEN"
    projects: Mapping[str, str] = field(default_factory=dict)
    interval: timedelta = timedelta(minutes=10)


@dataclass(frozen=True)
class HealthSettings:
    """Health documents. urls: {service: URL}, which can hold a key. interval: between two readings by the collector."""

    urls: Mapping[str, str] = field(default_factory=dict, repr=False)
    interval: timedelta = timedelta(minutes=5)


@dataclass(frozen=True)
class CanarySettings:
    """Where canaries go. variables: {service: the variable that holds the DSN of its project}."""

    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class GithubSettings:
    """Where issues are. repo: owner/name, "" for none; token_env: the variable that holds the token."""

    base_url: str = "https://api.github.com"
    repo: str = ""
    token_env: str = "GITHUB_TOKEN"


@dataclass(frozen=True)
class StoreSettings:
    """How long entries are kept; None: for ever."""

    keep: timedelta | None = None


@dataclass(frozen=True)
class UpkeepSettings:
    """How often the collector compacts the store and lets old entries go."""

    interval: timedelta = timedelta(hours=1)


@dataclass(frozen=True)
class SettingTrouble:
    """A setting that cannot be used: its section ("" when it belongs to none), and what to say. No value stands in it.

    everywhere: a whole file could not be read, so that nobody can tell what was set in any section.
    """

    section: str
    message: str
    hint: str
    everywhere: bool = False


@dataclass(frozen=True)
class Settings:
    """All that a team sets. A section with a trouble holds its defaults, which nobody chose: `require` asks first."""

    sentry: SentrySettings = field(default_factory=SentrySettings)
    logging: LoggingSettings = field(default_factory=LoggingSettings)
    health: HealthSettings = field(default_factory=HealthSettings)
    canary: CanarySettings = field(default_factory=CanarySettings)
    github: GithubSettings = field(default_factory=GithubSettings)
    store: StoreSettings = field(default_factory=StoreSettings)
    upkeep: UpkeepSettings = field(default_factory=UpkeepSettings)
    troubles: tuple[SettingTrouble, ...] = ()

    def trouble_of(self, section: str) -> SettingTrouble | None:
        """Return why a section cannot be used, None when it can."""
        return next((t for t in self.troubles if t.everywhere or t.section == section), None)

    def require(self, section: str) -> None:
        """Raise SettingsError unless a section can be used."""
        if trouble := self.trouble_of(section):
            raise SettingsError(trouble.message, hint=trouble.hint)


def parse_duration(text: str) -> timedelta:
    """Return the duration of "90s", "5m", "24h", "30d" or "2w". Errors: ValueError."""
    found = DURATION.fullmatch(text.strip())
    if not found:
        raise ValueError("no number with its unit")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def write_duration(span: timedelta) -> str:
    """Return a duration as a setting is written, in the largest unit that says it without a rest."""
    seconds = int(span.total_seconds())
    size, unit = next((size, unit) for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)) if seconds % size == 0)
    return f"{seconds // size}{unit}"


def split_name(name: str) -> tuple[str, str]:
    """Return the service and the environment ("" for all) of a name in the settings."""
    service, _, environment = name.partition("/")
    return service, environment


def find_named(values: Mapping[str, str], service: str, environment: str) -> str | None:
    """Return what the settings say of a service: of its environment before of all of them, None when of neither."""
    return values.get(f"{service}/{environment}", values.get(service))
