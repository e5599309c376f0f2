"""What people decided about clusters: names of their own, and mutes. Only the changes are kept; what holds is read off them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b

import polars as pl

from lib.core.patterns import match_readable, readable
from lib.core.wording import say_time, shorten


class Action(StrEnum):
    """What a change does."""

    NAME = "name"
    UNNAME = "unname"
    MUTE = "mute"
    UNMUTE = "unmute"


@dataclass(frozen=True)
class Change:
    """One decision: when, what, and about what.

    subject: the name that a pattern is given, or what a mute hides: a cluster's id, or a pattern.
    pattern: the pattern behind a name or of a mute; "" for the mute of one cluster.
    until:   when a mute ends.
    by:      who decided: an address where people sign in, an account's name on the command line, "" where nobody was asked.
    """

    ts: datetime
    action: Action
    subject: str
    pattern: str = ""
    reason: str = ""
    until: datetime | None = None
    by: str = ""


@dataclass(frozen=True)
class Named:
    """A pattern that has a name: every text in which it is found is in the one cluster of that name."""

    name: str
    pattern: str
    reason: str
    since: datetime

    @property
    def cluster(self) -> str:
        """The id of the cluster: of the name alone, so that a better pattern keeps the links."""
        return named_id(self.name)


@dataclass(frozen=True)
class Mute:
    """Hides a cluster, or the texts in which a pattern is found, until it ends. Exactly one of cluster and pattern is set."""

    cluster: str
    pattern: str
    reason: str
    since: datetime
    until: datetime

    @property
    def subject(self) -> str:
        """What it hides: a cluster's id or a pattern."""
        return self.cluster or self.pattern


@dataclass(frozen=True)
class Curation:
    """What holds at one moment."""

    named: tuple[Named, ...] = ()
    mutes: tuple[Mute, ...] = ()


def named_id(name: str) -> str:
    """Return the id of a cluster with a name of one's own: 12 hex digits, the same on every machine."""
    return blake2b(f"name\n{name}".encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def settle(changes: Iterable[Change], now: datetime) -> Curation:
    """Return what holds at `now`, of changes in the order in which they were made: the newest decides about a subject."""
    named: dict[str, Named] = {}
    mutes: dict[str, Mute] = {}
    for change in changes:
        if change.action is Action.NAME:
            named[change.subject] = Named(change.subject, change.pattern, change.reason, change.ts)
        elif change.action is Action.UNNAME:
            named.pop(change.subject, None)
        elif change.action is Action.MUTE and change.until:
            cluster = "" if change.pattern else change.subject
            mutes[change.subject] = Mute(cluster, change.pattern, change.reason, change.ts, change.until)
        else:
            mutes.pop(change.subject, None)
    return Curation(tuple(named.values()), tuple(m for m in mutes.values() if m.until > now))


def give_names(texts: pl.Series, clusters: pl.Series, named: Sequence[Named]) -> pl.Series:
    """Return the cluster of each collapsed text when names are heeded: where two take a text, the first one has it."""
    if not named:
        return clusters
    given, free, read = clusters, pl.repeat(True, len(texts), eager=True), readable(texts)
    for one in named:
        taken = free & match_readable(read, one.pattern)
        given = pl.select(pl.when(taken).then(pl.lit(one.cluster)).otherwise(given).alias(clusters.name)).to_series()
        free &= ~taken
    return given


def is_mute(change: Change) -> bool:
    """Tell whether a change is about a mute; else it is about a name."""
    return change.action in (Action.MUTE, Action.UNMUTE)


def names_ever(changes: Iterable[Change]) -> dict[str, str]:
    """Return {cluster id: name} of every name that was ever given: its links must open for ever."""
    return {named_id(c.subject): c.subject for c in changes if c.action is Action.NAME}


def describe_change(change: Change) -> str:
    """Return a change as a sentence."""
    because = f" because: {change.reason}" if change.reason else ""
    subject = f"“{shorten(change.subject, 90)}”"
    told = {
        Action.NAME: f"Named {subject}: every text with {shorten(change.pattern, 90)}{because}",
        Action.UNNAME: f"The name {subject} was taken away{because}",
        Action.MUTE: f"Muted {subject} until {say_time(change.until) if change.until else 'nobody knows'}{because}",
        Action.UNMUTE: f"No longer muted: {subject}{because}",
    }
    return told[change.action] + (f" (by {change.by})" if change.by else "")
