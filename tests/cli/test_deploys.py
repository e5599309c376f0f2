"""`deploys` and `compare` as a stranger uses them: JSON by contract or text for a person."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from lib.cli.run import main
from tests.audit import DEPLOYER, V1
from tests.entries import SERVICE, START, entry, lines, run_resource, stamp, texts

MIN = timedelta(minutes=1)
OLD, NEW = f"{SERVICE}-00041-abc", f"{SERVICE}-00042-abc"
Z_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
DEPLOY_FIELDS = {"service", "environment", "revision", "ts", "outcome", "evidence", "actor", "sentence"}
WINDOW_FIELDS = {"service", "environment", "revision", "start", "end", "warnings", "errors", "requests", "minutes"}
CLUSTER_FIELDS = {
    "id", "template", "before", "after", "exposure_before", "exposure_after", "exposure_unit", "ratio", "low", "high", "p", "q",
    "change",
}  # fmt: skip


def audit(minute: int, number: int, command: str) -> dict[str, Any]:
    """A call as it lies in an export."""
    proto = {
        "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
        "methodName": V1,
        "resourceName": f"namespaces/shop-staging/services/{SERVICE}",
        "authenticationInfo": {"principalEmail": DEPLOYER},
        "requestMetadata": {"callerSuppliedUserAgent": f"google-cloud-sdk gcloud/538.0.0 command/{command} x"},
        "request": {"service": {"status": {"latestCreatedRevisionName": OLD}}},
    }
    resource = {"type": "cloud_run_revision", "labels": {"service_name": SERVICE, "project_id": "shop-staging"}}
    log = "projects/shop-staging/logs/cloudaudit.googleapis.com%2Factivity"
    ts = stamp(START + minute * MIN)
    return entry(number, None, timestamp=ts, logName=log, resource=resource, labels=None, protoPayload=proto, severity="NOTICE")


@pytest.fixture
def story(home: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A home with one deploy after two hours, and a new failure since."""
    rows = [audit(120, 90_000, "gcloud.run.deploy"), audit(121, 90_001, "gcloud.run.services.update-traffic")]
    for m in range(240):
        of = {"timestamp": stamp(START + m * MIN), "resource": run_resource(revision=OLD if m < 120 else NEW)}
        rows.append(entry(3 * m, f"order {m} stored", **of))
        rows.append(entry(3 * m + 1, f"stock of {m} is low", severity="WARNING", **of))
        if m >= 120:
            rows.append(entry(3 * m + 2, f"cannot bill customer {m}", severity="ERROR", **of))
    file = home / "export.json"
    file.write_bytes(lines(texts(*rows)))
    assert main(["import", str(file), "--json"]) == 0
    capsys.readouterr()
    return home


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_deploys_keeps_its_contract(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = ask(capsys, "deploys")
    (deploy,) = answer["deploys"]
    assert deploy.keys() >= DEPLOY_FIELDS
    assert (deploy["revision"], deploy["evidence"], deploy["actor"]) == (NEW, "audit", DEPLOYER)
    assert Z_TIME.fullmatch(deploy["ts"])
    assert [t.keys() >= {"service", "ts", "actor"} for t in answer["traffic"]] == [True]
    assert [w["revision"] for w in answer["windows"]] == [OLD, NEW]
    assert all(w.keys() >= WINDOW_FIELDS for w in answer["windows"])
    assert (answer["windows"][1]["errors"], answer["windows"][1]["warnings"]) == (120, 120)
    assert "coverage" in answer


def test_compare_keeps_its_contract(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (comparison,) = ask(capsys, "compare")["comparisons"]
    assert comparison.keys() >= {"service", "environment", "revision", "ts", "clusters"}
    assert all(c.keys() >= CLUSTER_FIELDS for c in comparison["clusters"])
    found = {c["template"]: c for c in comparison["clusters"]}
    new = found["cannot bill customer <*>"]
    assert (new["change"], new["before"], new["after"], new["ratio"], new["high"]) == ("new", 0, 120, None, None)
    assert (new["exposure_unit"], found["stock of <*> is low"]["change"]) == ("minutes", "same")


def test_compare_takes_one_revision_or_refuses_it(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(ask(capsys, "compare", "--service", SERVICE, "--revision", NEW)["comparisons"]) == 1
    assert main(["compare", "--revision", "nothing"]) == 2
    assert "No deploy of nothing" in capsys.readouterr().err


def test_any_two_windows_are_compared(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spans = [f"{stamp(START + a * MIN)}/{stamp(START + z * MIN)}" for a, z in ((0, 110), (130, 240))]
    answer = ask(capsys, "compare", "--before", spans[0], "--after", spans[1])
    changes = {c["template"]: c["change"] for c in answer["comparisons"][0]["clusters"]}
    assert changes == {"cannot bill customer <*>": "new", "order <*> stored": "same", "stock of <*> is low": "same"}


@pytest.mark.parametrize(
    "words",
    [
        ["--before", "2026-09-16T06:00:00Z"],
        ["--before", "2026-09-16T06:00:00Z/2026-09-16T07:00:00Z"],
        ["--before", "2026-09-16T06:00:00Z/2026-09-16T07:00:00Z", "--after", "2026-09-16T06:30:00Z/2026-09-16T08:00:00Z"],
        ["--before", "yesterday/today", "--after", "today/now"],
    ],
)
def test_windows_that_cannot_be_compared_are_refused(words: list[str], story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *words]) == 2
    assert capsys.readouterr().err.startswith("blindspot: ")


def test_both_commands_speak_to_a_person(story: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["deploys"], ["compare"]):
        assert main(command) == 0
        assert "brought 1 new failure" in " ".join(capsys.readouterr().out.split())


def test_an_empty_store_has_no_deploys(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(capsys, "deploys")["deploys"] == []
    assert ask(capsys, "compare")["comparisons"] == []
