"""What audits, health documents and canaries answered before is part of the verdict, for its time and with its age."""

from dataclasses import replace
from typing import Any

import pytest

from lib.core.declared.model import Audit, Image
from lib.core.declared.model import Declared as DeclaredFile
from lib.core.kept import Audited, Kept, keep_audit, keep_health
from lib.core.model import Query
from lib.core.sentry.asked import Declared
from lib.core.sentry.healthdocs import HealthSaid, HealthWord
from lib.core.sentry.trackingcase import SILENCE
from lib.ports import pin
from lib.views import sentry
from lib.views.tracking import gather
from lib.views.window import open_window
from tests.entries import START
from tests.kept import audited, flown, hold, load, said
from tests.tracked import HOUR, INITIALISED, MISSING, REFUSED, Story, blind, dropping, even, healthy, unproven


def verdict(story: Story, *answers: Kept, **more: Any) -> str:
    return load(story, *answers, **more).judgement.verdict.value


def rung(service: sentry.ServiceHealth, name: str) -> bool | None:
    return next(r.stands for r in service.rungs if r.name == name)


def quiet() -> Story:
    return Story().serve(0, 4)


NO_FILE, A_FILE, BAD_FILE = ("requirements.txt", False, ""), ("requirements.txt", True, ""), ("setup.cfg", False, "damaged")


# ---- files


def test_an_audit_without_the_sdk_says_missing_with_low_confidence_where_nothing_else_tells() -> None:
    told = load(quiet(), audited(5, NO_FILE))
    assert (told.judgement.verdict, told.judgement.confidence, told.judgement.rule) == ("missing", "low", "SDK not declared")
    assert rung(told, "declared") is False
    assert [d.path for d in told.declared] == ["requirements.txt"]


def test_a_declared_sdk_is_a_rung_and_no_more() -> None:
    told = load(quiet(), audited(5, A_FILE, NO_FILE))
    assert (told.judgement.verdict, rung(told, "declared")) == ("unverified", True)


def test_a_file_that_could_not_be_read_may_declare_it() -> None:
    told = load(quiet(), audited(5, NO_FILE, BAD_FILE))
    assert (told.judgement.verdict, rung(told, "declared")) == ("unverified", None)


def test_the_newest_audit_counts_and_one_that_found_nothing_takes_the_older_away() -> None:
    assert verdict(quiet(), audited(1, NO_FILE), audited(2, A_FILE)) == "unverified"
    assert load(quiet(), audited(1, A_FILE), audited(2)).declared == ()


def test_an_audit_of_another_service_or_environment_says_nothing() -> None:
    assert verdict(quiet(), audited(5, NO_FILE, service="billing")) == "unverified"
    assert verdict(quiet(), audited(5, NO_FILE, environment="elsewhere")) == "unverified"


def test_files_never_outrank_what_runs() -> None:
    assert verdict(healthy(), audited(9, NO_FILE)) == "healthy"
    assert verdict(blind(), audited(9, A_FILE)) == "missing"


def test_an_answer_is_not_used_for_a_window_that_ended_before_it() -> None:
    assert verdict(quiet(), audited(3, NO_FILE), end=START + 2 * HOUR) == "unverified"
    assert verdict(quiet(), audited(1, NO_FILE), end=START + 2 * HOUR) == "missing"
    assert verdict(quiet(), said(3, HealthWord.DISABLED), end=START + 2 * HOUR) == "unverified"
    assert verdict(quiet(), flown(3), end=START + 2 * HOUR) == "unverified"


# ---- health documents


def test_a_kept_no_of_a_health_document_counts_until_something_is_delivered() -> None:
    assert verdict(quiet(), said(5, HealthWord.DISABLED)) == "disabled"
    assert verdict(healthy(), said(9, HealthWord.DISABLED)) == "disabled"
    assert verdict(healthy(), said(1, HealthWord.DISABLED)) == "healthy"


def test_a_kept_yes_is_the_rung_configured_and_no_more() -> None:
    told = load(quiet(), said(5, HealthWord.CONFIGURED))
    assert (told.judgement.verdict, rung(told, "configured")) == ("unverified", True)
    assert [(e.kind, e.state) for e in told.judgement.evidence] == [("health", "configured")]


