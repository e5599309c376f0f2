"""Cloud Logging through its own client: explicit bounds, one counted quota, and every failure in our words."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import tenacity
from google.api_core.exceptions import DeadlineExceeded, GoogleAPICallError
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.services.logging_service_v2.transports import LoggingServiceV2GrpcTransport
from google.cloud.logging_v2.types import ListLogEntriesRequest, ListLogEntriesResponse, TailLogEntriesRequest

from lib.adapters import googleauth
from lib.adapters.logentries import as_lines, as_time, newest_receipt
from lib.adapters.logstatus import tell
from lib.adapters.loopback import is_loopback
from lib.adapters.quota import Quota
from lib.core.logfilters import bound_filter
from lib.errors import NotOffered, PageExpired, SourceUnavailable
from lib.liveports import Ask, Page

HOST = "logging.googleapis.com"
PAGE_SIZE = 1000  # the most that Cloud Logging gives; without it, 50
TIMEOUT_S = 30.0
TAIL_S = 3600.0  # Cloud Logging ends a tail after an hour
ATTEMPTS, FIRST_WAIT_S, LONGEST_WAIT_S = 5, 1.0, 60.0  # then the round has failed, and the next one tries again
OPTIONS = (("grpc.max_receive_message_length", -1), ("grpc.keepalive_time_ms", 30_000))  # a page can hold 256 MB
HANGS = 2  # a source that does not answer is told as failing within a minute or so, not after all attempts
NO_TAIL = ("UNIMPLEMENTED", "PERMISSION_DENIED")


@dataclass(frozen=True)
class LogPlace:
    """What is read, and from where; endpoint "" is Google's own. Errors are about `resource`, e.g. projects/acme."""

    resource: str
    filter: str = ""
    endpoint: str = ""
    timeout_s: float = TIMEOUT_S
    attempts: int = ATTEMPTS


