"""Deploys: did it work, what is new, what is gone, is anything louder?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lib.core.collecting import SourceKind, SourceRecord
from lib.core.compare import Change, Missing
from lib.core.deploys import DeployOutcome, Evidence
from lib.core.frequency import By, Rate
from lib.core.model import ImportRecord, Query
from lib.errors import BadQuery
from lib.ports import Ports, pin
from lib.views import comparing, deploys
from lib.views.window import open_window
from tests.audit import call, revision, word
from tests.entries import SERVICE, START, row, table
from tests.fakes import memory_ports, ports_with

MIN = timedelta(minutes=1)
NOW = START + timedelta(hours=9)
CUT = 240  # minute of the deploy; the story ends after 480


def minute(number: int, name: str, message: str, severity: str = "INFO", **more: Any) -> dict[str, Any]:
    """An entry of a revision at a minute, spread over its seconds by what it says."""
    ts = START + number * MIN + timedelta(seconds=sum(map(ord, message)) % 60)
    return row(number, message, ts=ts, revision=name, severity=severity, **more) | {"insert_id": f"{number}-{name}-{message}"}


def serve(name: str, first: int, last: int, service: str = SERVICE) -> list[dict[str, Any]]:
    """Requests, a routine line, and a warning every second minute."""
    rows = []
    for m in range(first, last):
        for k in range(2):
            path = {"http_path": f"/orders/{'ab'[k]}", "http_status": 200, "http_method": "GET"}
            rows.append(minute(m, name, f"GET /orders/{'ab'[k]} HTTP 200", origin="request", service=service, **path))
        rows.append(minute(m, name, f"order {m} was stored", service=service))
        if m % 2:
            rows.append(minute(m, name, f"stock of {m} is low", "WARNING", service=service))
    return rows


def story(*more: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one deploy after four hours, by audit, with a new failure after it and a warning that is gone."""
    rows = serve(revision(41), 0, CUT) + serve(revision(42), CUT, 480)
    rows += [call(START + CUT * MIN, previous=revision(41)), word(START + CUT * MIN, revision(42))]
    rows += [minute(m, revision(41), f"cache of {m} is cold", "WARNING") for m in range(0, CUT, 3)]
    rows += [minute(m, revision(42), f"cannot bill customer {m}", "ERROR") for m in range(CUT, 480, 3)]
    return [*rows, *more]


def ports(*more: dict[str, Any]) -> Ports:
    return ports_with(table(*story(*more)))


def changes(row: deploys.DeployRow) -> dict[str, Change]:
    return {c.template.split(" <")[0]: c.compared.change for c in row.changes}


def test_a_deploy_is_told_with_what_it_changed() -> None:
    view = deploys.load(ports(), Query(), NOW)
    (found,) = view.deploys
    assert (found.deploy.revision, found.deploy.outcome) == (revision(42), DeployOutcome.READY)
    assert changes(found) == {"cannot bill customer": Change.NEW, "cache of": Change.GONE}
    assert "brought 1 new failure ('cannot bill customer <*>')" in found.verdict
    assert "is gone as far as 4 h can tell" in found.verdict
    assert found.verdict in view.headline


def test_requests_that_went_well_are_the_exposure_and_no_cluster() -> None:
    view = deploys.load_one(ports(), Query(), NOW, SERVICE, revision(42))
    assert not any("HTTP 200" in r.template for r in view.rows)
    assert {r.compared.exposure_before for r in view.rows if r.compared.unit == "requests"} <= {480.0}


def test_windows_say_how_much_was_in_them() -> None:
    view = deploys.load(ports(), Query(), NOW)
    old, new = view.windows
    assert (old.requests, new.requests) == (480, 480)
    assert (old.warnings, new.warnings) == (200, 120)
    assert (old.errors, new.errors) == (0, 80)
    assert new.minutes == pytest.approx(240, abs=1)


