"""Blind spots: gaps beside bursts, what was not seen, and what was told before."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from lib.core.collecting import SourceKind, SourceRecord
from lib.core.gaps import Cause, Gap
from lib.core.model import ImportRecord, Query
from lib.ports import Ports
from lib.views import deploys, gaps
from lib.views.gapevidence import Found, part_span
from lib.views.gaps import GapsView
from lib.views.unseen import hiding, touches
from tests.entries import SERVICE, START, row, table
from tests.fakes import ports_with
from tests.tracked import HOUR, INITIALISED, MISSING, Story, blind, dropping, even, healthy, mixed, recovered, revision
from tests.views import test_deploys as sample_deploys

NOW = START + timedelta(days=1)


def view(ports: Ports, start: datetime | None = None, end: datetime | None = None, now: datetime = NOW) -> GapsView:
    """Return the view of a window."""
    return gaps.load(ports, Query(start, end), now)


def burst(story: Story, hours: float, number: int = 1) -> Story:
    """Add forty failures within ten minutes."""
    for n in range(40):
        story.add(hours + n / 240, f"ledger {n} rejected", number, severity="ERROR", location="app.ledger:post:12")
    return story


def test_an_empty_store_says_so() -> None:
    nothing = view(ports_with(table()))
    assert nothing.gaps == ()
    assert "Nothing has been imported" in nothing.headline


def test_a_healthy_service_has_no_gap_and_nothing_was_missed() -> None:
    hours = even(0, 8, accepted=11) | {5: {"accepted": 47}}
    seen = view(burst(healthy(), 5).answer(hours, r1=(0.1, 7.9)).ports())
    assert (seen.gaps, seen.blind.failures, seen.blind.bursts) == ((), 0, 0)
    assert [b.missed for b in seen.bursts] == [None]
    assert seen.headline == "No gap was found: as far as the evidence reaches, errors could be seen."


def test_every_failure_of_a_blind_service_is_blind_and_listed() -> None:
    found = view(blind().ports())
    (gap,) = found.gaps
    assert (gap.gap.cause, gap.gap.open, gap.failures) == ("missing", True, 48)
    assert found.blind.failures == 48
    assert len(found.entries) == 48
    assert all(e.link and e.insert_id for e in found.entries)
    assert found.headline.startswith("48 failures were not seen: error tracking of orders-backend-staging was missing from ")
    assert found.headline.endswith(", and still is.")


def test_a_gap_that_covers_the_window_leaves_nothing_to_compare() -> None:
    story = blind()
    for hours in (0.5, 1.5, 2.5, 3.2):
        burst(story, hours)
    (told,) = view(story.ports()).associations
    assert told.association.answer == "cannot be told"
    assert "the gap covers the whole window" in told.sentence


def test_failures_after_the_gap_are_not_blind() -> None:
    found = view(recovered().ports())
    (gap,) = found.gaps
    assert not gap.gap.open
    assert (gap.failures, found.blind.failures) == (48, 48)
    assert gap.gap.end is not None
    assert all(e.ts < gap.gap.end for e in found.entries)


def test_only_the_blind_revision_of_a_partial_gap_hides_failures() -> None:
    found = view(mixed().ports())
    (gap,) = found.gaps
    assert (gap.gap.partial, gap.gap.revisions) == (True, (revision(2),))
    assert {e.revision for e in found.entries} == {revision(2)}
    assert found.blind.failures == 24


def test_a_failed_request_counts_among_failures_and_requests() -> None:
    story = blind().add(2, "GET /pay HTTP 503", 1, origin="request", http_status=503, severity="ERROR")
    found = view(story.ports())
    assert (found.blind.failures, found.blind.requests) == (49, 1)
    assert "among them 1 failed request" in found.gaps[0].sentence


def test_what_defines_the_gap_is_no_failure_in_it() -> None:
    story = Story().serve(0, 4, says="Error tracking setup failed: No module named 'sentry_sdk'").answer(even(0, 4))
    for line in story.rows:
        line["severity"] = "ERROR" if "sentry_sdk" in line["message"] else line["severity"]
    found = view(story.ports())
    assert [g.gap.cause for g in found.gaps] == ["missing"]
    assert found.blind.failures == 0


def test_a_burst_in_a_gap_says_what_error_tracking_would_have_shown() -> None:
    found = view(burst(recovered(), 2).ports())
    (row_of_burst,) = [b for b in found.bursts if "ledger" in b.cluster.template]
    assert row_of_burst.unseen
    assert row_of_burst.missed is not None
    assert (row_of_burst.missed.events, row_of_burst.missed.location) == (40, "app.ledger:post:12")
    assert row_of_burst.missed.first == START + 2 * HOUR
    assert "Error tracking would have shown" in row_of_burst.missed.sentence


def together(story: Story, hours: float) -> Story:
    """Add twenty exits that each follow a failure of their instance, as a crash loop writes them."""
    for n in range(20):
        more = {"instance": f"i{n}"}
        story.add(hours + n / 120, "ModuleNotFoundError: No module named 'ledger'", severity="ERROR", **more)
        story.add(hours + n / 120 + 0.0002, f"worker {n} failed to boot: no module named ledger", severity="ERROR", **more)
    return story


def test_bursts_of_one_problem_are_one_burst_to_a_reader() -> None:
    found = view(together(blind(), 2.5).ports())
    assert len(found.bursts) == 2
    assert (found.blind.bursts, found.blind.joint, found.gaps[0].joint) == (2, 1, 1)
    (joint,) = found.joint
    assert len({row.problem for row in joint.rows}) == 1
    assert joint.rows[0].problem
    assert joint.missed.endswith("1 more cluster of the same problem came with it, 20 events.")
    assert " in 1 burst " in found.headline


def test_bursts_of_one_cluster_at_different_times_are_different_bursts() -> None:
    found = view(together(together(blind(), 1.2), 3).ports())
    assert [len(joint.rows) for joint in found.joint] == [2, 2]
    assert found.blind.joint == 2


def test_bursts_that_merely_overlap_are_not_joined() -> None:
    story = blind()
    for n in range(20):
        story.add(2 + n / 97, f"ledger {n} rejected", severity="ERROR", instance=f"a{n}")
        story.add(2.001 + n / 89, f"coupon {n} refused by till", severity="ERROR", instance=f"b{n}")
    found = view(story.ports())
    assert [len(joint.rows) for joint in found.joint] == [1, 1]
    assert {row.problem for row in found.bursts} == {""}


def test_a_burst_over_the_edge_of_a_gap_is_cut_there() -> None:
    story = burst(recovered(), 3.95)
    for line in story.rows:
        if "ledger" in line["message"] and line["ts"] >= START + 4 * HOUR:
            line["revision"] = revision(2)
    hours = even(0, 4) | even(4, 8, accepted=11) | {4: {"accepted": 36}}
    found = view(story.answer(hours, r2=(4.1, 7.9)).ports())
    (one,) = [b for b in found.bursts if "ledger" in b.cluster.template]
    assert [p.blind for p in one.parts] == [True, False]
    assert one.parts[0].end == found.gaps[0].gap.end
    assert 0 < one.blind < 40


def test_losses_are_gaps_with_their_uncertainty() -> None:
    (row_of_gap,) = view(dropping().ports()).gaps
    gap = row_of_gap.gap
    assert (gap.cause, gap.open) == ("dropping", True)
    assert gap.start - gap.start_unsure <= START + 4 * HOUR <= gap.start


@pytest.mark.parametrize("hours", [(0, 4), (2, 6), (3, 8), (5, 8)])
def test_a_window_cuts_what_the_whole_shows(hours: tuple[int, int]) -> None:
    """A gap that is known by its evidence outside of the window is a gap inside of it."""
    ports = burst(recovered(), 2.5).ports()
    start, end = START + hours[0] * HOUR, START + hours[1] * HOUR
    part, whole = view(ports, start, end), view(ports)
    inside = [e for e in whole.entries if start <= e.ts < end]
    assert part.blind.failures == len(inside)
    expected = [max(g.gap.start, start) for g in whole.gaps if g.gap.until > start]
    assert [g.gap.start for g in part.gaps] == expected


def test_an_hour_without_entries_inside_a_gap_is_still_blind() -> None:
    """A window in which nothing was heard does not hide the gap around it."""
    story = Story().serve(0, 2, says=MISSING).serve(5, 8, says=MISSING)
    (found,) = view(story.ports(), START + 3 * HOUR, START + 4 * HOUR).gaps
    assert (found.gap.cause, found.gap.open, found.failures) == ("missing", True, 0)


def test_two_halves_add_up_to_the_whole() -> None:
    ports = burst(recovered(), 2.5).ports()
    middle = START + 3 * HOUR
    whole, first, second = view(ports), view(ports, end=middle), view(ports, start=middle)
    assert first.blind.failures + second.blind.failures == whole.blind.failures
    assert first.gaps[0].gap.open


def test_a_deploy_is_marked_but_not_the_revision_that_served_before() -> None:
    (lane,) = view(recovered().ports()).lanes
    assert [d.revision for d in lane.deploys] == [revision(2)]


def test_the_deploys_are_those_of_the_deploys_page_from_all_evidence() -> None:
    rows = sample_deploys.story()
    ports = ports_with(table(*rows))
    for start, end in ((None, None), (START + HOUR, START + 5 * HOUR), (START + 5 * HOUR, START + 7 * HOUR)):
        told = [r.deploy for r in deploys.load(ports, Query(start, end), NOW).deploys]
        marked = [d for lane in view(ports, start, end).lanes for d in lane.deploys]
        assert marked == sorted(told, key=lambda d: d.ts)
    (one,) = [d for lane in view(ports).lanes for d in lane.deploys]
    assert one.evidence == "audit"


def read_until(story: Story, hours: float) -> Ports:
    """Return ports that say what was read of a story."""
    ports = story.ports()
    ports.state.save_import(ImportRecord("a", "a", "a", "done", START, START, first=START, last=START + hours * HOUR))
    return ports


def test_an_open_gap_says_up_to_when_it_was_read() -> None:
    found = view(read_until(blind(), 4), end=START + 10 * HOUR)
    (gap,) = (r for r in found.gaps if r.gap.cause == "missing")
    assert gap.gap.open
    assert abs(gap.gap.end_unsure - 6 * HOUR) < timedelta(seconds=1)
    assert "as far as was read, to 2" in gap.sentence
    assert found.headline.endswith(", the last that was read.")
    assert "still is." in view(read_until(blind(), 4), end=START + 4 * HOUR).headline


def test_time_that_was_not_read_is_not_compared() -> None:
    ports = read_until(burst(recovered(), 2.5), 8)
    short, long = view(ports, end=START + 8 * HOUR), view(ports, end=START + 80 * HOUR)
    assert abs(long.associations[0].association.share - short.associations[0].association.share) < 0.01


def test_a_gap_that_ends_after_what_was_read_is_not_called_corrected() -> None:
    whole = Story().serve(0, 4, says=MISSING).fail(0, 4).serve(4, 8, 2, says=INITIALISED).fail(4, 8, number=2)
    whole.answer(even(0, 4) | even(4, 8, accepted=11), r2=(4.1, 7.9))
    ports = read_until(replace(whole, rows=[r for r in whole.rows if r["revision"] == revision(1)]), 4)
    assert view(ports, end=START + 8 * HOUR).gaps[0].gap.open
    ports.entries.append(table(*(r for r in whole.rows if r["revision"] == revision(2))), ("late", 1))
    ports.state.save_import(ImportRecord("b", "b", "b", "done", START, START, first=START + 4 * HOUR, last=START + 8 * HOUR))
    after = view(ports, end=START + 8 * HOUR, now=NOW + HOUR)
    assert not after.gaps[0].gap.open
    assert after.corrections == ()


def test_entries_without_an_environment_belong_to_the_only_one() -> None:
    story = blind().add(2, "Container called exit(3).", 1, origin="system", severity="WARNING", environment="")
    found = view(story.ports())
    assert found.blind.failures == 49
    assert [(lane.service, lane.environment) for lane in found.lanes] == [(SERVICE, "staging")]


def test_a_hole_between_exports_is_a_gap_that_hides_nothing() -> None:
    early = [row(n, f"order {n} stored", ts=START + timedelta(minutes=n)) for n in range(60)]
    late = [row(n + 100, f"order {n} stored", ts=START + timedelta(minutes=180 + n)) for n in range(60)]
    ports = ports_with(table(*early, *late))
    for name, rows in (("a", early), ("b", late)):
        record = ImportRecord(name, name, name, "done", START, START, first=rows[0]["ts"], last=rows[-1]["ts"])
        ports.state.save_import(record)
    found = view(ports)
    (gap,) = found.gaps
    assert (gap.gap.cause, gap.gap.partial, gap.failures) == ("uncollected", False, 0)
    assert gap.sentence.endswith("What failed meanwhile is not known.")


def looks_cut(read: int, severities: dict[str, int]) -> GapsView:
    ports = healthy().ports()
    times = [r["ts"] for r in healthy().rows]
    record = ImportRecord("a", "a", "a", "done", START, START, first=min(times), last=max(times), suspect="It looks cut.")
    ports.state.save_import(replace(record, read=read, added=read, severities=severities))
    return view(ports)


@pytest.mark.parametrize(("read", "severities"), [(20_000, {}), (500, {}), (1234, {"ERROR": 50, "INFO": 50})])
def test_an_import_that_looks_cut_is_a_gap_in_part(read: int, severities: dict[str, int]) -> None:
    (gap,) = looks_cut(read, severities).gaps
    assert (gap.gap.cause, gap.gap.partial) == ("uncollected", True)


def test_a_full_thousand_alone_is_told_and_takes_no_time_away() -> None:
    found = looks_cut(92_000, {"ERROR": 70, "INFO": 91_930})
    assert found.gaps == ()
    assert "It looks cut." in found.coverage.suspect


def test_late_entries_correct_a_gap_and_the_view_says_so() -> None:
    whole = Story().serve(0, 4, says=MISSING).serve(4, 8, 2, says=INITIALISED)
    whole.fail(0, 4).fail(4, 8, number=2)
    whole.answer(even(0, 4) | even(4, 8, accepted=11), r2=(4.1, 7.9))
    first = replace(whole, rows=[r for r in whole.rows if r["revision"] == revision(1)])
    ports = first.add(8, "mail sent", service="mail-staging", revision="mail-1", insert_id="mail").ports()
    before = view(ports)
    assert before.gaps[0].gap.open
    assert before.corrections == ()
    assert view(ports).corrections == ()  # asked again, nothing changed
    late = table(*(r for r in whole.rows if r["revision"] == revision(2)))
    ports.entries.append(late, ("late", 1))
    after = view(ports, now=NOW + HOUR)
    assert not after.gaps[0].gap.open
    (correction,) = after.corrections
    assert correction.went > 3 * HOUR
    assert "corrected by what was read later" in after.gaps[0].corrected
    assert view(ports, now=NOW + 2 * HOUR).corrections == after.corrections  # it stays told


def test_a_continued_gap_is_not_called_corrected() -> None:
    ports = blind().ports()
    view(ports)
    more = Story().serve(4, 6, says=MISSING).fail(4, 6)
    ports.entries.append(table(*({**r, "insert_id": f"more-{n}"} for n, r in enumerate(more.rows))), ("more", 1))
    assert view(ports).corrections == ()


def test_a_gap_does_not_begin_before_what_was_read() -> None:
    ports = blind().ports()
    ports.state.save_import(ImportRecord("a", "a", "a", "done", START, START, first=START, last=START + 4 * HOUR))
    found = view(ports, START - 6 * HOUR, START + 4 * HOUR)
    assert [(r.gap.cause, r.gap.start) for r in found.gaps if r.gap.cause == "missing"] == [("missing", START)]
    assert [r.gap.start for r in found.gaps if r.gap.cause == "uncollected"] == [START - 6 * HOUR]


def test_no_gap_and_no_failure_are_nothing_to_compare() -> None:
    (told,) = view(Story().serve(0, 4).ports()).associations
    assert told.sentence.endswith("no gap and no failure episode, so there is nothing to compare.")


def test_a_window_of_all_years_finds_what_the_store_holds() -> None:
    story = burst(blind(), 3)
    years = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    found = view(story.ports(), *years)
    assert [(b.found.start, b.found.count) for b in found.bursts] == [
        (b.found.start, b.found.count) for b in view(story.ports()).bursts
    ]
    assert view(story.ports(), years[0], years[0] + timedelta(days=1)).gaps == ()


def test_no_gap_of_a_service_that_nobody_knows_is_no_good_news() -> None:
    told = view(Story().serve(0, 4).ports()).headline
    assert told == f"No gap was found, but whether errors of {SERVICE} could be seen is not known."


def test_an_entry_of_another_century_costs_no_memory_and_hides_no_burst() -> None:
    story = burst(blind(), 3)
    story.add(73 * 365 * 24, "ledger 1 rejected", severity="ERROR", location="app.ledger:post:12")
    parts = part_span((START, START + 73 * 365 * 24 * HOUR), pl.Series([int(t["ts"].timestamp()) // 60 * 60 for t in story.rows]))
    assert sum((b - a for a, b in parts), timedelta(0)) < 5 * HOUR
    years = (START - 99_999 * HOUR, START + 99_999 * HOUR)
    assert sum((b - a for a, b in part_span(years, pl.Series([int(START.timestamp())]))), timedelta(0)) < 30 * 24 * HOUR
    assert [b.found.count for b in view(story.ports()).bursts] == [b.found.count for b in view(burst(blind(), 3).ports()).bursts]


def a_gap(service: str, cause: Cause) -> Gap:
    """Return a gap of four hours."""
    return Gap(service, "staging", cause, START, START + 4 * HOUR, START + 4 * HOUR)


def test_what_was_not_collected_hides_nothing_that_is_here() -> None:
    missing = a_gap("orders", Cause.MISSING)
    assert hiding([a_gap("orders", Cause.UNCOLLECTED), missing]) == [(1, missing)]


def test_a_gap_touches_the_bursts_of_its_own_service_alone() -> None:
    burst = Found("orders", "staging", "c", START + HOUR, START + 2 * HOUR, 9, 9.0)
    assert touches(a_gap("orders", Cause.MISSING), burst)
    assert not touches(a_gap("mail", Cause.MISSING), burst)
    assert not touches(a_gap("orders", Cause.MISSING), replace(burst, start=START + 4 * HOUR, end=START + 5 * HOUR))


def silent_story() -> Story:
    """Requests without a pause, and own entries that stop for an hour."""
    story = Story()
    for minute in range(8 * 60):
        story.add(minute / 60 + 0.01, "GET / HTTP 200", origin="request", log="run.googleapis.com/requests")
        if not 4 * 60 <= minute < 5 * 60:
            story.add(minute / 60, "order stored")
    return story


def test_requests_without_an_own_entry_are_a_silence() -> None:
    assert [g.gap.cause for g in view(silent_story().ports()).gaps] == ["silent"]


def test_where_a_source_leaves_entries_out_nobody_is_called_silent_for_it() -> None:
    ports = silent_story().ports()
    ports.state.save_source(SourceRecord("acme-prod", SourceKind.LOGGING, left_out="Entries below WARNING are left out."))
    assert view(ports).gaps == ()
