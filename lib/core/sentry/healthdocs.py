"""What a service's own health document says about Sentry. A true flag mostly means that a variable is set, and no more."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from lib.core.masks.text import mask_text
from lib.core.sentry.trackingstates import State
from lib.core.wording import shorten

DEPTH: Final = 30  # documents in use have at most six levels
VALUES: Final = 20_000  # looked at; a document is not searched for ever


class HealthWord(StrEnum):
    """What a document says, gravest first; of several, the gravest stands. CONFIGURED is the best that it can say."""

    MISSING = "missing"
    DISABLED = "disabled"
    MISCONFIGURED = "misconfigured"
    FAILING = "failing"  # Sentry's part is down, without a reason
    UNCLEAR = "unclear"  # it is mentioned, in words that are not understood
    CONFIGURED = "configured"
    SILENT = "silent"  # it is not mentioned


@dataclass(frozen=True)
class HealthFinding:
    """One place in a document: where it stands, as a dotted path, and what it says."""

    path: str
    says: HealthWord
    text: str


@dataclass(frozen=True)
class HealthSaid:
    """A whole document: its gravest word, and every place that mentions Sentry, gravest first."""

    says: HealthWord
    findings: tuple[HealthFinding, ...] = ()


STATES: Final[dict[HealthWord, State]] = {
    HealthWord.MISSING: State.MISSING,
    HealthWord.DISABLED: State.DISABLED,
    HealthWord.MISCONFIGURED: State.MISCONFIGURED,
    HealthWord.FAILING: State.MISCONFIGURED,  # a service that cannot use what it was given
    HealthWord.CONFIGURED: State.INITIALISED,
}
"""What a word is as evidence; the others are none."""

WORDS: Final[dict[str, HealthWord]] = {
    word: says
    for says, words in {
        HealthWord.CONFIGURED: "up ok pass passing passed healthy enabled configured active true connected available initialized"
        " initialised ready operational running on yes green success set present installed 1",
        HealthWord.MISSING: "missing notinstalled sdkmissing sdknotinstalled sdknotavailable notavailable notfound absent",
        HealthWord.DISABLED: "disabled off inactive skipped notenabled notactive",
        HealthWord.MISCONFIGURED: "notconfigured unconfigured misconfigured notset unset nodsn dsnmissing missingdsn invaliddsn"
        " dsnnotset dsnnotconfigured notinitialized notinitialised uninitialized uninitialised false no none empty 0",
        HealthWord.FAILING: "down fail failed failing failure error errored unhealthy critical outofservice unreachable"
        " disconnected notconnected unavailable red timeout",
    }.items()
    for word in words.split()
}
"""Words without their signs: "Not configured", "not_configured" and "NOT-CONFIGURED" are one."""

NO_WORDS: Final = frozenset({"false", "no", "0", "none", "empty"})  # answer the key's own question

FLAGS: Final[tuple[tuple[str, HealthWord], ...]] = (
    ("installed|available|present|sdk", HealthWord.MISSING),
    ("enabled|active|on", HealthWord.DISABLED),
    ("configured|initiali[sz]ed|dsn|dsnset|dsnconfigured|hasdsn|dsnpresent|ready", HealthWord.MISCONFIGURED),
    ("connected|healthy|ok|up|reachable|status|state|health|check", HealthWord.FAILING),
)
"""What a key asks, and what it says when the answer is no. The bare key `sentry` asks whether it is configured."""

NAMES: Final = ("name", "component", "componentId", "id", "service", "check", "key")  # of an item in a list of checks
SENTRY: Final = re.compile(r"^(?:is|has)?sentry(?:sdk|io)?(.*)$")


def parse_health(document: Any) -> HealthSaid:
    """Return what a parsed health document says about Sentry, at any depth, in any of the known forms.

    Forms: `checks.sentry` as a word, a flag or an object; `sentry_configured`, `sentry_enabled` and their like; Spring's
    `components.sentry.status`; health+json, whose `checks` hold lists; lists of checks that carry a name. An explicit no outranks
    every yes beside it. The document's overall status says nothing about Sentry.
    """
    order = list(HealthWord)
    findings = sorted(_walk(document), key=lambda f: (order.index(f.says), f.path))
    return HealthSaid(findings[0].says if findings else HealthWord.SILENT, tuple(findings))


def _walk(document: Any) -> Iterator[HealthFinding]:
    """Yield a finding for every mention; what lies inside of one belongs to it."""
    waiting: list[tuple[Any, str, int]] = [(document, "", 0)]
    for _ in range(VALUES):
        if not waiting:
            return
        value, path, depth = waiting.pop()
        for key, inner in _members(value):
            here = f"{path}.{key}" if path else key
            question = _question(key)
            if question is not None:
                yield _judge(inner, question, here)
            elif depth < DEPTH and isinstance(inner, Mapping | list):
                waiting.append((inner, here, depth + 1))


def _members(value: Any) -> list[tuple[str, Any]]:
    """Return names and values of an object; of a list, its items by the name that they carry, else their number."""
    if isinstance(value, Mapping):
        return [(str(k), v) for k, v in value.items()]
    if not isinstance(value, list):
        return []
    return [(next((str(v[n]) for n in NAMES if isinstance(v, Mapping) and isinstance(v.get(n), str)), str(i)), v)
            for i, v in enumerate(value)]  # fmt: skip


def _question(key: str) -> HealthWord | None:
    """Return what a key's no would mean, None when it does not speak of Sentry: `sentryx` is something else."""
    found = SENTRY.match(_plain(key.partition(":")[0]))
    return _no_of(found[1]) if found else None


