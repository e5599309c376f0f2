"""Several processes at one home, and processes killed in the middle: every entry once, every answer whole."""

import pickle
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from deltalake import DeltaTable

from lib import ingest, wiring
from lib.adapters.delta_store import DeltaEntryStore
from lib.adapters.state import SqlStateStore
from lib.core import clustering, framing, questions
from lib.core.model import Query
from lib.views import clusters
from tests.entries import START, entry, lines, row, table, texts
from tests.fakes import ListSource

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = 600


def start(*words: str) -> subprocess.Popen[str]:
    """Start one of the programs in tests.contract.importing; it waits for a line on standard input where it says so."""
    command = [sys.executable, "-m", "tests.contract.importing", *words]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def finish_all(processes: list[subprocess.Popen[str]]) -> list[str]:
    """Let the processes go at the same time and return what they said."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=120)[0] for process in processes]
    assert [p.returncode for p in processes] == [0] * len(processes)
    return said


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("export") / "export.json"
    file.write_bytes(lines(texts(*(entry(n, f"order {n} stored") for n in range(ENTRIES)))))
    return file


def stored_ids(home: Path) -> list[str]:
    answer = wiring.open_workspace(home).ports.entries.answer(questions.newest(questions.entries(), 100_000))
    return sorted(answer["insert_id"].to_pylist())


WANTED = [f"id-{n:06d}" for n in range(ENTRIES)]


def test_two_processes_that_append_the_same_batches_store_each_entry_once(tmp_path: Path) -> None:
    batches = [table(*(row(n) for n in range(at, at + 50))) for at in range(0, 400, 40)]
    (tmp_path / "batches").write_bytes(pickle.dumps(batches))
    said = finish_all([start("append", str(tmp_path), str(tmp_path / "batches")) for _ in range(2)])
    assert sum(map(int, said)) == 410
    store = DeltaEntryStore(tmp_path / "entries")
    assert store.facts().entries == 410
    assert store.answer(questions.entries().select("insert_id").distinct()).num_rows == 410


def test_two_processes_that_add_shapes_leave_the_catalog_of_all_of_them(tmp_path: Path) -> None:
    words = [f"the order of {name} was stored" for name in ("anna", "bert", "carla", "dora", "emil", "fritz", "gina", "hugo")]
    SqlStateStore(tmp_path / "state.sqlite")
    finish_all([start("shapes", str(tmp_path), *words[:5]), start("shapes", str(tmp_path), *words[3:])])
    store = SqlStateStore(tmp_path / "state.sqlite")
    assert store.shapes() == clustering.merge_shapes(words)
    today = {clustering.cluster_id(t) for t in store.shapes().values()}
    assert set(store.aliases().values()) <= today
    assert not set(store.aliases()) & today


def test_an_import_killed_anywhere_and_started_again_stores_every_entry_once(export: Path, tmp_path: Path) -> None:
    """Ten points, spread over the run; the fastest run seen so far says how long that is."""
    chance = random.Random(3)
    longest = 1.0
    unfinished = 0
    for n in range(10):
        home = tmp_path / str(n)
        process = start("import", str(home), str(export))
        assert process.stdout is not None
        process.stdout.readline()
        begun = time.monotonic()
        try:
            process.wait(timeout=longest * chance.random())
            longest = min(longest, time.monotonic() - begun)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            unfinished += 1
        before = stored_ids(home)
        assert before == sorted(set(before))
        (record,), _ = wiring.import_paths([str(export)], wiring.open_workspace(home))
        assert stored_ids(home) == WANTED
        assert (record.read, record.added) == (ENTRIES, ENTRIES - len(before))
        view = clusters.load(wiring.open_workspace(home).ports, Query(), START)
        assert [c.count for c in view.clusters] == [ENTRIES]
    assert unfinished > 0


def test_a_reader_beside_a_writer_sees_whole_batches(tmp_path: Path) -> None:
    writer, reader = (DeltaEntryStore(tmp_path / "entries") for _ in range(2))
    batches = [table(*(row(n, f"m {n % 7}") for n in range(at, at + 20))) for at in range(0, 400, 20)]
    thread = threading.Thread(target=lambda: [writer.append(b, ("export", n)) for n, b in enumerate(batches)])
    thread.start()
    seen = []
    while thread.is_alive() or not seen:
        window = questions.within(Query(), START, START.replace(hour=23))
        seen.append(reader.answer(questions.count_coverage(window))["entries"][0].as_py())
    thread.join()
    assert all(count % 20 == 0 for count in seen)
    assert seen == sorted(seen)
    assert reader.facts().entries == 400


def test_many_threads_ask_one_store_at_once(tmp_path: Path) -> None:
    store = DeltaEntryStore(tmp_path / "entries")
    store.append(table(*(row(n) for n in range(50))), ("export", 1))
    answers: list[int] = []
    ask = lambda: answers.extend(store.answer(questions.entries().count().as_table()).to_pylist()[0].values())  # noqa: E731
    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [50] * 16


def test_the_cursor_is_in_the_same_commit_as_the_entries(tmp_path: Path) -> None:
    store = DeltaEntryStore(tmp_path / "entries")
    for n in range(3):
        store.append(table(row(n)), ("export", 100 * n))
        read = DeltaTable(tmp_path / "entries")
        assert (read.version(), read.transaction_version("export")) == (n, 100 * n)


def test_an_import_leaves_its_position_as_the_cursor(export: Path, tmp_path: Path) -> None:
    (record,), _ = wiring.import_paths([str(export)], wiring.open_workspace(tmp_path))
    assert DeltaTable(tmp_path / "entries").transaction_version(record.fingerprint) == export.stat().st_size


def test_two_processes_that_import_the_same_file_store_each_entry_once(export: Path, tmp_path: Path) -> None:
    processes = [start("import", str(tmp_path), str(export)) for _ in range(2)]
    assert [p.wait(timeout=120) for p in processes] == [0, 0]
    assert stored_ids(tmp_path) == WANTED
    records = wiring.open_workspace(tmp_path).ports.state.imports()
    assert sorted(r.state for r in records) == ["done", "done"]
    assert sum(r.added for r in records) == ENTRIES
    assert all(r.read == r.added + r.duplicates + sum(r.skipped.values()) for r in records)


def test_an_import_in_many_small_steps_is_the_import_in_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ListSource(texts(*(entry(n, f"order {n} of {n % 7} stored") for n in range(300))))
    views = []
    for name, rows, step in (("one", 60_000, 1000), ("many", 10, 7)):
        monkeypatch.setattr(ingest, "COMMIT_ROWS", rows)
        source.step = step
        space = wiring.open_workspace(tmp_path / name)
        record = ingest.import_source(source, wiring.DuckDecoder(), space.ports, lambda: START)
        views.append((record.added, record.severities, clusters.load(space.ports, Query(), START).clusters))
    assert views[0] == views[1]


def test_small_pieces_are_really_small() -> None:
    """The program that is killed must commit often, else it is always killed before its one commit."""
    assert ENTRIES * 450 > 5 * 20_000
    assert framing.CHUNK_BYTES > 20_000


# ---- the real exports


def snapshot(home: Path) -> tuple[list[str], list[tuple[str, int, str]]]:
    view = clusters.load(wiring.open_workspace(home).ports, Query(), START)
    return stored_ids(home), sorted((c.id, c.count, c.template) for c in view.clusters)


@pytest.fixture(scope="module")
def in_order(netra: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[tuple[str, int, str]]]:
    home = tmp_path_factory.mktemp("in order")
    wiring.import_paths(sorted(map(str, netra.glob("*.json"))), wiring.open_workspace(home))
    return snapshot(home)


def test_the_other_order_gives_the_same_entries_and_clusters(netra: Path, tmp_path: Path, in_order: object) -> None:
    for file in sorted(netra.glob("*.json"), reverse=True):
        wiring.import_paths([str(file)], wiring.open_workspace(tmp_path))
    assert snapshot(tmp_path) == in_order


def test_both_at_once_from_two_processes_give_the_same(netra: Path, tmp_path: Path, in_order: object) -> None:
    command = [sys.executable, "-m", "lib", "import", "--home", str(tmp_path)]
    processes = [subprocess.Popen([*command, str(file)], cwd=ROOT, stdout=subprocess.DEVNULL) for file in netra.glob("*.json")]
    assert [p.wait(timeout=120) for p in processes] == [0, 0]
    assert snapshot(tmp_path) == in_order
