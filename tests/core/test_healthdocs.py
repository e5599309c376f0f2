"""What health documents say of Sentry, in the forms that services use."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.sentry.healthdocs import HealthWord, parse_health

DSN = "https://" + "0a1b" * 8 + "@o1.ingest.example.com/1"
SAYS: dict[HealthWord, list[Any]] = {
    HealthWord.CONFIGURED: [
        {"checks": {"sentry": "ok"}},
        {"checks": {"sentry": True}},
        {"checks": {"sentry": {"status": "healthy", "latency_ms": 3}}},
        {"status": "ok", "observability": {"sentry_configured": True, "sentry_enabled": True}},
        {"a": {"b": [{"c": {"sentryInitialized": "true"}}]}},
        {"status": "UP", "components": {"db": {"status": "DOWN"}, "sentry": {"status": "UP", "details": {"ok": True}}}},
        {"status": "pass", "checks": {"sentry:connectivity": [{"componentType": "system", "status": "pass", "time": "x"}]}},
        {"checks": [{"name": "database", "status": "fail"}, {"name": "sentry", "status": "pass"}]},
        {"sentry": {"dsn": DSN}},
        {"sentry_dsn": "SET"},
    ],
    HealthWord.MISSING: [
        {"checks": {"sentry": "missing"}},
        {"checks": {"sentry": "not_installed"}},
        {"sentry_sdk_installed": False, "sentry": {"sdk_installed": False}},
        {"sentry": {"status": "SDK not available", "enabled": False}},
        {"sentry_available": False},
    ],
    HealthWord.DISABLED: [
        {"checks": {"sentry": "disabled"}},
        {"sentry_enabled": False, "sentry_configured": True},
        {"services": {"sentry": {"enabled": False, "dsn": DSN}}},
        {"isSentryEnabled": "no"},
        [{"deep": {"sentry_active": False}}],
    ],
    HealthWord.MISCONFIGURED: [
        {"checks": {"sentry": False}},
        {"checks": {"sentry": "Not configured"}},
        {"sentry_configured": False},
        {"sentry": {"configured": False, "status": "ok"}},
        {"sentry": {"dsn": "", "enabled": True}},
        {"sentry_dsn": "missing"},
        {"sentry": {"initialized": False}},
    ],
    HealthWord.FAILING: [
        {"checks": {"sentry": "error"}},
        {"components": {"sentry": {"status": "OUT_OF_SERVICE"}}},
        {"checks": {"sentry:connectivity": [{"status": "pass"}, {"status": "fail"}]}},
        {"sentry": {"connected": False}},
        {"checks": [{"name": "sentry", "healthy": False}]},
    ],
    HealthWord.UNCLEAR: [
        {"sentry": "quux"}, {"sentry": None}, {"sentry": {}}, {"sentry": 3}, {"sentry": {"status": "warn"}}, {"sentry": "✅"},
        {"sentry": {"environment": "staging", "release": "1.0"}},
    ],
    HealthWord.SILENT: [
        {}, [], "sentry", None, 3, {"status": "DOWN"}, {"sentryx": False}, {"sentry_environment": "disabled"},
        {"message": "sentry is disabled"}, {"url": "https://sentry.io"}, {"users": [{"username": "sentry"}]},
    ],
}  # fmt: skip
CASES = [(says, document) for says, documents in SAYS.items() for document in documents]


@pytest.mark.parametrize(("says", "document"), CASES)
def test_a_document_says(says: HealthWord, document: Any) -> None:
    assert parse_health(document).says is says


def test_a_no_outranks_every_yes_beside_it() -> None:
    said = parse_health({"checks": {"sentry": "ok"}, "sentry_enabled": False})
    assert [f.says for f in said.findings] == [HealthWord.DISABLED, HealthWord.CONFIGURED]


def test_a_finding_says_where_it_stands() -> None:
    (found,) = parse_health({"checks": [{"name": "sentry", "status": "fail"}]}).findings
    assert (found.path, found.text) == ("checks.sentry", "checks.sentry is failing")


def test_no_text_of_the_document_is_kept_that_is_not_known() -> None:
    said = parse_health({"sentry": {"dsn": DSN}, "sentry_dsn": DSN, f"x {DSN}": {"sentry": "hunter2" + "x"}})
    assert DSN not in str(said)
    assert "hunter2" not in str(said)


def test_a_document_deeper_than_anybody_writes_says_nothing() -> None:
    document: Any = {"sentry": False}
    for _ in range(200):
        document = {"a": document}
    assert parse_health(document).says is HealthWord.SILENT


def test_a_sentry_object_deeper_than_anybody_writes_is_unclear() -> None:
    document: Any = {"status": "ok"}
    for _ in range(200):
        document = {"details": document}
    assert parse_health({"sentry": document}).says is HealthWord.UNCLEAR


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["ok", "down", "missing", "disabled"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["sentry", "sentry_enabled", "status", "checks", "details", "name"]), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(json_values)
def test_no_document_is_an_error_and_the_gravest_word_stands(document: Any) -> None:
    said = parse_health(document)
    words = [f.says for f in said.findings]
    assert said.says is (words[0] if words else HealthWord.SILENT)
    assert words == sorted(words, key=list(HealthWord).index)


NOES = (HealthWord.MISSING, HealthWord.DISABLED, HealthWord.MISCONFIGURED, HealthWord.FAILING)


@given(json_values)
def test_a_no_beside_anything_stays_a_no(document: Any) -> None:
    assert parse_health([document, {"sentry_enabled": False}]).says in NOES