def _no_of(asked: str) -> HealthWord | None:
    if not asked:
        return HealthWord.MISCONFIGURED
    return next((no for words, no in FLAGS if re.fullmatch(words, asked)), None)


def _judge(value: Any, no: HealthWord, path: str) -> HealthFinding:
    """Return what the value behind a mention says."""
    says = _about_dsn(path.rpartition(".")[2], _value_says(value, no, 0))
    told = isinstance(value, bool) or (isinstance(value, str) and _plain(value) in WORDS)  # never a text that is not known
    shown = f"= {value}" if told else f"is {says}"
    place = shorten(mask_text(path))
    return HealthFinding(place, says, f"{place} {shown}")


def _value_says(value: Any, no: HealthWord, depth: int) -> HealthWord:
    if isinstance(value, bool):
        return HealthWord.CONFIGURED if value else no
    if isinstance(value, str):
        return _word_says(value, no)
    if depth > DEPTH or not isinstance(value, Mapping | list):
        return HealthWord.UNCLEAR
    members = value.items() if isinstance(value, Mapping) else [("", item) for item in value]
    told = [
        _about_dsn(str(key), _value_says(inner, asked, depth + 1))
        for key, inner in members
        if (asked := _inner_question(str(key), inner, no))
    ]
    return min(told, key=list(HealthWord).index, default=HealthWord.UNCLEAR)


def _inner_question(key: str, inner: Any, no: HealthWord) -> HealthWord | None:
    """Return what a no behind a key inside Sentry's own object means; None for a key that tells nothing (a time, a version)."""
    plain = _plain(key)
    if not plain or plain in ("details", "checks"):
        return no if isinstance(inner, Mapping | list) or not plain else None
    return _question(key) or _no_of(plain)


def _about_dsn(key: str, says: HealthWord) -> HealthWord:
    """Return what was said; where the question was for a DSN, it is the DSN that is missing."""
    return HealthWord.MISCONFIGURED if says is HealthWord.MISSING and "dsn" in _plain(key) else says


def _word_says(word: str, no: HealthWord) -> HealthWord:
    """Return what a word says. A DSN itself, shown or not, answers yes to the question for one."""
    plain = _plain(word)
    if not word.strip() or plain in NO_WORDS:
        return no
    if no is HealthWord.MISCONFIGURED and word.startswith(("http://", "https://")):
        return HealthWord.CONFIGURED
    return WORDS.get(plain, HealthWord.UNCLEAR)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())[:80]
