"""Issues for what the logs say: drafted from counted evidence, matched with those that are there, never closed.

A draft carries a fingerprint of its cluster, visible and hidden, by which it is found again: HTML comments can get lost.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

from lib.core.sentry.trackingstates import Confidence
from lib.core.success.model import Criterion

MACHINE = "blindspot"  # the label that says that a machine wrote it
MOST_LABELS = 4
REPO = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/[A-Za-z0-9._-]{1,100}")  # owner/name, by GitHub's rule
_MARK = re.compile(r"^Blindspot draft `(bs-[0-9a-f]{16})`, evidence `([0-9a-f]{12})`\.$")
_HIDDEN = re.compile(r"^<!-- blindspot:[0-9a-z :-]{1,60} -->$")


class Action(StrEnum):
    """What to do with a cluster's issue."""

    UPDATE = "update"
    CREATE = "create"
    LEAVE = "leave"


@dataclass(frozen=True)
class Issue:
    """An issue as its tracker has it. repo: owner/name where it is now; reason: why it was closed, "" when it is open."""

    number: int
    title: str
    body: str
    is_open: bool
    labels: tuple[str, ...]
    url: str
    repo: str
    created: datetime | None = None
    updated: datetime | None = None
    closed: datetime | None = None
    reason: str = ""
    locked: bool = False


@dataclass(frozen=True)
class Comment:
    """A comment on an issue."""

    id: int
    body: str
    url: str
    number: int = 0


@dataclass(frozen=True)
class Found:
    """What a tracker was asked and answered: issues, without doubles; why: what was not seen of it, "" when nothing.

    marked: numbers of those that a search for our mark found: in their text, or in a comment.
    """

    issues: tuple[Issue, ...] = ()
    why: str = ""
    marked: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Draft:
    """What would be sent. digest: of the evidence alone; body: the same for an issue and for a comment on one."""

    cluster: str
    fingerprint: str
    digest: str
    title: str
    body: str
    labels: tuple[str, ...]
    criteria: tuple[Criterion, ...] = ()


@dataclass(frozen=True)
class Decision:
    """What to do, where, how sure, and why. related: numbers of issues that may have to do with it."""

    action: Action
    number: int | None
    url: str
    confidence: Confidence
    why: str
    related: tuple[int, ...] = ()


class SentState(StrEnum):
    """Where a draft is on its way: begun and not confirmed, there, or there no more."""

    SENDING = "sending"
    SENT = "sent"
    DELETED = "deleted"


@dataclass(frozen=True)
class Sent:
    """A row of the ledger: one for each draft, repository and kind ("issue", "comment"). comment: its id, None for an issue."""

    fingerprint: str
    repo: str
    kind: str
    state: SentState
    at: datetime
    digest: str
    cluster: str = ""
    number: int | None = None
    comment: int | None = None
    url: str = ""


@dataclass(frozen=True)
class KeptDraft:
    """What is kept of a draft: its criteria, which stay as they were first drafted, and what was decided last."""

    cluster: str
    title: str
    made: datetime
    criteria: tuple[Criterion, ...]
    decision: Decision | None = None
    repo: str = ""
    decided: datetime | None = None
    labels: tuple[str, ...] = field(default=())


def fingerprint_of(cluster: str) -> str:
    """Return the fingerprint of a cluster's draft, the same on every machine."""
    return "bs-" + blake2b(f"draft\n{cluster}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def digest_of(evidence: Iterable[str]) -> str:
    """Return a digest of what a draft rests on."""
    return blake2b("\n".join(evidence).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def write_mark(fingerprint: str, digest: str) -> str:
    """Return the last lines of a draft: its fingerprint, for people and, hidden, once more."""
    return f"Blindspot draft `{fingerprint}`, evidence `{digest}`.\n<!-- blindspot:{fingerprint} {digest} -->"


def read_mark(body: str) -> tuple[str, str]:
    """Return fingerprint and digest of a body that ends with a mark of ours, two empty texts without.

    Only the end counts: what a log says stands above it, and a quotation begins with another sign.
    """
    lines = [line.rstrip() for line in body.replace("\r\n", "\n").rstrip().split("\n")]
    while lines and (not lines[-1] or _HIDDEN.match(lines[-1])):
        lines.pop()
    found = _MARK.match(lines[-1]) if lines else None
    return (found[1], found[2]) if found else ("", "")


def has_mark(body: str, fingerprints: Sequence[str]) -> bool:
    """Tell whether a body ends with one of these marks."""
    return read_mark(body)[0] in fingerprints
