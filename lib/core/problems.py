"""Problems: failure clusters with one cause, found from what happened together; the method and its limits: docs/problems.md."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

import polars as pl

from lib.core.causes import endings, episodes, linking, quotes
from lib.core.causes.occurrences import encode, set_scene
from lib.core.clustering import render_template
from lib.core.traces.splittraces import tells_all
from lib.core.wording import count_of, join_words, shorten

MOST_EVIDENCE = 12  # sentences of one problem; the rest is counted


@dataclass(frozen=True)
class Problem:
    """Clusters with one cause.

    id:        from the root cluster's id: 12 hex digits.
    root:      the cluster that caused the others, as far as order and quotes tell; clusters holds it first, then by entries.
    counts:    entries of each of the clusters that belong here; an exit or failed request belongs to the problem that it follows.
    members:   row numbers, in the events given, of all entries that belong here, ascending.
    instances: containers that it failed on, as far as they are known.
    evidence:  sentences: what joins what, how often, and what the join rests on.
    """

    id: str
    root: str
    clusters: tuple[str, ...]
    counts: tuple[int, ...]
    members: tuple[int, ...]
    count: int
    instances: int
    services: tuple[str, ...]
    first: datetime
    last: datetime
    evidence: tuple[str, ...]


@dataclass(frozen=True)
class _Book:
    """The clusters by code: id, a message, what it is, whether it names an exception."""

    ids: Sequence[str]
    texts: Sequence[str]
    ranks: Sequence[int]
    exceptions: Sequence[str]

    def title(self, cluster: int) -> str:
        """Return what the cluster says, short enough for a sentence."""
        return shorten(quotes.cause_of(self.texts[cluster]), 70)


@dataclass(frozen=True)
class _Draft:
    """A problem in the making: the clusters that are wholly its own, and rows with how each came to it."""

    own: Sequence[int]
    found: linking.Found
    twins: Sequence[episodes.Twin]
    rows: pl.DataFrame  # row, cluster, how


def find_problems(events: pl.DataFrame, lives: pl.DataFrame | None = None) -> list[Problem]:
    """Return the problems, most entries first; every event belongs to exactly one.

    Shape:   events holds one failure a row: ts (UTC), cluster, service, environment, revision, instance, trace, origin,
             latency_ms, message, exception; text that is unknown is "". lives holds one container's life a row: service,
             environment, instance, first, last (UTC), seen (whether failures of it could be read at all).
    Units:   latency_ms in milliseconds: a request happened when it ended.
    Errors:  polars' ColumnNotFoundError when a column is missing.
    """
    if events.is_empty():
        return []
    book, rows = _open(events), encode(events)
    drafts: list[_Draft] = []
    for tier in (endings.CAUSE, endings.PROCESS, endings.REQUEST):
        made = _draft(book, rows, lives, tier)
        if made:
            rows = rows.join(pl.concat([d.rows for d in made]), on="row", how="anti", maintain_order="left")
        drafts += made
    return sorted((_settle(book, events, d) for d in drafts), key=lambda p: (-p.count, p.root))


def describe(problem: Problem, templates: Mapping[str, str]) -> str:
    """Return the problem as one sentence that can be pasted: what, how often, where and when."""
    name = shorten(render_template(templates.get(problem.root, problem.root)), 100)
    more = f" (root) and {count_of(len(problem.clusters) - 1, 'more cluster')}" if len(problem.clusters) > 1 else ""
    where = f" on {count_of(problem.instances, 'instance')}" if problem.instances else ""
    whose = f" of {join_words(problem.services)}" if any(problem.services) else ""
    return f"{name}{more}: {count_of(problem.count, 'entry', 'entries')}{where}{whose}, {_say_span(problem.first, problem.last)}."


def _say_span(first: datetime, last: datetime) -> str:
    first, last = first.astimezone(UTC), last.astimezone(UTC)
    if first.date() == last.date():
        return f"{first:%H:%M:%S} to {last:%H:%M:%S} UTC"
    return f"{first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} UTC"


def _open(events: pl.DataFrame) -> _Book:
    """Name the clusters; of their messages the least that tells stands for all, so that order changes nothing."""
    message = pl.col("message")
    telling = message.filter(tells_all(message, pl.col("exception"))).min()
    least = pl.coalesce(telling, message.min()), pl.col("exception").max(), pl.col("origin").mode().min()
    told = events.group_by("cluster").agg(*least).sort("cluster")
    texts = [t or "" for t in told["message"].to_list()]
    ranks = [endings.rank(t, o) for t, o in zip(texts, told["origin"].to_list(), strict=True)]
    return _Book(told["cluster"].to_list(), texts, ranks, [e or "" for e in told["exception"].to_list()])


def _draft(book: _Book, rows: pl.DataFrame, lives: pl.DataFrame | None, tier: int) -> list[_Draft]:
    """Make problems of the clusters of one tier, and give them the endings of the later tiers that follow them."""
    present = rows["cluster"].unique().sort().to_list()
    causes = [c for c in present if book.ranks[c] == tier]
    if not causes:
        return []
    ends = [c for c in present if book.ranks[c] > tier]
    scene = set_scene(rows, len(book.ids), lives, endings.as_mask(len(book.ids), ends))
    found = linking.link_clusters(scene, book.texts, [] if tier == endings.REQUEST else causes)
    placed = {c for g in found.groups for c in g} | found.shared
    groups = [*found.groups, *([c] for c in causes if c not in placed)]
    twins = episodes.find_twins(scene, groups) if tier == endings.CAUSE else []
    joined = episodes.join_twins(groups, twins)
    given = endings.give_endings(scene, joined, {*ends, *found.shared}, book.ranks)
    parts = _share_out(rows, given, joined, found.shared)
    return [_Draft(own, found, [t for t in twins if t.clusters <= set(own)], part) for own, part in parts]


def _share_out(
    rows: pl.DataFrame, given: pl.DataFrame, groups: Sequence[Sequence[int]], shared: Collection[int]
) -> list[tuple[Sequence[int], pl.DataFrame]]:
    """Return each group with its rows (row, cluster, how): its own clusters' and the endings given to it."""
    left = rows.join(given, on="row", how="anti")
    every = [*groups, *([c] for c in sorted(set(shared) & set(left["cluster"].to_list())))]
    home = {c: n for n, members in enumerate(every) for c in members}
    owner = pl.col("cluster").replace_strict(home, default=-1, return_dtype=pl.Int64).alias("owner")
    own = left.select("row", "cluster", owner, pl.lit("own").alias("how")).filter(pl.col("owner") >= 0)
    all_rows = pl.concat([own, rows.select("row", "cluster").join(given, on="row")])
    parts = all_rows.partition_by("owner", as_dict=True, include_key=False)
    return [(every[n], parts[(n,)]) for n in range(len(every)) if (n,) in parts]


