"""Does error tracking work, and how do we know: each rule from both sides, over whole stores."""

from dataclasses import replace
from typing import Any

import pytest

from lib.core.model import Query
from lib.core.sentry.asked import Declared, HealthReport
from lib.core.sentry.sentryfacts import SentryFacts
from lib.core.sentry.trackingstates import State, Verdict
from lib.core.tracking import judge_service
from lib.ports import pin
from lib.views import sentry
from lib.views.tracking import gather
from lib.views.window import open_window
from tests.entries import SERVICE, START, row, table
from tests.fakes import memory_ports, ports_with
from tests.tracked import (
    DISABLED,
    HOUR,
    INITIALISED,
    MISSING,
    NO_DSN,
    REFUSED,
    STORIES,
    Story,
    blind,
    dropping,
    even,
    healthy,
    mixed,
    recovered,
    revision,
    unproven,
)


@pytest.mark.parametrize("name", STORIES)
def test_a_story_has_its_verdict(name: str) -> None:
    make, verdict = STORIES[name]
    assert make().judge().verdict == verdict


def test_a_verdict_can_be_pasted() -> None:
    told = blind().judge()
    assert told.sentence == (
        f"{SERVICE}: errors are not tracked since 2026-09-16 06:00 UTC. Its logs say at every start that the SDK is missing "
        "(8 times on 1 revision); Sentry accepted nothing."
    )
    assert told.step.command == f"python -m lib canary --service {SERVICE}"
    (evidence,) = [e for e in told.evidence if e.kind == "log"]
    assert (evidence.text, evidence.count, evidence.revision) == (MISSING, 8, revision(1))
    assert evidence.first == START


@pytest.mark.parametrize(("line", "verdict"), [(MISSING, "missing"), (NO_DSN, "misconfigured"), (DISABLED, "disabled")])
def test_what_starts_say_is_the_verdict(line: str, verdict: str) -> None:
    assert Story().serve(0, 2, says=line).judge().verdict == verdict


def test_a_start_that_says_two_things_is_as_good_as_the_worse() -> None:
    assert Story().serve(0, 2, says=INITIALISED).add(1, NO_DSN, instance="i1-0-12").judge().verdict == "unverified"
    assert Story().add(0, INITIALISED).add(0.001, NO_DSN).serve(0, 2).judge().verdict == "misconfigured"


def test_initialised_is_no_proof() -> None:
    told = Story().serve(0, 2, says=INITIALISED).fail(0, 2).judge()
    assert (told.verdict, "no proof of delivery" in told.sentence) == (Verdict.UNVERIFIED, True)


def test_nobody_asked_is_unverified_with_the_step_that_would_tell() -> None:
    told = Story().serve(0, 2).fail(0, 2).judge()
    assert (told.verdict, told.rule) == (Verdict.UNVERIFIED, "nothing known")
    assert "Sentry was not asked" in told.sentence
    assert told.step.command == "python -m lib sentry-facts"


def test_asked_and_not_answered_is_unknown_with_its_reason() -> None:
    told = Story().serve(0, 2, says=INITIALISED).fail(0, 2).refuse().judge()
    assert (told.verdict, str(told.step).startswith("Give the token org:read.")) == (Verdict.UNKNOWN, True)
    assert "refused (403)" in told.sentence


def test_last_months_answer_survives_a_failed_look_up() -> None:
    assert healthy().refuse().judge().verdict == "healthy"
    later = healthy().serve(8, 12).fail(8, 12).refuse()
    assert later.judge().verdict == "unknown"


def test_a_failed_look_up_about_another_project_changes_nothing() -> None:
    story = Story().serve(0, 2).answer(even(0, 0))
    assert story.facts is not None
    projects = (*story.facts.projects, replace(story.facts.projects[0], slug="billing", number="46"))
    story.facts = replace(story.facts, projects=projects)
    assert story.copy().refuse("stats of billing").judge().verdict == "unverified"
    assert story.refuse(f"stats of {SERVICE}").judge().verdict == "unknown"


def test_starts_outrank_a_failed_look_up() -> None:
    assert blind().refuse().judge().verdict == "missing"


