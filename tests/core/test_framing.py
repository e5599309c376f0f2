"""An export's bytes become one JSON text an entry, whatever the layout and however the bytes arrive."""

import json
from collections.abc import Sequence
from itertools import cycle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core import framing
from lib.core.framing import ENTRY_BYTES, Framer, Layout, find_shape
from tests.entries import LAYOUTS, as_json, entry, texts

FOUR = texts(*(entry(n, f"message {n}") for n in range(4)))
HOSTILE = '} { "quoted" \\ back\\\\slash \\" } ], {"insertId":"x"} },\n{\n \u2028 größer 😀 \t end\\'
PIECES = (1, 7, 64, 1000, 1 << 20)


def frame(export: bytes, sizes: Sequence[int] = (1 << 20,)) -> tuple[list[bytes], list[bytes]]:
    """Return the entries and the beginnings of oversized ones; the first piece is never shorter than 16 bytes."""
    framer = Framer(find_shape(export[: framing.HEAD_BYTES]))
    found: list[bytes] = []
    oversized: list[bytes] = []
    at = 0
    for size in cycle(sizes):
        piece = export[at : at + max(size, 0 if at else 16)]
        at += len(piece)
        framed = framer.feed(piece, last=not piece)
        found += framed.lines.to_pylist()
        oversized += framed.oversized
        if not piece:
            return found, oversized
    raise AssertionError("no sizes")


def readable(found: Sequence[bytes]) -> list[Any]:
    """Return what of the texts is JSON."""
    values = []
    for text in found:
        try:
            values.append(json.loads(text))
        except ValueError:
            continue
    return values


@pytest.fixture(params=LAYOUTS)
def layout(request: pytest.FixtureRequest) -> Any:
    return LAYOUTS[request.param]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("lines", Layout.LINES),
        ("lines, BOM", Layout.LINES),
        ("lines, blank ones", Layout.LINES),
        ("rows", Layout.ROWS),
        ("rows, CRLF", Layout.ROWS),
        ("pretty, 1 blank", Layout.PRETTY),
        ("pretty, CRLF", Layout.PRETTY),
        ("pretty objects in a row", Layout.PRETTY),
        ("packed", Layout.PACKED),
        ("packed, pretty inside", Layout.PACKED),
    ],
)
def test_a_layout_is_told_by_its_beginning(name: str, kind: Layout) -> None:
    assert find_shape(LAYOUTS[name](FOUR)).layout is kind


def test_every_layout_gives_the_same_entries_whatever_the_piece_size(layout: Any) -> None:
    for size in PIECES:
        found, oversized = frame(layout(FOUR), [size])
        assert [json.loads(t) for t in found] == [json.loads(t) for t in FOUR]
        assert oversized == []


def test_signs_inside_strings_do_not_cut_an_entry(layout: Any) -> None:
    entries = [entry(n, HOSTILE * (n + 1)) for n in range(3)]
    for size in PIECES:
        found, _ = frame(layout(texts(*entries)), [size])
        assert [json.loads(t) for t in found] == entries


@given(
    name=st.sampled_from(sorted(LAYOUTS)),
    messages=st.lists(
        st.text(st.characters(codec="utf-8") | st.sampled_from('{}[]",:\\\n'), max_size=60), min_size=1, max_size=6
    ),
    sizes=st.lists(st.integers(1, 400), min_size=1, max_size=8),
)
def test_any_text_in_any_layout_in_any_pieces(name: str, messages: list[str], sizes: list[int]) -> None:
    entries = [entry(n, message) for n, message in enumerate(messages)]
    found, oversized = frame(LAYOUTS[name](texts(*entries)), sizes)
    assert [json.loads(t) for t in found] == entries
    assert oversized == []


@given(
    payload=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda v: st.lists(v) | st.dictionaries(st.text(), v),
        max_leaves=12,
    )
)
def test_a_payload_that_looks_like_entries_stays_inside_its_own(payload: Any) -> None:
    inner = [{"insertId": "a", "nested": payload}, {"timestamp": "b"}]
    entries = [entry(n, None, jsonPayload={"message": "m", "items": inner, "more": payload}) for n in range(3)]
    for name, layout in LAYOUTS.items():
        found, _ = frame(layout(texts(*entries)), [333])
        assert [json.loads(t) for t in found] == entries, name


