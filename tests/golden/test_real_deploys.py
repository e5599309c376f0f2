"""The deploys of the shared real export, as they were counted by hand."""

from pathlib import Path

import pytest

from lib import wiring
from lib.core.deploys import DeployOutcome, Evidence
from lib.core.model import Query
from lib.views import deploys
from lib.views.deploys import DeploysView
from tests.entries import START


@pytest.fixture
def view(netra: Path, tmp_path: Path) -> DeploysView:
    space = wiring.open_workspace(tmp_path)
    wiring.import_paths([str(netra / "staging-1924-2249Z.json")], space)
    return deploys.load(space.ports, Query(), START)


def test_deploys_and_traffic_changes_are_told_apart(view: DeploysView) -> None:
    assert (len(view.deploys), len(view.traffic), len(view.unclear)) == (15, 14, 0)
    assert {r.deploy.evidence for r in view.deploys} == {Evidence.AUDIT}
    assert len({r.deploy.revision for r in view.deploys}) == 15


@pytest.mark.parametrize(("clock", "revision"), [("20:02:33", "00705"), ("21:37:22", "00712"), ("21:33:44", "00711")])
def test_a_call_is_given_the_revision_that_it_made(view: DeploysView, clock: str, revision: str) -> None:
    (made,) = [r.deploy.revision for r in view.deploys if r.deploy.ts.strftime("%H:%M:%S") == clock]
    assert made.startswith(f"netra-backend-staging-{revision}-")


def test_only_what_the_platform_says_is_ready(view: DeploysView) -> None:
    (ready,) = [r.deploy for r in view.deploys if r.deploy.outcome is not DeployOutcome.UNKNOWN]
    assert ready.outcome is DeployOutcome.READY
    assert ready.ts.strftime("%H:%M:%S") == "21:37:22"
    assert any("platform" in reason for reason in ready.reasons)


def test_revisions_that_only_a_call_names_get_no_deploy(view: DeploysView) -> None:
    assert {f.revision[-9:-4] for f in view.first_seen} == {"00702", "00714"}
    assert all(f.why and not f.heard for f in view.first_seen)