def test_a_quiet_service_is_never_green() -> None:
    assert Story().serve(0, 6, says=INITIALISED).answer(even(0, 6)).judge().verdict == "unverified"


def test_lost_messages_are_unknown() -> None:
    story = blind()
    emptied = [{**r, "message": None} if r["origin"] == "stdout" else r for r in story.rows]
    told = replace(story, rows=emptied).judge()
    assert (told.verdict, told.cause) == (Verdict.UNKNOWN, "no messages")


def test_some_entries_without_words_are_not_all() -> None:
    assert healthy().add(1, None).add(2, None).judge().verdict == "healthy"


def test_a_text_that_disappears_closes_nothing() -> None:
    story = Story().serve(0, 4, says=MISSING).serve(4, 8, 2).fail(0, 8, number=2)
    told = story.judge()
    assert (told.verdict, told.confidence.value, told.rule) == (Verdict.MISSING, "low", "text gone, state not")
    assert story.answer(even(0, 4) | even(4, 8, accepted=11), r2=(4.1, 7.9)).judge().verdict == "recovered"


def test_that_the_sdk_initialises_does_not_recover() -> None:
    told = unproven().judge()
    assert told.rule == "blindness over, nothing delivered"
    assert "proves nothing" in told.sentence


def test_mixed_revisions_are_told_as_such() -> None:
    told = mixed().judge()
    assert f"{revision(2)} serves beside {revision(1)}" in told.sentence
    assert {r.revision: r.verdict.value for r in told.revisions} == {revision(1): "healthy", revision(2): "missing"}


def test_serving_revisions_that_are_blind_for_different_reasons_are_each_told() -> None:
    story = Story().serve(0, 4, says=DISABLED).serve(2, 4, 2, says=NO_DSN).fail(0, 4).answer(even(0, 4))
    told = story.judge()
    assert (told.verdict, told.rule) == ("misconfigured", "blind at every start")
    assert told.since == START  # nothing was tracked before the newest revision either
    assert (
        f"each for its own reason: {revision(1)} says that Sentry is switched off and {revision(2)} says that Sentry is not set "
        "up rightly; Sentry accepted nothing."
    ) in told.sentence
    assert {r.revision: r.verdict.value for r in told.revisions} == {revision(1): "disabled", revision(2): "misconfigured"}


def test_the_command_to_copy_names_the_environment_and_cannot_run_anything_else() -> None:
    story = blind()
    for entry in story.rows:
        entry |= {"service": "orders;reboot", "environment": "qa"}
    assert story.judge().step.command == "python -m lib canary --service 'orders;reboot' --environment qa"


def test_a_revision_that_sentry_hears_in_spite_of_its_starts_is_degraded() -> None:
    assert blind().answer(even(0, 4, accepted=3), r1=(0.5, 3.5)).judge().verdict == "degraded"


def test_an_unknown_revision_beside_one_that_delivers_is_not_green() -> None:
    assert mixed().without(MISSING).judge().verdict not in ("healthy", "recovered")


def test_a_revision_that_never_served_decides_nothing() -> None:
    story = healthy().add(5, MISSING, 2).add(5.001, "Ready condition status changed to False for Revision", 2, origin="audit")
    assert story.judge().verdict == "healthy"


def test_starts_that_come_to_disagree_cut_the_revision_there() -> None:
    story = Story().serve(0, 4, says=NO_DSN).serve(4, 8, says=INITIALISED).fail(0, 8)
    assert story.copy().judge().verdict == "unverified"
    assert story.answer(even(0, 4) | even(4, 8, accepted=11), r1=(4.1, 7.9)).judge().verdict == "recovered"


def test_losses_need_no_line() -> None:
    told = dropping().judge()
    assert (told.cause, "No line says so" in told.sentence) == ("rate_limited", True)
    assert told.since is not None
    assert START + 4 * HOUR <= told.since < START + 5 * HOUR
    assert (told.revisions[0].verdict, "may be more" in told.sentence) == (Verdict.DROPPING, True)


