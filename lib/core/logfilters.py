"""Filters in Cloud Logging's language: what is read by default, what that leaves out in words, and bounds of time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from lib.core.wording import rfc3339

MOST_CHARACTERS = 20_000  # Cloud Logging takes no longer filter


@dataclass(frozen=True)
class LogFilter:
    """A filter's text ("" takes all) and, in a sentence, what it leaves out ("" for nothing)."""

    text: str
    left_out: str


# What pays, each with its reason. OR binds more tightly than AND in this language; parentheses stand anyway.
PAYS: Mapping[str, str] = {
    "severity>=WARNING": "what its writer calls a warning or worse",
    '(severity=DEFAULT AND log_id("run.googleapis.com/stderr"))': "stack traces come without a severity",
    'log_id("run.googleapis.com/varlog/system")': "the platform: starts, exits, probes",
    'log_id("cloudaudit.googleapis.com/activity")': "who deployed",
    'log_id("cloudaudit.googleapis.com/system_event")': "whether a revision became ready",
    "httpRequest.status>=500": "requests that failed",
    'textPayload:"sentry"': "what says that Sentry works, or does not",
    'jsonPayload.message:"sentry"': "the same, in structured logs",
}
LEFT_OUT = (
    "Entries below WARNING are left out, but for the platform's and audit logs, plain stderr and lines that name Sentry; "
    "requests below status 500 are neither read nor counted, so no share of requests can be told."
)
NAMED: Mapping[str, LogFilter] = {
    "pays": LogFilter(" OR ".join(PAYS), LEFT_OUT),
    "all": LogFilter("", ""),
}


def choose_filter(wanted: str) -> LogFilter:
    """Return a filter by its name ("pays", "all"), else the text itself as a filter of the team's own."""
    own = " ".join(wanted.split())
    return NAMED.get(own) or LogFilter(own, f"Only what this filter takes is read: {own}.")


def bound_filter(text: str, start: datetime, end: datetime | None, received: datetime | None = None) -> str:
    """Return a filter for the half-open time [start, end), explicit always; None: without an end, whenever it was received."""
    upper = f' AND timestamp<"{rfc3339(end)}"' if end else ""
    late = f' AND receiveTimestamp>="{rfc3339(received)}"' if received else ""
    return f'timestamp>="{rfc3339(start)}"{upper}{late}' + (f" AND ({text})" if text else "")