class CloudLogging:
    """A LiveLog. credentials: None only at a loopback endpoint."""

    def __init__(
        self,
        place: LogPlace,
        quota: Quota,
        credentials: Any = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.place, self.quota, self.credentials, self.clock = place, quota, credentials, clock
        self.retrying = tenacity.Retrying(
            stop=lambda state: state.attempt_number >= (HANGS if _hung(state) else place.attempts),
            wait=_wait,
            retry=tenacity.retry_if_exception(_can_pass),
            sleep=sleep,
            reraise=True,
        )
        self.dates = _Dates()
        self.renewed = False  # credentials were refreshed since the last answer
        self.skew: timedelta | None = None  # by how much the source's clock is ahead of ours, as its sign-in told
        self.client: LoggingServiceV2Client | None = None

    @property
    def name(self) -> str:
        """Return the resource, without the word that all projects have."""
        return self.place.resource.removeprefix("projects/")

    def page(self, ask: Ask) -> Page:
        """Return a page; what can pass was tried again, each time within the quota."""
        return self.retrying(self._ask, ask)

    def tail(self) -> Iterator[Page]:
        """Yield entries as they arrive."""
        request = TailLogEntriesRequest(resource_names=[self.place.resource], filter=self.place.filter)
        self._sign_in()
        try:
            for answer in self._open().tail_log_entries(iter([request]), retry=None, timeout=TAIL_S):
                yield _as_page(type(answer).pb(answer).entries, "", None)  # it may wait, and then its time is not now
        except GoogleAPICallError as e:
            told = tell(e, self.place.resource, False)
            if e.grpc_status_code and e.grpc_status_code.name in NO_TAIL:
                raise NotOffered(told.message, hint=told.hint) from e
            raise told from e

    def wait_s(self, spare: int = 0) -> float:
        """Return how long to wait for a call that leaves so many others."""
        return self.quota.wait_s(spare)

    def calls(self) -> tuple[int, int]:
        """Return the calls of the last minute, and the quota."""
        return self.quota.used(), self.quota.per_minute

    def close(self) -> None:
        """End every call that is under way, a tail too."""
        if self.client is not None:
            self.client.transport.close()  # type: ignore[no-untyped-call]  # Google's client has no types there
            self.client = None

    def _ask(self, ask: Ask) -> Page:
        request = ListLogEntriesRequest(
            resource_names=[self.place.resource],
            filter=bound_filter(self.place.filter, ask.start, ask.end, ask.received),
            order_by="timestamp desc",
            page_size=PAGE_SIZE,
            page_token=ask.token,
        )
        self._sign_in()
        try:
            with self.quota.call():
                pager = self._open().list_log_entries(request, retry=None, timeout=self.place.timeout_s)
            answer = ListLogEntriesResponse.pb(next(iter(pager.pages)))
        except GoogleAPICallError as e:
            raise self._sign_in_anew(e) or tell(e, self.place.resource, bool(ask.token)) from e
        self.renewed = False
        return _as_page(answer.entries, answer.next_page_token, self._server_time(answer.entries))

    def _server_time(self, entries: Any) -> datetime | None:
        """Return the source's time: as it says, as its sign-in said; else no earlier than what it received."""
        told = self.dates.take() or (self.clock() + self.skew if self.skew is not None else None)
        received = newest_receipt(entries)
        return told or (received if received and received > self.clock() else None)

    def _open(self) -> LoggingServiceV2Client:
        if self.client is None:
            channel = grpc.intercept_channel(self._channel(), self.dates)
            self.client = LoggingServiceV2Client(transport=LoggingServiceV2GrpcTransport(channel=channel))
        return self.client

    def _channel(self) -> grpc.Channel:
        if is_loopback(self.place.endpoint):
            return grpc.insecure_channel(self.place.endpoint, options=OPTIONS)
        return LoggingServiceV2GrpcTransport.create_channel(
            self.place.endpoint or HOST, credentials=self.credentials, options=OPTIONS
        )

    def _sign_in(self) -> None:
        """Refresh credentials before a call: inside of it, the client would try revoked ones for a minute."""
        if self.credentials is None or self.credentials.valid:
            return
        told = googleauth.refresh(self.credentials)
        self.skew = told - self.clock() if told else self.skew

    def _sign_in_anew(self, error: GoogleAPICallError) -> SourceUnavailable | None:
        """Refresh credentials that failed inside of a call, once; return what to say then, None when they are not at fault.

        Errors: SourceRefused when they serve no more.
        """
        status = error.grpc_status_code.name if error.grpc_status_code else ""
        at_fault = status == "UNAUTHENTICATED" or "metadata from plugin failed" in str(error.message)
        if self.credentials is None or self.renewed or not at_fault:
            return None
        self.renewed = True
        googleauth.refresh(self.credentials)
        return SourceUnavailable("Cloud Logging did not accept the credentials; they were refreshed.", permanent=False)


def _as_page(entries: Any, token: str, server: datetime | None) -> Page:
    ends = [ts for e in (entries[0], entries[-1]) if (ts := as_time(e.timestamp))] if entries else []
    return Page(as_lines(entries), token, min(ends, default=None), max(ends, default=None), server)


class _Dates(grpc.UnaryUnaryClientInterceptor):  # type: ignore[misc]  # grpc comes without types
    """Keeps the Date that the last answer carried."""

    def __init__(self) -> None:
        self.last: datetime | None = None

    def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        call = continuation(details, request)
        headers = dict(call.initial_metadata() or ())
        self.last = googleauth.parse_date(str(headers.get("date", "")))
        return call

    def take(self) -> datetime | None:
        """Return the time of the answer that has just come, once."""
        last, self.last = self.last, None
        return last


def _can_pass(error: BaseException) -> bool:
    return isinstance(error, SourceUnavailable) and not error.permanent and not isinstance(error, PageExpired)


def _hung(state: tenacity.RetryCallState) -> bool:
    failed = state.outcome.exception() if state.outcome else None
    return failed is not None and isinstance(failed.__cause__, DeadlineExceeded)


_JITTERED = tenacity.wait_random_exponential(multiplier=FIRST_WAIT_S, max=LONGEST_WAIT_S)


def _wait(state: tenacity.RetryCallState) -> float:
    """Return how long to wait: as long as the source asks for, else longer and longer, never the same for two."""
    failed = state.outcome.exception() if state.outcome else None
    asked = failed.wait_s if isinstance(failed, SourceUnavailable) else None
    return max(asked or 0.0, float(_JITTERED(state)))
