"""A cluster of stack traces whose lines are entries of their own reads like one whose traces stand whole in an entry."""

from collections.abc import Sequence

import polars as pl
import pytest

from lib.core import questions
from lib.core.model import Cluster, Kind, Priority, Query
from lib.core.traces.splittraces import tells_all
from lib.ports import Ports
from lib.views import cluster, clusters, problems
from tests.core.test_stacktraces import PYTHON
from tests.entries import START, LogEntry, row, table
from tests.fakes import memory_ports, ports_with
from tests.splitting import CAUSED, GROUP, HANDLED, SQL, THREAD, WHOLE, load, split


def stored(*crashes: Sequence[LogEntry]) -> Ports:
    ports = memory_ports()
    load([e for crash in crashes for e in crash], ports)
    return ports


def only(ports: Ports) -> Cluster:
    (found,) = clusters.load(ports, Query(), START).clusters
    return found


@pytest.mark.parametrize(
    ("text", "sample"),
    [
        (PYTHON, "KeyError: 'cart 8812'"),
        (HANDLED, "ValueError: no row 5"),
        (SQL, "sqlalchemy.exc.ProgrammingError: (psycopg2.errors.UndefinedTable) relation missing"),
        (THREAD, "Caused by: com.acme.shop.BadConfig: missing keys:"),
        (GROUP, "| ValueError: bad 2"),
    ],
    ids=["python", "handled", "sql", "java", "group"],
)
def test_the_sample_is_the_line_that_names_the_root(text: str, sample: str) -> None:
    assert only(stored(split(text))).sample == sample


@pytest.mark.parametrize("kind", WHOLE)
def test_it_is_a_failure_that_counts_its_entries(kind: str) -> None:
    lines = split(WHOLE[kind])
    found = only(stored(lines))
    assert (found.kind, found.priority, found.count) == (Kind.FAILURE, Priority.P2, len(lines))


def test_whole_and_split_are_one_cluster() -> None:
    whole = [{**split("x", 5_000)[0], "textPayload": CAUSED}]
    assert only(stored(split(CAUSED), whole)).count == len(split(CAUSED)) + 1


@pytest.mark.parametrize("kind", WHOLE)
def test_the_newest_trace_is_put_together_as_it_was_written(kind: str) -> None:
    ports = stored(split(WHOLE[kind].replace("8812", "1")), split(WHOLE[kind], 4_000))
    view = cluster.load_one(ports, Query(), START, only(ports).id)
    assert view.stack == "\n".join(line for line in WHOLE[kind].split("\n") if line)


def test_a_trace_that_stands_whole_in_an_entry_is_not_put_together() -> None:
    ports = stored([{**split("x")[0], "textPayload": PYTHON}])
    view = cluster.load_one(ports, Query(), START, only(ports).id)
    assert (view.stack, view.samples[0].message) == ("", PYTHON)


def test_the_newest_entries_of_one_moment_come_in_the_order_of_their_insert_ids() -> None:
    ports = stored(split(PYTHON, step_us=0))
    view = cluster.load_one(ports, Query(), START, only(ports).id)
    assert [e.message for e in view.samples][::-1] == [line.strip() for line in PYTHON.split("\n")]


def test_a_problem_names_a_split_trace_by_its_exception() -> None:
    logged = [split("ERROR:root:order 5 failed", 9_000 * n, f"i{n}") for n in range(5)]
    crashes = [*logged, *(split(PYTHON, 9_000 * n + 1, f"i{n}") for n in range(5))]
    (problem,) = problems.load(stored(*crashes), Query(), START).problems
    assert any("KeyError: 'cart 8812'" in sentence for sentence in problem.problem.evidence)
    assert not any("File " in sentence for sentence in problem.problem.evidence)


def test_which_lines_tell_is_judged_alike_by_the_engine_and_in_memory() -> None:
    said = [
        ("order stored", ""), ("KeyError: 'x'", "KeyError"), ("raise KeyError", "KeyError"), ("at a.B.c(D.java:1)", "KeyError"),
        ("Traceback\nKeyError", "KeyError"), ("raise KeyError: no", "KeyError"), ("a.b.KeyError", "KeyError"), ("100%_: \\", "%"),
    ]  # fmt: skip
    ports = ports_with(table(*(row(n, text, exception=kind) for n, (text, kind) in enumerate(said))))
    asked = questions.entries()
    answer = ports.entries.answer(asked.select("insert_id", tells=questions.tells_all(asked)))
    found = [r["tells"] for r in sorted(answer.to_pylist(), key=lambda r: str(r["insert_id"]))]
    frame = pl.DataFrame(said, ["message", "exception"], orient="row")
    assert found == frame.select(tells_all(pl.col("message"), pl.col("exception"))).to_series().to_list()