DAMAGED = {
    "cut in a string": FOUR[1][:-20],
    "cut in a key": FOUR[1][: FOUR[1].index(b"Name") + 2],
    "cut in an object": FOUR[1][: FOUR[1].index(b"labels") + 9],
    "cut before its last brace": FOUR[1][:-1],
    "a brace too many": FOUR[1] + b"}",
    "a quote too many": FOUR[1].replace(b"INFO", b'IN"FO'),
    "a quote too few": FOUR[1].replace(b'"INFO"', b'"INFO'),
    "a comma too few": FOUR[1].replace(b',"severity"', b'"severity"'),
    "no object": b"12345",
    "a text": b'"insertId"',
    "an array": b"[1,2,[3]]",
    "null": b"null",
    "words": b"not json at all",
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_entry_costs_itself_alone(damage: str) -> None:
    for name, layout in LAYOUTS.items():
        for size in PIECES:
            found, _ = frame(layout([FOUR[0], DAMAGED[damage], *FOUR[2:]]), [size])
            good = [v for v in readable(found) if isinstance(v, dict) and v.get("insertId") != "id-000001"]
            assert good == [json.loads(t) for t in (FOUR[0], *FOUR[2:])], (name, size)


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_entry_is_one_text_to_be_counted(damage: str) -> None:
    """A brace too many may also stand alone: then the entry before it is good and the brace is what was damaged."""
    for name, layout in LAYOUTS.items():
        found, _ = frame(layout([FOUR[0], DAMAGED[damage], *FOUR[2:]]))
        assert len(found) == 4 or (damage == "a brace too many" and found[2].strip() == b"}"), name


def test_many_damaged_entries_cost_themselves_alone() -> None:
    for name, layout in LAYOUTS.items():
        mixed = [text for n, damaged in enumerate(DAMAGED.values()) for text in (damaged, *texts(entry(100 + n)))]
        found, _ = frame(layout(mixed), [4_000])
        read = [v["insertId"] for v in readable(found) if isinstance(v, dict)]
        assert [i for i in read if i != "id-000001"] == [f"id-{100 + n:06d}" for n in range(len(DAMAGED))], name


@pytest.mark.parametrize("size", [ENTRY_BYTES + 1, 5 << 20])
def test_an_oversized_entry_costs_itself_alone_and_what_follows_is_read(layout: Any, size: int) -> None:
    large = as_json(entry(1, "x" * size))
    for piece in (300_000, 1 << 24):
        found, oversized = frame(layout([FOUR[0], large, *FOUR[2:]]), [piece])
        assert [json.loads(t) for t in found] == [json.loads(t) for t in (FOUR[0], *FOUR[2:])]
        assert len(oversized) == 1
        assert b"id-000001" in oversized[0]


def test_an_entry_as_large_as_cloud_logging_takes_is_no_oversized_one(layout: Any) -> None:
    large = entry(1, '"' * (256 << 9))
    found, oversized = frame(layout(texts(entry(0), large, entry(2))), [50_000])
    assert [json.loads(t) for t in found] == [entry(0), large, entry(2)]
    assert oversized == []


def test_a_file_cut_in_its_last_entry_keeps_the_ones_before(layout: Any) -> None:
    whole = layout(FOUR)
    for size in PIECES:
        found, _ = frame(whole[: whole.rindex(b"id-000003") + 30], [size])
        assert [v["insertId"] for v in readable(found)] == ["id-000000", "id-000001", "id-000002"]
        assert len(found) == 4


@pytest.mark.parametrize("name", ["rows", "pretty, 1 blank", "packed"])
def test_an_array_without_its_closing_bracket_is_read_whole(name: str) -> None:
    found, _ = frame(LAYOUTS[name](FOUR).rstrip().removesuffix(b"]"))
    assert [json.loads(t) for t in found] == [json.loads(t) for t in FOUR]


@pytest.mark.parametrize("empty", [b"", b"[]", b"[\n]\n", b"\n\n"])
def test_nothing_gives_no_entry(empty: bytes) -> None:
    assert frame(empty) == ([], [])


def test_one_entry_alone_is_read(layout: Any) -> None:
    found, _ = frame(layout(FOUR[:1]))
    assert [json.loads(t) for t in found] == [json.loads(FOUR[0])]
