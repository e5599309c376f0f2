"""Secrets that are planted wherever an export can hold one reach no answer, no file and no line of our own."""

import random
import string
from pathlib import Path

import pyarrow.parquet as pq

from lib import wiring
from lib.core.masks import RULES_VERSION
from tests.cli.test_sentry_side import run
from tests.entries import as_json, entry


def plant(seed: int) -> str:
    """A value that is unmistakable wherever it turns up."""
    rng = random.Random(seed)
    return "Pl4nted" + "".join(rng.choice(string.ascii_letters + string.digits) for _ in range(24))


SECRETS = [plant(seed) for seed in range(9)]


def planted() -> bytes:
    """An export with a secret in a text, a payload, a label, a trace of an exception, a URL, and in lines that cannot be read."""
    s = SECRETS
    made = [
        entry(0, f"login with password={s[0]} failed", severity="ERROR"),
        entry(1, None, jsonPayload={"message": "call", "request": {"headers": {"Authorization": f"Bearer {s[1]}"}}}),
        entry(2, None, jsonPayload={"message": "x", "env": [{"name": "API_KEY", "value": s[2]}]}),
        entry(3, "ok", labels={"instanceId": "0069c7a98886c4a7", "api_token": s[3]}),
        entry(4, f"Traceback (most recent call last):\n  File 'a.py', line 1, in f\nValueError: token={s[4]}", severity="ERROR"),
        entry(5, None, httpRequest={"requestUrl": f"https://a.example/x?access_token={s[5]}", "status": 500}, severity="ERROR"),
    ]
    damaged = [
        b'{"insertId": "x", "textPayload": "client_secret=' + s[6].encode() + b'"',
        as_json(entry(7, f"password={s[7]}", timestamp="never")),
        b"postgres://app:" + s[8].encode() + b"@db.internal/x",
    ]
    return b"\n".join([*map(as_json, made), *damaged]) + b"\n"


def test_no_answer_and_no_file_holds_a_planted_secret(tmp_path: Path) -> None:
    export, home = tmp_path / "export.ndjson", tmp_path / "home"
    export.write_bytes(planted())
    said = []
    for words in (
        ("import", str(export), "--json"), ("sources", "--json"), ("sources",), ("overview", "--json"), ("clusters", "--json"),
        ("problems", "--json"), ("doctor", "--json"),
    ):  # fmt: skip
        done = run(home, *words)
        said.append(done.out + done.err)
    entries = wiring.open_workspace(home).ports.entries
    held = [str(pq.read_table(file).to_pylist()) for file in entries.pinned().files]  # type: ignore[attr-defined]
    rows = [file.read_bytes().decode("latin-1") for file in home.glob("state.sqlite*")]
    leaked = {secret for secret in SECRETS for text in [*said, *held, *rows] if secret in text}
    assert leaked == set()
    assert sum("[password]" in text or "[secret]" in text for text in held) > 0


def test_the_version_of_the_rules_is_kept_with_what_they_masked(tmp_path: Path) -> None:
    (tmp_path / "export.ndjson").write_bytes(planted())
    run(tmp_path / "home", "import", str(tmp_path / "export.ndjson"))
    (record,) = wiring.open_workspace(tmp_path / "home").ports.state.imports()
    assert record.rules == RULES_VERSION
    assert sum(record.masked.values()) >= len(SECRETS) - 3
