"""What a team runs it by: the files name what is there, and settings that are settings."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.architecture.source import ROOT

DEPLOYING = (ROOT / "docs/deploying.md").read_text()


def copied() -> list[str]:
    """Return what the Dockerfile takes from the checkout."""
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    return [word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]]


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    """The Cloud Run service as the commands of docs/deploying.md fill it in."""
    text = (ROOT / "deploy/cloud-run.yaml").read_text()
    [replaced] = re.findall(r'sed "(s/PROJECT_ID.*?)" deploy/cloud-run.yaml', DEPLOYING)
    for old, _ in re.findall(r"s/(\w+)/(\$\w+)/g", replaced):
        text = text.replace(old, "my-own")
    return dict(yaml.safe_load(text))


def test_the_image_copies_what_is_there_and_the_builder_gets_it() -> None:
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    for name in copied():
        assert (ROOT / name).exists()
        assert f"!{name}" in allowed
    assert "*" in allowed


def test_the_image_runs_as_somebody_who_owns_the_store_alone() -> None:
    told = (ROOT / "Dockerfile").read_text()
    assert "\nUSER blindspot\n" in told
    assert 'CMD ["serve"' in told


def test_one_instance_is_always_there_and_works_between_requests(service: dict[str, Any]) -> None:
    told = service["spec"]["template"]["metadata"]["annotations"]
    assert (told["autoscaling.knative.dev/minScale"], told["autoscaling.knative.dev/maxScale"]) == ("1", "1")
    assert told["run.googleapis.com/cpu-throttling"] == "false"
    assert service["metadata"]["annotations"]["run.googleapis.com/iap-enabled"] == "true"


def test_the_service_sets_what_can_be_set(service: dict[str, Any]) -> None:
    [container] = service["spec"]["template"]["spec"]["containers"]
    names = [variable["name"] for variable in container["env"]]
    assert "BLINDSPOT_LOGGING_PROJECTS" in names
    readme = (ROOT / "README.md").read_text()
    assert [name for name in names if name not in readme] == []
    assert container["volumeMounts"][0]["mountPath"] == "/data"


def test_every_file_and_role_that_is_named_is_told_of() -> None:
    for name in re.findall(r"deploy/[a-z.-]+", DEPLOYING):
        assert (ROOT / name).exists()
    assert "roles/logging.viewer" in DEPLOYING


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd's own check")
def test_the_unit_is_one_that_systemd_understands(tmp_path: Path) -> None:
    unit = (ROOT / "deploy/blindspot.service").read_text().replace("/opt/blindspot/.venv/bin/python", "/bin/sh")
    (tmp_path / "blindspot.service").write_text(unit.replace("/opt/blindspot", str(tmp_path)))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(tmp_path / "blindspot.service")],
        capture_output=True,
        text=True,
        check=False,
    )
    complaints = [line for line in done.stderr.splitlines() if "blindspot.service" in line]
    assert complaints == []
