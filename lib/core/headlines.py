"""The first line of each page: an answer with figures that can be pasted into a chat as it stands."""

from collections import Counter
from collections.abc import Sequence

from lib.core.model import Cluster, Coverage, Kind, Priority, Query, Source, SourceState
from lib.core.wording import count_of, join_words, say_time, shorten, times

NOTHING_STORED = "Nothing has been imported yet."
NAMES = {
    Kind.FAILURE: ("failure cluster", "failure clusters"),
    Kind.OBSERVABILITY: ("observability cluster", "observability clusters"),
    Kind.WARNING: ("warning cluster", "warning clusters"),
    Kind.DEPLOY: ("deploy cluster", "deploy clusters"),
    Kind.INFO: ("information cluster", "information clusters"),
}


def nothing_found(coverage: Coverage, query: Query, *, muted: bool = False) -> str:
    """Say that there is nothing, and which kind of nothing it is."""
    if coverage.expired and (coverage.start is None or coverage.end is None or coverage.end <= coverage.expired):
        return f"Entries older than {say_time(coverage.expired)} have expired: what happened then can no longer be seen here."
    if coverage.start is None or coverage.end is None:
        return NOTHING_STORED
    whom = " of " + join_words([*query.services, *query.environments]) if query.services or query.environments else ""
    if coverage.entries == 0 and coverage.watermark and coverage.watermark < coverage.start:
        return f"Nothing{whom} was read since {say_time(coverage.start)}: the newest entry is of {say_time(coverage.watermark)}."
    if coverage.entries == 0:
        window = f"{say_time(coverage.start)} and {say_time(coverage.end)}"
        return f"Nothing{whom} was read between {window}: this is not knowing, not being well."
    entries = count_of(coverage.entries, "entry", "entries")
    if coverage.no_message == coverage.entries:
        return f"None of the {entries} carries a message: what they said is unknown."
    return f"None of the {entries} passes the filters{' and is not muted' if muted else ''}."


def of_clusters(clusters: Sequence[Cluster], coverage: Coverage, query: Query, *, muted: bool = False) -> str:
    """Return the Clusters page's answer: what the entries come down to, and the most telling cluster."""
    if not clusters:
        return nothing_found(coverage, query, muted=muted)
    total = sum(c.count for c in clusters)
    kinds = Counter(c.kind for c in clusters)
    told = join_words([count_of(kinds[k], *NAMES[k]) for k in Kind if kinds[k] and k not in (Kind.INFO, Kind.DEPLOY)])
    head = f"{count_of(total, 'entry', 'entries')} in {count_of(len(clusters), 'cluster')}"
    worst = clusters[0]
    if not told:
        return f"{head}, none of them a failure or a warning."
    return f"{head}: {told}. Most telling ({worst.priority}): “{shorten(worst.template, 90)}”, {times(worst.count)}."


def of_problems(problems: Sequence[tuple[Priority, str]], coverage: Coverage, query: Query) -> str:
    """Return the problems' answer: how many there are, and the gravest in its own sentence."""
    if not problems:
        return "No failure was read." if coverage.entries else nothing_found(coverage, query)
    priority, sentence = problems[0]
    head = (
        f"{count_of(len(problems), 'problem')}, the gravest ({priority}): " if len(problems) > 1 else f"1 problem ({priority}): "
    )
    return head + sentence


def of_cluster(cluster: Cluster | None) -> str:
    """Return the answer of one cluster's view: how often, where, since when."""
    if cluster is None:
        return "This cluster has no entry in this window."
    where = join_words([s or "no service" for s in cluster.services[:3]]) + (
        f" and {len(cluster.services) - 3} more" if len(cluster.services) > 3 else ""
    )
    spread = [count_of(n, one) for n, one in ((cluster.revisions, "revision"), (cluster.instances, "instance")) if n]
    on = f" on {join_words(spread)}" if spread else ""
    return f"{times(cluster.count)} in {where}{on}, from {say_time(cluster.first)} to {say_time(cluster.last)}."


def of_standing_out(cluster: Cluster) -> str:
    """Return one cluster of a service as a sentence."""
    told = "Cannot be fully seen" if cluster.kind is Kind.OBSERVABILITY else "Fails" if cluster.priority > "P1" else "Fails badly"
    return f"{told} ({cluster.priority}): “{shorten(cluster.template, 90)}”, {times(cluster.count)}."


def of_sources(sources: Sequence[Source], stored: int, coverage: Coverage, live: int = 0, trouble: str = "") -> str:
    """Return the Sources page's answer: can what was read be trusted?

    live: so many of the sources are read live; trouble: a sentence about those that do not deliver.
    """
    if not sources:
        return NOTHING_STORED
    read = count_of(stored, "entry", "entries")
    exports = len(sources) - live
    kinds = [count_of(n, word) for n, word in ((live, "live source"), (exports, "export")) if n]
    told = [f"{read[0].upper()}{read[1:]} stored from {join_words(kinds)}.", *filter(None, (trouble,))]
    if failing := [s.name for s in sources if s.state is SourceState.FAILING and s.kind == "export"]:
        told.append(f"{count_of(len(failing), 'import')} stopped half-way: {join_words(failing[:3])}.")
    if running := sum(s.state is SourceState.STALE and s.message.startswith("Being read") for s in sources):
        told.append(f"{count_of(running, 'import is', 'imports are')} still running.")
    if coverage.suspect:
        told.append(f"{count_of(len(coverage.suspect), 'reason', 'reasons')} to think that counts are too low.")
    if skipped := sum(coverage.skipped.values()):
        told.append(f"{count_of(skipped, 'entry', 'entries')} could not be read.")
    return " ".join(told if len(told) > 1 else [*told, "Nothing was skipped, nothing looks cut."])
