"""The table of texts that tell what a line means, whatever its severity says. A row is one text; the first that fits decides."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from lib.core.model import FAILURES, Kind, Severity
from lib.core.sentry.sentrysigns import find_sign
from lib.core.sentry.trackingstates import State


@dataclass(frozen=True)
class Signature:
    """A text that tells: `pattern` is looked for in a cluster's sample; `source` says who writes it."""

    name: str
    kind: Kind
    pattern: re.Pattern[str]
    source: str


def _row(name: str, kind: Kind, pattern: str, source: str) -> Signature:
    return Signature(name, kind, re.compile(pattern), source)


GRAVITY = {s.value: n for n, s in enumerate(Severity)}
READ = 2_000  # characters of a text: what tells stands near its beginning
BLINDING = (
    r"(?i:not available|unavailable|not installed|no module named|cannot find module|import ?error|failed|fail to|unable to"
    r"|could not|cannot|invalid|bad\s?dsn|not configured|not initiali[sz]ed|not enabled|not provided|not set|is empty|is required"
    r"|missing(?!\s?[=:]\s?0\b)|disabled|inactive|skipp|(?:turned|switched|is) off\b|no dsn"
    r"|will not (?:be sent|send|be reported)|status code:? [45]|rate.?limit|quota exceeded|backing off"
    r"|timed out|dropped|buffer is full|not instrumented)"
)
TELEMETRY = (
    r"(?i:open-?telemetry|otlp|span ?exporter|log ?exporter|metric ?exporter|fluent-?(?:bit|d)|error ?reporting|crash ?reporting)"
)
UNSENT = (
    r"(?i:failed to export (?:batch|traces|spans|metrics|logs)\b|while exporting (?:traces|spans?|metrics|logs)\b"
    r"|\bno (?:\w+ )?exporters? (?:is |are )?configured|\b(?:traces|spans|metrics) will not be (?:exported|sent))"
)

SIGNATURES = (
    _row("container stopped in order", Kind.INFO, r"^Container called exit\(0\)", "Cloud Run"),
    _row("container exited", Kind.FAILURE, r"^Container called exit\([0-9]+\)", "Cloud Run"),
    _row("container killed", Kind.FAILURE, r"^Container terminated on signal [0-9]+", "Cloud Run"),
    _row("memory limit exceeded", Kind.FAILURE, r"^Memory limit of [0-9.]+ \w+ exceeded", "Cloud Run"),
    _row(
        "probe failed",
        Kind.FAILURE,
        r"(?:STARTUP|LIVENESS|READINESS) .{0,20}?probe failed [0-9]+ times? consecutively",
        "Cloud Run",
    ),
    _row("no instance available", Kind.FAILURE, r"^The request was aborted because there was no available instance", "Cloud Run"),
    _row("malformed response", Kind.FAILURE, r"^The request failed because either the HTTP response was malformed", "Cloud Run"),
    _row("instance could not start", Kind.FAILURE, r"^The request failed because the instance could not start", "Cloud Run"),
    _row("revision not ready", Kind.FAILURE, r"^Ready condition status changed to False for ", "Cloud Run's audit log"),
    _row("revision ready", Kind.DEPLOY, r"^Ready condition status changed to True for ", "Cloud Run's audit log"),
    _row("service changed", Kind.DEPLOY, r"^Services\.(?:Create|Replace|Update|Delete)Service\b", "Cloud Run's audit log"),
    _row("deployment changed", Kind.DEPLOY, r"^deployments\.(?:create|update|patch)\b", "GKE's audit log"),
    _row("instance started", Kind.INFO, r"^Starting new instance\. Reason: ", "Cloud Run"),
    _row(
        "telemetry lost",
        Kind.OBSERVABILITY,
        rf"{TELEMETRY}.{{0,200}}?{BLINDING}|{BLINDING}.{{0,120}}?{TELEMETRY}|{UNSENT}",
        "exporters",
    ),
    _row("server error", Kind.FAILURE, r"^(?:[A-Z]+ )?(?:/\S* )?HTTP 5[0-9]{2}$", "a request without a text of its own"),
)


# What a text says of Sentry is decided by one table, core.sentry.sentrysigns. That it initialises is told by its severity.
SENTRY_BLIND = _row("Sentry cannot see", Kind.OBSERVABILITY, r"(?!)", "core.sentry.sentrysigns")


def find_signature(text: str) -> Signature | None:
    """Return the first row that fits the beginning of a text, None when none does."""
    sign = find_sign(text[:READ])
    if sign and sign.state not in (State.INITIALISED, State.WEAK):
        return SENTRY_BLIND
    return next((s for s in SIGNATURES if s.pattern.search(text, 0, READ)), None)


def judge_kind(sample: str, severities: Mapping[str, int]) -> Kind:
    """Return what a cluster tells: by its text where that tells, else by the severity that most of its entries have.

    Of severities that are as frequent the graver one decides.
    """
    if signature := find_signature(sample):
        return signature.kind
    return _kind_of(max(severities, key=lambda s: (severities[s], GRAVITY.get(s, -1), s), default=Severity.DEFAULT.value))


def _kind_of(severity: str) -> Kind:
    if severity in {s.value for s in FAILURES}:
        return Kind.FAILURE
    return Kind.WARNING if severity == Severity.WARNING else Kind.INFO
