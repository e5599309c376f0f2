"""The roll-up of a store is what its entries say, whatever the window, and whatever became of the files that it is kept in."""

import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from lib.adapters.delta_store import DeltaEntryStore
from lib.adapters.seals import read_sealed
from lib.core import questions
from lib.core.model import FAILURES
from lib.core.rollouts.deployquestions import ROLLOUT
from lib.core.rollup import SERIES, Rollup
from lib.core.sentry.questions_tracking import ABOUT, OWN, RAW
from lib.ports import EntryStore
from tests.contract.test_entry_store import IMPLEMENTATIONS
from tests.entries import START, row, table

Entry = dict[str, Any]
TEXTS = (
    "order stored", None, "pool timed out", "Traceback (most recent call last):\n  boom", "sentry: event dropped",
    "ValueError: no", "Sentry SDK not available",
)  # fmt: skip


@pytest.fixture(params=IMPLEMENTATIONS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> EntryStore:
    return IMPLEMENTATIONS[request.param](tmp_path)


def make_entries(seed: int, count: int = 250) -> list[Entry]:
    """Return entries of every kind, in order of time over some four hours and a midnight."""
    chance = random.Random(seed)
    begin = START.replace(hour=22)
    seconds = sorted(chance.choice((chance.uniform(0, 14_400), chance.randrange(240) * 60)) for _ in range(count))
    made = [make_entry(chance, number, begin + timedelta(seconds=at)) for number, at in enumerate(seconds)]
    return table(*made).to_pylist()


def make_entry(chance: random.Random, number: int, ts: datetime) -> Entry:
    """Return one entry."""
    message, exception = chance.choice(TEXTS), chance.choice(("", "", "ValueError"))
    return row(
        number,
        message,
        ts=ts,
        service=chance.choice(("orders", "users", "")),
        environment=chance.choice(("staging", "")),
        revision=chance.choice(("orders-1", "orders-2")),
        origin=chance.choice(("request", "stdout", "stderr", "system", "audit")),
        severity=chance.choice(("INFO", "WARNING", "ERROR", "CRITICAL")),
        http_status=chance.choice((None, 200, 404, 500, 503)),
        exception=exception if message else "",
    )


def store_in_parts(store: EntryStore, rows: list[Entry], seed: int) -> None:
    """Append the rows in a few commits, of which some overlap in time."""
    chance, left, number = random.Random(seed), list(rows), 0
    while left:
        size, number = min(chance.randint(20, 90), len(left)), number + 1
        batch = [left.pop(chance.randrange(min(len(left), 30))) for _ in range(size)]
        store.append(table(*batch), ("export", number))


def key_of(entry: Entry) -> tuple[object, ...]:
    """Return an entry's series, as core.rollup words it, told in another way."""
    message, status = entry["message"], entry["http_status"]
    failed = entry["severity"] in {s.value for s in FAILURES} and entry["origin"] in OWN and entry["service"] and message
    raw = entry["origin"] == "stderr" and message and re.search(RAW, message)
    about = entry["exception"] and message and re.search(ABOUT, message)
    named = not entry["exception"] or (message and ("\n" in message or entry["exception"] + ": " in message))
    return (
        *(entry[name] for name in SERIES[:6]),
        "" if status is None else "ok" if status < 500 else "failed",
        bool(failed and not raw and not about),
        bool(message and named) or not entry["exception"],
    )


def counted(rows: list[Entry], seconds: int) -> dict[tuple[object, ...], tuple[int, datetime, datetime]]:
    """Return count, first and last by bucket and series."""
    found: dict[tuple[object, ...], list[datetime]] = {}
    for entry in rows:
        bucket = int(entry["ts"].timestamp()) // seconds * seconds
        found.setdefault((bucket, *key_of(entry)), []).append(entry["ts"])
    return {key: (len(times), min(times), max(times)) for key, times in found.items()}


def answered(rows: pl.DataFrame) -> dict[tuple[object, ...], tuple[int, datetime, datetime]]:
    """Return Rollup.by_bucket in the same form."""
    told = rows.select("bucket", *SERIES, "count", "first", "last").rows()
    assert len(told) == len({t[:-3] for t in told})
    return {t[:-3]: (t[-3], t[-2], t[-1]) for t in told}


def windows(rows: list[Entry], seed: int) -> list[tuple[datetime, datetime]]:
    """Return windows of which the edges lie anywhere: between entries, on one, on whole minutes."""
    chance, times = random.Random(seed), [r["ts"] for r in rows]
    whole = [t.replace(second=0, microsecond=0) for t in times]
    beyond = times[0] - timedelta(days=9), times[-1] + timedelta(days=9)
    edges = [*times, *whole, *(t + timedelta(microseconds=1) for t in times), *beyond]
    drawn = [sorted(chance.sample(edges, 2)) for _ in range(25)]
    return [(a, b) for a, b in drawn if a < b] + [(min(edges), max(edges))]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_roll_up_says_what_the_entries_say(store: EntryStore, seed: int) -> None:
    rows = make_entries(seed)
    store_in_parts(store, rows, seed)
    for start, end in windows(rows, seed):
        inside = [r for r in rows if start <= r["ts"] < end]
        told = store.rollup(start, end)
        for seconds in (60, 300, 1800, 3600):
            assert answered(told.by_bucket(seconds)) == counted(inside, seconds), (start, end)


def test_totals_and_activity_say_what_the_entries_say(store: EntryStore) -> None:
    rows = make_entries(4)
    store_in_parts(store, rows, 4)
    for start, end in windows(rows, 4):
        inside = [r for r in rows if start <= r["ts"] < end]
        told = store.rollup(start, end)
        severities = told.totals.group_by("severity").agg(pl.col("count").sum())
        assert dict(severities.rows()) == Counter(r["severity"] for r in inside)
        check_activity(told, [r for r in inside if r["service"]])


def check_activity(told: Rollup, rows: list[Entry]) -> None:
    """Compare the activity with what the entries say."""
    activity = told.activity.filter(pl.col("service") != "")
    own = [r for r in rows if r["origin"] in OWN]
    served = [r for r in rows if r["origin"] == "request" and (r["http_status"] is None or r["http_status"] < 500)]
    sums = {name: int(activity[name].sum()) for name in ("requests", "served", "own", "failed", "wordless")}
    assert sums == {
        "requests": sum(r["origin"] == "request" for r in rows),
        "served": len(served),
        "own": len(own),
        "failed": sum(r["severity"] in {s.value for s in FAILURES} for r in own),
        "wordless": sum(r["message"] is None for r in own),
    }
    for name, some in (("served", served), ("own", own)):
        times = sorted(r["ts"] for r in some)
        ends = (times[0], times[-1]) if times else (None, None)
        assert (activity[f"first_{name}"].min(), activity[f"last_{name}"].max()) == ends


def test_marked_entries_are_those_that_tell_of_deploys_or_error_tracking(store: EntryStore) -> None:
    told = [
        row(0, "call", origin="audit", payload='{"a": 1}'),
        row(1, ROLLOUT, origin="system", payload='{"b": 1}'),
        row(2, "Sentry SDK not available", origin="stdout"),
    ]
    plain = [row(3, "order stored"), row(4, "Starting new instance. Reason: AUTOSCALING", origin="system"), row(5, None)]
    store.append(table(*told, *plain), ("export", 1))
    found = store.marked(START, START + timedelta(seconds=5)).answer(questions.newest(questions.entries(), 10)).to_pylist()
    assert [r["insert_id"] for r in found] == ["id-000002", "id-000001", "id-000000"]
    assert found[2]["payload"] == '{"a": 1}'


# ---- what is kept beside the table


def delta(home: Path) -> DeltaEntryStore:
    return DeltaEntryStore(home / "entries")


def whole(store: EntryStore) -> dict[tuple[object, ...], tuple[int, datetime, datetime]]:
    return answered(store.rollup(START - timedelta(days=9), START + timedelta(days=9)).by_bucket(60))


def damage(file: Path) -> None:
    file.write_bytes(b"PAR1 and nothing more")


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def flip(file: Path) -> None:
    held = bytearray(file.read_bytes())
    held[len(held) // 2] ^= 1
    file.write_bytes(held)


@pytest.mark.parametrize("harm", [damage, cut, flip, Path.unlink], ids=["other bytes", "cut", "one bit", "gone"])
@pytest.mark.parametrize("kind", ["cells", "marks"])
def test_a_kept_roll_up_that_cannot_be_read_is_made_again(tmp_path: Path, harm: Callable[[Path], None], kind: str) -> None:
    rows = make_entries(5)
    store_in_parts(delta(tmp_path), rows, 5)
    kept = sorted(tmp_path.glob(f"rollups/*/*.{kind}.parquet"))
    harm(kept[0])
    assert whole(delta(tmp_path)) == counted(rows, 60)
    assert pl.read_parquet(read_sealed(kept[0])).width


def test_a_store_that_nobody_rolled_up_before_is_rolled_up_when_it_is_asked(tmp_path: Path) -> None:
    rows = make_entries(6)
    store_in_parts(delta(tmp_path), rows, 6)
    for file in tmp_path.glob("rollups/*/*"):
        file.unlink()
    assert whole(delta(tmp_path)) == counted(rows, 60)


def test_what_other_days_hold_is_not_read(tmp_path: Path) -> None:
    days = [START + timedelta(days=n) for n in range(5)]
    rows = table(*(row(n, ts=day) for n, day in enumerate(days))).to_pylist()
    delta(tmp_path).append(table(*rows), ("export", 1))
    store = delta(tmp_path)
    assert answered(store.rollup(days[2], days[2] + timedelta(hours=1)).by_bucket(60)) == counted(rows[2:3], 60)
    assert {Path(f).parent.name for f in store.rollups.parts} == {f"day={days[2].date()}"}
    assert store.span() == (days[0], days[4])
    assert len(store.rollups.parts) == 3


def test_a_place_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "rollups").write_text("a file where the folder would be")
    rows = make_entries(7)
    store_in_parts(delta(tmp_path), rows, 7)
    assert whole(delta(tmp_path)) == counted(rows, 60)


def test_an_older_version_goes_on_answering_what_it_held(tmp_path: Path) -> None:
    store, rows = delta(tmp_path), make_entries(8)
    store.append(table(*rows[:100]), ("export", 1))
    older = store.pinned()
    store.append(table(*rows[100:]), ("export", 2))
    assert answered(older.rollup(START - timedelta(days=9), START + timedelta(days=9)).by_bucket(60)) == counted(rows[:100], 60)
    assert whole(store) == counted(rows, 60)


def test_nothing_is_kept_of_a_text_that_is_masked_in_the_table(tmp_path: Path) -> None:
    delta(tmp_path).append(pa.concat_tables([table(row(0, "token [masked]"))]), ("export", 1))
    kept = pl.read_parquet(read_sealed(next(tmp_path.glob("rollups/*/*.cells.parquet"))))
    assert kept["collapsed"].to_list() == ["token [masked]"]


def test_upkeep_rolls_up_what_it_joins_and_sweeps_what_is_gone(tmp_path: Path) -> None:
    store, rows = delta(tmp_path), make_entries(9)
    store_in_parts(store, rows, 9)
    before = {f.name for f in tmp_path.glob("rollups/*/*")}
    store.compact()
    assert {f.name for f in tmp_path.glob("rollups/*/*")} - before
    assert whole(store) == whole(delta(tmp_path)) == counted(rows, 60)
    for file in (tmp_path / "entries").rglob("*.parquet"):
        if file.stem in {name.rsplit(".", 2)[0] for name in before}:
            file.unlink()
    store.compact()
    assert not before & {f.name for f in tmp_path.glob("rollups/*/*")}
    assert whole(store) == counted(rows, 60)
