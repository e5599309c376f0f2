"""Lines that differ only in their ids and times are looked at once."""

import polars as pl

from lib.adapters.decoder import DuckDecoder
from lib.core.repeats import find_told
from tests.entries import as_json, entry


def lines(count: int, text: str = "ready") -> pl.Series:
    return pl.Series("line", [as_json(entry(n, text)).decode() for n in range(count)])


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
