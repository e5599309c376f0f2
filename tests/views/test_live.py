"""Answers over sources that are read live: until when they reach, and what was not read."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from lib.cli.answers import of_sources
from lib.core.collecting import SourceKind, SourceRecord, Stretch
from lib.core.model import Query, SourceState
from lib.core.upkeep import Chore, Duty
from lib.ports import Ports
from lib.views import freshness, gaps, sources
from lib.views.window import open_window
from tests.entries import START, row, table
from tests.fakes import ports_with

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOW = START + 3 * HOUR
RECORD = SourceRecord(
    "acme", SourceKind.LOGGING, SourceState.OK, "Read up to now.", started=START, heartbeat=NOW, asked=NOW, succeeded=NOW,
    since=START, watermark=NOW, newest=START + 2 * HOUR, behind=timedelta(0), following=True,
    skipped={"no timestamp": 2}, left_out="INFO is left out.",
)  # fmt: skip


def ports(record: SourceRecord, *read: tuple[datetime, datetime], others: tuple[Stretch, ...] = ()) -> Ports:
    """Return two hours of a busy service, read live in some stretches."""
    made = ports_with(table(*(row(n, f"order {n % 5} stored", ts=START + n * MINUTE) for n in range(121))))
    made.state.save_source(record, [*(Stretch(record.name, a, b) for a, b in read), *others])
    return made


def uncollected(stored: Ports, query: Query = Query()) -> list[tuple[int, int, bool, bool]]:  # noqa: B008
    """Return the gaps for want of entries: start and end in minutes, open, in part."""
    found = [r.gap for r in gaps.load(stored, query, NOW).gaps if r.gap.cause == "uncollected"]
    return [(int((g.start - START) / MINUTE), int((g.until - START) / MINUTE), g.open, g.partial) for g in found]


def test_a_window_reaches_to_when_a_source_was_last_asked_though_nothing_came() -> None:
    cover = open_window(ports(RECORD, (START, NOW)), Query()).coverage
    assert cover.end is not None
    assert cover.end > NOW
    assert [b - a for a, b in cover.unread] == [timedelta(microseconds=1)]
    assert cover.watermark == START + 2 * HOUR
    assert (cover.skipped, cover.left_out) == ({"no timestamp": 2}, ("INFO is left out.",))


def test_what_was_read_to_its_end_has_no_gap_however_quiet_it_was() -> None:
    assert uncollected(ports(RECORD, (START, NOW))) == []


def test_a_source_that_fails_leaves_an_open_gap_with_its_reason() -> None:
    failing = replace(RECORD, state=SourceState.FAILING, message="Cloud Logging refused (PERMISSION_DENIED).")
    stored = ports(failing, (START, START + 2 * HOUR))
    assert uncollected(stored) == [(120, 180, True, False)]
    [gap] = [r.gap for r in gaps.load(stored, Query(), NOW).gaps]
    assert any("PERMISSION_DENIED" in e.text for e in gap.evidence)
    assert open_window(stored, Query()).coverage.suspect == (
        "acme is not being read: Cloud Logging refused (PERMISSION_DENIED).",
    )


def test_a_stretch_that_was_passed_over_is_a_gap_that_ended() -> None:
    assert uncollected(ports(RECORD, (START, START + HOUR), (START + 80 * MINUTE, NOW))) == [(60, 80, False, False)]


def test_where_another_source_was_read_entries_are_missing_in_part() -> None:
    stored = ports(RECORD, (START, START + HOUR), (START + 80 * MINUTE, NOW))
    stored.state.save_source(replace(RECORD, name="other"), [Stretch("other", START, NOW)])
    assert uncollected(stored) == [(60, 80, False, True)]


def test_a_few_minutes_at_the_end_are_how_late_entries_come() -> None:
    assert uncollected(ports(RECORD, (START, NOW - 3 * MINUTE))) == []


def test_history_that_is_not_read_yet_is_a_gap_until_it_is() -> None:
    assert uncollected(ports(replace(RECORD, since=START), (START + HOUR, NOW))) == [(0, 60, False, False)]


def test_a_source_that_is_off_takes_no_part() -> None:
    stored = ports(replace(RECORD, state=SourceState.OFF), (START, START + HOUR))
    cover = open_window(stored, Query()).coverage
    assert cover.end is not None
    assert cover.end < NOW
    assert cover.left_out == ()


def test_freshness_names_two_sources_and_counts_the_rest() -> None:
    stored = ports(RECORD, (START, NOW))
    for name in ("b", "c", "d"):
        stored.state.save_source(replace(RECORD, name=name, behind=HOUR))
    view = freshness.load(stored, NOW)
    assert ([f.name for f in view.shown], view.more, view.live, view.failing) == (["b", "c"], 2, True, False)


def test_a_store_of_imports_alone_is_not_live_and_says_nothing() -> None:
    view = freshness.load(ports_with(table(row(0))), NOW)
    assert (view.sources, view.trouble, view.live, view.failing) == ((), "", False, False)


def test_a_collector_that_nobody_ran_for_days_is_failing_but_windows_reach_back_to_its_entries() -> None:
    view = freshness.load(ports(RECORD, (START, NOW)), NOW + timedelta(days=3))
    assert (view.live, view.failing) == (False, True)


@pytest.mark.parametrize("name", ["shop-staging", "projects/shop-staging"])
def test_sources_tell_a_live_one_with_its_rate_quota_and_what_was_left_out(name: str) -> None:
    record = replace(
        RECORD, name="projects/shop-staging", calls=12, quota=50, added=121, masked={"email": 4}, watermark=START + HOUR
    )
    view = sources.load(ports(record, (START, START + HOUR)), Query(), NOW)
    [row] = view.live
    assert (row.per_min, row.record.calls, row.source.entries) == (1.0, 12, 121)
    assert (view.masked, view.skipped, view.coverage.left_out) == ({"email": 4}, {"no timestamp": 2}, ("INFO is left out.",))
    assert view.headline.startswith("121 entries stored from 1 live source.")


def test_sources_say_which_live_one_is_not_read_and_what_to_do() -> None:
    failing = replace(
        RECORD, state=SourceState.FAILING, message="Refused (PERMISSION_DENIED).", hint="Grant roles/logging.viewer."
    )
    view = sources.load(ports(failing, (START, START + HOUR)), Query(), NOW)
    assert "acme is not being read: newer entries of it are unknown." in view.headline
    assert (view.sources[0].state, view.sources[0].hint) == (SourceState.FAILING, "Grant roles/logging.viewer.")


def test_what_was_read_through_a_folder_has_no_rate() -> None:
    [row] = sources.load(ports(replace(RECORD, name="folders/12"), (START, NOW)), Query(), NOW).live
    assert row.per_min is None


def test_a_collector_that_died_is_the_first_thing_the_strip_says() -> None:
    stored = ports(RECORD, (START, NOW))
    stored.state.save_chore(
        Chore(Duty.COLLECTOR, NOW, SourceState.FAILING, "The collector was killed (signal 9).", "Look.", count=2)
    )
    view = freshness.load(stored, NOW)
    assert [f.name for f in view.shown] == ["the collector", "acme"]
    assert view.failing
    assert sources.load(stored, Query(), NOW).upkeep[0].count == 2


def test_the_json_of_sources_holds_what_is_known_of_a_live_one() -> None:
    told = of_sources(sources.load(ports(replace(RECORD, calls=3, quota=50), (START, NOW)), Query(), NOW))
    [source] = told["sources"]
    assert source["kind"] == "cloud_logging"
    assert (source["state"], source["age_s"], source["behind_s"], source["quota_per_min"]) == ("ok", 3600.0, 0.0, 50)
    assert (source["entries_per_min"], source["left_out"], source["filter"]) == (0.0, "INFO is left out.", None)
