"""read = added + duplicates + skipped, whatever an export holds and however it is laid out; a bad entry costs itself alone."""

import json
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import ingest
from lib.adapters.decoder import DuckDecoder
from lib.adapters.exports import open_export
from lib.core import faults
from lib.core.model import ImportRecord
from lib.ports import LogSource, Ports
from tests.bad_entries import BAD, GOOD, WHOLE
from tests.entries import LAYOUTS, START, as_json, entry, texts
from tests.fakes import ListSource, MemoryEntryStore, MemoryStateStore, memory_ports

AROUND = texts(entry(1), entry(2, "zwölf 😀"))
SHARED_DECODER = DuckDecoder()
FEWER = settings(max_examples=50)  # each is an import of its own
KINDS = ["lines", "lines, CRLF", "rows", "pretty, 2 blanks", "pretty objects in a row", "packed"]


@pytest.fixture(scope="module")
def decoder() -> DuckDecoder:
    return DuckDecoder()


def load(source: LogSource, decoder: DuckDecoder, ports: Ports) -> ImportRecord:
    ticks = count()
    record = ingest.import_source(source, decoder, ports, lambda: START + timedelta(seconds=next(ticks)))
    assert record.read == record.added + record.duplicates + sum(record.skipped.values())
    return record


def load_file(file: Path, export: bytes, decoder: DuckDecoder) -> tuple[ImportRecord, MemoryEntryStore, MemoryStateStore]:
    file.write_bytes(export)
    entries, state = MemoryEntryStore(), MemoryStateStore()
    return load(open_export(str(file)), decoder, Ports(entries, state)), entries, state


@pytest.mark.parametrize("bad", BAD)
def test_a_bad_entry_costs_itself_alone_under_its_own_reason(bad: str, decoder: DuckDecoder) -> None:
    text, reason = BAD[bad]
    large = len(text) > 512 << 10
    ports = memory_ports()
    around = [AROUND[0], *([] if large else [text]), AROUND[1]]
    record = load(ListSource(around, oversized=(text[:4000],) if large else ()), decoder, ports)
    assert record.skipped == {reason: 1}
    assert (record.read, record.added) == (3, 2)
    assert [(s.reason, s.source) for s in ports.state.skipped()] == [(reason, "list")]


@pytest.mark.parametrize("good", GOOD)
def test_what_only_looks_bad_is_read(good: str, decoder: DuckDecoder) -> None:
    ports = memory_ports()
    record = load(ListSource([AROUND[0], GOOD[good], AROUND[1]]), decoder, ports)
    assert record.skipped == {}
    assert (record.read, record.added) == (3, 3)


@pytest.mark.parametrize("good", GOOD)
def test_the_payload_of_an_entry_without_secrets_is_kept_as_it_was(good: str, decoder: DuckDecoder) -> None:
    entries = MemoryEntryStore()
    load(ListSource([GOOD[good]]), decoder, Ports(entries, MemoryStateStore()))
    assert json.loads(entries.rows["payload"][0].as_py()) == json.loads(GOOD[good])


@pytest.mark.parametrize("kind", KINDS)
def test_all_bad_entries_together_cost_themselves_alone_in_each_layout(kind: str, decoder: DuckDecoder, tmp_path: Path) -> None:
    """Good entries stand between them; in a layout that is not one entry a line, JSON cut short may take another name."""
    bad = list(BAD.values())
    mixed = [AROUND[0], *(t for n, (text, _) in enumerate(bad) for t in (text, *texts(entry(1000 + n, f"between {n}"))))]
    record, entries, state = load_file(tmp_path / "mixed", LAYOUTS[kind](mixed), decoder)
    assert [m for m in entries.rows["message"].to_pylist() if m.startswith("between")] == [
        f"between {n}" for n in range(len(bad))
    ]
    assert record.added == len(bad) + 1
    assert sum(record.skipped.values()) == len(bad)
    wanted: dict[str, int] = {}
    for _, reason in bad:
        wanted[reason] = wanted.get(reason, 0) + 1
    assert record.skipped == wanted
    assert len(state.skipped()) == len(bad)


@pytest.mark.parametrize("kind", KINDS)
def test_all_good_entries_are_read_in_each_layout(kind: str, decoder: DuckDecoder, tmp_path: Path) -> None:
    good = [text.replace(b"id-000500", b"id-%d" % n) for n, text in enumerate(GOOD.values())]
    record, entries, _ = load_file(tmp_path / "good", LAYOUTS[kind]([*AROUND, *good]), decoder)
    assert record.skipped == {}
    assert entries.rows.num_rows == len(set(good)) + 2


