"""Canaries by the real Sentry SDK, into a server that takes envelopes, refuses them, hangs or drops them."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from socket import create_server
from typing import Any

import pytest

from lib.adapters.canary import Canary, CanaryAnswer
from lib.adapters.http import Http, Limits
from lib.adapters.sentry import SentryAddress
from lib.errors import SettingsError
from tests.adapters.test_http import FakeClock
from tests.openapi import Contract, contract
from tests.servers import ORGANIZATION, Ingest, Reply, SentryWorld, Served, serve

__all__ = ["contract"]

KEY = "0123456789abcdef" * 2
TOKEN = "plan" + "ted-token"


def dsn_of(served: Served) -> str:
    return served.url.replace("://", f"://{KEY}@") + "/4510"


@contextmanager
def flying(ingest: Ingest, wait_s: float = 30, known: bool = True, send_s: float = 5) -> Iterator[tuple[CanaryAnswer, Served]]:
    """Yield what became of a canary and the server that it flew to, which is Sentry's API as well."""
    time = FakeClock()
    with serve(ingest.answer) as served:
        address = SentryAddress(served.url, ORGANIZATION, TOKEN) if known else None
        http = Http("Sentry", Limits(tries=1), time.clock)
        yield Canary(dsn_of(served), "CHECKOUT_DSN", address, http, time.clock, send_s).fly(wait_s), served


def fly(ingest: Ingest, **asked: Any) -> CanaryAnswer:
    with flying(ingest, **asked) as (answer, _):
        return answer


def ingest_of(reply: Reply | None = None, **fields: Any) -> Ingest:
    shows = fields.pop("shows", True)
    return Ingest(SentryWorld({"checkout": []}, **fields), reply or Reply(), shows)


def test_a_canary_that_sentry_shows_is_accepted() -> None:
    answer = fly(ingest_of())
    assert (answer.sent, answer.accepted, answer.after_s) == (True, True, 0)
    assert len(answer.event_id) == 32


def test_the_event_is_marked_and_tells_nothing_of_this_machine() -> None:
    ingest = ingest_of()
    answer = fly(ingest)
    (event,) = ingest.events
    assert event["event_id"] == answer.event_id
    assert event["tags"]["blindspot_canary"] == answer.event_id
    assert (event["level"], event["fingerprint"]) == ("info", ["blindspot-canary"])
    assert (event["server_name"], event["release"], event["environment"]) == ("blindspot", *["blindspot-canary"] * 2)
    assert not {"modules", "user", "request", "breadcrumbs"} & event.keys()


@pytest.mark.parametrize("status", [400, 401, 403, 413, 500, 503])
def test_a_refused_canary_is_neither_sent_nor_accepted(status: int) -> None:
    with flying(ingest_of(Reply({"detail": KEY}, status))) as (answer, served):
        assert [path for path in served.paths() if "envelope" not in path] == []
    assert (answer.sent, answer.accepted, answer.after_s) == (False, False, None)
    assert str(status) in answer.why


@pytest.mark.parametrize("header", [{"Retry-After": "60"}, {"X-Sentry-Rate-Limits": "60:error:organization:quota"}])
def test_a_canary_over_the_limit_is_refused(header: dict[str, str]) -> None:
    answer = fly(ingest_of(Reply(status=429, headers=header)))
    assert (answer.sent, answer.accepted) == (False, False)
    assert "429" in answer.why


def test_a_limit_that_begins_with_the_canary_does_not_undo_it() -> None:
    limits = {"X-Sentry-Rate-Limits": "60:error:organization:quota"}
    assert fly(ingest_of(Reply({}, headers=limits))).accepted is True


def test_an_event_that_was_taken_and_is_never_shown_is_not_accepted() -> None:
    answer = fly(ingest_of(shows=False), wait_s=20)
    assert (answer.sent, answer.accepted, answer.after_s) == (True, False, None)
    assert "20 s" in answer.why