def _settle(book: _Book, events: pl.DataFrame, draft: _Draft) -> Problem:
    """Turn a draft into a problem: root, numbers, evidence."""
    root = _find_root(book, draft)
    numbers = Counter(dict(draft.rows.group_by("cluster").len().iter_rows()))
    order = [root, *sorted((c for c in numbers if c != root), key=lambda c: (-numbers[c], book.ids[c]))]
    mine = draft.rows["row"].sort()
    part = events[mine]
    places = part.filter(pl.col("instance") != "").select("service", "environment", "instance")
    return Problem(
        id=blake2b(f"problem\n{book.ids[root]}".encode(), digest_size=6).hexdigest(),
        root=book.ids[root],
        clusters=tuple(book.ids[c] for c in order),
        counts=tuple(numbers[c] for c in order),
        members=tuple(mine.to_list()),
        count=len(mine),
        instances=places.n_unique() if not places.is_empty() else 0,
        services=tuple(part["service"].unique().sort().to_list()),
        first=part.select(pl.col("ts").min()).item(),
        last=part.select(pl.col("ts").max()).item(),
        evidence=tuple(_tell(book, draft)),
    )


def _find_root(book: _Book, draft: _Draft) -> int:
    """Return the earliest cluster; where order says nothing, the one that the others quote, exceptions before other lines."""
    says = quotes.quoted_by([book.texts[c] for c in draft.own])
    lags = draft.found.lags
    early = [c for c in draft.own if not any(lags.get((d, c), 0.0) > linking.UNORDERED_S for d in draft.own)] or list(draft.own)
    index = {c: n for n, c in enumerate(draft.own)}
    numbers = Counter(dict(draft.rows.group_by("cluster").len().iter_rows()))

    def telling(c: int) -> tuple[int, bool, int, str]:
        quotes = sum(says(index[c], index[d]) for d in draft.own if d != c)
        return quotes, bool(book.exceptions[c]), numbers[c], book.ids[c]

    return max(early, key=telling)


# ---- evidence


def _tell(book: _Book, draft: _Draft) -> list[str]:
    own = set(draft.own)
    links = [x for x in draft.found.links if {x.a, x.b} <= own]
    told = [_say_link(book, x) for x in links]
    told += [_say_twin(book, t) for t in draft.twins]
    told += _say_endings(book, draft)
    unsure = [pair for pair in draft.found.unsure if len(own & set(pair)) == 1]
    told += [_say_unsure(book, pair, own) for pair in unsure]
    rest = len(told) - MOST_EVIDENCE
    return told if rest <= 0 else [*told[:MOST_EVIDENCE], f"And {count_of(rest, 'more join')}."]


def _say_link(book: _Book, link: linking.Link) -> str:
    first, then = (link.a, link.b) if link.lag_s >= 0 else (link.b, link.a)
    a, b = f"“{book.title(first)}”", f"“{book.title(then)}”"
    times = f"{link.together:,} of {link.of:,} times"
    apart = _say_lag(abs(link.lag_s))
    if link.how == "quote":
        return f"{a} and {b} say the same, {apart} apart: together {times}."
    if link.how == "trace":
        return f"{a} and {b} fail in the same traces: {times}."
    if link.how == "lives":
        return f"{a} and {b} fail on the same {link.together:,} of {count_of(link.of, 'instance')}."
    if link.how == "steps":
        return f"{b} comes {apart} after {a}, however late that is: together {times}."
    return f"{b} comes {apart} after {a}: together {times}."


def _say_twin(book: _Book, twin: episodes.Twin) -> str:
    both = f"“{book.title(twin.a[0])}” and “{book.title(twin.b[0])}”"
    return f"{both} fail in the same {twin.stretches} stretches of time, on different instances of one service."


def _say_lag(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def _say_endings(book: _Book, draft: _Draft) -> list[str]:
    counts = draft.rows.filter(pl.col("how") != "own").group_by("cluster", "how").len().sort("cluster", "how").iter_rows()
    return [f"“{book.title(c)}”: {count_of(n, 'entry', 'entries')}, {endings.HOW[how]}." for c, how, n in counts]


def _say_unsure(book: _Book, pair: tuple[int, int], own: set[int]) -> str:
    other = next(c for c in pair if c not in own)
    return f"“{book.title(other)}” comes together with it at every start: nothing tells the two apart, so they stay apart."
