"""The settings as pydantic-settings checks them, a class a section. Each field says what it means and how it is written."""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from lib.adapters.places import is_usable
from lib.adapters.settingaccess import Access, Network
from lib.adapters.settingfields import Section, Text, between, setting, text_of, words_of, wrong
from lib.core import settings as core
from lib.core.issues import REPO

RESOURCE = re.compile(
    r"(projects|folders|organizations|billingAccounts)/[\w.:-]+(/locations/[\w-]+/buckets/[\w.-]+/views/[\w.-]+)?"
)
PROJECT = re.compile(r"([a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")  # Google's rule for a project's id
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
ENDPOINT = re.compile(r"[\w.-]+:\d{1,5}|\[[0-9a-fA-F:]+\]:\d{1,5}")
MOST_RESOURCES, MOST_FILTER = 100, 20_000  # Google's bounds of one question


def _keep(value: Any) -> Any:
    return None if value in ("", "forever") else value


def _names(value: Any) -> Any:
    """Return a table of texts; a text such as "a=b c=d" is one, too."""
    found = dict(_pairs(value)) if isinstance(value, str) else value
    if not isinstance(found, Mapping):
        raise wrong("is no table of names")
    for key, text in found.items():
        if not isinstance(text, str) or not text.strip():
            raise wrong(f"is no table of names: what stands at '{key}' is no text")
    return dict(found)


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for place, word in enumerate(text.split(), 1):
        name, _, rest = word.partition("=")
        if not (name and rest):
            raise wrong(f"is no list of name=value with blanks between them (see place {place})")
        yield name, rest


def _resources(value: Any) -> Any:
    names = [word if "/" in word else f"projects/{word}" for word in words_of(value)]
    if len(names) > MOST_RESOURCES:
        raise wrong(f"names more than {MOST_RESOURCES} resources")
    for place, name in enumerate(names, 1):
        if not RESOURCE.fullmatch(name) or (name.startswith("projects/") and not PROJECT.fullmatch(name.split("/")[1])):
            raise wrong(f"holds something, in place {place}, that is neither a project's id nor a resource name")
    return tuple(dict.fromkeys(names))


def _filter(value: Any) -> Any:
    text = text_of(value)
    if not text or len(text) > MOST_FILTER:
        raise wrong(f"is empty or longer than {MOST_FILTER:,} characters")
    return text


def _endpoint(value: Any) -> Any:
    text = text_of(value)
    if text and not (ENDPOINT.fullmatch(text) and 0 < int(text.rpartition(":")[2]) < 65536):
        raise wrong("is no host with its port")
    return text


def _web(value: Any) -> Any:
    text = text_of(value)
    if why := is_usable(text):
        raise wrong(why)
    return text.rstrip("/")


def _urls(value: Any) -> Any:
    found = _names(value)
    for service, url in found.items():
        if why := is_usable(url):
            raise PydanticCustomError("ours", "{told}", {"told": why, "key": service})
    return found


def _variable(value: Any) -> Any:
    text = text_of(value)
    if not NAME.fullmatch(text):
        raise wrong("is no name of a variable")
    return text


def _repo(value: Any) -> Any:
    text = text_of(value)
    if text and not REPO.fullmatch(text):
        raise wrong("is no owner/name of a repository")
    return text


def _variables(value: Any) -> Any:
    found = _names(value)
    for service, name in found.items():
        if not NAME.fullmatch(name):
            raise PydanticCustomError("ours", "{told}", {"told": "is no name of a variable", "key": service})
    return found


Names = Annotated[dict[str, str], BeforeValidator(_names)]
SECOND, MINUTE, DAY, WEEK = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1), timedelta(weeks=1)
LOGGING, SENTRY, HEALTH = core.LoggingSettings(), core.SentrySettings(), core.HealthSettings()
CANARY, STORE, UPKEEP, GITHUB = core.CanarySettings(), core.StoreSettings(), core.UpkeepSettings(), core.GithubSettings()


class Logging(Section):
    """[logging]: what is read from Cloud Logging."""

    projects: Annotated[tuple[str, ...], BeforeValidator(_resources)] = setting(
        LOGGING.projects,
        "what is read: projects, `folders/…`, `organizations/…` or a bucket's view by its resource name",
        'projects = ["acme-prod"]',
    )
    filter: Annotated[str, BeforeValidator(_filter)] = setting(
        LOGGING.filter,
        "`pays`: warnings and worse, platform, audit and failed requests; `all`; or a filter in Google's language",
        'filter = "all"',
    )
    since: Annotated[timedelta, between(MINUTE, core.LONGEST)] = setting(
        LOGGING.since, "how far back the first collection goes", 'since = "7d"'
    )
    poll: Annotated[timedelta, between(SECOND, MINUTE)] = setting(
        LOGGING.poll, "time between two looks for new entries", 'poll = "5s"'
    )
    quota_per_min: Annotated[int, Field(ge=1, le=60)] = setting(
        LOGGING.quota_per_min,
        "calls a minute at most; Google allows 60 for a project, shared by everybody who reads its logs",
        "quota_per_min = 50",
    )
    tail: bool = setting(
        LOGGING.tail, "keep up with Google's tail of new entries where it is allowed, instead of looking", "tail = true"
    )
    endpoint: Annotated[str, BeforeValidator(_endpoint)] = setting(
        LOGGING.endpoint,
        "another server's host and port; on loopback without TLS and credentials, for tests",
        'endpoint = "127.0.0.1:8085"',
    )