def test_the_first_revision_gets_no_deploy_made_up() -> None:
    (seen,) = deploys.load(ports(), Query(), NOW).first_seen
    assert (seen.revision, "served already" in seen.why) == (revision(41), True)


def test_a_window_after_the_deploy_still_compares_with_what_was_before() -> None:
    view = deploys.load(ports(), Query(start=START + (CUT - 10) * MIN), NOW)
    assert [changes(r) for r in view.deploys] == [{"cannot bill customer": Change.NEW, "cache of": Change.GONE}]
    assert not deploys.load(ports(), Query(start=START + (CUT + 10) * MIN), NOW).deploys


def test_one_deploy_has_every_interval_and_its_windows_laid_over_each_other() -> None:
    view = deploys.load_one(ports(), Query(), NOW, SERVICE, revision(42))
    stock = next(r.compared for r in view.rows if r.template.startswith("stock of"))
    assert stock.low is not None
    assert stock.high is not None
    assert stock.low < 1 < stock.high
    assert view.rows[0].template.startswith("cannot bill")
    assert [o.name for o in view.overlay] == [revision(41), revision(42)]
    assert all(o.points[0].since <= timedelta(0) for o in view.overlay)


def test_an_unknown_deploy_is_told() -> None:
    with pytest.raises(BadQuery, match="No deploy"):
        deploys.load_one(ports(), Query(), NOW, SERVICE, "nothing")
    with pytest.raises(BadQuery, match="No deploy"):
        deploys.load_comparisons(ports(), Query(), NOW, "nothing")


@pytest.mark.parametrize("by", list(By))
def test_the_chart_counts_each_warning_and_error_once_however_it_is_cut(by: By) -> None:
    chart = deploys.load(ports(), Query(), NOW, by).chart
    assert chart is not None
    assert sum(s.total for s in chart.series) == 200 + 120 + 80


def test_markers_say_revision_outcome_and_time() -> None:
    chart = deploys.load(ports(), Query(), NOW).chart
    assert chart is not None
    (marker,) = chart.markers
    assert marker.label.split()[:2] == ["00042-abc", "ready"]


def test_a_silence_is_missing_in_the_chart_and_never_zero() -> None:
    quiet = [r for r in story() if not START + 60 * MIN <= r["ts"] < START + 120 * MIN]
    chart = deploys.load(ports_with(table(*quiet)), Query(), NOW, rate=Rate.PER_REQUEST).chart
    assert chart is not None
    hours = {p.ts: p.value for p in chart.series[0].points}
    assert hours[START + 90 * MIN] is None
    assert hours[START + 30 * MIN] is not None


def test_what_was_not_collected_is_no_exposure() -> None:
    rows = [r for r in story() if not START + 300 * MIN <= r["ts"] < START + 420 * MIN]
    parts = [(START, START + 300 * MIN), (START + 420 * MIN, START + 480 * MIN)]
    records = [
        ImportRecord(str(i), f"f{i}", f"part {i}", "done", NOW, NOW, first=a, last=z) for i, (a, z) in enumerate(parts)
    ]  # fmt: skip
    view = deploys.load(ports_with(table(*rows), *records), Query(), NOW)
    assert view.windows[-1].minutes == pytest.approx(120, abs=2)
    assert any("not read" in told for told in view.deploys[0].confounders)


def test_a_deploy_after_which_nothing_was_read_is_not_compared() -> None:
    late = [call(START + 470 * MIN, previous=revision(42), number=1), word(START + 470 * MIN, revision(43), number=1)]
    newest = deploys.load(ports(*late), Query(), NOW).deploys[0]
    assert newest.deploy.revision == revision(43)
    assert "cannot be compared" in newest.verdict
    one = deploys.load_one(ports(*late), Query(), NOW, SERVICE, revision(43))
    assert {r.compared.missing for r in one.rows} == {Missing.COLLECTION}