def test_a_service_that_stops_answering_keeps_its_no_and_loses_its_yes() -> None:
    assert verdict(quiet(), said(1, HealthWord.DISABLED), said(2, None)) == "disabled"
    told = load(quiet(), said(1, HealthWord.CONFIGURED), said(2, None))
    assert rung(told, "configured") is None
    assert told.health is not None
    assert told.health.reason == "It did not answer."


def test_an_old_health_document_says_nothing_of_today() -> None:
    assert verdict(quiet(), said(-24 * 8, HealthWord.DISABLED)) == "unverified"


# ---- canaries


def test_a_canary_that_arrived_makes_a_service_healthy_with_low_confidence_and_says_so() -> None:
    told = load(Story().serve(0, 4, says=INITIALISED), flown(5))
    assert (told.judgement.verdict, told.judgement.confidence) == ("healthy", "low")
    assert "marked event (canary) of 2026-09-16 11:00 UTC" in told.judgement.sentence
    assert rung(told, "delivering") is True
    assert ("sentry", "accepted", "Sentry showed a marked event (canary)") in [
        (e.kind, e.state, e.text) for e in told.judgement.evidence
    ]


def test_a_canary_that_did_not_arrive_or_could_not_be_seen_makes_nothing_better() -> None:
    for accepted in (False, None):
        assert verdict(quiet(), flown(5, accepted)) == "unverified"
    assert [f.accepted for f in load(quiet(), flown(4, False), flown(5, None)).canaries] == [None, False]


def test_a_canary_after_blindness_is_recovery_and_one_before_its_end_is_none() -> None:
    assert verdict(unproven(), flown(6)) == "recovered"
    assert verdict(unproven(), flown(3)) == "unverified"


def test_a_canary_never_outranks_what_the_logs_say() -> None:
    assert verdict(blind(), flown(5)) == "missing"
    assert verdict(dropping(REFUSED), flown(9)) == "dropping"
    gone = Story().serve(0, 4, says=MISSING).serve(4, 8, 2)
    assert verdict(gone, flown(9)) == "missing"  # what serves now says nothing: our event shows nothing of its SDK


def test_a_look_up_that_failed_stays_unknown_beside_a_canary() -> None:
    assert verdict(Story().serve(0, 4, says=INITIALISED).refuse(), flown(5)) == "unknown"


def test_a_canary_older_than_the_window_proves_nothing() -> None:
    assert verdict(quiet(), flown(-1)) == "unverified"


def test_a_canary_without_an_environment_speaks_only_for_a_service_that_has_one() -> None:
    story = Story().serve(0, 2)
    story.rows += [{**r, "environment": "production", "insert_id": "p" + r["insert_id"]} for r in Story().serve(0, 2).rows]
    told = sentry.load(hold(story, flown(1.5)), Query(), START).services
    assert [s.judgement.verdict for s in told] == ["unverified", "unverified"]
    told = sentry.load(hold(story, flown(1.5, environment="production")), Query(), START).services
    assert {s.judgement.environment: s.judgement.verdict.value for s in told}["production"] == "healthy"


def test_sentrys_count_of_our_own_marked_event_is_no_event_of_the_service() -> None:
    story = Story().serve(0, 4, says=INITIALISED).answer(even(0, 4, accepted=0) | {2: {"accepted": 1}})
    told = load(story, flown(2.5))
    assert (told.judgement.verdict, told.judgement.confidence) == ("healthy", "low")
    assert [h.accepted for h in told.hours] == [0, 0, 0, 0]
    before = replace(story)  # an answer from before the canary cannot hold it
    assert [h.accepted for h in load(before, flown(4.5)).hours] == [0, 0, 1, 0]


# ---- words


def test_what_is_kept_is_said_with_its_age() -> None:
    told = load(quiet(), audited(1, A_FILE, NO_FILE), said(2, HealthWord.CONFIGURED), flown(3, None))
    assert sentry.say_kept(told, START + 5 * HOUR) == [
        "requirements.txt of 2 files declares the SDK (audit, 4 h ago).",
        "3 h ago its health document said “configured”.",
        "Its last canary, 2 h ago: Sentry shows it.",
    ]


