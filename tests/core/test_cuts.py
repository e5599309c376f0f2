"""Exports that a limit cut are told by what a limit leaves behind; others are left alone. Both sides of each threshold."""

from datetime import timedelta
from pathlib import Path

import pytest

from lib.adapters.decoder import DuckDecoder
from lib.adapters.exports import open_export
from lib.core.cuts import find_claim, judge_cut
from lib.ingest import import_source
from tests.entries import START
from tests.fakes import memory_ports

ODD = {"INFO": 613, "ERROR": 17}


def judge(
    read: int, severities: dict[str, int] | None = None, name: str = "export.json", span: timedelta = timedelta(seconds=106)
) -> str:
    return judge_cut(name, read, severities or {"INFO": read}, START, START + span)


@pytest.mark.parametrize("read", [50, 100, 500, 1000, 2000, 5000, 10_000, 81_000])
def test_a_round_total_looks_cut(read: int) -> None:
    assert f"exactly {read:,} entries" in judge(read)


@pytest.mark.parametrize("read", [1, 49, 51, 99, 101, 150, 350, 630, 999, 1001, 1429, 1500, 81_204])
def test_any_other_total_does_not(read: int) -> None:
    assert judge(read) == ""


def test_the_sentence_names_the_file_the_count_and_the_time() -> None:
    assert judge(1000).startswith("'export.json' looks cut: exactly 1,000 entries in 106 s.")


def test_the_time_that_the_name_claims_is_set_beside_what_was_found() -> None:
    assert "though its name speaks of 60 min" in judge(1000, name="staging-last-1h.json")


def test_a_name_that_claims_no_more_is_not_mentioned() -> None:
    assert "name speaks" not in judge(1000, name="staging-0041-0043Z.json")


def test_a_round_count_that_fills_the_time_claimed_is_no_cut() -> None:
    assert judge(500, name="last-1h.json", span=timedelta(minutes=57)) == ""
    assert judge(500, name="last-1h.json", span=timedelta(minutes=56)) != ""


def test_a_thousand_is_told_even_when_it_fills_the_time_claimed() -> None:
    assert judge(3000, name="last-1h.json", span=timedelta(minutes=59)) != ""


@pytest.mark.parametrize(("severities", "told"), [
    ({"ERROR": 50, "WARNING": 50, "INFO": 50}, "the same 50 entries each of ERROR, INFO and WARNING"),
    ({"ERROR": 150, "WARNING": 150, "INFO": 129}, "the same 150 entries each of ERROR and WARNING"),
    ({"ERROR": 37, "WARNING": 37, "INFO": 37}, "the same 37 entries each of ERROR, INFO and WARNING"),
    ({"ERROR": 30, "WARNING": 30, "INFO": 7}, "the same 30 entries each of ERROR and WARNING"),
])  # fmt: skip
def test_one_count_for_several_severities_looks_cut(severities: dict[str, int], told: str) -> None:
    assert told in judge(sum(severities.values()), severities)


@pytest.mark.parametrize("severities", [
    {"ERROR": 37, "WARNING": 37, "INFO": 9},
    {"ERROR": 19, "WARNING": 19, "INFO": 19},
    {"ERROR": 10, "WARNING": 10},
    {"ERROR": 40, "WARNING": 41, "INFO": 42},
])  # fmt: skip
def test_few_or_odd_equal_counts_are_chance(severities: dict[str, int]) -> None:
    assert judge(sum(severities.values()), severities) == ""


def test_two_severities_with_one_multiple_of_fifty_are_certain_whatever_the_name_claims() -> None:
    severities = {"ERROR": 150, "WARNING": 150, "INFO": 129}
    assert judge(429, severities, "staging-1924-2249Z.json", timedelta(hours=3, minutes=24)) != ""


def test_two_severities_with_another_count_believe_a_name_that_is_filled() -> None:
    severities = {"ERROR": 30, "WARNING": 30, "INFO": 7}
    assert judge(67, severities, "staging-1924-2249Z.json", timedelta(hours=3, minutes=24)) == ""


def test_nothing_read_is_nothing_cut() -> None:
    assert judge_cut("last-1h.json", 0, {}, None, None) == ""


@pytest.mark.parametrize(("name", "claim"), [
    ("last-1h.json", timedelta(hours=1)),
    ("last_30m.json.gz", timedelta(minutes=30)),
    ("logs 2 hours", timedelta(hours=2)),
    ("backend-90min", timedelta(minutes=90)),
    ("7d-of-logs.json", timedelta(days=7)),
    ("LAST-1H.JSON", timedelta(hours=1)),
    ("week-1w", timedelta(weeks=1)),
    ("staging-0041-0043Z.json", timedelta(minutes=2)),
    ("staging-1924-2249Z.json", timedelta(hours=3, minutes=25)),
    ("2330-0015.json", timedelta(minutes=45)),
    ("12:00-13:30.json", timedelta(minutes=90)),
    ("0900Z_to_1000Z", timedelta(hours=1)),
])  # fmt: skip
def test_a_name_claims_a_time(name: str, claim: timedelta) -> None:
    assert find_claim(name) == claim


@pytest.mark.parametrize("name", [
    "export.json", "2025-09-16.json", "20250916.json", "v2.json", "sha-12d34.json", "b2h.json", "errors-1000.json",
    "0041-0041Z.json", "issue-2561-2599.json",
])  # fmt: skip
def test_other_names_claim_nothing(name: str) -> None:
    assert find_claim(name) is None


@pytest.mark.parametrize("name", ["staging-0041-0043Z.json", "staging-1924-2249Z.json"])
def test_both_real_exports_look_cut(netra: Path, name: str) -> None:
    record = import_source(open_export(str(netra / name)), DuckDecoder(), memory_ports(), lambda: START)
    assert "looks cut" in record.suspect
