"""Files of criteria: what is written comes back, and what is wrong is one error that names the place."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from lib.adapters.criteriafiles import read_criteria
from lib.core.success.criteriafile import parse_criteria, read_criterion, write_criterion
from lib.core.success.model import Baseline, Criterion, CriterionKind
from lib.errors import BadQuery
from tests.conftest import ROOT

WHEN = datetime(2026, 9, 16, 6, tzinfo=UTC)
TOML = """
[[criteria]]
id = "gone"
kind = "text-gone"
service = "shop"
environment = "staging"
text = "SDK not available"
since = 2026-09-16T06:00:00Z

[[criteria]]
kind = "accepted"
service = "shop"
least = 0.8
"""


def test_a_file_of_toml(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(TOML)
    one, two = read_criteria(str(tmp_path / "c.toml"))
    assert (one.id, one.kind, one.environment, one.text, one.since) == (
        "gone", CriterionKind.TEXT_GONE, "staging", "SDK not available", WHEN,
    )  # fmt: skip
    assert (two.id, two.title, two.least) == ("accepted of shop", "Sentry accepts what is logged", 0.8)


@pytest.mark.parametrize(
    "text", ['{"criteria": [{"kind": "health", "service": "shop"}]}', '\ufeff[{"kind": "health", "service": "shop"}]']
)
def test_a_file_of_json(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.json").write_text(text)
    [found] = read_criteria(str(tmp_path / "c.json"))
    assert (found.kind, found.service) == (CriterionKind.HEALTH, "shop")


GOOD = {"kind": "accepted", "service": "shop"}
WRONG: list[tuple[object, str]] = [
    (None, "holds no criteria"),
    ({}, "holds no criteria"),
    ({"criteria": []}, "holds no criteria"),
    ({"criteria": ["x"]}, "Criterion 1 of 'f' is no table"),
    ({"criteria": [GOOD] * 501}, "501 criteria"),
    ({"criteria": [GOOD, {}]}, "Criterion 2 of 'f' has no kind"),
    ({"criteria": [GOOD | {"kind": "gone"}]}, "has the kind 'gone', which is not known"),
    ({"criteria": [GOOD | {"kind": ["x"]}]}, "which is not known"),
    ({"criteria": [{"kind": "accepted"}]}, "names no service"),
    ({"criteria": [GOOD | {"service": 3}]}, "`service` is no text"),
    ({"criteria": [GOOD | {"title": "a\nb"}]}, "`title` is no text of one line"),
    ({"criteria": [GOOD | {"servce": "x"}]}, "has `servce`, which is not known"),
    ({"criteria": [GOOD | {"least": 1.5}]}, "`least` is no number"),
    ({"criteria": [GOOD | {"least": True}]}, "`least` is no number"),
    ({"criteria": [GOOD | {"factor": "3"}]}, "`factor` is no number"),
    ({"criteria": [GOOD | {"factor": float("nan")}]}, "`factor` is no number"),
    ({"criteria": [GOOD | {"since": "yesterday"}]}, "`since` is no time"),
    ({"criteria": [GOOD | {"since": "2026-09-16T06:00:00"}]}, "`since` is no time with its zone"),
    ({"criteria": [GOOD | {"since": "9999-09-16T06:00:00Z"}]}, "`since` is no time"),
    ({"criteria": [GOOD | {"text": "x"}]}, "has `text`, which only text-gone takes"),
    ({"criteria": [GOOD | {"kind": "text-gone"}]}, "needs a `text` or a `cluster`"),
    ({"criteria": [GOOD | {"kind": "text-gone", "text": "a", "cluster": "b"}]}, "one of them"),
    ({"criteria": [GOOD | {"kind": "text-gone", "text": "/(/"}]}, "Criterion 1 of 'f': The pattern is no regular expression"),
    ({"criteria": [GOOD, GOOD]}, "gives the id 'accepted of shop' twice"),
]


@pytest.mark.parametrize(("document", "told"), WRONG)
def test_what_is_wrong_is_one_error_with_a_hint(document: object, told: str) -> None:
    with pytest.raises(BadQuery) as caught:
        parse_criteria(document, "f")
    assert told in caught.value.message
    assert caught.value.hint


def test_a_near_name_is_told() -> None:
    with pytest.raises(BadQuery) as caught:
        parse_criteria([GOOD | {"servce": "x"}], "f")
    assert caught.value.hint == "Did you mean `service`?"


@pytest.mark.parametrize(("name", "content", "told"), [
    ("c.toml", b"x = ", "is no TOML"), ("c.json", b"{", "is no JSON"), ("c.toml", b"\xff\xfe", "cannot be read"),
    ("c.toml", b"", "holds no criteria"), ("c.toml", b"#" * 1_100_000, "larger than 1 MB"),
    ("c.json", b"[" * 100_000, "is no JSON"),
])  # fmt: skip
def test_a_file_that_is_none(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadQuery, match=told):
        read_criteria(str(tmp_path / name))


@pytest.mark.parametrize("path", ["nowhere.toml", ".", "a\x00b"])
def test_a_path_that_leads_nowhere(path: str) -> None:
    with pytest.raises(BadQuery, match="cannot be read"):
        read_criteria(path)


def test_a_pipe_is_not_waited_for_and_no_more_is_read_than_a_file_may_hold(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    for path in (str(tmp_path / "pipe.toml"), "/dev/zero"):
        with pytest.raises(BadQuery, match="cannot be read"):
            read_criteria(path)
    (tmp_path / "c.toml").write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(BadQuery, match="larger than 1 MB"):
        read_criteria(str(tmp_path / "c.toml"))


def test_a_criterion_comes_back_from_its_plain_values() -> None:
    full = Criterion("i", CriterionKind.TEXT_GONE, "t", "s", "e", "c", "x", WHEN, WHEN, 0.7, 2.0, Baseline(1, 2.0, 3.0, WHEN))
    for criterion in (full, Criterion("i", CriterionKind.CANARY, "t", "s")):
        assert read_criterion(write_criterion(criterion)) == criterion


def test_the_file_in_the_documents_can_be_used_and_shows_every_kind() -> None:
    import tomllib

    text = (ROOT / "docs" / "issues.md").read_text().partition("```toml\n")[2].partition("```")[0]
    assert {c.kind for c in parse_criteria(tomllib.loads(text), "docs")} == set(CriterionKind)
