"""Everything that is told about the shared real exports, against files that a person has read line by line.

The files hold Blindspot's own templates, no entry of the exports: `--rewrite-golden` writes them anew.
"""

import difflib
import json
import re
from pathlib import Path

import pytest

from tests.golden.telling import read, tell

HERE = Path(__file__).parent
FILES = ("staging-0041-0043Z.json", "staging-1924-2249Z.json")
ASKED = {"staging-0041-0043Z": FILES[:1], "staging-1924-2249Z": FILES[1:], "both": FILES}


@pytest.mark.parametrize("name", ASKED)
def test_every_cluster_and_problem_is_as_a_person_read_it(name: str, netra: Path, tmp_path: Path, rewrite_golden: bool) -> None:
    golden = HERE / f"{name}.txt"
    told = tell(" and ".join(ASKED[name]), read([netra / file for file in ASKED[name]], tmp_path))
    if rewrite_golden:
        golden.write_text(told)
    changes = difflib.unified_diff(golden.read_text().splitlines(), told.splitlines(), golden.name, "found", lineterm="", n=0)
    assert (found := "\n".join(changes)) == "", f"read this; if it is right: pytest --rewrite-golden\n{found}"


COUNTED = {
    "staging-0041-0043Z": {
        "ModuleNotFoundError: No module named 'netra_backend.app.services.monitoring' at middleware": 30,
        "RuntimeError: Failed to setup enhanced middleware": 15,
        "CRITICAL: Enhanced middleware setup failed": 15,
        "Middleware setup failure details": 15,
        "[<*>] [ERROR] Exception in worker process": 15,
        "[<*>] [ERROR] Worker (pid:<*>) exited with code 3": 15,
        "[<*>] [ERROR] Shutting down: Master": 15,
        "[<*>] [ERROR] Reason: Worker failed to boot": 15,
        "Container called exit(3)": 15,
        "Sentry SDK not available": 15,
        "SERVICE_ID contained whitespace": 14,
    },
    "staging-1924-2249Z": {
        "The request failed because either the HTTP response was malformed": 67,
        "Sentry SDK not available": 35,
        "Services.ReplaceService": 29,
        "Ready condition status changed to True": 1,
        "Failed to run migrations": 7,
        "Database initialization timeout": 7,
        "FAIL: PHASE FAILED: DATABASE": 7,
        "TimeoutError: Database initialization timeout": 7,
        "uvicorn-compatible session middleware error": 6,
        "Application startup failed": 6,
        "Container called exit(3)": 12,
        "ModuleNotFoundError: No module named 'netra_backend.app.services.monitoring' at middleware": 14,
        "Middleware setup failure details": 7,
        "RuntimeError: Failed to setup enhanced middleware": 7,
        "CRITICAL: Enhanced middleware setup failed": 5,
        "The request failed because the instance could not start": 10,
    },
}
SUMS = {
    "staging-0041-0043Z": [(150, "ModuleNotFoundError: No module named")],
    "staging-1924-2249Z": [(106, "Failed to run migrations"), (56, "ModuleNotFoundError: No module named")],
    "both": [(206, "ModuleNotFoundError: No module named"), (106, "Failed to run migrations")],
}
CLUSTER = re.compile(r"^[0-9a-f]{12}  P\d +\w+ +(\d+) +\d+ +\d+  \S+ +(.+)  \(")


def read_counts(name: str) -> dict[str, int]:
    """Return the count of each template of a golden file."""
    found = (CLUSTER.match(line) for line in (HERE / f"{name}.txt").read_text().splitlines())
    return {m[2]: int(m[1]) for m in found if m}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, counts in COUNTED.items() for text in counts])
def test_what_was_counted_by_hand_is_written_down(name: str, text: str) -> None:
    """So that nobody rewrites the file without seeing what it then says."""
    assert [n for template, n in read_counts(name).items() if template.startswith(text)] == [COUNTED[name][text]]


@pytest.mark.parametrize("name", SUMS)
def test_the_problems_counted_by_hand_are_written_down(name: str) -> None:
    found = re.findall(r"(?m)^problem .*?  (\d+) entries.*\n  root  (.*)$", (HERE / f"{name}.txt").read_text())
    assert [(int(count), root.startswith(words)) for (count, root), (_, words) in zip(found, SUMS[name], strict=True)] == [
        (count, True) for count, _ in SUMS[name]
    ]


@pytest.mark.parametrize("name", ASKED)
def test_every_entry_is_in_one_cluster_of_the_file(name: str) -> None:
    told = (HERE / f"{name}.txt").read_text()
    entries, silent = map(int, re.findall(r"(\d+) entries, (\d+) without", told)[0])
    lines = [m for line in told.splitlines() if (m := CLUSTER.match(line))]
    assert sum(int(m[1]) for m in lines) + silent == entries


@pytest.mark.parametrize("name", ASKED)
def test_a_golden_file_names_no_project_person_address_or_container(name: str, netra: Path) -> None:
    told = (HERE / f"{name}.txt").read_text()
    services = {"netra-backend-staging"}
    private: set[str] = set()
    for file in ASKED[name]:
        for found in json.loads((netra / file).read_text()):
            labels, payload = found.get("resource", {}).get("labels", {}), found.get("protoPayload", {})
            request = found.get("httpRequest", {})
            private |= {labels.get("project_id", ""), found.get("labels", {}).get("instanceId", ""), found["insertId"]}
            private |= {labels.get("revision_name", ""), request.get("remoteIp", ""), request.get("serverIp", "")}
            private |= {payload.get("authenticationInfo", {}).get("principalEmail", "")}
    assert [text for text in private - services - {""} if re.search(rf"(?<![\w-]){re.escape(text)}(?![\w-])", told)] == []
    assert re.findall(r"[\w.]+@[\w.]+|\b\d+\.\d+\.\d+\.\d+\b|[0-9a-f]{16,}", told) == []
