"""One cluster from inside: its template, what varies in it, where it ran, and entries to read."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

import polars as pl

from lib.core import clustering, headlines, questions
from lib.core.curation import Change, Named, is_mute, named_id, names_ever, settle
from lib.core.model import Cluster, Coverage, Entry, Query
from lib.core.traces import splittraces
from lib.core.variables import NO_VARIABLES, Variables, find_values
from lib.core.wording import shorten
from lib.errors import BadQuery
from lib.ports import Ports, Readers, pin
from lib.views.curated import MutedRow, count_muted, part_muted, wholly_muted
from lib.views.profiles import list_clusters, list_newest
from lib.views.window import Labels, Window, find_labels, open_window

PLACEHOLDER = clustering.render_template(clustering.VARIABLE)
MOST_TEXTS = 50_000  # different texts of a cluster that are taken apart for its values
TRACE_LINES = 500  # newest entries of a cluster in which its newest trace is looked for
LIVES = 200  # revisions or instances listed for one cluster


@dataclass(frozen=True)
class Part:
    """A piece of a template: constant text, or a variable part."""

    text: str
    variable: bool


@dataclass(frozen=True)
class LifeRow:
    """A revision's (or an instance's) share in a cluster."""

    name: str
    service: str
    environment: str
    count: int
    first: datetime
    last: datetime


@dataclass(frozen=True)
class Joined:
    """A cluster of which a name takes `count` entries in the window."""

    id: str
    template: str
    count: int


@dataclass(frozen=True)
class ClusterView:
    """One cluster over the window; `cluster` is None when the id is known but has no entry in the window.

    moved_from: the id that the link carried when it has become an alias, else "".
    named, joined: the team's own name when it has one, and what that joins. muted: what mutes it now, None without.
    history: every decision about it, newest first.
    stack: the newest stack trace, put together, when its lines are entries of their own, else "".
    """

    query: Query
    coverage: Coverage
    headline: str
    cluster: Cluster | None
    moved_from: str
    parts: tuple[Part, ...]
    samples: tuple[Entry, ...]
    revisions: tuple[LifeRow, ...]
    instances: tuple[LifeRow, ...]
    bucket_s: int
    variables: Variables = NO_VARIABLES
    named: Named | None = None
    joined: tuple[Joined, ...] = ()
    muted: MutedRow | None = None
    history: tuple[Change, ...] = ()
    stack: str = ""

    @property
    def has_more(self) -> bool:
        """Tell whether the cluster has more entries than `samples`; its counts are whole all the same."""
        return self.cluster is not None and self.cluster.count > len(self.samples)


def load_one(ports: Ports, query: Query, now: datetime, cluster: str, samples: int = 20) -> ClusterView:
    """Return one cluster by an id of today or of an older link; BadQuery when no cluster ever had it."""
    stored = pin(ports)
    window = open_window(stored, query)
    today = stored.state.aliases().get(cluster, cluster)
    labels = find_labels(stored, window) if window.entries is not None else None
    changes = stored.state.changes()
    today = labels.moved.get(today, today) if labels else today
    if labels is None or today not in labels.templates:
        require_known(stored, cluster, today)
        nothing = headlines.of_cluster(None)
        moved = cluster if today != cluster else ""
        history = list_history(changes, {today, cluster})
        return ClusterView(window.query, window.coverage, nothing, None, moved, (), (), (), (), 0, history=history)
    mine = labels.only(pl.Series(labels.table["cluster"], dtype=pl.String) == today)
    found = list_clusters(stored, window, mine)[0]
    named = labels.named.get(today)
    joined = list_joined(stored, window, mine) if named else ()
    aliases = stored.state.aliases()
    shown, hidden = part_muted(mine, settle(changes, now).mutes, aliases)
    reason = wholly_muted(shown, hidden).get(today, "")
    return ClusterView(
        query=window.query,
        coverage=window.coverage,
        headline=headlines.of_cluster(found),
        cluster=replace(found, muted=reason),
        moved_from=cluster if today != cluster else "",
        parts=split_template(found.template),
        samples=list_newest(stored, window, mine, samples),
        revisions=list_lives(stored, window, mine, "revision"),
        instances=list_lives(stored, window, mine, "instance"),
        bucket_s=window.bucket_s,
        variables=read_variables(stored, window, mine, today) if not named else NO_VARIABLES,
        named=named,
        joined=joined,
        muted=next((row for row in count_muted(window, hidden, aliases) if row.entries), None),
        history=list_history(changes, {today, cluster, *found.aliases, *(one.id for one in joined)}),
        stack=read_stack(stored, window, mine) if found.exception else "",
    )


def list_history(changes: Sequence[Change], ids: AbstractSet[str]) -> tuple[Change, ...]:
    """Return the decisions about clusters with one of these ids, or about their names, newest first."""
    return tuple(reversed([c for c in changes if c.subject in ids or (not is_mute(c) and named_id(c.subject) in ids)]))


def read_stack(stored: Readers, window: Window, labels: Labels) -> str:
    """Return the newest trace of a cluster whose traces' lines are entries of their own, else ""."""
    assert window.entries is not None
    asked = questions.newest(questions.labelled(window.entries), TRACE_LINES)
    return splittraces.join_newest(stored.entries.answer(asked, labels=labels.table))


def read_variables(stored: Readers, window: Window, labels: Labels, cluster: str) -> Variables:
    """Return what stands in the variable parts of the cluster's template, over its MOST_TEXTS most frequent texts."""
    assert window.entries is not None
    asked = questions.count_texts(questions.labelled(window.entries), MOST_TEXTS)
    return find_values(labels.templates[cluster], pl.DataFrame(stored.entries.answer(asked, labels=labels.table)))


def list_joined(stored: Readers, window: Window, labels: Labels) -> tuple[Joined, ...]:
    """Return the clusters that the labelled texts would be in without names, most entries first."""
    assert window.entries is not None
    before = find_labels(stored, window, heed_names=False)
    mine = before.only(pl.Series(before.table["collapsed"], dtype=pl.String).is_in(labels.table["collapsed"].to_pylist()))
    counted = stored.entries.answer(questions.count_by(questions.labelled(window.entries), "cluster"), labels=mine.table)
    rows = sorted(counted.to_pylist(), key=lambda r: (-r["count"], r["cluster"]))
    return tuple(Joined(r["cluster"], clustering.render_template(before.templates[r["cluster"]]), r["count"]) for r in rows)


def require_known(stored: Readers, cluster: str, today: str) -> None:
    """Raise BadQuery when no cluster ever had an id."""
    given = names_ever(stored.state.changes())
    if today not in given and today not in {clustering.cluster_id(t) for t in set(stored.state.shapes().values())}:
        hint = "The link may belong to another store; look for the text on the Clusters page."
        raise BadQuery(f"No cluster has the id '{shorten(cluster, 40)}'.", hint=hint)


def list_lives(stored: Readers, window: Window, labels: Labels, column: str) -> tuple[LifeRow, ...]:
    """Return the revisions or the instances of the entries that carry a label, newest first, LIVES at most."""
    assert window.entries is not None
    asked = questions.count_lives(questions.labelled(window.entries), column, LIVES)
    rows = stored.entries.answer(asked, labels=labels.table).to_pylist()
    return tuple(LifeRow(r[column], r["service"], r["environment"], r["count"], r["first"], r["last"]) for r in rows)


def split_template(template: str) -> tuple[Part, ...]:
    """Return a rendered template as constant and variable parts, in order."""
    return tuple(Part(piece, piece == PLACEHOLDER) for piece in re.split(f"({re.escape(PLACEHOLDER)})", template) if piece)