def test_a_skipped_entry_is_kept_masked(decoder: DuckDecoder) -> None:
    secret = "hunter2" + "Hunter2x"
    ports = memory_ports()
    for n, text in enumerate(
        (as_json(entry(1, f"login with password={secret}", timestamp=None)), as_json(entry(1, f"password={secret}"))[:-3])
    ):
        load(ListSource([text], name=f"list {n}"), decoder, ports)
    kept = [s.text for s in ports.state.skipped()]
    assert len(kept) == 2
    assert not any(secret in text for text in kept)
    assert all("password" in text for text in kept)


def test_an_oversized_entry_is_kept_masked_and_cut(decoder: DuckDecoder) -> None:
    secret = "hunter2" + "Hunter2x"
    ports = memory_ports()
    load(ListSource([], oversized=(f'{{"textPayload":"password={secret} '.encode() + b"x" * 9000,)), decoder, ports)
    (kept,) = ports.state.skipped()
    assert secret not in kept.text
    assert len(kept.text) <= 4000
    assert kept.reason == faults.TOO_LARGE


def test_a_skipped_entry_says_where_it_stood(decoder: DuckDecoder) -> None:
    ports = memory_ports()
    load(ListSource([*AROUND, b"42", *AROUND, b"null"], step=2), decoder, ports)
    assert [(s.position, s.text) for s in ports.state.skipped()] == [(3, "42"), (6, "null")]


def test_of_one_reason_only_some_are_kept_and_all_are_counted(decoder: DuckDecoder) -> None:
    ports = memory_ports()
    record = load(ListSource([b"%d" % n for n in range(1000)], step=90), decoder, ports)
    assert record.skipped == {faults.NO_OBJECT: 1000}
    assert len(ports.state.skipped(limit=10_000)) == ingest.KEPT_PER_REASON


@pytest.mark.parametrize("step", [1, 100])
def test_an_entry_without_a_message_that_comes_twice_is_counted_once(decoder: DuckDecoder, step: int) -> None:
    bare = [as_json(entry(n, None)) for n in (5, 6, 5)]
    record = load(ListSource([*AROUND, *bare], step=step), decoder, memory_ports())
    assert (record.no_message, record.duplicates, record.added) == (2, 1, 4)


def test_a_second_import_adds_nothing_and_counts_duplicates(decoder: DuckDecoder) -> None:
    ports = memory_ports()
    first = load(ListSource([*AROUND, b"42"]), decoder, ports)
    second = load(ListSource([*AROUND, b"42"]), decoder, ports)
    assert (first.added, first.duplicates, second.added, second.duplicates) == (2, 0, 0, 2)
    assert len(ports.state.skipped()) == 1


@FEWER
@given(
    picks=st.lists(
        st.one_of(st.integers(0, 9).map(lambda n: as_json(entry(n))), st.sampled_from([t for t, _ in BAD.values()])), max_size=12
    ),
    step=st.integers(1, 5),
)
def test_the_sum_holds_for_any_mixture(picks: list[bytes], step: int) -> None:
    ports = memory_ports()
    record = load(ListSource(picks, step=step), SHARED_DECODER, ports)
    assert record.read == len(picks)
    assert record.added == len({t for t in picks if t.startswith(b'{"insertId":"id-00000')})


@FEWER
@given(number=st.from_regex(r"\A-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,4})?\Z"))
def test_a_number_is_skipped_exactly_when_it_does_not_fit(number: str) -> None:
    """An integer into 64 bits, any other number into a finite float."""
    whole = number.lstrip("-").isdigit()
    fits = -(2**63) <= int(number) < 2**63 if whole else abs(float(number)) != float("inf")
    text = WHOLE.replace(b'"severity":"INFO"', b'"severity":"INFO","x":' + number.encode())
    record = load(ListSource([text]), SHARED_DECODER, memory_ports())
    assert record.skipped == ({} if fits else {faults.TOO_BIG: 1})


STORABLE = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | STORABLE,
    lambda v: st.lists(v, max_size=4) | st.dictionaries(STORABLE, v, max_size=4),
    max_leaves=10,
)


@FEWER
@given(value=VALUES, ascii_only=st.booleans())
def test_any_payload_that_json_can_hold_is_read(value: Any, ascii_only: bool) -> None:
    text = json.dumps(entry(1, None, jsonPayload={"message": "m", "value": value}), ensure_ascii=ascii_only).encode()
    assert load(ListSource([text]), SHARED_DECODER, memory_ports()).skipped == {}