def test_entries_without_a_label_are_not_given_to_a_revision_of_unknown_name() -> None:
    rows = serve(revision(41), 0, CUT) + serve("", CUT, 480) + [call(START + CUT * MIN, previous=revision(41))]
    view = deploys.load(ports_with(table(*rows)), Query(), NOW)
    assert [w.requests for w in view.windows if not w.lane.revision] == [None]
    assert "cannot be compared" in view.deploys[0].verdict
    assert not view.deploys[0].changes


def test_a_rollback_is_told() -> None:
    rows = serve(revision(41), 0, 120) + serve(revision(42), 120, 240) + serve(revision(41), 240, 480)
    rows += [call(START + 120 * MIN, previous=revision(41))]
    (found,) = deploys.load(ports_with(table(*rows)), Query(), NOW).deploys
    assert found.rolled_back
    assert "rolled back" in found.verdict


def test_a_services_own_deploy_shortly_after_is_no_confounder() -> None:
    rows = serve(revision(41), 0, CUT) + serve(revision(42), CUT, CUT + 20) + serve(revision(43), CUT + 20, 480)
    rows += [minute(m, revision(41), f"cannot bill customer {m}", "ERROR") for m in range(0, CUT, 3)]
    rows += [call(START + (CUT + n * 20) * MIN, previous=revision(41 + n), number=n) for n in (0, 1)]
    found = deploys.load(ports_with(table(*rows)), Query(), NOW).deploys
    assert {r.deploy.revision for r in found} == {revision(42), revision(43)}
    assert not any("was deployed at" in told for r in found for told in r.confounders)


@pytest.mark.parametrize(
    ("minutes", "message", "named"),
    [(5, "cannot bill customer", True), (45, "cannot bill customer", False), (5, "lost a cart", False)],
)
def test_another_services_deploy_near_it_with_the_same_failure_is_a_confounder(minutes: int, message: str, named: bool) -> None:
    cart = "cart-staging"
    more = serve(f"{cart}-00007-abc", 0, 480, cart)
    more += [minute(m, f"{cart}-00007-abc", f"{message} {m}", "ERROR", service=cart) for m in range(CUT, 480, 4)]
    more += [call(START + (CUT + minutes) * MIN, service=cart, previous=f"{cart}-00007-abc", number=3)]
    mine = [r for r in deploys.load(ports(*more), Query(), NOW).deploys if r.deploy.service == SERVICE]
    assert any("cart-staging" in told for told in mine[0].confounders) is named


def test_a_query_by_environment_keeps_the_audit_entries_that_name_none() -> None:
    rows = [r | ({"environment": ""} if r["origin"] == "audit" else {}) for r in story()]
    view = deploys.load(ports_with(table(*rows)), Query(environments=("staging",)), NOW)
    assert [(r.deploy.revision, r.deploy.evidence) for r in view.deploys] == [(revision(42), Evidence.AUDIT)]
    assert not deploys.load(ports_with(table(*rows)), Query(environments=("production",)), NOW).deploys


def test_asking_for_one_service_changes_none_of_its_answers() -> None:
    cart = "cart-staging"
    more = serve(f"{cart}-00007-abc", 0, 480, cart)
    more += [minute(m, f"{cart}-00007-abc", f"cannot bill customer {m}", "ERROR", service=cart) for m in range(CUT, 480, 4)]
    more += [call(START + (CUT + 5) * MIN, service=cart, previous=f"{cart}-00007-abc", number=3)]
    stored = ports(*more)
    whole, narrow = (deploys.load(stored, q, NOW) for q in (Query(), Query(services=(SERVICE,))))
    one = deploys.load_one(stored, Query(services=(SERVICE,)), NOW, SERVICE, revision(42))
    assert [r.deploy.service for r in narrow.deploys] == [SERVICE]
    assert {w.lane.service for w in narrow.windows} == {SERVICE}
    assert narrow.deploys[0] == next(r for r in whole.deploys if r.deploy.service == SERVICE)
    assert (one.headline, one.confounders) == (narrow.deploys[0].verdict, narrow.deploys[0].confounders)


