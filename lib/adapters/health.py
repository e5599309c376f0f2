"""Asks services how they are, over HTTP, and reads what they say about Sentry."""

from collections.abc import Mapping, Sequence

from lib.adapters.http import Asked, Http, Limits
from lib.core.sentry.healthdocs import HealthSaid, parse_health
from lib.errors import NotOffered

LIMITS = Limits(connect_s=5, silence_s=10, answer_s=20, body_bytes=1024 * 1024, tries=2, wait_s=5, patience_s=10)
"""A service that sleeps needs seconds to start; one that needs more is not worth holding up the others."""

SICK = frozenset({500, 503})  # Spring and health+json answer so, with the whole document, when any part is down


class UrlHealthProbe:
    """HealthProbe over the URLs of the settings, by service. limits: how long a service may take, and how much it may say."""

    def __init__(self, urls: Mapping[str, str], limits: Limits = LIMITS, private: Sequence[str] = ()) -> None:
        self.urls, self.limits, self.private = urls, limits, private

    def services(self) -> Sequence[str]:
        """Return the services that have a URL, in order."""
        return sorted(self.urls)

    def probe(self, service: str) -> HealthSaid:
        """Return what a service's health document says about Sentry. Errors: SourceUnavailable; then it is unknown."""
        if service not in self.urls:
            hint = 'Add it to the settings: [health] "service" = "https://…".'
            raise NotOffered(f"'{service}' has no health URL in the settings.", hint=hint)
        http = Http(f"The service '{service}'", self.limits, private=self.private)
        return parse_health(http.get(Asked(self.urls[service], "its health document", accept=SICK)).value)
