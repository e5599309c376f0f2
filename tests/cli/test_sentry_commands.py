"""`sentry` and `sentry-facts`: fields by contract, errors in our words, and nothing secret anywhere."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.entries import SERVICE, START, entry, lines, stamp, texts

ROOT = Path(__file__).resolve().parents[2]
KEY = "0123456789abcdef" * 2
DSN = f"https://{KEY}@o1.ingest.sentry.io/45"
TOKEN = "sntr" + "ys_" + "a1B2c3D4" * 8
SIGNS = [
    entry(0, "Sentry initialized"),
    entry(1, f"Sentry DSN: {DSN} is invalid"),
    entry(2, f"sentry-cli login --auth-token {TOKEN}"),
    *(entry(10 + n, f"order {n} failed", severity="ERROR") for n in range(6)),
]
FACTS = {
    "organization": "acme",
    "projects": [{"id": "45", "slug": SERVICE, "dsn": DSN}, {"slug": "elsewhere"}],
    "stats": {
        SERVICE: {"intervals": [stamp(START)], "groups": [{"by": {"outcome": "accepted"}, "series": {"sum(quantity)": [5]}}]}
    },
    "releases": [],
    "keys": {SERVICE: {"active": 1, "dsn": {"public": DSN}}},
    "failures": [{"what": "sessions", "reason": f"401 for Authorization: Bearer {TOKEN}", "hint": f"SENTRY_TOKEN={TOKEN}"}],
}


def run(*words: str, ok: bool = True) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", "lib", *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode == 0) is ok, done.stderr
    return json.loads(done.stdout) if ok else done.stderr


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A home with entries and facts in which secrets were planted, and all answers of the two commands."""
    folder = tmp_path_factory.mktemp("sentry")
    home, logs, facts = folder / "home", folder / "logs.json", folder / "facts.json"
    logs.write_bytes(lines(texts(*SIGNS)))
    facts.write_text(json.dumps(FACTS))
    run("import", str(logs), "--home", str(home), "--json")
    kept = run("sentry-facts", str(facts), "--home", str(home), "--json")
    return home, {"facts": kept, "sentry": run("sentry", "--home", str(home), "--json")}


def test_facts_are_counted(told: tuple[Path, dict[str, Any]]) -> None:
    assert (told[1]["facts"]["projects"], told[1]["facts"]["points"]) == (2, 1)


def test_every_field_of_the_contract_is_there(told: tuple[Path, dict[str, Any]]) -> None:
    answer = told[1]["sentry"]
    (service,) = answer["services"]
    wanted = "service environment verdict cause since confidence sentence evidence coverage revisions hint".split()
    assert set(wanted) <= service.keys()
    assert {"kind", "first", "last", "count", "text", "revision"} <= service["evidence"][0].keys()
    assert {"accepted", "eligible", "ratio", "low", "high"} <= service["coverage"].keys()
    assert {"revision", "verdict", "first", "last"} <= service["revisions"][0].keys()
    assert {"entries", "cut", "skipped", "no_message", "suspect", "from", "to", "watermark"} <= answer["coverage"].keys()
    assert answer["unmatched"]["projects"] == ["elsewhere"]


def test_no_secret_is_in_the_store_or_the_answers(told: tuple[Path, dict[str, Any]]) -> None:
    home, answers = told
    texts = [json.dumps(answers).encode(), *(p.read_bytes() for p in home.rglob("*") if p.is_file())]
    assert all(secret.encode() not in text for text in texts for secret in (KEY, TOKEN))


@pytest.mark.parametrize(
    "content", [b"{", b"[]", b'{"projects": [{"slug": "x", "firstEvent": "KEY"}]}', b"\xff\xfe", b"\x1f\x8b broken"]
)
def test_a_bad_file_is_one_error_and_nothing_is_kept(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "facts.json"
    file.write_bytes(content.replace(b"KEY", DSN.encode()))
    told = run("sentry-facts", str(file), "--home", str(tmp_path / "home"), "--json", ok=False)
    assert told.startswith("blindspot: ")
    assert len(told.splitlines()) == 2
    assert KEY not in told


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "cannot be read" in run("sentry-facts", str(tmp_path / "no"), "--home", str(tmp_path), "--json", ok=False)


def test_later_facts_leave_last_months_hours(told: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    later = tmp_path / "later.json"
    stats = {"intervals": [stamp(START + timedelta(days=30))], "groups": []}
    later.write_text(json.dumps({"organization": "acme", "stats": {SERVICE: stats}}))
    run("sentry-facts", str(later), "--home", str(told[0]), "--json")
    (service,) = run("sentry", "--home", str(told[0]), "--json")["services"]
    assert service["coverage"]["accepted"] == 5