def test_errors_of_which_nothing_arrives_and_nothing_is_counted_do_not_reach_sentry() -> None:
    told = Story().serve(0, 4, says=INITIALISED).fail(0, 4).answer(even(0, 4, accepted=0)).judge()
    assert (told.verdict, told.cause) == (Verdict.DROPPING, "nothing arrived")


def test_a_few_errors_that_do_not_arrive_prove_nothing() -> None:
    assert Story().serve(0, 4, says=INITIALISED).fail(0, 3, 1).answer(even(0, 4, accepted=0)).judge().verdict == "unverified"


def test_a_line_of_loss_is_open_where_sentry_was_not_asked() -> None:
    told = Story().serve(0, 4, says=INITIALISED).add(1, REFUSED).fail(1, 4).judge()
    assert (told.verdict, told.since) == (Verdict.DROPPING, START + HOUR)


def test_one_line_of_loss_in_an_hour_that_arrived_is_no_loss() -> None:
    assert healthy().add(3.5, REFUSED).judge().verdict == "healthy"


def test_losses_that_are_over_are_recovered_from() -> None:
    story = Story().serve(0, 9, says=INITIALISED).fail(0, 9)
    story.answer(even(0, 3, accepted=11) | even(3, 6, rate_limited=12) | even(6, 9, accepted=11), r1=(0.1, 8.9))
    told = story.judge()
    assert (told.verdict, told.revisions[0].verdict) == (Verdict.RECOVERED, Verdict.RECOVERED)


def test_sampling_is_no_loss() -> None:
    story = Story().serve(0, 60, says=INITIALISED, every_min=30).fail(0, 60)
    told = story.answer(even(0, 60, accepted=3, client_discard=9), r1=(0.1, 59)).judge()
    assert told.verdict == "healthy"


def test_errors_after_sentrys_last_hour_are_not_taken_for_delivered() -> None:
    story = healthy().serve(8, 16, says=INITIALISED).fail(8, 16)
    assert (story.judge().verdict, story.judge().rule) == (Verdict.UNVERIFIED, "errors after Sentry's answer")


def test_an_sdk_that_says_it_sees_only_a_part_is_degraded() -> None:
    assert healthy().add(2, "[Sentry] express is not instrumented. Please make sure").judge().verdict == "degraded"


def test_releases_with_other_names_leave_the_hours_to_tell() -> None:
    story = healthy()
    assert story.facts is not None
    story.facts = replace(story.facts, releases=(replace(story.facts.releases[0], version="shop@1.2.3"),))
    told = story.judge()
    assert (told.verdict, told.revisions[0].verdict) == (Verdict.HEALTHY, Verdict.HEALTHY)


def judge_with(story: Story, **more: Any) -> Verdict:
    stored = pin(story.ports())
    (case,) = gather(stored, open_window(stored, Query()), **more).cases
    return judge_service(case).verdict


def test_a_file_that_does_not_declare_the_sdk_says_missing_where_nothing_else_tells() -> None:
    files = [Declared("requirements.txt", False)]
    assert judge_with(Story().serve(0, 2), declared=files) == "missing"
    assert judge_with(Story().serve(0, 2), declared=[Declared("requirements.txt", True)]) == "unverified"
    assert judge_with(healthy(), declared=files) == "healthy"


def test_a_health_document_can_say_no_and_no_more_than_configured() -> None:
    no = [HealthReport(SERVICE, State.DISABLED, START, "sentry: false")]
    yes = [HealthReport(SERVICE, State.INITIALISED, START)]
    assert judge_with(Story().serve(0, 2), health=no) == "disabled"
    assert judge_with(Story().serve(0, 2), health=yes) == "unverified"


# ---- which project belongs to which service


def test_a_project_belongs_to_the_service_of_its_name_else_it_is_listed() -> None:
    view = healthy().view()
    assert (view.services[0].project, view.services[0].why, view.unmatched_projects) == (SERVICE, "release", ())
    other = healthy()
    assert other.facts is not None
    other.facts = rename(other.facts, "shop")
    other.facts = replace(other.facts, releases=())
    view = other.view()
    assert (view.unmatched_projects, view.unmatched_services) == (("shop",), (SERVICE,))
    assert view.services[0].judgement.verdict == "unverified"
    assert "blindspot.toml" in view.services[0].judgement.step.text


