"""Lines that differ only in their ids and times are looked at once."""

import polars as pl
import pyarrow as pa
import pytest

from lib.adapters import decoder as decoder_module
from lib.adapters.decoder import DuckDecoder
from lib.core.repeats import find_told
from lib.ports import Chunk, Decoded
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


def decode(lines: pl.Series, decoder: DuckDecoder | None = None) -> Decoded:
    return (decoder or DuckDecoder()).decode(Chunk(lines.cast(pl.Binary).to_arrow().cast(pa.large_binary()), 0))


FORMS = (
    {"textPayload": "2026-02-03T04:05:06Z ready in 7 ms"},
    {"jsonPayload": {"message": "ready", "timestamp": "2026-02-03T04:05:06.789Z", "created_at": "2026-02-03T04:05:06Z"}},
    {"jsonPayload": {"message": "2026-02-03T04:05:06Z"}},
    {"textPayload": "Traceback (most recent call last):\n  File \"/app/a.py\", line 3, in run\n    go()\nKeyError: 'x'"},
    {"httpRequest": {"requestMethod": "GET", "requestUrl": "/a", "status": 503, "latency": "0.25s", "remoteIp": "8.8.4.4"}},
    {"labels": {"instanceId": "00ab" * 20}},
    {"labels": {"instanceId": "00cd" * 20, "k8s-pod/app": "shop"}, "severity": "ERROR"},
    {"textPayload": "login with pass" + "word=hunter2hunter2"},
    {"textPayload": {"wrong": "type"}},
    {"timestamp": "2026-02-30T00:00:00Z"},
    {"timestamp": "2026-02-03T04:05:06.123456789+02:00"},
    {"timestamp": "0001-01-01T00:00:00Z"},
    {"jsonPayload": {"message": "big", "size": 2**70}},
)


def test_lines_decoded_together_become_what_each_becomes_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [
        as_json(entry(n, None, **{"insertId": f"{n:024x}", **form})).decode()
        for n, form in enumerate(form for form in FORMS for _ in range(12))
    ]
    lines, decoder = pl.Series("line", [*made, "{damaged", *made[:5]]), DuckDecoder()
    together = [decode(lines, decoder) for _ in range(2)]
    monkeypatch.setattr(decoder_module, "find_told", lambda _: None)
    each = decode(lines)
    for found in together:
        assert found.entries.equals(each.entries)
        assert (found.read, found.faults, found.masked) == (each.read, each.faults, each.masked)


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
    decoded = decode(chunk)
    assert decoded.entries.num_rows == 201
    assert decoded.entries["payload"][200] == decode(chunk.tail(1)).entries["payload"][0]