def test_shifting_all_times_shifts_the_answer() -> None:
    shift = timedelta(days=3, hours=7, minutes=35)
    moved = [r | {"ts": r["ts"] + shift, "day": (r["ts"] + shift).date()} for r in story()]
    here, there = (deploys.load_comparisons(ports_with(table(*rows)), Query(), NOW).comparisons for rows in (story(), moved))
    assert [c.rows for c in here] == [c.rows for c in there]
    assert [c.lane.start + shift for c in here] == [c.lane.start for c in there]


def test_the_order_of_arrival_changes_nothing() -> None:
    rows = story()
    here, there = (deploys.load(ports_with(table(*r)), Query(), NOW) for r in (rows, rows[::-1]))
    assert (here.deploys, here.windows, here.chart) == (there.deploys, there.windows, there.chart)


def test_an_empty_store_is_not_called_well() -> None:
    view = deploys.load(memory_ports(), Query(), NOW)
    assert not view.deploys
    assert "imported" in view.headline
    assert not deploys.load_comparisons(memory_ports(), Query(), NOW).comparisons


def test_a_store_without_a_deploy_says_so() -> None:
    view = deploys.load(ports_with(table(*serve(revision(41), 0, 60))), Query(), NOW)
    assert view.headline == "No deploy is known in this window."


def test_times_are_utc() -> None:
    chart = deploys.load(ports(), Query(), NOW).chart
    assert chart is not None
    assert chart.series[0].points[0].ts.tzinfo is UTC
    assert isinstance(chart.markers[0].ts, datetime)


@pytest.mark.parametrize("query", [Query(start=START + timedelta(days=9)), Query(end=START - MIN), Query(services=("nobody",))])
def test_a_window_without_entries_is_told_as_not_knowing(query: Query) -> None:
    view = deploys.load(ports(), query, NOW)
    assert not view.deploys
    assert "Nothing" in view.headline
    assert view.chart is None or all(p.value is None for s in view.chart.series for p in s.points)


def test_entries_without_a_message_are_exposure_all_the_same() -> None:
    rows = [row(m, None, ts=START + m * MIN, revision=revision(41), origin="request", http_status=200) for m in range(9)]
    (window,) = deploys.load(ports_with(table(*rows)), Query(), NOW).windows
    assert (window.requests, window.errors) == (9, 0)


def test_a_revision_is_found_without_its_service() -> None:
    assert deploys.load_one(ports(), Query(), NOW, "", revision(42)).deploy.service == SERVICE
    with pytest.raises(BadQuery, match=r"^No deploy of nothing is known in this window"):
        deploys.load_one(ports(), Query(), NOW, "", "nothing")


def test_a_revision_that_two_services_have_is_asked_back() -> None:
    deploy = deploys.load_one(ports(), Query(), NOW, SERVICE, revision(42)).deploy
    both = [deploy, replace(deploy, service="parcels")]
    window = open_window(ports(), Query())
    assert deploys.choose(both, window, "parcels", revision(42)) == both[1]
    with pytest.raises(BadQuery, match="Not only one service"):
        deploys.choose(both, window, "", revision(42))


@pytest.mark.parametrize(("last", "counted"), [(CUT, 80), (CUT + 8, 83), (CUT + 120, 80)])
def test_old_entries_after_a_deploy_are_the_old_revisions_but_not_where_it_serves_on_beside(last: int, counted: int) -> None:
    """Its last requests end a little later; a revision that serves on beside the new one is counted until the new one came."""
    rows = serve(revision(41), 0, last) + serve(revision(42), CUT, 480)
    rows += [call(START + CUT * MIN, previous=revision(41)), word(START + CUT * MIN, revision(42))]
    rows += [minute(m, revision(41), f"cache of {m} is cold", "WARNING") for m in range(0, last, 3)]
    (compared,) = deploys.load_comparisons(ports_with(table(*rows)), Query(), NOW).comparisons
    cold = [r.compared for r in compared.rows if r.template.startswith("cache of")]
    assert (cold[0].before, cold[0].after) == (counted, 0)


