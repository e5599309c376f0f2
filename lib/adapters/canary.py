"""A canary: one marked event through the real Sentry SDK, then a look whether Sentry shows it."""

import json
import uuid
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

import sentry_sdk
import urllib3
from sentry_sdk.transport import HttpTransport
from sentry_sdk.utils import BadDsn

from lib.adapters.http import Asked, Clock, Http, Limits
from lib.adapters.sentry import SentryAddress
from lib.errors import NotOffered, SettingsError, SourceUnavailable

SEND_S = 20  # for the SDK to send one event; its own limit for one request is 30
STEPS_S = (1.0, 2.0, 3.0, 5.0)  # between two looks; the last one is repeated
LIMITS = Limits(connect_s=5, silence_s=15, answer_s=30, tries=2, wait_s=15, patience_s=60)
TAG = "blindspot_canary"


@dataclass(frozen=True)
class CanaryAnswer:
    """What became of a canary.

    sent:      the server took the event. accepted: Sentry shows it; None when that could not be seen.
    after_s:   from sending to seeing it, None when it was not seen.
    why:       a sentence.
    """

    event_id: str
    sent: bool
    accepted: bool | None
    after_s: float | None
    why: str


class Canary:
    """One canary. variable: what holds the DSN, for sentences; address: Sentry's API, None when it cannot be asked."""

    def __init__(
        self, dsn: str, variable: str, address: SentryAddress | None, http: Http | None = None, clock: Clock | None = None,
        send_s: float = SEND_S,
    ) -> None:  # fmt: skip
        self.clock = clock or Clock()
        self.http = http or Http("Sentry", LIMITS, self.clock, address.private if address else ())
        self.address = address
        self.send_s = send_s
        self.project = urlsplit(dsn).path.rpartition("/")[2]
        self.client = _make_client(dsn, variable)

    def fly(self, wait_s: float) -> CanaryAnswer:
        """Send the event, then look for it for at most `wait_s`."""
        event_id = uuid.uuid4().hex
        started = self.clock.now()
        status, reason = self._send(event_id)
        if status is not None and not 200 <= status < 300:
            return CanaryAnswer(event_id, False, False, None, f"Sentry's server refused the event ({status}).")
        sent = status is not None
        if not sent and reason == "unreached":
            return CanaryAnswer(event_id, False, False, None, "The event could not be sent: the server could not be reached.")
        unsure = "" if sent else "The server did not say that it took the event. "
        if self.address is None:
            told = "Whether Sentry shows it is unknown: no token or no organization is set to ask it."
            return CanaryAnswer(event_id, sent, None, None, unsure + told)
        try:
            seen_s = self._await(event_id, started, wait_s, self.address)
        except SourceUnavailable as e:
            return CanaryAnswer(event_id, sent, None, None, f"{unsure}Whether Sentry shows it is unknown: {e.message} {e.hint}")
        if seen_s is None:
            return CanaryAnswer(event_id, sent, False, None, f"{unsure}Sentry did not show the event within {wait_s:.0f} s.")
        return CanaryAnswer(event_id, True, True, round(seen_s, 1), f"Sentry showed the event after {seen_s:.1f} s.")

    def _send(self, event_id: str) -> tuple[int | None, str]:
        """Return the status of the server's answer, None without one, and why there is none."""
        transport = self.client.transport
        assert isinstance(transport, _Witness)
        self.client.capture_event(
            {
                "event_id": event_id,
                "level": "info",
                "message": f"Blindspot canary {event_id}: sent to see whether events arrive. Nothing failed.",
                "fingerprint": ["blindspot-canary"],  # one issue, however many canaries
                "tags": {TAG: event_id},
            }
        )
        self.client.flush(self.send_s)
        status, reason = transport.statuses[0] if transport.statuses else None, transport.reason
        self.client.close(timeout=0)
        return status, reason

    def _await(self, event_id: str, started: float, wait_s: float, address: SentryAddress) -> float | None:
        """Return after how long Sentry showed the event, None when it did not. Errors: SourceUnavailable, at the last look."""
        for look in count():
            trouble = None
            try:
                if self._is_shown(event_id, address):
                    return self.clock.now() - started
            except SourceUnavailable as e:
                if e.permanent:
                    raise
                trouble = e
            step = STEPS_S[min(look, len(STEPS_S) - 1)]
            if self.clock.now() - started + step > wait_s:
                break
            self.clock.sleep(step)
        if trouble:
            raise trouble
        return None

    def _is_shown(self, event_id: str, address: SentryAddress) -> bool:
        """Tell whether Sentry has the event: among its events; on a server without that question, in an issue naming it."""
        path, what = address.of_organization("events/"), "the canary"
        fields = (("dataset", "errors"), ("field", "id"), ("query", f"id:{event_id}"), ("per_page", "1"))
        asked = address.ask(path, "events", what, *fields, ("project", self.project), ("statsPeriod", "1h"))
        try:
            return event_id in _ids(self._get(asked))
        except NotOffered:
            path, query = address.of_organization("issues/"), ("query", f"{TAG}:{event_id}")
            asked = address.ask(path, "issues", what, query, ("project", self.project), ("statsPeriod", "24h"))
            return _names(self._get(asked), event_id)

    def _get(self, asked: Asked) -> Any:
        return self.http.get(asked).value


class _Witness(HttpTransport):
    """The SDK's own transport, which also remembers what the server answered: the SDK tells nobody."""

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self.statuses: list[int] = []
        self.reason = ""

    def _request(self, *args: Any, **named: Any) -> Any:
        try:
            response = super()._request(*args, **named)
        except Exception as e:
            begun = isinstance(e, urllib3.exceptions.ProtocolError | urllib3.exceptions.ReadTimeoutError)
            self.reason = "cut" if begun else "unreached"
            raise
        self.statuses.append(response.status)
        return response


def _make_client(dsn: str, variable: str) -> sentry_sdk.Client:
    """Return a client that sends what it is given and nothing of this machine. Errors: SettingsError, without the DSN."""
    try:
        if not dsn:
            raise BadDsn  # the SDK takes none for "do not send"
        return sentry_sdk.Client(
            dsn=dsn, transport=_Witness, default_integrations=False, auto_enabling_integrations=False,
            server_name="blindspot", release="blindspot-canary", environment="blindspot-canary", auto_session_tracking=False,
            send_client_reports=False, sample_rate=1.0, debug=False, spotlight=False,
        )  # fmt: skip
    except BadDsn:  # not "from e": its text shows the DSN
        hint = "Copy it from the project's Client Keys in Sentry's settings."
        raise SettingsError(f"What {variable} holds is no DSN.", hint=hint) from None


def _ids(answer: Any) -> set[str]:
    rows = answer.get("data") if isinstance(answer, dict) else None
    return {str(r.get("id")) for r in rows if isinstance(r, dict)} if isinstance(rows, list) else set()


def _names(issues: Any, event_id: str) -> bool:
    """Tell whether an issue of the answer names the event: a server that ignores the query answers with any issue."""
    return event_id in json.dumps(issues) if isinstance(issues, list) else False
