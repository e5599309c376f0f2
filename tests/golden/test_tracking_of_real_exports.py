"""The real exports say that the SDK is missing; without their payloads they say nothing, which is not the same as well."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lib import wiring
from lib.core.model import Query
from lib.views import sentry
from tests.entries import START

SERVICE = "netra-backend-staging"
FILES = {
    "staging-0041-0043Z.json": (15, {"00734-fvm"}),
    "staging-1924-2249Z.json": (35, {"00704-ds8", "00705-znb", "00709-bg5", "00711-d6z", "00719-fgq"}),
}
FIRST = {
    "staging-0041-0043Z.json": datetime(2025, 9, 16, 0, 41, 13, 23713, UTC),
    "staging-1924-2249Z.json": datetime(2025, 9, 15, 19, 57, 22, 824650, UTC),
}


def judge(files: list[Path], home: Path, query: Query = Query()) -> Any:  # noqa: B008
    space = wiring.open_workspace(home)
    wiring.import_paths([str(f) for f in files], space)
    (service,) = sentry.load(space.ports, query, START).services
    return service.judgement


@pytest.mark.parametrize("name", FILES)
def test_the_sdk_is_missing_on_every_revision_since_the_first_such_line(netra: Path, tmp_path: Path, name: str) -> None:
    told = judge([netra / name], tmp_path)
    count, revisions = FILES[name]
    assert (told.service, told.verdict, told.since) == (SERVICE, "missing", FIRST[name])
    assert {r.revision.removeprefix(SERVICE + "-"): r.verdict.value for r in told.revisions} == dict.fromkeys(
        revisions, "missing"
    )
    assert sum(e.count for e in told.evidence if e.state == "missing") == count
    assert f"{count} times on {len(revisions)} revision" in told.sentence


def test_both_exports_together_are_one_stretch(netra: Path, tmp_path: Path) -> None:
    told = judge([netra / name for name in FILES], tmp_path)
    assert (told.verdict, told.since) == ("missing", FIRST["staging-1924-2249Z.json"])
    assert "50 times on 6 revisions" in told.sentence


def without_payload(entry: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in entry.items() if k not in ("textPayload", "jsonPayload", "protoPayload", "httpRequest")}


@pytest.mark.parametrize("name", FILES)
def test_the_same_export_without_its_payloads_is_unknown(netra: Path, tmp_path: Path, name: str) -> None:
    emptied = tmp_path / "emptied.json"
    emptied.write_text(json.dumps([without_payload(e) for e in json.loads((netra / name).read_text())]))
    told = judge([emptied], tmp_path / "home")
    assert told.verdict == "unknown"
    assert {r.verdict.value for r in told.revisions} == {"unknown"}


def test_a_missing_sdk_whose_later_payloads_are_lost_is_not_recovered(netra: Path, tmp_path: Path) -> None:
    emptied = tmp_path / "emptied.json"
    emptied.write_text(json.dumps([without_payload(e) for e in json.loads((netra / "staging-0041-0043Z.json").read_text())]))
    told = judge([netra / "staging-1924-2249Z.json", emptied], tmp_path / "home")
    assert told.verdict in ("missing", "unknown")


def test_before_any_line_about_sentry_nothing_is_known(netra: Path, tmp_path: Path) -> None:
    early = tmp_path / "early.json"
    entries = json.loads((netra / "staging-1924-2249Z.json").read_text())
    telling = min(e["timestamp"] for e in entries if "sentry" in json.dumps(e).lower() and "audit" not in e["logName"])
    kept = [e for e in entries if e["timestamp"] < telling]
    early.write_text(json.dumps(kept))
    space = wiring.open_workspace(tmp_path / "home")
    wiring.import_paths([str(early)], space)
    assert {s.judgement.verdict.value for s in sentry.load(space.ports, Query(), START).services} <= {"unverified"}


def test_an_export_without_a_line_about_sentry_is_unverified(netra: Path, tmp_path: Path) -> None:
    silent = tmp_path / "silent.json"
    entries = json.loads((netra / "staging-0041-0043Z.json").read_text())
    silent.write_text(json.dumps([e for e in entries if "sentry" not in json.dumps(e).lower()]))
    assert judge([silent], tmp_path / "home").verdict == "unverified"
