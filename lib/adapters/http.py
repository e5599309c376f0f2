"""The one socket for every API: JSON comes back, or one of our errors. No token, no query and no body stands in an error."""

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult, parse_qs, urljoin, urlsplit

import requests
from requests.auth import AuthBase
from requests.utils import parse_header_links

from lib.adapters.httpfaults import FAULTS, REDIRECTS, broken_answer, judge_fault, judge_status
from lib.adapters.jsontext import parse_json
from lib.errors import SourceUnavailable

Params = tuple[tuple[str, str], ...]
LIMIT_NAMES = ("X-Sentry-Rate-Limit", "X-RateLimit")  # how Sentry, and GitHub, name the headers of their limits

logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)  # below, it writes addresses with their query


@dataclass(frozen=True)
class Limits:
    """How far an answer may go. Times in seconds."""

    connect_s: float = 10
    silence_s: float = 30  # between two pieces of an answer
    answer_s: float = 120  # a whole answer, which a server could otherwise drag out piece by piece
    body_bytes: int = 16 * 1024 * 1024  # the largest honest answer, 100 releases with health, is below 1 MB
    tries: int = 4
    wait_s: float = 60  # for one answer; a server that asks for more is told as not answering
    patience_s: float = 300  # all waiting of one run, so that a command ends


@dataclass(frozen=True)
class Clock:
    """Time as seconds since 1970, and waiting; tests bring their own."""

    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep


@dataclass(frozen=True)
class Asked:
    """One question: where, what it is called in sentences, and which scope of a token it needs."""

    url: str
    what: str
    params: Params = ()
    token: str = field(default="", repr=False)
    scope: str = ""
    accept: frozenset[int] = frozenset()  # statuses other than 2xx whose body is an answer too
    method: str = "GET"
    body: Any = field(default=None, repr=False)  # sent as JSON


@dataclass(frozen=True)
class Answered:
    """A parsed body, and the headers that came with it."""

    value: Any
    headers: Mapping[str, str]
    status: int = 200


