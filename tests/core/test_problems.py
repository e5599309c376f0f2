"""Problems: the true ones of real and recorded incidents, made-up causes put together again, and nothing else put together."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from lib.adapters.decoder import DuckDecoder
from lib.adapters.exports import open_export
from lib.core.clustering import cluster_id, find_shapes, merge_shapes
from lib.core.problems import Problem, describe, find_problems
from lib.core.signatures import judge_kind
from lib.demo.load import recorded_lines
from lib.ports import Chunk
from tests import failing
from tests.failing import EXIT, MALFORMED, START, events, failure

NETRA = Path(__file__).parents[3] / "shared" / "data" / "netra"
FIRST, SECOND = NETRA / "staging-0041-0043Z.json", NETRA / "staging-1924-2249Z.json"
needs_exports = pytest.mark.skipif(not FIRST.exists(), reason="the shared exports are not here")
LIFE = ("service", "environment", "revision", "instance")


def label(entries: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, dict[str, str]]:
    """Return the failures of ENTRIES with their clusters, the lives of all containers, and the templates."""
    told = entries.filter(pl.col("collapsed").fill_null("") != "")
    texts = told["collapsed"].unique()
    shapes = find_shapes(texts)
    merged = merge_shapes(shapes.unique().to_list())
    named = {text: merged[shape] for text, shape in zip(texts.to_list(), shapes.to_list(), strict=True)}
    ids = {template: cluster_id(template) for template in named.values()}
    rows = told.with_columns(
        cluster=pl.col("collapsed").replace_strict({t: ids[n] for t, n in named.items()}, return_dtype=pl.String)
    )
    kinds = {
        c: judge_kind(part.sort("ts")["message"][-1], Counter(part["severity"].to_list())).value
        for (c,), part in rows.group_by(["cluster"])
    }
    rows = rows.with_columns(kind=pl.col("cluster").replace_strict(kinds, return_dtype=pl.String))
    seen = entries.filter(pl.col("instance") != "")
    lives = seen.group_by(LIFE).agg(first=pl.col("ts").min(), last=pl.col("ts").max(), seen=pl.lit(True))
    return rows.filter(pl.col("kind") == "failure"), lives, {i: t for t, i in ids.items()}


def read(*files: Path) -> pl.DataFrame:
    decoder = DuckDecoder()
    tables = [decoder.decode(chunk).entries for file in files for chunk in open_export(str(file)).chunks()]
    return pl.DataFrame(pa.concat_tables(tables))


def recorded() -> pl.DataFrame:
    decoder, lines = DuckDecoder(), recorded_lines(datetime(2026, 9, 16, 11, 0, tzinfo=UTC))

    def chunks() -> Iterator[Chunk]:
        while part := list(islice(lines, 10_000)):
            yield Chunk(pa.array(part, pa.large_binary()), 0)

    return pl.DataFrame(pa.concat_tables([decoder.decode(chunk).entries for chunk in chunks()]))


def owners(found: list[Problem], size: int) -> list[str]:
    named = [""] * size
    for problem in found:
        for row in problem.members:
            assert named[row] == ""
            named[row] = problem.id
    assert all(named)
    return named


# ---- real exports


@needs_exports
@pytest.mark.parametrize("with_lives", [True, False])
def test_a_module_that_cannot_be_imported_is_one_problem_of_150_entries(with_lives: bool) -> None:
    rows, lives, templates = label(read(FIRST))
    (problem,) = find_problems(rows, lives if with_lives else None)
    assert (problem.count, problem.instances, len(problem.clusters)) == (150, 15, 9)
    assert templates[problem.root].startswith("ModuleNotFoundError")
    assert problem.counts[0] == 30
    assert sorted(problem.counts) == [15] * 8 + [30]
    assert not any("Sentry" in templates[c] or "SERVICE_ID" in templates[c] for c in problem.clusters)
    assert describe(problem, templates).endswith(
        "(root) and 8 more clusters: 150 entries on 15 instances of netra-backend-staging, 00:41:13 to 00:42:54 UTC."
    )


@needs_exports
@pytest.mark.parametrize("with_lives", [True, False])
def test_the_database_and_the_module_are_two_problems_of_106_and_56_entries(with_lives: bool) -> None:
    rows, lives, templates = label(read(SECOND))
    database, module = find_problems(rows, lives if with_lives else None)
    assert templates[database.root].startswith("Failed to run migrations")
    assert templates[module.root].startswith("ModuleNotFoundError")
    assert (database.count, database.counts[0]) == (106, 7)
    assert (module.count, module.counts[0]) == (56, 14)
    assert sorted(database.counts) == [6, 6, 6, 7, 7, 7, 7, 60]
    assert sorted(module.counts) == [5, 6, 7, 7, 7, 10, 14]
    assert set(rows[list(database.members)]["revision"].str.slice(-9, 5)) == {"00704", "00709", "00711"}
    assert set(rows[list(module.members)]["revision"].str.slice(-9, 5)) == {"00719"}


@needs_exports
def test_a_join_that_rests_on_the_revision_alone_says_so() -> None:
    rows, lives, _ = label(read(SECOND))
    database, module = find_problems(rows, lives)
    assert (
        "“Container called exit(3).”: 5 entries, on the revision alone: hardly anything else failed there within 10 minutes."
        in database.evidence
    )
    assert any("could not start" in e and "10 entries, on the revision alone" in e for e in module.evidence)


@needs_exports
def test_both_exports_together_hold_the_same_two_problems() -> None:
    rows, lives, templates = label(read(FIRST, SECOND))
    module, database = find_problems(rows, lives)
    assert (module.count, database.count) == (206, 106)
    assert templates[module.root].startswith("ModuleNotFoundError")
    alone = find_problems(*label(read(SECOND))[:2])
    assert {module.id, database.id} == {p.id for p in alone}


# ---- the recorded incident


@pytest.fixture(scope="module")
def incident() -> tuple[pl.DataFrame, list[Problem], dict[str, str]]:
    rows, lives, templates = label(recorded())
    return rows, find_problems(rows, lives), templates


def test_timeouts_exits_and_failed_requests_of_the_database_are_one_problem(
    incident: tuple[pl.DataFrame, list[Problem], dict[str, str]],
) -> None:
    rows, found, templates = incident
    (database,) = [p for p in found if any("database" in templates[c] for c in p.clusters)]
    said = rows[list(database.members)]
    assert (said["message"].str.starts_with("Container called exit(3)").sum(), (said["origin"] == "request").sum()) == (24, 304)
    assert said["message"].str.contains("no database connection|did not answer").sum() == 286 + 24
    assert any("in the same 2 stretches of time, on different instances" in e for e in database.evidence)


def test_the_later_failures_are_problems_of_their_own(incident: tuple[pl.DataFrame, list[Problem], dict[str, str]]) -> None:
    rows, found, _ = incident
    texts = {
        "column": "locker_slot does not exist",
        "label": "was not printed",
        "size": "Quote for parcel",
        "import": "QueueSettings",
    }
    homes = {
        name: {p.id for p in found if rows[list(p.members)]["message"].str.contains(text, literal=True).any()}
        for name, text in texts.items()
    }
    assert [len(h) for h in homes.values()] == [1, 1, 1, 1]
    assert len(set.union(*homes.values())) == 4


def test_failures_that_come_and_go_all_day_join_nothing(incident: tuple[pl.DataFrame, list[Problem], dict[str, str]]) -> None:
    _, found, templates = incident
    (carrier,) = [p for p in found if any("Carrier refused" in templates[c] for c in p.clusters)]
    assert (len(carrier.clusters), carrier.count) == (1, 75)


# ---- made-up causes


@pytest.mark.parametrize(("name", "precision", "recall"), [
    ("two crash loops", 0.99, 0.97), ("the same containers", 0.99, 0.95), ("dense noise", 0.99, 0.95),
    ("total outage", 0.99, 0.75), ("unrelated at every start", 0.95, 0.85), ("unrelated on slow containers", 0.75, 0.75),
])  # fmt: skip
def test_made_up_causes_are_put_together_again(name: str, precision: float, recall: float) -> None:
    scores = []
    for seed in range(100, 108):
        rows, lives, truth = failing.STORIES[name](seed).told()
        scores.append(failing.pairs(truth, owners(find_problems(rows, lives), rows.height)))
    assert sum(p for p, _ in scores) / len(scores) >= precision
    assert sum(r for _, r in scores) / len(scores) >= recall


# ---- one rule at a time, from both sides


def starts(count: int, *steps: tuple[str, float], every: float = 600, **columns: object) -> list[dict[str, object]]:
    """Return failures at fixed lags on `count` containers."""
    return [failure(n * every + lag, name, instance=f"i{n}", **columns) for n in range(count) for name, lag in steps]


def clusters_of(found: list[Problem]) -> set[frozenset[str]]:
    return {frozenset(p.clusters) for p in found}


def test_no_failure_is_no_problem() -> None:
    assert find_problems(events()) == []


def test_one_failure_is_a_problem_of_its_own() -> None:
    (problem,) = find_problems(events(failure(3, "disk full")))
    assert (problem.clusters, problem.count, problem.evidence) == (("disk full",), 1, ())
    assert problem.first == problem.last == START + timedelta(seconds=3)


def test_failures_without_a_container_are_not_joined_by_time() -> None:
    rows = [failure(n * 60 + lag, name, instance="") for n in range(9) for name, lag in (("a", 0), ("b", 0.01))]
    assert clusters_of(find_problems(events(*rows))) == {frozenset("a"), frozenset("b")}


def test_failures_in_the_same_traces_are_one_problem_over_services() -> None:
    rows = [
        failure(n * 60 + lag, name, instance="", trace=f"t{n}", service=name)
        for n in range(9) for name, lag in (("front", 0.4), ("store", 0))
    ]  # fmt: skip
    (problem,) = find_problems(events(*rows))
    assert (problem.services, problem.root) == (("front", "store"), "store")
    assert "9 of 9 times" in problem.evidence[0]


def test_two_traces_in_common_prove_nothing() -> None:
    rows = [failure(n * 60, name, instance="", trace=f"t{n}") for n in range(2) for name in ("front", "store")]
    assert len(find_problems(events(*rows))) == 2


def test_the_earliest_is_the_root() -> None:
    rows = starts(12, ("late", 2.0), ("root", 0.0), ("middle", 0.5))
    (problem,) = find_problems(events(*rows))
    assert problem.root == "root"


def test_within_a_tenth_of_a_second_the_quoted_exception_is_the_root() -> None:
    said = "connection refused by the store"
    rows = [
        failure(n * 600 + lag, name, instance=f"i{n}", message=text, exception=kind)
        for n in range(5)
        for name, lag, text, kind in (
            ("outer", 0.0, f"Startup failed: {said}", ""),
            ("inner", 0.05, f"StoreError: {said}", "StoreError"),
        )
    ]
    (problem,) = find_problems(events(*rows))
    assert problem.root == "inner"


def test_a_quote_joins_what_is_too_rare_for_statistics() -> None:
    said = "connection refused by the store"
    texts = (("a", said, 0.0), ("b", f"Checkout failed: {said}", 5.0))
    (problem,) = find_problems(events(*(failure(at, name, message=text) for name, text, at in texts)))
    assert problem.clusters == ("a", "b")


def test_texts_that_differ_in_a_number_do_not_quote_each_other() -> None:
    texts = (("a", "the store has answered 502"), ("b", "the store has answered 503"))
    assert len(find_problems(events(*(failure(n, name, message=text) for n, (name, text) in enumerate(texts))))) == 2


def test_an_exit_belongs_to_the_failure_that_it_follows() -> None:
    rows = [failure(n * 600, i, instance=f"{i}{n}") for n in range(5) for i in "ab"]
    rows += [failure(n * 600 + 0.4, "exit", instance=f"{i}{n}", message=EXIT, origin="system") for n in range(5) for i in "ab"]
    assert clusters_of(find_problems(events(*rows))) == {frozenset({"a", "exit"}), frozenset({"b", "exit"})}


def test_an_exit_that_follows_nothing_is_a_problem_of_its_own() -> None:
    rows = [
        *starts(5, ("a", 0.0)),
        failure(9000, "exit", instance="other", revision="orders-00002-xyz", message=EXIT, origin="system"),
    ]
    assert clusters_of(find_problems(events(*rows))) == {frozenset({"a"}), frozenset({"exit"})}


def test_a_request_follows_what_failed_before_it_ended_not_before_it_began() -> None:
    rows = [*starts(5, ("a", 30.0)), *starts(5, ("malformed", 0.0), message=MALFORMED, origin="request", latency_ms=30_200.0)]
    assert clusters_of(find_problems(events(*rows))) == {frozenset({"a", "malformed"})}
    early = [*starts(5, ("a", 30.0)), *starts(5, ("malformed", 0.0), message=MALFORMED, origin="request", latency_ms=None)]
    assert len(find_problems(events(*early))) == 2


def test_failed_requests_follow_the_exit_whose_cause_was_not_logged() -> None:
    rows = starts(5, ("exit", 0.0), message=EXIT, origin="system") + starts(
        5, ("malformed", 0.1), message=MALFORMED, origin="request"
    )
    (problem,) = find_problems(events(*rows))
    assert problem.root == "exit"


def test_a_revision_that_fails_in_two_ways_gives_no_owner_to_a_request_without_a_container() -> None:
    exits = [failure(n * 60 + 0.4, "exit", instance=f"{i}{n}", message=EXIT, origin="system") for n in range(5) for i in "ab"]
    causes = [failure(n * 60, i, instance=f"{i}{n}") for n in range(5) for i in "ab"]
    lost = [
        failure(
            150,
            "no start",
            instance="",
            message="The request failed because the instance could not start successfully.",
            origin="request",
        )
    ]
    found = find_problems(events(*exits, *causes, *lost))
    assert clusters_of(found) == {frozenset({"a", "exit"}), frozenset({"b", "exit"}), frozenset({"no start"})}
    one = find_problems(events(*(r for r in [*exits, *causes] if r["instance"].startswith("a")), *lost))
    assert clusters_of(one) == {frozenset({"a", "exit", "no start"})}


def test_a_line_written_beside_two_different_failures_joins_neither_to_the_other() -> None:
    rows = [failure(n * 600 + lag, name, instance="i1") for n in range(0, 40, 2) for name, lag in (("a", 0.0), ("generic", 0.01))]
    rows += [
        failure(n * 600 + lag, name, instance="i1") for n in range(1, 41, 2) for name, lag in (("b", 0.0), ("generic", 0.01))
    ]
    assert clusters_of(find_problems(events(*rows))) == {frozenset({"a", "generic"}), frozenset({"b", "generic"})}


def test_two_failures_at_every_start_stay_apart_and_say_so() -> None:
    story = failing.unrelated_at_every_start(3)
    rows, lives, _ = story.told()
    found = find_problems(rows, lives)
    assert not any({"A", "B"} <= set(p.clusters) for p in found)
    assert any("at every start" in e for p in found for e in p.evidence)


def test_a_failure_that_keeps_step_with_a_restless_one_is_its_symptom() -> None:
    delays = (3.1, 7.9, 4.4, 9.2, 5.6, 3.8, 8.5, 6.1, 7.0, 4.9, 9.9, 5.2)
    rows = [
        failure(n * 600 + d + lag, name, instance=f"i{n}") for n, d in enumerate(delays) for name, lag in (("a", 0.0), ("b", 5.0))
    ]
    life = {"service": "orders", "environment": "staging", "revision": "r", "seen": True}
    lives = [
        {
            **life,
            "instance": f"i{n}",
            "first": START + timedelta(seconds=n * 600),
            "last": START + timedelta(seconds=n * 600 + 20),
        }
        for n in range(len(delays))
    ]
    (problem,) = find_problems(events(*rows), pl.DataFrame(lives, failing.LIFE))
    assert problem.root == "a"
    assert "however late that is" in problem.evidence[0]


def test_the_sentence_names_both_days_when_there_are_two() -> None:
    (problem,) = find_problems(events(failure(0, "a"), failure(86_400, "a")))
    assert (
        describe(problem, {"a": "disk full"})
        == "disk full: 2 entries on 1 instance of orders, 2026-09-16 06:00:00 to 2026-09-17 06:00:00 UTC."
    )
