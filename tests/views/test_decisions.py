"""Filters by pattern, names and mutes over a store: what they take, what they say, and what they refuse."""

from collections.abc import Callable
from datetime import timedelta

import polars as pl
import pytest

from lib.core.clustering import cluster_id, find_shapes, merge_shapes
from lib.core.curation import Action, Change, named_id
from lib.core.model import Kind, Query
from lib.errors import BadQuery
from lib.ports import Ports
from lib.views import cluster, clusters, decisions, problems
from lib.views.clusters import ClustersView
from tests.entries import START, row, table
from tests.fakes import MemoryEntryStore, memory_ports, ports_with

NOW = START + timedelta(days=1)
LATER = NOW + timedelta(hours=8)
POOL, REFUSED, EXIT = "order {} failed: pool is empty", "payment {} failed: connection refused", "Container called exit(3)."
NEW, OLD = "orders-backend-staging-00043-new", "orders-backend-staging-00042-abc"
PEOPLE = ["anna", "bert", "carl", "dora", "emil", "fred", "gina", "hugo", "ines", "jens", "karl", "lena"]
ROWS = (
    *(row(n, POOL.format(n), severity="ERROR") for n in range(10)),
    *(row(n, REFUSED.format(n), severity="ERROR") for n in range(20, 24)),
    *(row(n, EXIT, severity="WARNING", origin="system") for n in range(30, 33)),
    *(row(n, f"order {n} stored") for n in range(40, 60)),
    row(100, "cache is cold", revision=NEW, severity="WARNING"),
    row(101, "order 3 stored", revision=NEW),
    row(110, None),
)


@pytest.fixture
def full() -> Ports:
    return ports_with(table(*ROWS))


@pytest.fixture
def merged() -> tuple[Ports, str, str]:
    """Return a store, an id that a link carries, and the id that its cluster has since its other entries came."""
    rows = [row(n, f"The order of customer {name} could not be stored in the archive") for n, name in enumerate(PEOPLE)]
    ports = ports_with(table(*rows[:1]))
    old = clusters.load(ports, Query(), NOW).clusters[0].id
    ports.entries.append(table(*rows), ("fake", 2))
    ports.state.add_shapes(
        find_shapes(pl.Series("collapsed", table(*rows)["collapsed"], pl.String)).to_list(), merge_shapes, cluster_id
    )
    today = clusters.load(ports, Query(), NOW).clusters[0].id
    assert old != today
    return ports, old, today


def listed(ports: Ports, **asked: object) -> dict[str, int]:
    view = clusters.load(ports, Query(**asked), NOW)  # type: ignore[arg-type]
    return {c.template: c.count for c in view.clusters}


def entries_told(view: ClustersView) -> int:
    return sum(c.count for c in view.clusters) + sum(m.entries for m in view.muted) + view.coverage.no_message


# ---- filters by pattern


def test_a_pattern_leaves_only_the_entries_that_hold_it(full: Ports) -> None:
    assert listed(full, like="failed") == {"order <*> failed: pool is empty": 10, "payment <*> failed: connection refused": 4}


def test_a_pattern_leaves_out_the_entries_that_hold_it(full: Ports) -> None:
    assert set(listed(full, unlike="/order|payment/")) == {EXIT, "cache is cold"}


def test_both_patterns_hold_together(full: Ports) -> None:
    assert set(listed(full, like="order", unlike="failed")) == {"order <*> stored"}


def test_a_bad_pattern_is_told_not_guessed(full: Ports) -> None:
    with pytest.raises(BadQuery, match="no regular expression"):
        listed(full, like="/(/")


# ---- what is new, what part of its service it is


def test_only_what_came_with_the_newest_revision_is_new(full: Ports) -> None:
    assert set(listed(full, new=True)) == {"cache is cold"}


def test_nothing_can_be_called_new_without_an_older_revision() -> None:
    view = clusters.load(ports_with(table(*ROWS[:20])), Query(new=True), NOW)
    assert (view.clusters, view.no_newness) == ((), True)