class Http:
    """Asks one source, kindly: waits where it is told to, tries again where that can help, never longer than its limits."""

    def __init__(self, source: str, limits: Limits | None = None, clock: Clock | None = None) -> None:
        self.source = source
        self.limits = limits or Limits()
        self.clock = clock or Clock()
        self.waited_s = 0.0
        self.not_before = 0.0
        self.session = _Session()
        self.session.headers.update({"Accept": "application/json", "User-Agent": "blindspot"})

    def get(self, asked: Asked) -> Answered:
        """Return an answer's JSON. Errors: SourceUnavailable and its children, after as many tries as can help."""
        for left in reversed(range(self.limits.tries)):
            self._keep_pace()
            try:
                return self._get_once(asked)
            except SourceUnavailable as e:
                if e.permanent or not left:
                    raise
                self._wait(e.wait_s if e.wait_s is not None else 2.0 ** (self.limits.tries - left - 1), e)
        raise SourceUnavailable(f"{self.source} was not asked for {asked.what}.")  # no try is allowed at all

    def send(self, asked: Asked) -> Answered:
        """Return the answer to a question that changes something: tried again only where the server says that it refused it.

        Errors: SourceUnavailable; without a status, or with one from 500 on, it may have been accepted all the same.
        """
        for left in reversed(range(self.limits.tries)):
            self._keep_pace()
            try:
                return self._get_once(asked)
            except SourceUnavailable as e:
                refused = not e.permanent and e.status is not None and e.status < 500
                if not refused or not left:
                    raise
                self._wait(e.wait_s if e.wait_s is not None else 2.0 ** (self.limits.tries - left - 1), e)
        raise SourceUnavailable(f"{self.source} was not asked for {asked.what}.")

    def pages(self, asked: Asked, most: int) -> Iterator[list[Any]]:
        """Yield the items of each page while the server says that there are more, `most` pages at the most.

        Errors: as `get`; also when there are too many pages or they lead in a circle. The pages yielded before stay good.
        """
        cursor, seen = "", {""}
        for _ in range(most):
            answer = self.get(replace(asked, params=(*asked.params, ("cursor", cursor))) if cursor else asked)
            if not isinstance(answer.value, list):
                raise broken_answer(self.source, asked.what, "it is no list")
            yield answer.value
            cursor = find_next(answer.headers.get("Link", ""))
            if not cursor:
                return
            if cursor in seen:
                raise broken_answer(self.source, asked.what, "its pages lead in a circle")
            seen.add(cursor)
        told = f"{self.source} has more of {asked.what} than {most} pages; the rest was not read."
        raise SourceUnavailable(told, hint="What was read stays; what is missing is unknown.")

    def _get_once(self, asked: Asked) -> Answered:
        try:
            with closing(self._send(asked)) as response:
                status = response.status_code
                limited_s = self._note_limits(response)
                if not (200 <= status < 300 or status in asked.accept):
                    raise judge_status(self.source, asked.what, asked.scope, status, limited_s)
                body = self._read(response, asked)
                value = None if status == 204 else parse_json(body, self.source, asked.what)
                return Answered(value, response.headers, status)
        except FAULTS as e:
            # Not "from e": the libraries' errors carry the request with its token, and the address with its query.
            raise judge_fault(self.source, asked.what, e) from None

    def _send(self, asked: Asked) -> requests.Response:
        """Return the answer, redirects within the same server followed as they were asked; another one is never asked."""
        url, params = asked.url, asked.params
        for _ in range(4):
            response = self.session.request(
                asked.method, url, params=list(params), auth=_Bearer(asked.token), stream=True, allow_redirects=False,
                json=asked.body, timeout=(self.limits.connect_s, self.limits.silence_s),
            )  # fmt: skip
            if response.status_code not in REDIRECTS or "Location" not in response.headers:
                return response
            target = urljoin(url, response.headers["Location"])
            response.close()
            if not is_same_server(urlsplit(url), urlsplit(target)):
                host = urlsplit(target).hostname or "nowhere"
                raise SourceUnavailable(
                    f"{self.source} sends the question for {asked.what} on to {host[:80]}, which was not asked.",
                    hint="If that is the right server, name it in the settings; a token never goes where it was not sent.",
                    status=response.status_code,
                )
            url, params = target, ()
        raise broken_answer(self.source, asked.what, "its redirects do not end")

    def _read(self, response: requests.Response, asked: Asked) -> bytes:
        """Return the whole body, bounded in bytes and in time."""
        body, ends = bytearray(), self.clock.now() + self.limits.answer_s
        while piece := response.raw.read1(65536, decode_content=True):
            body += piece
            if len(body) > self.limits.body_bytes:
                size = f"it is larger than {self.limits.body_bytes / 1024**2:.0f} MB"
                raise broken_answer(self.source, asked.what, size)
            if self.clock.now() > ends:
                raise broken_answer(self.source, asked.what, f"it took more than {self.limits.answer_s:.0f} s")
        return bytes(body)

    def _note_limits(self, response: requests.Response) -> float | None:
        """Remember until when the server wants no more, and return for how many seconds it asks to be left alone."""
        headers, now = response.headers, self.clock.now()
        name = next((n for n in LIMIT_NAMES if f"{n}-Reset" in headers), LIMIT_NAMES[0])
        reset = _number(headers.get(f"{name}-Reset", ""))
        left_s = None if reset is None else max(0.0, reset - now)
        spent = headers.get(f"{name}-Remaining", "").strip() == "0"
        if left_s is not None and spent:
            self.not_before = now + left_s
        told_s = parse_retry_after(headers.get("Retry-After", ""), now)
        status = response.status_code
        return told_s if told_s is not None else left_s if status == 429 or (status == 403 and spent) else None

    def _keep_pace(self) -> None:
        """Wait when the last answer said that no question is left for now; never longer than the limits."""
        until, self.not_before = self.not_before, 0.0
        wait_s = min(until - self.clock.now(), self.limits.wait_s, self.limits.patience_s - self.waited_s)
        if wait_s > 0:
            self.waited_s += wait_s
            self.clock.sleep(wait_s)

    def _wait(self, wait_s: float, trouble: SourceUnavailable) -> None:
        """Wait before another try. Errors: the trouble itself when that would take too long."""
        if wait_s > self.limits.wait_s or self.waited_s + wait_s > self.limits.patience_s:
            raise trouble
        self.waited_s += wait_s
        self.clock.sleep(wait_s)


class _Session(requests.Session):
    """Leaves redirects alone: requests would read a redirect's whole body, however long, to prepare the next step."""

    def get_redirect_target(self, response: requests.Response) -> None:
        """Return none: they are followed in `Http`."""


class _Bearer(AuthBase):
    """The token, set here alone: with an `auth` of its own, requests never takes one from a .netrc file."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self.token:
            request.headers["Authorization"] = f"Bearer {self.token}"
        return request


def find_next(link: str) -> str:
    """Return the cursor of the next page from a `Link` header, "" when there is none or it is said to be empty.

    Only the cursor is taken: behind a proxy the address in the header is often not the one that answers.
    """
    for one in parse_header_links(link) if link else []:
        if one.get("rel") == "next" and one.get("results") == "true":
            return one.get("cursor") or parse_qs(urlsplit(one["url"]).query).get("cursor", [""])[0]
    return ""


def parse_retry_after(text: str, now: float) -> float | None:
    """Return the seconds of a `Retry-After`, which may be a number or a date; None when it says nothing."""
    seconds = _number(text)
    if seconds is not None:
        return seconds
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (until if until.tzinfo else until.replace(tzinfo=UTC)).timestamp() - now)


def is_same_server(asked: SplitResult, target: SplitResult) -> bool:
    """Tell whether a redirect stays where the token may go: the same origin, or the same host from http to https."""
    if (asked.scheme, asked.netloc) == (target.scheme, target.netloc):
        return True
    plain = (asked.scheme, asked.port or 80) == ("http", 80)
    return plain and (target.scheme, target.port or 443) == ("https", 443) and asked.hostname == target.hostname


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,12}(\.\d{1,9})?", text.strip()) else None