# ---- images


def imaged(hours: float, declares: bool = False, error: str = "") -> Audited:
    found = audited(hours, A_FILE)
    image = Declared("Dockerfile", declares, "base.txt", found.service, error=error, read_at=found.read_at, image=True)
    return replace(found, files=(*found.files, image))


def test_what_is_declared_and_in_no_image_is_missing_with_low_confidence_and_says_so() -> None:
    told = load(quiet(), imaged(5))
    assert (told.judgement.verdict, told.judgement.confidence) == ("missing", "low")
    assert told.judgement.rule == "SDK declared, not installed"
    assert "declared in requirements.txt, but no image gets it: Dockerfile installs base.txt" in told.judgement.sentence
    assert ("declared", "not installed") in [(e.kind, e.state) for e in told.judgement.evidence]
    assert (rung(told, "declared"), rung(told, "installed")) == (True, False)
    assert "and no image installs it" in sentry.say_kept(told, START + 5 * HOUR)[0]


def test_an_image_that_installs_it_or_could_not_be_read_says_nothing_against_it() -> None:
    assert verdict(quiet(), imaged(5, declares=True)) == "unverified"
    assert verdict(quiet(), imaged(5, error="what it copies is not known")) == "unverified"


def test_images_and_files_never_outrank_an_sdk_that_starts() -> None:
    starts = Story().serve(0, 4, says=INITIALISED)
    assert verdict(starts, imaged(5)) == "unverified"
    assert verdict(starts, audited(5, NO_FILE)) == "unverified"
    assert rung(load(starts, imaged(5)), "installed") is True
    assert verdict(healthy(), imaged(9)) == "healthy"


def test_an_audit_keeps_images_without_the_sdk_only_where_no_image_gets_it() -> None:
    files = (DeclaredFile("requirements.txt", "requirements", "python", True), DeclaredFile("base.txt", "requirements", "python"))
    bare, full = Image("Dockerfile", ("base.txt",), declares=False), Image("web.Dockerfile", ("requirements.txt",), declares=True)
    for images, kept in (((bare,), ["Dockerfile"]), ((bare, full), []), ((full,), [])):
        found = keep_audit(Audit(files, images, "unverified", "", "", ""), "s", "", START)
        assert [f.path for f in found.files if f.image] == kept
    undeclared = keep_audit(Audit(files[1:], (bare,), "missing", "", "", ""), "s", "", START)
    assert [f.path for f in undeclared.files] == ["base.txt"]


# ---- environments


def test_a_health_document_of_one_environment_says_nothing_of_another() -> None:
    assert verdict(quiet(), replace(said(5, HealthWord.DISABLED), environment="production")) == "unverified"
    assert verdict(quiet(), replace(said(5, HealthWord.DISABLED), environment="staging")) == "disabled"


def test_the_document_of_the_environment_wins_over_one_for_all() -> None:
    own = replace(said(4, HealthWord.CONFIGURED), environment="staging")
    told = load(quiet(), own, said(5, HealthWord.DISABLED))
    assert told.judgement.verdict == "unverified"
    assert told.health == own


def test_a_name_in_the_settings_is_a_service_or_a_service_and_its_environment() -> None:
    said_no = HealthSaid(HealthWord.DISABLED)
    assert [(h.service, h.environment) for h in (keep_health(n, said_no, START) for n in ("shop", "shop/live"))] == [
        ("shop", ""),
        ("shop", "live"),
    ]


# ---- after the last delivery


def stalled(per_hour: int, filtered: int = 0) -> Story:
    story = Story().serve(0, 8, says=INITIALISED).fail(0, 4).fail(4, 8, per_hour)
    story.answer(even(0, 4, accepted=11) | even(4, 8, accepted=0, filtered=filtered), r1=(0.1, 3.9))
    return story


def test_a_few_errors_after_the_last_delivery_of_which_none_arrived_are_not_green() -> None:
    told = stalled(1).judge()
    assert (told.verdict, told.rule) == ("unverified", "nothing accepted since")
    assert "4 errors were logged since Sentry last accepted an event" in told.sentence
    assert stalled(0).judge().verdict == "healthy"