def rename(facts: SentryFacts, slug: str) -> SentryFacts:
    return replace(
        facts,
        projects=tuple(replace(p, slug=slug) for p in facts.projects),
        points=tuple(replace(p, project=slug) for p in facts.points),
        releases=tuple(replace(r, project=slug) for r in facts.releases),
    )


def test_settings_and_dsn_lines_name_a_project() -> None:
    story = healthy()
    assert story.facts is not None
    story.facts = replace(rename(story.facts, "shop"), releases=())
    assert replace(story.copy(), projects={SERVICE: "shop"}).view().services[0].why == "settings"
    lined = story.copy().add(0.5, "Sentry DSN https://[url_password]@o1.ingest.sentry.io/45 is invalid? Sentry initialized", 1)
    assert lined.view().services[0].why == "DSN"


def test_a_setting_that_names_no_project_is_told() -> None:
    assert replace(healthy(), projects={SERVICE: "nowhere"}).view().unknown_settings == ("nowhere",)


# ---- coverage


def test_coverage_is_accepted_over_eligible_with_its_interval() -> None:
    (service,) = healthy().view().services
    assert service.coverage is not None
    assert (service.coverage.accepted, service.coverage.eligible) == (88, 96)
    assert service.coverage.low < 88 / 96 < service.coverage.high
    assert [(h.eligible, h.accepted) for h in service.hours] == [(12, 11)] * 8


def test_only_what_an_sdk_would_send_is_eligible() -> None:
    story = Story().serve(0, 2, says=INITIALISED).answer(even(0, 2, accepted=0))
    story.add(0.1, "order failed", severity="ERROR")
    story.add(0.2, "Traceback (most recent call last):\n  File x\nValueError: y", severity="ERROR", origin="stderr")
    story.add(0.3, "The request failed", severity="ERROR", origin="request")
    story.add(0.4, "Memory limit exceeded", severity="ERROR", origin="system")
    story.add(0.5, "slow", severity="WARNING").add(0.6, None, severity="ERROR")
    story.add(0.7, "Failed to initialize Sentry: boom", 9, severity="ERROR")
    (service,) = story.view().services
    assert service.coverage is not None
    assert service.coverage.eligible == 1


def test_nothing_over_nothing_is_not_all() -> None:
    (service,) = Story().serve(0, 2).answer(even(0, 2)).view().services
    assert service.coverage is None


# ---- the page


def test_the_first_line_says_how_many_are_blind_now() -> None:
    assert blind().view().headline == f"1 of 1 service is blind now: {SERVICE}."


def test_the_first_line_names_the_only_service() -> None:
    assert healthy().view().headline == f"{SERVICE} is not blind now."
    told = unproven().view().headline
    assert told == f"{SERVICE} is not known to be blind now, and nobody knows whether its error tracking works."


def test_an_empty_store_says_so() -> None:
    assert sentry.load(memory_ports(), Query(), START).headline == "Nothing has been imported yet."


@pytest.mark.parametrize(("story", "ladder"), [
    (blind, [None, False, None, None, False]),
    (lambda: Story().serve(0, 2, says=NO_DSN), [True, True, False, None, False]),
    (lambda: Story().serve(0, 2, says=INITIALISED), [True, True, True, True, None]),
    (healthy, [True, True, True, True, True]),
    (dropping, [True, True, True, True, False]),
    (lambda: Story().serve(0, 2), [None, None, None, None, None]),
    (recovered, [True, True, True, True, True]),
])  # fmt: skip
def test_the_ladder_stands_as_far_as_is_known(story: Any, ladder: list[bool | None]) -> None:
    (service,) = story().view().services
    assert [r.stands for r in service.rungs] == ladder