class Sentry(Section):
    """[sentry]: where Sentry is, and what belongs to what."""

    base_url: Annotated[str, BeforeValidator(_web)] = setting(
        SENTRY.base_url, "Sentry's address", 'base_url = "https://sentry.io"', "SENTRY_URL"
    )
    organization: Text = setting(
        SENTRY.organization, 'its organization; in https://acme.sentry.io it is "acme"', 'organization = "acme"', "SENTRY_ORG"
    )
    token_env: Annotated[str, BeforeValidator(_variable)] = setting(
        SENTRY.token_env,
        "the variable that holds the token; the token itself is never written down",
        'token_env = "SENTRY_TOKEN"',
    )
    projects: Names = setting(
        dict(SENTRY.projects),
        "the project of a service, or of `service/environment`, where it is called otherwise",
        'projects = { "orders-backend" = "orders" }',
    )
    interval: Annotated[timedelta, between(MINUTE, WEEK)] = setting(
        SENTRY.interval, "time between two readings by the collector", 'interval = "10m"'
    )


class Health(Section):
    """[health]: services' health documents."""

    rest: ClassVar[str] = "urls"
    urls: Annotated[dict[str, str], BeforeValidator(_urls)] = setting(
        dict(HEALTH.urls), "a line a service: the URL of its health document", '"orders" = "https://orders.example.com/health"'
    )
    interval: Annotated[timedelta, between(timedelta(seconds=10), WEEK)] = setting(
        HEALTH.interval, "time between two readings by the collector", 'interval = "5m"'
    )


class Canary(Section):
    """[canary]: where canaries go."""

    rest: ClassVar[str] = "variables"
    variables: Annotated[dict[str, str], BeforeValidator(_variables)] = setting(
        dict(CANARY.variables), "a line a service: the variable that holds the DSN of its project", '"orders" = "ORDERS_DSN"'
    )


class Github(Section):
    """[github]: where issues are."""

    base_url: Annotated[str, BeforeValidator(_web)] = setting(
        GITHUB.base_url, "GitHub's API; of an Enterprise server `https://HOST/api/v3`", 'base_url = "https://api.github.com"'
    )
    repo: Annotated[str, BeforeValidator(_repo)] = setting(
        GITHUB.repo, "the repository whose issues are matched and drafted for", 'repo = "acme/shop"'
    )
    token_env: Annotated[str, BeforeValidator(_variable)] = setting(
        GITHUB.token_env, "the variable that holds the token, which is never written down", 'token_env = "GITHUB_TOKEN"'
    )


class Store(Section):
    """[store]: how long entries are kept."""

    keep: Annotated[timedelta | None, between(DAY, 10 * core.LONGEST), BeforeValidator(_keep)] = setting(
        STORE.keep, "how long the collector keeps entries; `forever` lets none go", 'keep = "30d"'
    )


class Upkeep(Section):
    """[upkeep]: how often the collector tidies up."""

    interval: Annotated[timedelta, between(MINUTE, WEEK)] = setting(
        UPKEEP.interval,
        "time between two looks for expired days; small files are joined every 10 min, or this often if it is less",
        'interval = "1h"',
    )


SECTIONS: dict[str, tuple[type[Section], type[Any]]] = {
    "logging": (Logging, core.LoggingSettings),
    "sentry": (Sentry, core.SentrySettings),
    "health": (Health, core.HealthSettings),
    "canary": (Canary, core.CanarySettings),
    "github": (Github, core.GithubSettings),
    "store": (Store, core.StoreSettings),
    "upkeep": (Upkeep, core.UpkeepSettings),
    "access": (Access, core.AccessSettings),
    "network": (Network, core.NetworkSettings),
}
"""Each section: how it is checked, and what it becomes."""


def extra_of(section: type[Section], key: str) -> Mapping[str, str]:
    """Return how a key is written, and which older variable sets it ("" for none)."""
    extra = section.model_fields[key].json_schema_extra
    return {name: str(value) for name, value in extra.items()} if isinstance(extra, dict) else {}


def variables_of(section: str, key: str) -> tuple[str, ...]:
    """Return the variables that set a key, the strongest first."""
    older = extra_of(SECTIONS[section][0], key)["variable"]
    return (f"BLINDSPOT_{section}_{key}".upper(), *([older] if older else []))