def test_two_errors_that_did_not_arrive_may_be_chance() -> None:
    story = Story().serve(0, 8, says=INITIALISED).fail(0, 4).fail(4, 6, 1)
    assert story.answer(even(0, 4, accepted=11) | even(4, 8, accepted=0), r1=(0.1, 3.9)).judge().verdict == "healthy"


def test_errors_that_sentry_filters_are_not_missed() -> None:
    assert stalled(1, filtered=1).judge().verdict == "healthy"


def test_where_few_errors_arrive_anyway_a_few_more_show_nothing() -> None:
    story = Story().serve(0, 8, says=INITIALISED).fail(0, 4).fail(4, 8, 1)
    story.answer(even(0, 4, accepted=3) | even(4, 8, accepted=0), r1=(0.1, 3.9))
    assert judge_stall(story) >= SILENCE


def judge_stall(story: Story) -> float:
    stored = pin(story.ports())
    (case,) = gather(stored, open_window(stored, Query())).cases
    return case.chance_of_silence


def test_an_hour_that_was_not_over_when_sentry_answered_is_not_held_against_it() -> None:
    story = stalled(1)
    assert story.facts is not None
    story.facts = replace(story.facts, read_at=START + 5.5 * HOUR)
    assert story.judge().verdict == "healthy"


@pytest.mark.parametrize("hour", [1, 7])
def test_errors_that_do_not_arrive_are_not_hidden_by_a_canary(hour: int) -> None:
    story = Story().serve(0, 8, says=INITIALISED).fail(2, 6, 1).answer(even(0, 8, accepted=0) | {hour: {"accepted": 1}})
    told = load(story, flown(hour + 0.5)).judgement
    assert (told.verdict, told.rule) == ("unverified", "nothing accepted since")
    assert "4 errors were logged since 2026-09-16 06:00 UTC, and Sentry accepted none of them" in told.sentence
    assert "look at the service" in told.step.text


def test_one_or_two_errors_beside_a_canary_may_be_chance() -> None:
    story = Story().serve(0, 8, says=INITIALISED).fail(2, 4, 1).answer(even(0, 8, accepted=0) | {7: {"accepted": 1}})
    told = load(story, flown(7.5)).judgement
    assert (told.verdict, told.confidence) == ("healthy", "low")


def test_errors_of_the_time_of_blindness_are_not_held_against_a_canary_after_it() -> None:
    told = load(unproven().answer(even(0, 8)), flown(6)).judgement
    assert (told.verdict, told.confidence) == ("recovered", "low")


def test_errors_after_a_canary_of_which_sentry_was_not_asked_are_not_taken_for_delivered() -> None:
    story = Story().serve(0, 8, says=INITIALISED).fail(2, 6, 2)
    told = load(story, flown(1)).judgement
    assert (told.verdict, told.rule) == ("unverified", "errors after Sentry's answer")
    assert "Sentry was not asked" in told.sentence
    assert load(story, flown(7)).judgement.verdict == "healthy"


# ---- how sure


def test_a_few_accepted_events_or_old_ones_are_less_sure() -> None:
    assert healthy().judge().confidence == "high"
    few = Story().serve(0, 8, says=INITIALISED).fail(0, 4, 1).answer(even(0, 4, accepted=1) | even(4, 8), r1=(0.1, 3.9))
    assert (few.judge().verdict, few.judge().confidence) == ("healthy", "medium")
    old = healthy().serve(8, 40, every_min=30).answer(even(0, 8, accepted=11) | even(8, 40), r1=(0.1, 7.9))
    assert (old.judge().verdict, old.judge().confidence) == ("healthy", "medium")


def test_a_loss_of_an_event_or_two_is_told_with_low_confidence_and_that_nothing_shows_its_end() -> None:
    story = Story().serve(0, 8, says=INITIALISED).fail(0, 4).fail(4, 5, 1, line=REFUSED)
    told = story.answer(even(0, 4, accepted=11) | {4: {"rate_limited": 1}} | even(5, 8), r1=(0.1, 3.9)).judge()
    assert (told.verdict, told.confidence) == ("dropping", "low")
    assert "No error was logged since" in told.sentence
    assert dropping(REFUSED).judge().confidence == "high"
