"""Lines that differ only in their ids and times are looked at once."""

import polars as pl
import pyarrow as pa
import pytest

from lib.adapters.decoder import DuckDecoder
from lib.core.repeats import find_told
from lib.ports import Chunk
from tests.entries import as_json, entry


def lines(count: int, text: str = "ready") -> pl.Series:
    return pl.Series("line", [as_json(entry(n, text, insertId=f"{n:024x}")).decode() for n in range(count)])


def test_entries_that_differ_in_ids_and_times_alone_say_the_same() -> None:
    told = find_told(lines(50))
    assert told is not None
    assert len(told.texts) == 1
    assert told.texts["first"].to_list() == [0]


def test_lines_that_hardly_ever_repeat_are_not_compared() -> None:
    assert (
        find_told(pl.Series("line", [as_json(entry(n, f"word{chr(97 + n % 26)} {'x' * n}")).decode() for n in range(50)])) is None
    )


def test_every_line_that_says_something_to_mask_is_found_in_each_chunk_again() -> None:
    decoder = DuckDecoder()
    secret = "pass" + "word=" + "hunter2hunter2"
    chunk = pl.concat([lines(40), lines(10, f"login with {secret}")])
    for _ in range(2):
        assert decoder.find_remarkable(chunk).to_list() == list(range(40, 50))


def test_a_line_with_a_number_beyond_64_bits_is_remarkable() -> None:
    odd = as_json(entry(99, None, jsonPayload={"message": "ready", "size": 2**70})).decode()
    assert DuckDecoder().find_remarkable(pl.concat([lines(40), pl.Series("line", [odd])])).to_list() == [40]


@pytest.mark.parametrize(
    "text",
    [
        "GET /traces/{} ok",
        "id 00000000-{}",
        "at 2026-02-03T{} ended",
        '{{"insertId":"{}"}}',
        '{{"spanId":"{}"}}',
        '{{"instanceId":"{}"}}',
    ],
)
def test_what_looks_like_an_id_hides_nothing_from_masking(text: str) -> None:
    card = "4111" * 4
    chunk = pl.concat([lines(200, text.format("1")), pl.Series("line", [as_json(entry(900, text.format(card))).decode()])])
    decoded = DuckDecoder().decode(Chunk(chunk.cast(pl.Binary).to_arrow().cast(pa.large_binary()), 0))
    assert decoded.entries.num_rows == 201
    alone = DuckDecoder().decode(Chunk(chunk.tail(1).cast(pl.Binary).to_arrow().cast(pa.large_binary()), 0))
    assert decoded.entries["payload"][200] == alone.entries["payload"][0]
