"""Google's credentials: found fast, refreshed explicitly, and told at once when they do not serve."""

import os
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from lib.errors import SourceRefused, SourceUnavailable

SCOPES = ("https://www.googleapis.com/auth/logging.read",)
NONE = (
    "No Google credentials were found",
    "gcloud auth application-default login, or GOOGLE_APPLICATION_CREDENTIALS=FILE with a service account's key.",
)
REFUSED = (
    "Google does not accept the credentials",
    "They are expired, revoked, or this machine's clock is wrong: gcloud auth application-default login signs in again.",
)


def find_credentials() -> Any:
    """Return the machine's credentials. Errors: SourceRefused when there are none."""
    os.environ.setdefault("GCE_METADATA_DETECT_RETRIES", "1")  # three tries of a server that is not there take 12 s
    os.environ.setdefault("GCE_METADATA_TIMEOUT", "1")
    import google.auth
    from google.auth.exceptions import GoogleAuthError

    try:
        return google.auth.default(scopes=SCOPES)[0]
    except GoogleAuthError as e:
        raise SourceRefused(f"{NONE[0]}.", hint=NONE[1]) from e


def refresh(credentials: Any) -> datetime | None:
    """Refresh credentials that are not valid; return the time of the server that gave them, None when it did not say.

    Errors: SourceRefused when they serve no more; SourceUnavailable when nobody answered.
    """
    from google.auth.exceptions import GoogleAuthError, TransportError
    from google.auth.transport.requests import Request

    dates: list[str] = []
    request = Request()

    def dated(*args: Any, **named: Any) -> Any:
        answer = request(*args, **named)
        dates.append(dict(answer.headers).get("Date", ""))
        return answer

    try:
        credentials.refresh(dated)
    except TransportError as e:
        hint = "See whether this machine reaches oauth2.googleapis.com."
        raise SourceUnavailable("Google's sign-in cannot be reached.", hint=hint, permanent=False) from e
    except GoogleAuthError as e:
        raise SourceRefused(f"{REFUSED[0]} ({type(e).__name__}).", hint=REFUSED[1]) from e
    return parse_date(next((d for d in reversed(dates) if d), ""))


def parse_date(text: str) -> datetime | None:
    """Return the time of a Date header, None for one that is none."""
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
