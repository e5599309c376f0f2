"""Deploys from evidence: who called, what the platform said, what revisions wrote themselves."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from lib.core.deploys import DeployOutcome, Evidence, Found, Life, find_deploys, say_actor
from lib.core.rollouts.calls import read_audit
from tests.audit import DEPLOYER, V2, call, revision, word
from tests.entries import SERVICE, START

MIN = timedelta(minutes=1)
T = START + 60 * MIN


def life(number: int, first: datetime, *, before: datetime | None = None, answered: int = 0, **more: Any) -> Life:
    """A revision that was heard for an hour."""
    return Life(SERVICE, "staging", revision(number), first, first + 60 * MIN, before, answered, answered, **more)


def found(rows: Sequence[dict[str, Any]] = (), lives: Sequence[Life] = ()) -> Found:
    calls, outcomes = read_audit(rows)
    return find_deploys(calls, outcomes, lives)


def told(result: Found) -> list[tuple[str, DeployOutcome, Evidence]]:
    return [(d.revision, d.outcome, d.evidence) for d in result.deploys]


def test_a_call_and_the_platforms_word_are_one_deploy() -> None:
    (deploy,) = found([call(T, previous=revision(41)), word(T + MIN, revision(42))]).deploys
    assert (deploy.ts, deploy.revision, deploy.actor) == (T, revision(42), DEPLOYER)
    assert (deploy.outcome, deploy.evidence, deploy.ready) == (DeployOutcome.READY, Evidence.AUDIT, T + MIN)


def test_a_word_that_repeats_is_one_deploy() -> None:
    rows = [word(T, revision(42)), word(T + MIN / 10, revision(42), number=1)]
    assert told(found(rows)) == [(revision(42), DeployOutcome.READY, Evidence.SYSTEM)]


def test_a_traffic_change_is_no_deploy() -> None:
    result = found([call(T, command="gcloud.run.services.update-traffic", previous=revision(42))])
    assert not result.deploys
    assert [(t.ts, t.actor) for t in result.traffic] == [(T, DEPLOYER)]


def test_the_same_method_by_the_deploy_command_is_a_deploy() -> None:
    result = found([call(T, command="gcloud.run.deploy", previous=revision(42))])
    assert len(result.deploys) == 1
    assert not result.traffic


def test_a_deploy_whose_revision_nothing_names_keeps_it_unknown() -> None:
    (deploy,) = found([call(T, previous=revision(42))]).deploys
    assert deploy.revision == ""
    assert deploy.outcome is DeployOutcome.UNKNOWN
    assert "names the revision" in deploy.sentence


def test_the_entries_of_a_long_running_operation_are_one_deploy() -> None:
    first, last = ({"id": "operations/7", mark: True} for mark in ("first", "last"))
    rows = [call(T, method=V2, operation=first), call(T + MIN, method=V2, operation=last, number=1)]
    (deploy,) = found(rows).deploys
    assert (deploy.ts, deploy.outcome) == (T, DeployOutcome.READY)


def test_an_operation_that_ends_with_an_error_failed() -> None:
    first, last = ({"id": "operations/7", mark: True} for mark in ("first", "last"))
    failed = {"code": 9, "message": "The container did not start."}
    rows = [call(T, method=V2, operation=first), call(T + MIN, method=V2, operation=last, status=failed, number=1)]
    (deploy,) = found(rows).deploys
    assert deploy.outcome is DeployOutcome.FAILED
    assert "did not start" in deploy.sentence


def test_two_operations_are_two_deploys() -> None:
    rows = [call(T + i * MIN, method=V2, operation={"id": f"operations/{i}", "first": True}, number=i) for i in range(2)]
    assert len(found(rows).deploys) == 2


def test_a_refused_call_failed_and_claims_no_revision() -> None:
    rows = [call(T, previous=revision(41), status={"code": 7, "message": "Permission denied"}), word(T + 5 * MIN, revision(42))]
    assert told(found(rows)) == [("", DeployOutcome.FAILED, Evidence.AUDIT), (revision(42), DeployOutcome.READY, Evidence.SYSTEM)]


def test_calls_seconds_apart_each_get_the_revision_with_the_next_number() -> None:
    rows = [call(T, previous=revision(9)), call(T + MIN / 20, previous=revision(10), number=1)]
    rows += [call(T + 2 * MIN, command="gcloud.run.services.update-traffic", previous=revision(11), number=2)]
    assert [d.revision for d in found(rows).deploys] == [revision(10), revision(11)]


def test_a_word_of_failure_is_a_failed_deploy() -> None:
    (deploy,) = found([word(T, revision(42), ready=False, text="it does not listen on the port")]).deploys
    assert deploy.outcome is DeployOutcome.FAILED
    assert "does not listen" in deploy.sentence


def test_a_revision_that_answered_requests_was_ready_whatever_was_said_later() -> None:
    rows = [call(T, previous=revision(41)), word(T + 9 * MIN, revision(42), ready=False)]
    (deploy,) = found(rows, [life(42, T + MIN, before=T, answered=9)]).deploys
    assert deploy.outcome is DeployOutcome.READY


def test_the_platform_tells_how_long_a_deploy_took_and_so_when_it_began() -> None:
    (deploy,) = found([word(T, revision(42), text="Deploying revision succeeded in 30.5s.")]).deploys
    assert deploy.ts == T - timedelta(seconds=30.5)


def test_a_word_about_a_revision_that_served_long_before_is_no_deploy() -> None:
    result = found([word(T, revision(42))], [life(42, T - 50 * MIN)])
    assert not result.deploys
    assert [f.revision for f in result.first_seen] == [revision(42)]


def test_a_first_entry_beside_a_living_service_is_a_deploy_and_says_so() -> None:
    result = found(lives=[life(41, START), life(42, T, before=T - MIN, answered=3)])
    (deploy,) = result.deploys
    assert (deploy.revision, deploy.evidence, deploy.outcome) == (revision(42), Evidence.FIRST_ENTRY, DeployOutcome.READY)
    assert "only by its first entry" in deploy.sentence


def test_a_revision_that_was_there_when_the_service_was_first_heard_is_first_seen() -> None:
    (seen,) = found(lives=[life(41, START)]).first_seen
    assert "served already" in seen.why


@pytest.mark.parametrize(("silence", "deploys"), [(timedelta(minutes=14), 1), (timedelta(minutes=16), 0)])
def test_a_first_entry_after_a_silence_may_not_be_the_first(silence: timedelta, deploys: int) -> None:
    result = found(lives=[life(41, START), life(42, T, before=T - silence)])
    assert len(result.deploys) == deploys
    assert deploys or any("may be missing" in f.why for f in result.first_seen)


def test_a_start_for_a_deploy_tells_after_any_silence() -> None:
    result = found(lives=[life(41, START), life(42, T, before=T - 50 * MIN, rollout=T)])
    assert [d.revision for d in result.deploys] == [revision(42)]


def test_an_older_revision_that_serves_again_is_no_deploy() -> None:
    result = found(lives=[life(43, START), life(42, T, before=T - MIN)])
    assert not result.deploys
    assert any(f.revision == revision(42) and "older" in f.why for f in result.first_seen)


def test_a_revision_that_only_a_call_names_is_told_and_not_made_a_deploy() -> None:
    result = found([call(T, previous=revision(41))])
    assert [(f.revision, f.heard) for f in result.first_seen] == [(revision(41), False)]


def test_a_call_of_an_unknown_tool_is_a_deploy_when_a_revision_follows() -> None:
    rows = [call(T, agent="Terraform/1.9", previous=revision(41))]
    assert told(found(rows, [life(42, T + MIN, before=T)])) == [(revision(42), DeployOutcome.UNKNOWN, Evidence.AUDIT)]


def test_a_call_of_an_unknown_tool_that_nothing_follows_stays_unclear() -> None:
    result = found([call(T, agent="Terraform/1.9", previous=revision(41))])
    assert not result.deploys
    assert not result.traffic
    assert len(result.unclear) == 1


def test_an_update_mask_tells_traffic_from_a_deploy() -> None:
    rows = [
        call(T, agent="x", method=V2, request={"updateMask": "traffic"}),
        call(T + MIN, agent="x", method=V2, request={"updateMask": "template"}, number=1),
    ]
    result = found(rows)
    assert (len(result.traffic), len(result.deploys)) == (1, 1)


def test_a_dry_run_is_nothing() -> None:
    assert found([call(T, request={"validateOnly": True})]) == Found()


def gke(ts: datetime, verb: str, number: int = 0, **more: Any) -> dict[str, Any]:
    return call(ts, method=f"io.k8s.apps.v1.deployments.{verb}", agent="kubectl", number=number, **more)


def test_a_patch_of_the_pods_template_is_a_deploy_on_kubernetes() -> None:
    assert len(found([gke(T, "patch", request={"spec": {"template": {}}})]).deploys) == 1


def test_scaling_on_kubernetes_is_no_deploy() -> None:
    assert not found([gke(T, "patch", request={"spec": {"replicas": 3}})]).deploys


def test_kubernetes_own_controllers_deploy_nothing() -> None:
    actor = "system:serviceaccount:kube-system:deployment-controller"
    assert found([gke(T, "update", actor=actor, request={"spec": {"template": {}}})]) == Found()


def test_services_do_not_claim_each_others_revisions() -> None:
    rows = [call(T, service="cart-staging"), word(T + MIN, revision(42))]
    assert {(d.service, d.revision) for d in found(rows).deploys} == {("cart-staging", ""), (SERVICE, revision(42))}


@pytest.mark.parametrize("actor", ["[email]", "<email>", "[email]#3"])
def test_a_masked_address_is_a_person(actor: str) -> None:
    assert "masked" in say_actor(actor)


def test_a_payload_that_is_no_json_costs_itself_alone() -> None:
    rows = [call(T) | {"payload": "{"}, call(T + MIN, number=1)]
    assert len(found(rows).deploys) == 1
