"""The Clusters view over made-up stores: full, empty, cut, filtered; and one cluster from inside."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.adapters.decoder import DuckDecoder
from lib.core import clustering
from lib.core.model import ImportRecord, Kind, Priority, Query, Severity
from lib.errors import BadQuery
from lib.ingest import find_shapes, import_source
from lib.ports import Ports
from lib.views import cluster as cluster_view
from lib.views import clusters, decisions, overview, sources
from tests.entries import START, entry, row, table, texts
from tests.fakes import ListSource, memory_ports, ports_with

NOW = START + timedelta(days=1)
FRAME = '  File "/app/orders/store.py", line 12, in save\n    pool.get()\n'
TRACEBACK = f"Traceback (most recent call last):\n{FRAME}TimeoutError: no connection"
EXIT, SENTRY = "Container called exit(3).", "Sentry SDK not available - install sentry-sdk"
FULL = (
    *(row(n, EXIT, severity="WARNING", instance=f"i{n}", origin="system") for n in range(3)),
    *(row(n, f"order {n} failed: no connection", severity="ERROR", location="store:save:12") for n in range(10, 17)),
    *(row(n, SENTRY, severity="WARNING") for n in range(20, 22)),
    *(row(n, f"order {n} stored") for n in range(30, 60)),
    row(70, None, severity="ERROR"),
)


@pytest.fixture
def full() -> Ports:
    return ports_with(table(*FULL))


def test_clusters_come_most_telling_first(full: Ports) -> None:
    view = clusters.load(full, Query(), NOW)
    assert [(c.priority, c.kind, c.count) for c in view.clusters] == [
        (Priority.P1, Kind.FAILURE, 3),
        (Priority.P2, Kind.FAILURE, 7),
        (Priority.P2, Kind.OBSERVABILITY, 2),
        (Priority.P5, Kind.INFO, 30),
    ]


def test_a_cluster_tells_what_its_entries_have_in_common(full: Ports) -> None:
    found = clusters.load(full, Query(), NOW).clusters[1]
    assert found.template == "order <*> failed: no connection"
    assert (found.first, found.last) == (START + timedelta(seconds=10), START + timedelta(seconds=16))
    assert (found.sample, found.location) == ("order 16 failed: no connection", "store:save:12")
    assert (found.severities, found.services, found.revisions, found.instances) == (
        {"ERROR": 7},
        ("orders-backend-staging",),
        1,
        1,
    )
    assert found.share == pytest.approx(7 / 43)


def test_the_headline_answers_in_a_sentence(full: Ports) -> None:
    headline = clusters.load(full, Query(), NOW).headline
    assert headline.startswith("42 entries in 4 clusters: 2 failure clusters and 1 observability cluster.")
    assert EXIT in headline


def test_counts_and_messageless_entries_add_up(full: Ports) -> None:
    view = clusters.load(full, Query(), NOW)
    assert sum(c.count for c in view.clusters) + view.coverage.no_message == view.coverage.entries == 43


def test_a_trend_adds_up_to_the_count(full: Ports) -> None:
    for found in clusters.load(full, Query(), NOW).clusters:
        assert sum(p.count for p in found.trend) == found.count
        assert [p.ts for p in found.trend] == sorted(p.ts for p in found.trend)


def test_a_limit_cuts_and_says_so(full: Ports) -> None:
    view = clusters.load(full, Query(), NOW, limit=2)
    assert (len(view.clusters), view.found, view.coverage.cut) == (2, 4, True)
    assert "42 entries in 4 clusters" in view.headline


@pytest.mark.parametrize("limit", [4, 5, None])
def test_a_limit_that_fits_cuts_nothing(full: Ports, limit: int | None) -> None:
    view = clusters.load(full, Query(), NOW, limit)
    assert (len(view.clusters), view.coverage.cut) == (4, False)


def test_an_empty_store_says_that_nothing_was_imported() -> None:
    view = clusters.load(memory_ports(), Query(), NOW)
    assert (view.clusters, view.found, view.coverage.entries) == ((), 0, 0)
    assert view.headline == "Nothing has been imported yet."


def test_an_empty_window_says_that_nothing_was_read_there(full: Ports) -> None:
    view = clusters.load(full, Query(START + timedelta(hours=5), START + timedelta(hours=6)), NOW)
    assert view.clusters == ()
    assert "not knowing" in view.headline


def test_filters_that_hide_everything_say_so(full: Ports) -> None:
    view = clusters.load(full, Query(text="never written"), NOW)
    assert view.clusters == ()
    assert view.headline == "None of the 43 entries passes the filters."


def test_entries_without_a_message_are_unknown_and_not_nothing() -> None:
    view = clusters.load(ports_with(table(row(0, None), row(1, None))), Query(), NOW)
    assert (view.clusters, view.coverage.no_message) == ((), 2)
    assert "None of the 2 entries carries a message" in view.headline


@pytest.mark.parametrize(
    ("query", "counts"),
    [
        (Query(kinds=(Kind.FAILURE,)), [3, 7]),
        (Query(kinds=(Kind.OBSERVABILITY, Kind.INFO)), [2, 30]),
        (Query(severities=(Severity.ERROR,)), [7]),
        (Query(severities=(Severity.WARNING, Severity.INFO)), [3, 2, 30]),
        (Query(text="NO CONNECTION"), [7]),
        (Query(text="order 16"), [7]),
        (Query(text="<*>"), [7, 30]),
        (Query(kinds=(Kind.FAILURE,), severities=(Severity.WARNING,)), [3]),
        (Query(services=("nobody",)), []),
        (Query(START, START + timedelta(seconds=20)), [3, 7]),
    ],
)
def test_a_filter_narrows_the_list(full: Ports, query: Query, counts: list[int]) -> None:
    assert [c.count for c in clusters.load(full, query, NOW).clusters] == counts


def test_a_suspect_export_is_told_beside_the_counts() -> None:
    record = ImportRecord("i", "f", "one.json", "done", START, START, first=START, last=NOW, suspect="one.json looks cut")
    for ports in [ports_with(table(*FULL), record)]:
        assert clusters.load(ports, Query(), NOW).coverage.suspect == ("one.json looks cut",)
        assert overview.load(ports, Query(), NOW).coverage.suspect == ("one.json looks cut",)
        assert sources.load(ports, Query(), NOW).coverage.suspect == ("one.json looks cut",)


def test_entries_whose_shape_is_not_in_the_catalog_yet_are_clustered_all_the_same() -> None:
    """An import that still runs has stored entries and not yet their shapes."""
    done, running = ports_with(table(*FULL)), memory_ports()
    running.entries.append(table(*FULL), ("fake", 1))
    assert clusters.load(running, Query(), NOW).clusters == clusters.load(done, Query(), NOW).clusters


# ---- one cluster


def test_a_cluster_opens_by_its_id(full: Ports) -> None:
    listed = clusters.load(full, Query(), NOW).clusters[1]
    view = cluster_view.load_one(full, Query(), NOW, listed.id)
    assert view.cluster == listed
    assert (view.moved_from, view.headline.startswith("7 times in orders-backend-staging")) == ("", True)
    assert [(p.text.strip(), p.variable) for p in view.parts] == [
        ("order", False),
        ("<*>", True),
        ("failed: no connection", False),
    ]
    assert [s.message for s in view.samples] == [f"order {n} failed: no connection" for n in range(16, 9, -1)]
    assert [(r.name, r.count) for r in view.revisions] == [("orders-backend-staging-00042-abc", 7)]


def test_instances_of_a_cluster_are_told_apart(full: Ports) -> None:
    listed = clusters.load(full, Query(), NOW).clusters[0]
    view = cluster_view.load_one(full, Query(), NOW, listed.id)
    assert [(i.name, i.count) for i in view.instances] == [("i2", 1), ("i1", 1), ("i0", 1)]


def test_a_cluster_is_the_same_whatever_the_window_asks_of_others(full: Ports) -> None:
    listed = clusters.load(full, Query(kinds=(Kind.INFO,), text="stored"), NOW).clusters[0]
    view = cluster_view.load_one(full, Query(kinds=(Kind.FAILURE,), text="elsewhere"), NOW, listed.id)
    assert view.cluster is not None
    assert view.cluster.count == 30


def test_a_known_cluster_without_an_entry_in_the_window_is_none(full: Ports) -> None:
    listed = clusters.load(full, Query(), NOW).clusters[1]
    view = cluster_view.load_one(full, Query(START + timedelta(hours=5), START + timedelta(hours=6)), NOW, listed.id)
    assert (view.cluster, view.samples, view.headline) == (None, (), "This cluster has no entry in this window.")


@pytest.mark.parametrize("unknown", ["000000000000", "", "x' OR 1=1 --", "../../etc", "é"])
def test_an_id_that_was_never_given_is_a_bad_query(full: Ports, unknown: str) -> None:
    for ports in (full, memory_ports()):
        with pytest.raises(BadQuery) as caught:
            cluster_view.load_one(ports, Query(), NOW, unknown)
        assert caught.value.hint


def test_an_id_that_a_merge_took_away_opens_the_cluster_of_today() -> None:
    """Five words in one place become a variable: the ids that the first texts had lead on."""
    words = [
        "alpha",
        "bravo",
        "charlie",
        "delta",
        "echo",
        "foxtrot",
        "golf",
        "hotel",
        "india",
        "juliet",
        "kilo",
        "lima",
        "mike",
        "november",
    ]
    rows = [row(n, f"The order of customer {word} could not be stored in the archive") for n, word in enumerate(words)]
    ports = ports_with(table(*rows[:1]))
    before = clusters.load(ports, Query(), NOW).clusters[0].id
    ports.entries.append(table(*rows), ("fake", 2))
    ports.state.add_shapes(
        find_shapes(table(*rows)["collapsed"].drop_null().to_pylist()), clustering.merge_shapes, clustering.cluster_id
    )
    listed = clusters.load(ports, Query(), NOW).clusters
    assert [c.count for c in listed] == [len(words)]
    assert before in listed[0].aliases
    view = cluster_view.load_one(ports, Query(), NOW, before)
    assert view.cluster is not None
    assert (view.cluster.id, view.moved_from) == (listed[0].id, before)


def test_samples_are_the_newest_and_no_more_than_asked_for(full: Ports) -> None:
    listed = clusters.load(full, Query(), NOW).clusters[3]
    view = cluster_view.load_one(full, Query(), NOW, listed.id, samples=5)
    assert [s.message for s in view.samples] == [f"order {n} stored" for n in range(59, 54, -1)]
    assert all(s.link.startswith("https://console.cloud.google.com/logs/query") for s in view.samples)


# ---- which


def test_a_line_that_was_read_finds_its_cluster(full: Ports) -> None:
    listed = clusters.load(full, Query(), NOW).clusters[1]
    match = decisions.match_line(full, "order 12 failed: no connection")
    assert (match.cluster, match.template) == (listed.id, listed.template)


def test_a_line_with_other_values_finds_the_same_cluster(full: Ports) -> None:
    assert (
        decisions.match_line(full, "order 99999 failed: no connection").cluster
        == clusters.load(full, Query(), NOW).clusters[1].id
    )


@pytest.mark.parametrize(
    ("logged", "asked"),
    [
        ("login with password={} refused".format("hunter2" * 2), "login with password={} refused".format("another" * 2)),
        ("order 7 stored", "  order 8 stored\n"),
        (TRACEBACK, TRACEBACK.replace("line 12", "line 13")),
    ],
    ids=["masked", "padded", "trace"],
)
def test_a_line_is_read_as_an_import_reads_it(logged: str, asked: str) -> None:
    ports = memory_ports()
    import_source(ListSource(texts(entry(1, logged))), DuckDecoder(), ports, lambda: NOW)
    (listed,) = clusters.load(ports, Query(), NOW).clusters
    assert decisions.match_line(ports, asked).cluster == listed.id


@pytest.mark.parametrize("line", ["never written by anybody", "", "   "])
def test_a_line_of_no_cluster_says_why(full: Ports, line: str) -> None:
    for ports in (full, memory_ports()):
        match = decisions.match_line(ports, line)
        assert (match.cluster, match.template) == ("", "")
        assert match.why


# ---- properties

FEW = settings(max_examples=15)  # each asks a dozen questions of the engine

WORDS = st.sampled_from(
    ["order", "stored", "failed", "Sentry", "not available", "exit(3)", "exit(0)", "7", "4711", "deadbeef01", "ü", "\n"]
)
ROWS = st.lists(
    st.builds(
        lambda n, words, **columns: row(n, " ".join(words) if words else None, **columns),
        n=st.integers(0, 600),
        words=st.none() | st.lists(WORDS, min_size=1, max_size=5),
        service=st.sampled_from(["a", "b", ""]),
        severity=st.sampled_from(["INFO", "WARNING", "ERROR", "DEFAULT"]),
        environment=st.sampled_from(["staging", ""]),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda r: r["insert_id"],
)  # fmt: skip


@FEW
@given(rows=ROWS)
def test_counts_always_add_up(rows: list[dict[str, object]]) -> None:
    ports = ports_with(table(*rows))
    view = clusters.load(ports, Query(), NOW)
    assert sum(c.count for c in view.clusters) + view.coverage.no_message == view.coverage.entries == len(rows)
    assert all(sum(c.severities.values()) == c.count == sum(p.count for p in c.trend) for c in view.clusters)
    assert sum(s.entries for s in overview.load(ports, Query(), NOW).services) == len(rows)


@FEW
@given(rows=ROWS, cut=st.integers(1, 599))
def test_two_half_windows_sum_to_the_whole(rows: list[dict[str, object]], cut: int) -> None:
    ports = ports_with(table(*rows))
    start, middle, end = START, START + timedelta(seconds=cut), START + timedelta(seconds=601)
    halves = [clusters.load(ports, Query(a, b), NOW) for a, b in ((start, middle), (middle, end))]
    whole = clusters.load(ports, Query(start, end), NOW)
    summed: dict[str, int] = {}
    for view in halves:
        for c in view.clusters:
            summed[c.id] = summed.get(c.id, 0) + c.count
    assert summed == {c.id: c.count for c in whole.clusters}
    assert sum(v.coverage.entries for v in halves) == whole.coverage.entries


@FEW
@given(rows=ROWS)
def test_the_order_of_arrival_changes_nothing(rows: list[dict[str, object]]) -> None:
    forth, back = ports_with(table(*rows)), ports_with(table(*rows[::-1]))
    assert clusters.load(forth, Query(), NOW) == clusters.load(back, Query(), NOW)
    assert overview.load(forth, Query(), NOW) == overview.load(back, Query(), NOW)


@FEW
@given(rows=ROWS, at=st.integers(0, 40))
def test_one_import_or_two_give_the_same_clusters(rows: list[dict[str, object]], at: int) -> None:
    whole, parts = ports_with(table(*rows)), memory_ports()
    for part in filter(None, (rows[:at], rows[at:])):
        piece = ports_with(table(*part))
        parts.entries.append(table(*part), ("fake", 1))
        parts.state.add_shapes(piece.state.shapes(), clustering.merge_shapes, clustering.cluster_id)
    without = [replace(c, aliases=()) for c in clusters.load(parts, Query(), NOW).clusters]
    assert without == list(clusters.load(whole, Query(), NOW).clusters)


def test_a_text_is_looked_for_in_every_entry_not_only_the_newest() -> None:
    ports = ports_with(table(row(0, "order 16 stored"), row(1, "order 17 stored")))
    assert clusters.load(ports, Query(text="ORDER 16"), NOW).found == 1
    assert clusters.load(ports, Query(text="order 18"), NOW).found == 0


def test_a_cluster_tells_what_stands_in_its_variable_parts() -> None:
    ports = ports_with(table(*(row(n, f"order {n % 3 + 10} stored") for n in range(6))))
    (found,) = clusters.load(ports, Query(), NOW).clusters
    (part,) = cluster_view.load_one(ports, Query(), NOW, found.id).variables.parts
    assert [(v.text, v.count) for v in part.values] == [("10", 2), ("11", 2), ("12", 2)]