def test_a_cluster_knows_its_part_of_its_service(full: Ports) -> None:
    view = clusters.load(full, Query(like="pool"), NOW)
    assert view.clusters[0].of_service == {"orders-backend-staging": pytest.approx(10 / 40)}


def test_a_priority_comes_with_its_reason(full: Ports) -> None:
    assert clusters.load(full, Query(like="pool"), NOW).clusters[0].reason == "P2: errors, 10 in 9 s, 1 revision"


# ---- mutes


def test_a_mute_says_what_it_hides_and_nothing_is_lost(full: Ports) -> None:
    row = decisions.mute(full, "", "failed", "known", LATER, NOW)
    assert (row.entries, row.clusters, row.first) == (14, 2, START)
    view = clusters.load(full, Query(), NOW)
    assert "failed" not in " ".join(c.template for c in view.clusters)
    assert [(m.entries, m.clusters) for m in view.muted] == [(14, 2)]
    assert entries_told(view) == view.coverage.entries == len(ROWS)


def test_a_muted_cluster_is_shown_marked_when_asked_for_and_comes_last(full: Ports) -> None:
    id = clusters.load(full, Query(like="pool"), NOW).clusters[0].id
    decisions.mute(full, id, "", "known", LATER, NOW)
    view = clusters.load(full, Query(muted=True), NOW)
    assert (view.clusters[-1].id, view.clusters[-1].muted) == (id, "known")
    assert sum(c.count for c in view.clusters) + view.coverage.no_message == len(ROWS)
    assert cluster.load_one(full, Query(), NOW, id).cluster.muted == "known"  # type: ignore[union-attr]


def test_a_mute_that_has_ended_hides_nothing(full: Ports) -> None:
    decisions.mute(full, "", "failed", "known", LATER, NOW)
    assert clusters.load(full, Query(), LATER).muted == ()
    assert len(clusters.load(full, Query(), LATER).clusters) == len(listed(ports_with(table(*ROWS))))


def test_a_mute_of_a_part_leaves_the_rest_of_a_cluster() -> None:
    ports = ports_with(table(*(row(n, f"user {name} cannot log in") for n, name in enumerate(PEOPLE * 3))))
    decisions.mute(ports, "", "user bert", "a test account", LATER, NOW)
    view = clusters.load(ports, Query(), NOW)
    assert [c.count for c in view.clusters] == [33]
    assert [m.entries for m in view.muted] == [3]


def test_what_two_mutes_hide_is_counted_once(full: Ports) -> None:
    decisions.mute(full, "", "failed", "known", LATER, NOW)
    decisions.mute(full, "", "/pool|exit/", "known too", LATER, NOW)
    view = clusters.load(full, Query(), NOW)
    assert [m.entries for m in view.muted] == [14, 3]
    assert entries_told(view) == len(ROWS)


def test_a_muted_cluster_that_is_joined_later_takes_nothing_else_with_it(full: Ports) -> None:
    pool = clusters.load(full, Query(like="pool"), NOW).clusters[0].id
    decisions.mute(full, pool, "", "known", LATER, NOW)
    decisions.keep_name(full, "backend is down", "failed", "", NOW)
    view = clusters.load(full, Query(), NOW)
    assert [(m.entries, m.what) for m in view.muted] == [(10, "order <*> failed: pool is empty")]
    assert {c.template: c.count for c in view.clusters}["backend is down"] == 4
    assert entries_told(view) == len(ROWS)
    one = cluster.load_one(full, Query(), NOW, named_id("backend is down"))
    assert one.cluster is not None
    assert one.cluster.muted == ""
    assert [c.action for c in one.history] == [Action.NAME, Action.MUTE]


