"""What can go wrong on the way to an API, as rows: the error, its sentence, its hint, and whether trying again can help."""

from dataclasses import dataclass

import requests
import urllib3

from lib.errors import NotOffered, SourceRefused, SourceUnavailable

REDIRECTS = frozenset({301, 302, 303, 307, 308})
FAULTS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError)

_ADDRESS = "Check the address in the settings, and that this machine may reach it."
DOCUMENTS = {"GitHub": "docs/issues.md"}  # where the token of a source is told of; all else: of Sentry
_LATER = "Try again later. Until then its part is unknown, not good."


@dataclass(frozen=True)
class StatusRow:
    """Statuses from `low` to `high` say `sentence`."""

    low: int
    high: int
    error: type[SourceUnavailable]
    sentence: str
    hint: str
    permanent: bool = True


STATUSES = (
    StatusRow(300, 399, SourceUnavailable, "{source} sent the question for {what} on to nowhere ({status}).", _ADDRESS),
    StatusRow(
        401, 401, SourceRefused, "{source} does not know the token that asked for {what} (401).",
        "Make a token with the scope {scope} and set it anew; see {document}.",
    ),
    StatusRow(403, 403, SourceRefused, "{source} refused {what} (403).", "Give the token the scope {scope}."),
    StatusRow(
        404, 405, NotOffered, "{source} does not have {what} ({status}).",
        "Check the names in the settings; an older or a compatible server may not offer it at all.",
    ),
    StatusRow(408, 408, SourceUnavailable, "{source} waited in vain for the question for {what} (408).", _LATER, permanent=False),
    StatusRow(410, 410, NotOffered, "{source} does not have {what} any more (410).", "Nothing to do: it was taken away."),
    StatusRow(429, 429, SourceUnavailable, "{source} had enough questions for now, at {what} (429).", _LATER, permanent=False),
    StatusRow(
        400, 499, SourceUnavailable, "{source} does not understand the question for {what} ({status}).",
        "The server may be of a version that Blindspot does not know.",
    ),
    StatusRow(501, 501, NotOffered, "{source} does not offer {what} (501).", "An older or a compatible server; nothing to do."),
    StatusRow(500, 599, SourceUnavailable, "{source} failed at {what} ({status}).", _LATER, permanent=False),
)  # fmt: skip
"""The first row that fits decides."""
LIMITED = StatusRow(
    403, 403, SourceUnavailable, "{source} had enough questions for now, at {what} (403).", _LATER, permanent=False
)  # fmt: skip
"""A 403 that says how long to wait, as GitHub's secondary limits do: it is no refusal."""

KINDS: tuple[tuple[tuple[type[Exception], ...], str, str, bool], ...] = (
    (
        (requests.exceptions.SSLError, urllib3.exceptions.SSLError),
        "{source}'s certificate is not trusted here, so it was not asked for {what}.",
        "Name your company's certificates with REQUESTS_CA_BUNDLE.", True,
    ),
    ((requests.exceptions.ProxyError,), "The proxy did not let the question for {what} through to {source}.",
     "Check HTTPS_PROXY and NO_PROXY.", False),
    ((requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError), "{source} did not answer in time for {what}.",
     _LATER, False),
    (
        (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema,
         requests.exceptions.InvalidHeader, urllib3.exceptions.LocationParseError, ValueError),
        "The address of {source}, or the token, cannot be used to ask for {what}.",
        "An address looks like https://sentry.example.com; a token is one word of plain letters.", True,
    ),
    ((requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError),
     "{source}'s answer for {what} cannot be unpacked.",
     _LATER, False),
    ((requests.exceptions.ChunkedEncodingError, urllib3.exceptions.ProtocolError),
     "{source}'s answer for {what} broke off.", _LATER, False),
)  # fmt: skip
"""The first row whose type fits decides; anything else means that the source could not be reached."""


def judge_status(source: str, what: str, scope: str, status: int, wait_s: float | None) -> SourceUnavailable:
    """Return the error that a status means; wait_s: how long the server asked to be left alone."""
    row = next((r for r in STATUSES if r.low <= status <= r.high), STATUSES[-1])
    row = LIMITED if status == 403 and wait_s is not None else row
    document = DOCUMENTS.get(source, "docs/sentry.md")
    words = {"source": source, "what": what, "status": status, "scope": scope or "that it needs", "document": document}
    hint = row.hint.format(**words)
    if wait_s is not None and not row.permanent:
        hint = f"It asked to be left alone for {wait_s:.0f} s. {hint}"
    return row.error(row.sentence.format(**words), hint=hint, permanent=row.permanent, status=status, wait_s=wait_s)


def judge_fault(source: str, what: str, fault: Exception) -> SourceUnavailable:
    """Return the error that a library's exception means; none of its own text, which can hold a token or an address."""
    for kinds, sentence, hint, permanent in KINDS:
        if isinstance(fault, kinds):
            return SourceUnavailable(sentence.format(source=source, what=what), hint=hint, permanent=permanent)
    return SourceUnavailable(f"{source} could not be reached to ask for {what}.", hint=_ADDRESS, permanent=False)


def broken_answer(source: str, what: str, reason: str) -> SourceUnavailable:
    """Return the error for an answer that came and cannot be used; asking again would bring the same."""
    return SourceUnavailable(
        f"{source}'s answer for {what} cannot be used: {reason}.",
        hint="Check that the address in the settings is the server's own, without a sign-in page before it.",
    )
