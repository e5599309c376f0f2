"""The Overview and Sources views over made-up stores."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lib.core.deploys import DeployOutcome
from lib.core.model import ImportRecord, Query, Skipped, SourceState
from lib.core.sight import Sight
from lib.errors import StoreError
from lib.views import overview, sources
from lib.views.gaps import GapsView
from lib.views.sources import SILENT_IMPORT
from tests.audit import call, revision, word
from tests.entries import REVISION, START, row, table
from tests.fakes import memory_ports, ports_with

NOW = START + timedelta(hours=1)
RECORD = ImportRecord(
    "i", "f", "one.json", "done", START, START, size=100, done=100, read=12, added=9, duplicates=1,
    skipped={"damaged JSON": 2}, masked={"email": 3}, first=START, last=START + timedelta(minutes=9),
)  # fmt: skip


def test_each_service_is_counted_by_itself() -> None:
    rows = (row(0, severity="ERROR"), row(1, severity="CRITICAL"), row(2, severity="WARNING"), row(3), row(4, service="other"))
    view = overview.load(ports_with(table(*rows)), Query(), NOW)
    assert [(s.service, s.entries, s.failures, s.warnings) for s in view.services] == [
        ("orders-backend-staging", 4, 2, 1),
        ("other", 1, 0, 0),
    ]
    assert view.headline.startswith("2 failures in 1 of 2 services, most in orders-backend-staging (2).")


def test_one_name_in_two_environments_is_two_services() -> None:
    view = overview.load(ports_with(table(row(0, service="a"), row(1, service="a", environment="production"))), Query(), NOW)
    assert [(s.service, s.environment) for s in view.services] == [("a", "production"), ("a", "staging")]


def test_a_service_that_says_that_tracking_is_off_is_named_in_the_headline() -> None:
    rows = (row(0, "Sentry SDK not available", severity="WARNING"), row(1, service="other"))
    view = overview.load(ports_with(table(*rows)), Query(), NOW)
    assert view.headline.startswith("1 of 2 services is blind: orders-backend-staging.")
    assert (view.services[0].sight, view.services[0].reason) == (Sight.BLIND, "missing")
    assert any("Sentry" in sentence for sentence in view.services[0].stands_out)


def test_blindness_is_named_however_many_failures_stand_before_it() -> None:
    texts = (
        "Container called exit(3).",
        "Container terminated on signal 9.",
        "Memory limit of 512 MiB exceeded",
        "Worker failed to boot",
    )
    rows = [row(n, text, severity="ERROR") for n, text in enumerate(texts)]
    view = overview.load(ports_with(table(*rows, row(9, "Sentry SDK not available", severity="WARNING"))), Query(), NOW)
    assert len(view.services[0].stands_out) == 3
    assert "Sentry" in view.services[0].stands_out[-1]


def test_without_errors_the_headline_counts_warnings() -> None:
    view = overview.load(ports_with(table(row(0, severity="WARNING"), row(1))), Query(), NOW)
    assert view.headline.startswith("No failure was read in orders-backend-staging; 1 warning.")


def test_the_newest_deploy_is_told_with_its_outcome() -> None:
    came = START + timedelta(hours=1)
    rows = [row(n * 60, "order stored", revision=revision(41)) for n in range(60)]
    rows += [row(3600 + n * 60, "order stored", revision=revision(42)) for n in range(1, 60)]
    rows += [call(came, previous=revision(41)), word(came, revision(42))]
    (found,) = overview.load(ports_with(table(*rows)), Query(), NOW).services
    assert found.deploy
    assert (found.revision, found.deploy.deploy.outcome) == (revision(42), DeployOutcome.READY)


def test_a_revision_that_was_there_before_is_no_deploy() -> None:
    (found,) = overview.load(ports_with(table(row(0), row(60))), Query(), NOW).services
    assert (found.revision, found.deploy) == (REVISION, None)


def test_a_service_without_a_revision_has_no_deploy() -> None:
    (found,) = overview.load(ports_with(table(row(0, revision=""))), Query(), NOW).services
    assert (found.revision, found.deploy) == ("", None)


def test_a_service_with_messageless_errors_alone_still_shows_them() -> None:
    found = overview.load(ports_with(table(row(0, None, severity="ERROR"))), Query(), NOW).services[0]
    assert (found.failures, found.worst, found.stands_out) == (1, None, ())


def test_an_overview_of_nothing_says_which_nothing() -> None:
    assert overview.load(memory_ports(), Query(), NOW).headline == "Nothing has been imported yet."
    away = overview.load(ports_with(table(row(0))), Query(NOW, NOW + timedelta(hours=1)), NOW)
    assert (away.services, "not knowing" in away.headline) == ((), True)


# ---- would we know?

MISSING = "Sentry SDK not available"
FAILED = "Order could not be stored"


def test_failures_in_a_gap_are_counted_as_unseen_with_the_time() -> None:
    rows = [row(0, MISSING, severity="WARNING"), *(row(n, FAILED, severity="ERROR") for n in range(60, 65))]
    view = overview.load(ports_with(table(*rows)), Query(), NOW)
    assert view.headline == "orders-backend-staging is blind. 5 failures since 2026-09-16 06:00 UTC went unseen."
    assert view.services[0].unseen == 5


def test_both_halves_are_answered_before_what_is_in_doubt() -> None:
    rows = [
        row(0, MISSING, severity="WARNING", service="a"),
        row(9, FAILED, severity="ERROR", service="a"),
        *(row(n, FAILED, severity="ERROR", service="b") for n in (20, 21)),
    ]
    assert overview.load(ports_with(table(*rows)), Query(), NOW).headline == (
        "1 of 2 services is blind: a (staging). 1 failure since 2026-09-16 06:00 UTC went unseen. "
        "3 failures in 2 services, most in b (staging) (2). Whether failures of b (staging) would be seen is not known."
    )


def test_an_open_gap_stands_under_the_first_line() -> None:
    view = overview.load(ports_with(table(row(0, MISSING, severity="WARNING"), row(60))), Query(), NOW)
    assert view.open_title == "Nobody can see now"
    assert view.open_gaps[0].startswith("orders-backend-staging: error tracking is missing since 2026-09-16 06:00:00 UTC")


def test_a_window_that_is_long_over_does_not_say_now() -> None:
    view = overview.load(ports_with(table(row(0, MISSING, severity="WARNING"), row(60))), Query(), NOW + timedelta(days=2))
    assert view.open_title == "Nobody could see when this window ended"


def test_many_open_gaps_leave_the_table_in_sight() -> None:
    rows = [row(n, MISSING, severity="WARNING", service=f"s{n}") for n in range(5)]
    view = overview.load(ports_with(table(*rows)), Query(), NOW)
    assert len(view.open_gaps) == 4
    assert view.open_gaps[-1] == "2 more gaps on the page Blind spots."


def test_where_nobody_can_tell_no_unseen_failure_is_not_told_as_none() -> None:
    view = overview.load(ports_with(table(row(0, FAILED, severity="ERROR"))), Query(), NOW)
    assert (view.services[0].unseen, view.services[0].sight) == (None, Sight.UNKNOWN)
    assert view.headline == (
        "1 failure in orders-backend-staging. Whether failures of orders-backend-staging would be seen is not known."
    )


def test_services_stand_by_need() -> None:
    rows = [
        *(row(n, "fine", service="quiet") for n in range(10, 19)),
        row(20, MISSING, severity="WARNING", service="blind"),
        *(row(n, FAILED, severity="ERROR", service="failing") for n in range(30, 39)),
        row(40, MISSING, severity="WARNING", service="both"),
        row(41, FAILED, severity="ERROR", service="both"),
    ]
    view = overview.load(ports_with(table(*rows)), Query(), NOW)
    assert [s.service for s in view.services] == ["both", "failing", "blind", "quiet"]


def test_a_part_that_fails_costs_only_itself() -> None:
    def refuse() -> GapsView:
        raise StoreError("The gaps cannot be read.", hint="Try again.")

    ports = ports_with(table(row(0, FAILED, severity="ERROR")))
    asked = replace(overview.ask_all(ports, Query(), NOW), gaps=refuse)
    view = overview.load(ports, Query(), NOW, asked)
    assert view.untold == ("The gaps cannot be read. Try again.",)
    assert (view.services[0].failures, view.services[0].unseen, view.services[0].sight) == (1, None, Sight.UNKNOWN)


def test_nothing_read_asks_nobody() -> None:
    def refuse() -> GapsView:
        raise AssertionError

    ports = memory_ports()
    asked = replace(overview.ask_all(ports, Query(), NOW), gaps=refuse)
    assert overview.load(ports, Query(), NOW, asked).headline == "Nothing has been imported yet."


def test_what_changed_in_the_last_hour_is_told_newest_first() -> None:
    hour = 3600
    rows = [
        *(row(n * 600, "order stored", revision="r1") for n in range(24)),
        *(row(4 * hour + n * 60, "order stored", revision="r2") for n in range(30)),
        row(4 * hour, "Ready condition status changed to True for Revision r2.", origin="audit", revision="r2"),
        row(4 * hour + 5, MISSING, severity="WARNING", revision="r2"),
        *(row(4 * hour + 1000 + n, FAILED, severity="ERROR", revision="r2") for n in range(5)),
    ]
    view = overview.load(ports_with(table(*rows)), Query(), NOW + timedelta(hours=5))
    assert "new since the last deploy of orders-backend-staging: “Order could not be stored”, 5 times." in view.changes[0]
    assert any("r2" in told and told.startswith("2026-09-16 10:00 UTC: ") for told in view.changes)
    assert any("could no longer be seen: error tracking was missing." in told for told in view.changes)


def test_what_changed_long_before_is_not_told() -> None:
    rows = [row(0, revision="r1"), row(60, MISSING, severity="WARNING", revision="r2"), row(3 * 3600, revision="r2")]
    assert overview.load(ports_with(table(*rows)), Query(), NOW).changes == ()


def test_entries_that_name_no_environment_are_known_by_the_only_one_of_their_service() -> None:
    rows = (row(0, MISSING, severity="WARNING", environment="production"), row(3600, FAILED, severity="ERROR", environment=""))
    (found,) = overview.load(ports_with(table(*rows)), Query(start=START + timedelta(minutes=30)), NOW).services
    assert (found.failures, found.unseen, found.sight) == (1, 1, Sight.BLIND)


# ---- sources


def test_a_source_read_whole_is_ok_and_says_what_was_skipped() -> None:
    view = sources.load(ports_with(table(row(0)), RECORD), Query(), NOW)
    (found,) = view.sources
    assert (found.name, found.state, found.entries) == ("one.json", SourceState.OK, 10)
    assert "Skipped: damaged JSON 2." in found.message
    assert (found.watermark, found.age) == (RECORD.last, NOW - START - timedelta(minutes=9))


@pytest.mark.parametrize(
    ("silent", "state"), [(SILENT_IMPORT - timedelta(seconds=1), SourceState.STALE), (SILENT_IMPORT, SourceState.FAILING)]
)
def test_an_import_that_fell_silent_has_failed(silent: timedelta, state: SourceState) -> None:
    running = replace(RECORD, state="running", done=40, updated=NOW - silent)
    (found,) = sources.load(ports_with(table(row(0)), running), Query(), NOW).sources
    assert found.state is state
    assert "40%" in found.message
    assert bool(found.hint) == (state is SourceState.FAILING)


def test_a_source_that_looks_cut_says_so_and_what_to_do() -> None:
    view = sources.load(ports_with(table(row(0)), replace(RECORD, suspect="one.json looks cut")), Query(), NOW)
    assert view.sources[0].state is not SourceState.OK
    assert "looks cut" in view.sources[0].message
    assert view.sources[0].hint


def test_what_is_not_ok_comes_first() -> None:
    bad = replace(RECORD, id="j", fingerprint="g", name="zwei.json", state="running", updated=START)
    assert [s.name for s in sources.load(ports_with(table(row(0)), RECORD, bad), Query(), NOW).sources] == [
        "zwei.json",
        "one.json",
    ]


def test_an_export_imported_twice_is_one_source_and_two_imports() -> None:
    again = replace(RECORD, id="j", started=START + timedelta(minutes=1), added=0, duplicates=10)
    view = sources.load(ports_with(table(row(0)), RECORD, again), Query(), NOW)
    assert (len(view.sources), len(view.imports), view.skipped, view.masked) == (1, 2, {"damaged JSON": 2}, {"email": 3})


def test_skipped_entries_are_there_to_be_opened() -> None:
    ports = ports_with(table(row(0)), RECORD)
    kept = Skipped("one.json", "f", "damaged JSON", 7, '{"cut')
    ports.state.save_skipped([kept])
    assert sources.load(ports, Query(), NOW).skipped_rows == (kept,)


def test_nothing_imported_is_told() -> None:
    view = sources.load(memory_ports(), Query(), NOW)
    assert (view.sources, view.headline, view.store.entries) == ((), "Nothing has been imported yet.", 0)


def test_the_headline_of_a_clean_import_says_that_it_is_clean() -> None:
    view = sources.load(ports_with(table(row(0)), replace(RECORD, skipped={})), Query(), NOW)
    assert view.headline.endswith("Nothing was skipped, nothing looks cut.")


def test_the_versions_of_the_rules_are_told() -> None:
    assert set(sources.load(memory_ports(), Query(), NOW).rules) == {"clustering", "masking"}


def test_audit_entries_without_the_label_belong_to_the_service_s_only_environment() -> None:
    rows = (row(0, environment="production"), row(1, "Services.ReplaceService x", environment="", origin="audit"))
    (found,) = overview.load(ports_with(table(*rows)), Query(), NOW).services
    assert (found.environment, found.entries) == ("production", 2)


def test_with_two_environments_the_unnamed_one_stays_by_itself() -> None:
    rows = [row(n, environment=name) for n, name in enumerate(("production", "test", ""))]
    found = overview.load(ports_with(table(*rows)), Query(), NOW).services
    assert sorted(s.environment for s in found) == ["", "production", "test"]


def test_a_container_s_exit_is_a_failure_whatever_its_severity() -> None:
    (found,) = overview.load(ports_with(table(row(0, "Container called exit(3).", severity="WARNING"))), Query(), NOW).services
    assert (found.failures, found.warnings) == (1, 0)


def test_an_orderly_exit_is_no_failure() -> None:
    (found,) = overview.load(ports_with(table(row(0, "Container called exit(0).", severity="WARNING"))), Query(), NOW).services
    assert (found.failures, found.warnings) == (0, 0)


def test_a_deploy_that_never_became_ready_is_told() -> None:
    came = START + timedelta(hours=1)
    rows = [row(n * 60, "order stored", revision=revision(41)) for n in range(120)]
    rows += [call(came, previous=revision(41)), word(came, revision(42), ready=False)]
    (found,) = overview.load(ports_with(table(*rows)), Query(), NOW).services
    assert found.deploy
    assert (found.revision, found.deploy.deploy.outcome) == (revision(42), DeployOutcome.FAILED)