def test_audit_entries_without_a_label_make_no_service_of_their_own() -> None:
    rows = [
        *Story().serve(0, 2, says=MISSING).rows,
        row(999, "Services.ReplaceService x", origin="audit", environment="", revision=""),
    ]
    view = sentry.load(ports_with(table(*rows)), Query(), START)
    assert [(s.judgement.service, s.judgement.environment) for s in view.services] == [(SERVICE, "staging")]


# ---- windows that begin later


def judge_from(story: Story, start: float) -> Any:
    (service,) = sentry.load(story.ports(), Query(start=START + start * HOUR), START).services
    return service


def test_starts_before_the_window_speak_for_what_serves_in_it() -> None:
    story = Story().add(0, MISSING).serve(0, 8).fail(0, 8)
    told = judge_from(story, 6).judgement
    assert (told.verdict, told.since, told.evidence[0].count) == (Verdict.MISSING, START, 1)


def test_blindness_that_was_over_before_the_window_is_not_its_own() -> None:
    assert judge_from(recovered(), 6).judgement.verdict == "healthy"
    assert [r.revision for r in judge_from(recovered(), 6).judgement.revisions] == [revision(2)]


def test_losses_that_began_before_the_window_go_on_in_it() -> None:
    assert judge_from(dropping(), 6).judgement.verdict == "dropping"


def test_what_was_delivered_before_the_window_proves_nothing_in_it() -> None:
    story = Story().serve(0, 8, says=INITIALISED).fail(0, 4)
    story.answer(even(0, 4, accepted=11) | even(4, 8), r1=(0.1, 3.9))
    assert judge_from(story, 6).judgement.verdict == "unverified"


def test_counts_are_those_of_the_window() -> None:
    service = judge_from(healthy(), 6)
    assert (service.coverage.accepted, service.coverage.eligible) == (22, 24)


# ---- filters


def two_environments() -> Story:
    story = healthy()
    story.rows += [
        {**r, "environment": "production", "insert_id": "p" + r["insert_id"]} for r in healthy().without(INITIALISED).rows
    ]
    return story


def test_a_project_that_two_services_share_has_no_hours_of_one_of_them() -> None:
    whole = two_environments()
    assert whole.facts is not None
    whole.facts = replace(whole.facts, releases=())
    verdicts = [s.judgement.verdict for s in whole.view().services]
    assert verdicts == ["unverified", "unverified"]


def test_a_filter_changes_no_verdict() -> None:
    story = two_environments()
    assert story.facts is not None
    story.facts = replace(story.facts, releases=())
    view = sentry.load(story.ports(), Query(environments=("staging",)), START)
    assert [(s.judgement.environment, s.judgement.verdict.value) for s in view.services] == [("staging", "unverified")]


def test_a_filter_makes_no_project_unmatched() -> None:
    story = healthy()
    story.rows.append(row(9999, "hello", service="other", ts=START + HOUR))
    view = sentry.load(story.ports(), Query(services=("other",)), START)
    assert ([s.judgement.service for s in view.services], view.unmatched_projects) == (["other"], ())


def test_traces_that_collapse_alike_are_told_apart_by_what_stands_before_them() -> None:
    trace = '\nTraceback (most recent call last):\n  File "/a.py", line 4, in f\n    g()\nTypeError: bad argument'
    told = {"exception": "TypeError", "severity": "ERROR"}
    story = Story().serve(0, 2, says=INITIALISED).add(0.5, "order failed for sentry desk" + trace, **told)
    assert story.copy().judge().verdict == "unverified"
    assert story.add(0, "Failed to initialize Sentry: TypeError" + trace, **told).judge().verdict in (
        "misconfigured",
        "unverified",
    )
    assert Story().serve(0, 2).add(0, "Failed to initialize Sentry: x" + trace, **told).judge().verdict == "misconfigured"


def test_what_was_logged_after_sentry_answered_is_no_loss() -> None:
    story = Story().serve(0, 9, says=INITIALISED).fail(0, 9).answer(even(0, 8, accepted=11) | {8: {"accepted": 2}}, r1=(0.1, 8.2))
    assert story.facts is not None
    story.facts = replace(story.facts, read_at=START + 8.25 * HOUR)
    assert story.judge().verdict == "healthy"
    story.facts = replace(story.facts, read_at=START + 9.25 * HOUR)
    assert story.judge().verdict == "dropping"  # the same counts of an hour that was over