def test_sentry_is_asked_until_it_shows_the_event() -> None:
    ingest = ingest_of()
    events, asked = ingest.world._events, []

    def late(seen: Any) -> Reply:
        asked.append(seen)
        return events(seen) if len(asked) > 2 else Reply({"data": []})

    ingest.world._events = late  # type: ignore[method-assign]
    answer = fly(ingest)
    assert (answer.accepted, answer.after_s) == (True, 3)


@pytest.mark.parametrize("misdeed", ["hang", "drop"])
def test_without_an_answer_of_the_server_only_seeing_the_event_proves_it(misdeed: str) -> None:
    unseen = fly(ingest_of(Reply(misdeed=misdeed), shows=False), send_s=0.3)
    seen = fly(ingest_of(Reply(misdeed=misdeed)), send_s=0.3)
    assert (unseen.sent, unseen.accepted) == (False, False)
    assert (seen.sent, seen.accepted) == (True, True)


def test_nobody_at_the_address_is_told() -> None:
    with closing(create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    answer = Canary(f"http://{KEY}@127.0.0.1:{port}/1", "X", None, clock=FakeClock().clock).fly(10)
    assert (answer.sent, answer.accepted) == (False, False)
    assert "could not be reached" in answer.why


def test_without_a_token_it_is_sent_and_unknown_whether_it_arrived() -> None:
    answer = fly(ingest_of(), known=False)
    assert (answer.sent, answer.accepted, answer.after_s) == (True, None, None)


@pytest.mark.parametrize("trouble", [Reply(status=401), Reply(status=403), Reply(status=503), Reply(raw=b"<html>")])
def test_an_api_that_cannot_be_asked_leaves_it_unknown(trouble: Reply) -> None:
    answer = fly(ingest_of(troubles={"/events/": trouble}))
    assert (answer.sent, answer.accepted) == (True, None)
    assert "unknown" in answer.why
    assert TOKEN not in answer.why


def test_an_api_that_fails_once_is_asked_again() -> None:
    ingest = ingest_of(troubles={"/events/": Reply(status=503)})
    events = ingest.world._events
    original = ingest.world.answer

    def once(seen: Any) -> Reply:
        reply = original(seen)
        if "/events/" in seen.target:
            ingest.world.troubles = {}
        return reply

    ingest.world.answer = once  # type: ignore[method-assign]
    assert events is not None
    assert fly(ingest).accepted is True


def test_a_server_without_events_is_asked_for_its_issues() -> None:
    assert fly(ingest_of(troubles={"/events/": Reply(status=404)})).accepted is True
    assert fly(ingest_of(troubles={"/events/": Reply(status=404), "/issues/": Reply([{"title": "other"}])})).accepted is False


def test_another_event_than_the_canary_proves_nothing() -> None:
    answer = fly(ingest_of(troubles={"/events/": Reply({"data": [{"id": "f" * 32}, None], "meta": {}})}))
    assert answer.accepted is False


def test_every_question_is_one_that_sentry_describes(contract: Contract) -> None:
    with flying(ingest_of(troubles={"/events/": Reply(status=404)})) as (_, served):
        asked = [contract.hold(seen) for seen in served.seen if "envelope" not in seen.path]
    assert asked == ["listOrganizationEvents", "listOrganizationIssues"]


@pytest.mark.parametrize("dsn", ["", "nonsense", f"https://{KEY}@", f"ftp://{KEY}@h/1", "https://h/1", f"https://{KEY}@h/"])
def test_what_is_no_dsn_is_told_without_it(dsn: str) -> None:
    with pytest.raises(SettingsError, match="CHECKOUT_DSN") as caught:
        Canary(dsn, "CHECKOUT_DSN", None)
    assert caught.value.hint
    assert KEY not in caught.value.message + caught.value.hint + repr(caught.value.__cause__)


def test_no_key_stands_in_what_is_said_or_logged(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    answers = [fly(ingest_of(Reply({"k": KEY}, status))) for status in (200, 401, 413)]
    said = "".join(
        [*map(str, answers), *(r.getMessage() for r in caplog.records if r.name.startswith("lib")), *capfd.readouterr()]
    )
    assert KEY not in said
    assert TOKEN not in said
