"""Levels as people and libraries write them -> Cloud Logging's severities."""

import polars as pl

from lib.core.model import Severity

# How a level stands inside a line that has no severity: at its start, in brackets or between dashes, as logfmt, as glog.
LEVELS = r"DEBUG|TRACE|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL|SEVERE|ALERT|EMERGENCY|PANIC"
LEVEL = (
    rf"^(?:\S*[0-9]{{2}}:[0-9]{{2}}[^A-Za-z]*(?:Z\s)?)?\s*[\[(<]?((?:{LEVELS})|(?:{LEVELS.lower()}))[\])>]?(?:[:\s|-]|$)"
    rf"|^.{{0,80}}?(?:\[|\s-\s|\s\|\s|[0-9]\s|\]\s)((?:{LEVELS})|(?:{LEVELS.lower()}))(?:\]|\s-\s|\s\|\s|:?\s)"
    rf"|^(?:.{{0,200}}?\s)?level=\"?((?:{LEVELS})|(?:{LEVELS.lower()}))\b"
    r"|^([IWEF])[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}"
)
SEVERITIES = {s.value: s.value for s in Severity if s is not Severity.DEFAULT} | {
    "TRACE": "DEBUG",
    "WARN": "WARNING",
    "FATAL": "CRITICAL",
    "SEVERE": "ERROR",
    "PANIC": "CRITICAL",
    "ERR": "ERROR",
    "CRIT": "CRITICAL",
    "I": "INFO",
    "W": "WARNING",
    "E": "ERROR",
    "F": "CRITICAL",
    # Cloud Logging's own numbers, and those of bunyan and pino
    "100": "DEBUG",
    "200": "INFO",
    "300": "NOTICE",
    "400": "WARNING",
    "500": "ERROR",
    "600": "CRITICAL",
    "700": "ALERT",
    "800": "EMERGENCY",
    "10": "DEBUG",
    "20": "DEBUG",
    "30": "INFO",
    "40": "WARNING",
    "50": "ERROR",
    "60": "CRITICAL",
}


def as_severity(level: pl.Expr) -> pl.Expr:
    """Return Google's name of a level, null when it is none."""
    return level.str.to_uppercase().replace_strict(SEVERITIES, default=None, return_dtype=pl.String)