def beside() -> Story:
    """A revision that delivers beside one of which Sentry, which names releases after revisions, has nothing."""
    story = Story().serve(0, 8, says=INITIALISED).serve(4, 8, 2, says=INITIALISED).fail(0, 8).fail(4, 8, 12, 2)
    return story.answer(even(0, 4, accepted=11) | even(4, 8, accepted=11, client_discard=8), r1=(0.1, 7.9))


def test_a_revision_of_which_nothing_arrives_beside_one_that_delivers_is_told_as_such() -> None:
    told = beside().judge()
    assert (told.verdict, told.rule, told.cause) == ("degraded", "nothing of a revision arrives", "nothing arrived")
    assert f"{revision(2)} serves beside {revision(1)}, and Sentry has nothing of it" in told.sentence
    assert {r.revision: r.verdict.value for r in told.revisions} == {revision(1): "healthy", revision(2): "dropping"}


@pytest.mark.parametrize(
    ("failed", "verdict", "second"),
    [("releases", "unknown", "unknown"), ("projects", "unknown", "unknown"), (f"keys of {SERVICE}", "degraded", "dropping")],
)
def test_a_failed_look_up_makes_no_revision_of_which_nothing_arrives_good(failed: str, verdict: str, second: str) -> None:
    """Few of its errors among the other's many: the hours cannot tell. Its release may be among those that were not read."""
    story = Story().serve(0, 8, says=INITIALISED).serve(2, 8, 2, says=INITIALISED).fail(0, 8, 60).fail(2, 8, 2, 2)
    story.answer(even(0, 8, accepted=60), r1=(0.1, 7.9))
    assert story.judge().verdict == "degraded"
    told = story.refuse(failed).judge()
    assert (told.verdict, {r.revision: r.verdict.value for r in told.revisions}) == (
        verdict,
        {revision(1): "healthy", revision(2): second},
    )


def test_where_losses_are_of_both_revisions_both_are_dropping() -> None:
    story = beside()
    story.answer(even(0, 4, accepted=11) | even(4, 8, accepted=0, client_discard=20), r1=(0.1, 3.9))
    told = story.judge()
    assert (told.verdict, {r.verdict.value for r in told.revisions}) == ("dropping", {"dropping"})


def test_where_releases_have_other_names_no_revision_is_singled_out() -> None:
    story = beside()
    assert story.facts is not None
    story.facts = replace(story.facts, releases=(replace(story.facts.releases[0], version="shop@1.2.3"),))
    told = story.judge()
    assert (told.verdict, told.since) == ("degraded", START + 4 * HOUR)
    assert "94 errors logged, 44 accepted, in 4 hours; Sentry's word for the rest is client discard" in told.sentence


@pytest.mark.parametrize(("hours", "verdict"), [(2, "recovered"), (3, "degraded")])
def test_a_part_that_is_lost_for_hours_is_no_outage_that_is_over(hours: int, verdict: str) -> None:
    story = Story().serve(0, 8, says=INITIALISED).fail(0, 8)
    part = even(8 - hours, 8, accepted=6, rate_limited=6)
    assert story.answer(even(0, 8 - hours, accepted=11) | part, r1=(0.1, 7.9)).judge().verdict == verdict


def test_a_revision_of_which_nothing_is_known_makes_a_service_unverified_until_sentry_hears_it() -> None:
    story = Story().serve(0, 8, says=INITIALISED).serve(4, 8, 2).fail(0, 8)
    told = story.answer(even(0, 8, accepted=11), r1=(0.1, 7.9)).judge()
    assert (told.verdict, told.rule) == (Verdict.UNVERIFIED, "unknown revision serves")
    assert f"{revision(2)} serves, its starts say nothing about Sentry" in told.sentence
    assert story.answer(even(0, 8, accepted=11), r1=(0.1, 7.9), r2=(4.1, 7.9)).judge().verdict == "healthy"
