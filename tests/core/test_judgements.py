"""Kind and priority of a cluster: the tables of texts and of rules, row by row; and the link to an entry."""

from datetime import UTC, datetime
from urllib.parse import unquote

import pytest

from lib.core.links import logs_explorer
from lib.core.model import Entry, Kind, Priority
from lib.core.priority import Evidence, judge_priority
from lib.core.signatures import SENTRY_BLIND, SIGNATURES, find_signature, judge_kind

TELLING = [
    ("Container called exit(0).", "container stopped in order", Kind.INFO),
    ("Container called exit(3).", "container exited", Kind.FAILURE),
    ("Container terminated on signal 9.", "container killed", Kind.FAILURE),
    ("Memory limit of 512 MiB exceeded with 530 MiB used.", "memory limit exceeded", Kind.FAILURE),
    ('Default STARTUP TCP probe failed 1 time consecutively for container "app-1" on port 8080.', "probe failed", Kind.FAILURE),
    ("The request was aborted because there was no available instance.", "no instance available", Kind.FAILURE),
    ("The request failed because either the HTTP response was malformed or …", "malformed response", Kind.FAILURE),
    ("The request failed because the instance could not start successfully.", "instance could not start", Kind.FAILURE),
    ("Ready condition status changed to False for Revision x with message: no", "revision not ready", Kind.FAILURE),
    ("Ready condition status changed to True for Revision x.", "revision ready", Kind.DEPLOY),
    ("Services.ReplaceService namespaces/shop/services/orders", "service changed", Kind.DEPLOY),
    ("deployments.patch apps/v1/namespaces/shop/deployments/orders", "deployment changed", Kind.DEPLOY),
    ("Starting new instance. Reason: AUTOSCALING", "instance started", Kind.INFO),
    ("Sentry SDK not available - install sentry-sdk[fastapi]", "Sentry cannot see", Kind.OBSERVABILITY),
    ("No module named 'sentry_sdk'", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Cannot find module '@sentry/node'", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Failed to initialize Sentry: BadDsn", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Sentry DSN not configured", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Error tracking: skipping Sentry", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Unexpected status code: 403", "Sentry cannot see", Kind.OBSERVABILITY),
    ("Retrying (Retry(total=2)) after connection broken: /api/17/envelope/", "Sentry cannot see", Kind.OBSERVABILITY),
    ("OpenTelemetry exporter failed: UNAVAILABLE", "telemetry lost", Kind.OBSERVABILITY),
]  # fmt: skip


@pytest.mark.parametrize(("line", "name", "kind"), TELLING)
def test_a_text_that_tells_outweighs_its_severity(line: str, name: str, kind: Kind) -> None:
    found = find_signature(line)
    assert found is not None
    assert (found.name, judge_kind(line, {"INFO": 1})) == (name, kind)


def test_every_row_of_the_table_is_tried_here() -> None:
    assert {s.name for s in (*SIGNATURES, SENTRY_BLIND)} == {name for _, name, _ in TELLING}


@pytest.mark.parametrize("line", [
    "Sentry initialized", "Sentry enabled for staging", "The sentryman at the gate failed", "order of a sentryman failed",
    "Unexpected status code: 200", "OpenTelemetry initialized", "Default STARTUP TCP probe succeeded after 1 attempt",
    "user called exit(3)",
])  # fmt: skip
def test_what_only_looks_like_it_goes_by_its_severity(line: str) -> None:
    assert judge_kind(line, {"INFO": 1}) is Kind.INFO


@pytest.mark.parametrize(("severities", "kind"), [
    ({"ERROR": 3}, Kind.FAILURE),
    ({"CRITICAL": 1}, Kind.FAILURE),
    ({"WARNING": 3}, Kind.WARNING),
    ({"NOTICE": 3}, Kind.INFO),
    ({"DEFAULT": 3}, Kind.INFO),
    ({"INFO": 3, "ERROR": 2}, Kind.INFO),
    ({"INFO": 2, "ERROR": 3}, Kind.FAILURE),
    ({}, Kind.INFO),
])  # fmt: skip
def test_without_such_a_text_most_entries_decide(severities: dict[str, int], kind: Kind) -> None:
    assert judge_kind("order stored", severities) is kind


def test_the_order_of_equal_severities_changes_nothing() -> None:
    assert judge_kind("x", {"INFO": 2, "ERROR": 2}) is judge_kind("x", {"ERROR": 2, "INFO": 2})


@pytest.mark.parametrize(("evidence", "priority"), [
    (Evidence("disk full", Kind.FAILURE, {"ALERT": 1, "ERROR": 9}, "stdout"), Priority.P0),
    (Evidence("possible data loss in orders", Kind.FAILURE, {"ERROR": 1}, "stdout"), Priority.P0),
    (Evidence("no data loss", Kind.INFO, {"INFO": 1}, "stdout"), Priority.P5),
    (Evidence("The request failed", Kind.FAILURE, {"ERROR": 1}, "request"), Priority.P1),
    (Evidence("Container called exit(3).", Kind.FAILURE, {"WARNING": 1}, "system"), Priority.P1),
    (Evidence("Worker failed to boot", Kind.FAILURE, {"ERROR": 1}, "stderr"), Priority.P1),
    (Evidence("no connection", Kind.FAILURE, {"CRITICAL": 1}, "stdout"), Priority.P1),
    (Evidence("no connection", Kind.FAILURE, {"ERROR": 1}, "stdout"), Priority.P2),
    (Evidence("Sentry SDK not available", Kind.OBSERVABILITY, {"WARNING": 1}, "stdout"), Priority.P2),
    (Evidence("slow", Kind.WARNING, {"WARNING": 1}, "stdout"), Priority.P3),
    (Evidence("Services.ReplaceService", Kind.DEPLOY, {"NOTICE": 1}, "audit"), Priority.P4),
    (Evidence("stored", Kind.INFO, {"INFO": 1}, "stdout"), Priority.P5),
])  # fmt: skip
def test_the_rubric(evidence: Evidence, priority: Priority) -> None:
    assert judge_priority(evidence).priority is priority


def test_a_link_names_the_entry_to_the_nanosecond() -> None:
    entry = Entry(datetime(2026, 9, 16, 6, 0, 0, 5, UTC), "s", "e", "r", "i", "INFO", "m", "", 'id"x', "", "{}")
    link = logs_explorer(entry, "shop staging", 78)
    assert link.startswith("https://console.cloud.google.com/logs/query;query=")
    assert 'timestamp="2026-09-16T06:00:00.000005078Z"' in unquote(link)
    assert link.endswith("?project=shop%20staging")
    assert not set(' "\n<>') & set(link)