def test_the_first_line_says_how_many_deploys_could_be_compared_at_all() -> None:
    unheard = call(START + 400 * MIN, previous=revision(42)), word(START + 400 * MIN, revision(43))
    calm = serve(revision(41), 0, CUT) + serve(revision(42), CUT, 390)
    first = call(START + CUT * MIN, previous=revision(41)), word(START + CUT * MIN, revision(42))

    def headline(*rows: dict[str, Any]) -> str:
        return deploys.load(ports_with(table(*rows)), Query(), NOW).headline

    assert headline(*calm, *first).endswith("None changed a cluster as far as can be told.")
    assert headline(*calm, *first, *unheard).endswith("Only 1 could be compared, and no change of a cluster was found there.")
    assert headline(*serve(revision(42), CUT, 390), *unheard).endswith("nothing of both sides was read.")


def test_windows_of_all_years_are_compared() -> None:
    cut = START + CUT * MIN
    years = (datetime(1, 1, 1, tzinfo=UTC), cut), (cut, datetime(9999, 12, 1, tzinfo=UTC))
    near = (START, cut), (cut, START + 480 * MIN)
    far, told = (deploys.load_windows(ports(), Query(), NOW, *spans).comparisons for spans in (years, near))
    assert [(r.compared.before, r.compared.after) for c in far for r in c.rows if r.changed]
    assert {(r.compared.cluster, r.compared.before, r.compared.after) for c in far for r in c.rows} == {
        (r.compared.cluster, r.compared.before, r.compared.after) for c in told for r in c.rows
    }


def test_stray_years_make_no_century_of_bins() -> None:
    odd = (row(0, "x", ts=datetime(2000, 1, 1, tzinfo=UTC), revision=revision(41)),
           row(1, "y", ts=datetime(2099, 1, 1, tzinfo=UTC), revision=revision(42)))  # fmt: skip
    stored = pin(ports(*odd))
    window = open_window(stored, Query())
    known = deploys.read(stored, window)
    lanes = known.facts.lanes
    place = lanes[0].service, lanes[0].environment
    sheet = comparing.Sheet(known.cells.by_place[place], known.facts.written[place], lanes, window.coverage)
    assert len(lanes) >= 2
    assert max(lane.end - lane.start for lane in lanes) > timedelta(days=9999)
    assert 90 <= sum(p.requests.size for p in sheet.pieces()) < 1000
    assert sum(p.counts.sum() for p in sheet.pieces()) > 800


def test_a_verdict_claims_no_time_in_which_its_revision_was_not_heard() -> None:
    """A clock that is off by a century ends the last lane a century later: nothing can be told of all that time."""
    odd = (row(0, "x", ts=datetime(2000, 1, 1, tzinfo=UTC), revision=revision(41)),
           row(1, "y", ts=datetime(2099, 1, 1, tzinfo=UTC), revision=revision(42)))  # fmt: skip
    stray = pin(ports(*odd))
    (found,) = (r for r in deploys.load(stray, Query(), NOW).deploys if r.deploy.revision == revision(42))
    assert "is gone as far as 4 h can tell" in found.verdict
    one = deploys.load_one(stray, Query(), NOW, SERVICE, revision(42))
    assert all(r.compared.exposure_after < 300 for r in one.rows if r.compared.unit == "minutes")


def test_requests_are_no_exposure_where_a_source_leaves_some_out() -> None:
    stored = ports()
    stored.state.save_source(SourceRecord("acme-prod", SourceKind.LOGGING, left_out="Requests below status 500 are left out."))
    before = {r.compared.unit for r in deploys.load_one(ports(), Query(), NOW, SERVICE, revision(42)).rows}
    assert "requests" in before
    assert {r.compared.unit for r in deploys.load_one(stored, Query(), NOW, SERVICE, revision(42)).rows} == {"minutes"}
