"""What every view does first: settle the window and count what the answer rests on."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lib.core.model import ImportRecord, Query
from lib.errors import BadQuery
from lib.ports import pin
from lib.views import scope
from lib.views.window import BUCKETS_S, MOST_BUCKETS, TICK, choose_bucket, open_window
from tests.entries import START, row, table
from tests.fakes import memory_ports, ports_with

MINUTE = timedelta(minutes=1)
RECORD = ImportRecord(
    "i",
    "f",
    "one.json",
    "done",
    START,
    START,
    read=9,
    skipped={"damaged JSON": 2},
    first=START,
    last=START + MINUTE,
    suspect="one looks cut",
)


def test_an_open_window_reaches_as_far_as_the_store() -> None:
    window = open_window(ports_with(table(row(0), row(9, None), row(5))), Query())
    assert (window.query.start, window.query.end) == (START, START + timedelta(seconds=9) + TICK)
    assert (window.coverage.entries, window.coverage.no_message) == (3, 1)
    assert (window.coverage.start, window.coverage.end) == (window.query.start, window.query.end)


def test_the_end_of_a_window_is_exclusive_and_its_start_is_not() -> None:
    window = open_window(ports_with(table(row(0), row(60))), Query(START, START + MINUTE))
    assert window.coverage.entries == 1
    assert open_window(ports_with(table(row(0), row(60))), Query(START, START + MINUTE + TICK)).coverage.entries == 2


def test_a_window_open_on_one_side_takes_the_other_from_the_query() -> None:
    ports = ports_with(table(row(0), row(60)))
    assert open_window(ports, Query(start=START + MINUTE)).coverage.entries == 1
    assert open_window(ports, Query(end=START + MINUTE)).coverage.entries == 1


@pytest.mark.parametrize("away", [timedelta(days=400), -timedelta(days=400)])
def test_a_window_far_from_every_entry_holds_none(away: timedelta) -> None:
    ports = ports_with(table(row(0)))
    for query in (Query(start=START + away), Query(end=START + away), Query(START + away, START + away + MINUTE)):
        wanted = 0 if (query.start or START) > START or (query.end and query.end <= START) else 1
        assert open_window(ports, query).coverage.entries == wanted


@pytest.mark.parametrize("span", [timedelta(0), -MINUTE])
def test_a_window_that_ends_before_it_begins_is_refused(span: timedelta) -> None:
    with pytest.raises(BadQuery) as caught:
        open_window(memory_ports(), Query(START, START + span))
    assert caught.value.hint


def test_services_and_environments_narrow_what_counts() -> None:
    ports = ports_with(table(row(0), row(1, service="other"), row(2, environment="production")))
    assert open_window(ports, Query(services=("other",))).coverage.entries == 1
    assert open_window(ports, Query(environments=("production", "test"))).coverage.entries == 1
    assert open_window(ports, Query(services=("nobody",))).coverage.entries == 0


def test_an_empty_store_has_no_window_of_its_own() -> None:
    window = open_window(memory_ports(), Query())
    assert (window.entries, window.coverage.entries, window.coverage.start, window.coverage.watermark) == (None, 0, None, None)


def test_what_was_skipped_is_counted_once_an_export_however_often_it_was_imported() -> None:
    again = replace(RECORD, id="j", started=START + MINUTE)
    other = replace(RECORD, id="k", fingerprint="g", skipped={"damaged JSON": 1, "NUL character": 3})
    coverage = open_window(ports_with(table(row(0)), RECORD, again, other), Query()).coverage
    assert coverage.skipped == {"damaged JSON": 3, "NUL character": 3}


def test_a_suspect_export_is_told_in_its_own_window_alone() -> None:
    ports = ports_with(table(row(0), row(7200)), RECORD)
    assert open_window(ports, Query()).coverage.suspect == ("one looks cut",)
    assert open_window(ports, Query(start=START + MINUTE)).coverage.suspect == ("one looks cut",)
    assert open_window(ports, Query(start=START + MINUTE + TICK)).coverage.suspect == ()
    assert open_window(ports, Query(START - MINUTE, START)).coverage.suspect == ()


def test_the_watermark_is_the_newest_time_read() -> None:
    ports = ports_with(table(row(0)), RECORD, replace(RECORD, id="j", fingerprint="g", last=START - MINUTE))
    assert open_window(ports, Query()).coverage.watermark == START + MINUTE


@pytest.mark.parametrize("seconds", [0.001, 1, 59, 60, 61, 3600, 3601, 86_400, 7 * 86_400, 90 * 86_400])
def test_a_trend_has_no_more_bars_than_can_be_read(seconds: float) -> None:
    bucket = choose_bucket(timedelta(seconds=seconds))
    assert bucket in BUCKETS_S
    assert seconds <= bucket * MOST_BUCKETS


def test_the_scope_names_what_is_stored() -> None:
    found = scope.load(ports_with(table(row(0, service="b"), row(1, service="a", environment=""), row(2, service=""))))
    assert (found.services, found.environments) == (("a", "b"), ("staging",))
    assert (found.first, found.last) == (START, START + timedelta(seconds=2))


def test_the_scope_of_an_empty_store_is_empty() -> None:
    assert scope.load(memory_ports()) == scope.Scope((), (), None, None)


def test_questions_of_one_view_see_one_version_of_the_store() -> None:
    ports = ports_with(table(row(0)))
    stored = pin(ports)
    ports.entries.append(table(row(1)), ("fake", 2))
    assert open_window(stored, Query()).coverage.entries == 1
    assert open_window(ports, Query()).coverage.entries == 2


def test_an_import_that_has_not_ended_makes_counts_suspect() -> None:
    running = replace(RECORD, id="r", fingerprint="r", name="big.json", state="running", suspect="", size=100, done=40)
    (told,) = open_window(ports_with(table(row(0)), running), Query()).coverage.suspect
    assert told == "Only 40% of 'big.json' is read so far: there are more entries than these."


def test_importing_again_does_not_hide_what_the_finished_import_said() -> None:
    finished = replace(RECORD, suspect="one looks cut", skipped={"no timestamp": 3})
    again = replace(finished, id="again", state="running", started=finished.started + MINUTE, suspect="", skipped={})
    coverage = open_window(ports_with(table(row(0)), finished, again), Query()).coverage
    assert coverage.suspect == ("one looks cut",)
    assert coverage.skipped == {"no timestamp": 3}


def test_an_export_that_could_not_be_read_on_makes_counts_suspect() -> None:
    broken = replace(RECORD, suspect="", broken="'one.gz' is cut short.")
    assert open_window(ports_with(table(row(0)), broken), Query()).coverage.suspect == ("'one.gz' is cut short.",)


def test_the_time_that_no_export_covers_is_told() -> None:
    ends = [
        replace(RECORD, id=str(n), fingerprint=str(n), first=START + n * MINUTE, last=START + (n + 1) * MINUTE) for n in (0, 3)
    ]
    window = Query(START - MINUTE, START + 5 * MINUTE)
    assert open_window(ports_with(table(row(0)), *ends), window).coverage.unread == (
        (START - MINUTE, START),
        (START + MINUTE + TICK, START + 3 * MINUTE),
        (START + 4 * MINUTE + TICK, START + 5 * MINUTE),
    )


def test_a_window_that_an_export_covers_has_nothing_unread() -> None:
    whole = replace(RECORD, first=START - MINUTE, last=START + MINUTE)
    assert open_window(ports_with(table(row(0)), whole), Query(START, START + MINUTE)).coverage.unread == ()
