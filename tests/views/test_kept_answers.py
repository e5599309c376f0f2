"""What audits, health documents and canaries answered before is part of the verdict, for its time and with its age."""

from dataclasses import replace
from typing import Any

from lib.core.kept import Kept
from lib.core.model import Query
from lib.core.sentry.healthdocs import HealthWord
from lib.views import sentry
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