def test_all_mutes_are_counted_by_one_question(full: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    answer = MemoryEntryStore.answer

    def count(self: MemoryEntryStore, question: object, **tables: object) -> object:
        asked.append(question)
        return answer(self, question, **tables)  # type: ignore[arg-type]

    monkeypatch.setattr(MemoryEntryStore, "answer", count)

    def count_asked(mutes: int) -> int:
        for n in range(mutes):
            full.state.add_change(Change(NOW, Action.MUTE, f"/order .{{{n}}}/", f"/order .{{{n}}}/", "known", LATER))
        asked.clear()
        clusters.load(full, Query(), NOW)
        return len(asked)

    assert count_asked(1) == count_asked(7)


def test_a_window_that_is_muted_whole_does_not_look_like_one_without_logs(full: Ports) -> None:
    decisions.mute(full, "", "/./", "known", LATER, NOW)
    view = clusters.load(full, Query(), NOW)
    assert (view.clusters, view.headline) == ((), f"None of the {len(ROWS)} entries passes the filters and is not muted.")


def test_a_name_is_the_same_with_blanks_around_it(full: Ports) -> None:
    decisions.keep_name(full, "backend is down", "failed", "", NOW)
    assert decisions.check_name(full, " backend is down ", "failed").entries == 14


def test_an_empty_word_ends_no_mute(full: Ports) -> None:
    decisions.mute(full, "", "failed", "known", LATER, NOW)
    with pytest.raises(BadQuery, match="is not muted"):
        decisions.unmute(full, "", "", NOW)


def test_a_mute_follows_its_cluster_through_every_id(merged: tuple[Ports, str, str]) -> None:
    ports, old, today = merged
    decisions.mute(ports, old, "", "by an old link", LATER, NOW)
    decisions.mute(ports, today, "", "renewed", LATER + timedelta(hours=1), NOW)
    assert [m.mute.reason for m in clusters.load(ports, Query(), NOW).muted] == ["renewed"]
    assert len(cluster.load_one(ports, Query(), NOW, today).history) == 2
    decisions.unmute(ports, old, "", NOW)
    assert clusters.load(ports, Query(), NOW).muted == ()


def test_a_mute_made_before_its_cluster_had_a_new_id_ends_by_that(merged: tuple[Ports, str, str]) -> None:
    ports, old, today = merged
    ports.state.add_change(Change(NOW, Action.MUTE, old, "", "known", LATER))
    assert [c.reason for c in cluster.load_one(ports, Query(), NOW, today).history] == ["known"]
    decisions.unmute(ports, today, "", NOW)
    assert clusters.load(ports, Query(), NOW).muted == ()


def test_a_mute_never_touches_problems(full: Ports) -> None:
    before = problems.load(full, Query(), NOW).problems
    decisions.mute(full, "", "failed", "known", LATER, NOW)
    assert problems.load(full, Query(), NOW).problems == before


def test_a_mute_ends_by_hand(full: Ports) -> None:
    decisions.mute(full, "", "failed", "known", LATER, NOW)
    decisions.unmute(full, "failed", "mended", NOW)
    assert clusters.load(full, Query(), NOW).muted == ()
    assert [c.reason for c in decisions.load(full, Query(), NOW).changes] == ["mended", "known"]


@pytest.mark.parametrize(
    ("refused", "told"),
    [
        (lambda p: decisions.mute(p, "", "failed", " ", LATER, NOW), "reason is empty"),
        (lambda p: decisions.mute(p, "", "failed", "known", NOW, NOW), "is past"),
        (lambda p: decisions.mute(p, "beef", "", "known", LATER, NOW), "would hide nothing"),
        (lambda p: decisions.mute(p, "", "never said", "known", LATER, NOW), "would hide nothing"),
        (lambda p: decisions.mute(p, "", "failed", "two\nlines", LATER, NOW), "no line"),
        (lambda p: decisions.unmute(p, "failed", "", NOW), "is not muted"),
        (lambda p: decisions.drop_name(p, "pool", "", NOW), "Nothing has the name"),
        (lambda p: decisions.check_name(p, "", "failed"), "name is empty"),
        (lambda p: decisions.check_name(p, "x" * 81, "failed"), "no line of at most 80"),
        (lambda p: decisions.check_name(p, "pool", "never said"), "No entry that is stored holds"),
        (lambda p: decisions.check_name(p, "all", "/order|exit/"), "clusters of 2 kinds"),
        (lambda p: decisions.check_name(memory_ports(), "pool", "failed"), "Nothing is stored"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_hint_and_keeps_nothing(
    full: Ports, refused: Callable[[Ports], object], told: str
) -> None:
    with pytest.raises(BadQuery, match=told) as error:
        refused(full)
    assert error.value.hint
    assert full.state.changes() == []


def test_a_secret_in_a_reason_is_not_kept(full: Ports) -> None:
    secret = "hunter2" + "Hunter2x"
    decisions.mute(full, "", "failed", f"login with password={secret} fails", LATER, NOW)
    assert secret not in full.state.changes()[0].reason


# ---- names


def test_a_name_is_checked_before_it_is_kept(full: Ports) -> None:
    checked = decisions.check_name(full, "backend is down", "failed")
    assert checked.sentence == "It takes 14 entries of 2 clusters."
    assert [(t.count, t.of, t.kind) for t in checked.clusters] == [(10, 10, Kind.FAILURE), (4, 4, Kind.FAILURE)]
    assert full.state.changes() == []


def test_a_name_joins_clusters_and_their_links_lead_to_it(full: Ports) -> None:
    old = clusters.load(full, Query(like="pool"), NOW).clusters[0].id
    decisions.keep_name(full, "backend is down", "failed", "two wordings of one fault", NOW)
    joined = next(c for c in clusters.load(full, Query(), NOW).clusters if c.template == "backend is down")
    assert (joined.id, joined.count, joined.kind) == (named_id("backend is down"), 14, Kind.FAILURE)
    view = cluster.load_one(full, Query(), NOW, old)
    assert view.cluster == joined
    assert (view.moved_from, [j.count for j in view.joined], view.named.pattern) == (old, [10, 4], "failed")  # type: ignore[union-attr]
    assert [c.reason for c in view.history] == ["two wordings of one fault"]


def test_a_pasted_line_is_in_the_cluster_of_its_name(full: Ports) -> None:
    decisions.keep_name(full, "backend is down", "failed", "", NOW)
    match = decisions.match_line(full, "order 99 failed: pool is empty")
    assert (match.cluster, match.template) == (named_id("backend is down"), "backend is down")


def test_a_name_that_takes_a_part_says_so() -> None:
    ports = ports_with(table(*(row(n, f"user {name} cannot log in") for n, name in enumerate(PEOPLE * 3))))
    checked = decisions.check_name(ports, "bert", "user bert")
    assert (checked.entries, checked.clusters[0].count, checked.clusters[0].of) == (3, 3, 36)
    assert "keeps entries that it does not take" in checked.sentence


def test_a_second_name_for_the_same_entries_is_refused(full: Ports) -> None:
    decisions.keep_name(full, "backend is down", "failed", "", NOW)
    with pytest.raises(BadQuery, match="have the name 'backend is down' already"):
        decisions.keep_name(full, "pool", "pool is empty", "", NOW)


def test_failures_under_a_name_stay_failures_whatever_comes_later() -> None:
    ports = ports_with(table(*(row(n, f"order {n} stored") for n in range(20))))
    decisions.keep_name(ports, "orders", "order", "", NOW)
    later = ports_with(table(*(row(n, f"order {n} stored") for n in range(20)), row(30, "order 7 lost", severity="ERROR")))
    later.state.add_change(ports.state.changes()[0])
    assert clusters.load(later, Query(), NOW).clusters[0].kind is Kind.FAILURE


def test_a_name_taken_away_gives_the_clusters_back_and_its_link_still_opens(full: Ports) -> None:
    before = listed(full)
    decisions.keep_name(full, "backend is down", "failed", "", NOW)
    decisions.drop_name(full, "backend is down", "", NOW)
    assert listed(full) == before
    view = cluster.load_one(full, Query(), NOW, named_id("backend is down"))
    assert view.cluster is None
    assert [c.action for c in view.history] == [Action.UNNAME, Action.NAME]


def test_problems_know_the_names(full: Ports) -> None:
    decisions.keep_name(full, "backend is down", "failed", "", NOW)
    assert named_id("backend is down") in {c for p in problems.load(full, Query(), NOW).problems for c in p.problem.clusters}
