"""What a team sets, as values; the adapter reads them from its file and the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SentrySettings:
    """Where Sentry is and what belongs to what. token_env: the variable that holds the token; the token itself stands nowhere.

    projects: {service, or "service/environment": project's slug}.
    """

    base_url: str = "https://sentry.io"
    organization: str = ""
    token_env: str = "SENTRY_TOKEN"
    projects: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """All that a team sets."""

    sentry: SentrySettings = field(default_factory=SentrySettings)
