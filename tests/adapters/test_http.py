"""The one socket, against a real server that does everything wrong."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import create_server

import pytest

from lib.adapters.http import Asked, Clock, Http, Limits, find_next, is_same_server, parse_retry_after
from lib.errors import NotOffered, SourceRefused, SourceUnavailable
from tests.servers import Answerer, Reply, Seen, Served, in_turn, serve

TOKEN = "plan" + "ted-token"
GOOD = Reply({"fine": True})
START = 1_760_000_000.0


@dataclass
class FakeClock:
    """Time that passes only by sleeping."""

    time: float = START
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.time, self.sleep)


@dataclass
class Client:
    """A client, its server, and what it waited."""

    http: Http
    served: Served
    slept: list[float]

    def get(self, path: str = "/api", **asked: object) -> object:
        return self.http.get(self.asked(path, **asked)).value

    def asked(self, path: str = "/api", **asked: object) -> Asked:
        return Asked(self.served.url + path, "the projects", token=TOKEN, scope="org:read", **asked)  # type: ignore[arg-type]


@contextmanager
def client(answer: Answerer, **limits: float) -> Iterator[Client]:
    clock = FakeClock()
    with serve(answer) as served:
        yield Client(Http("Sentry", Limits(**limits), clock.clock), served, clock.slept)  # type: ignore[arg-type]


def fail(reply: Reply, **limits: float) -> tuple[SourceUnavailable, Client]:
    """Return the error that a reply, given for ever, comes to."""
    with client(lambda _: reply, **limits) as asking, pytest.raises(SourceUnavailable) as caught:
        asking.get()
    return caught.value, asking


def test_an_answer_comes_back_parsed_and_the_token_goes_along() -> None:
    with client(lambda _: GOOD) as asking:
        assert asking.get(params=(("a", "1"), ("a", "2"))) == {"fine": True}
    assert asking.served.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert asking.served.seen[0].params == {"a": ["1", "2"]}


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429, 408])
def test_what_may_pass_is_asked_again(status: int) -> None:
    with client(in_turn(Reply(status=status), Reply(status=status), GOOD)) as asking:
        assert asking.get() == {"fine": True}
    assert asking.slept == [1, 2]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422, 451, 501])
def test_what_cannot_pass_is_asked_once(status: int) -> None:
    error, asking = fail(Reply(status=status))
    assert len(asking.served.seen) == 1
    assert (error.permanent, error.status, asking.slept) == (True, status, [])
    assert str(status) in error.message
    assert error.hint


def test_an_outage_ends_after_four_tries() -> None:
    error, asking = fail(Reply(status=503))
    assert (len(asking.served.seen), error.permanent, asking.slept) == (4, False, [1, 2, 4])


@pytest.mark.parametrize(("status", "kind"), [(401, SourceRefused), (403, SourceRefused), (404, NotOffered), (405, NotOffered)])
def test_a_refusal_and_an_absence_are_told_apart(status: int, kind: type[Exception]) -> None:
    assert type(fail(Reply(status=status))[0]) is kind


def test_a_refusal_names_the_scope_that_is_needed() -> None:
    assert "org:read" in fail(Reply(status=403))[0].hint


def test_retry_after_is_obeyed() -> None:
    with client(in_turn(Reply(status=429, headers={"Retry-After": "17"}), GOOD)) as asking:
        asking.get()
    assert asking.slept == [17]


def test_a_429_without_retry_after_waits_for_the_reset_of_sentrys_limit() -> None:
    reset = Reply(status=429, headers={"X-Sentry-Rate-Limit-Reset": str(int(START) + 9)})
    with client(in_turn(reset, GOOD)) as asking:
        asking.get()
    assert asking.slept == [9]


def test_too_long_a_wait_is_told_instead_of_waited() -> None:
    error, asking = fail(Reply(status=429, headers={"Retry-After": "3600"}))
    assert (asking.slept, error.permanent, error.wait_s) == ([], False, 3600)
    assert "3600 s" in error.hint


def test_all_waiting_together_is_bounded() -> None:
    with client(lambda _: Reply(status=503), patience_s=10) as asking:
        for _ in range(5):
            with pytest.raises(SourceUnavailable):
                asking.get()
    assert sum(asking.slept) <= 10


def test_a_limit_that_is_used_up_is_waited_for_before_the_next_question() -> None:
    used_up = {"X-Sentry-Rate-Limit-Remaining": "0", "X-Sentry-Rate-Limit-Reset": str(int(START) + 5)}
    with client(in_turn(Reply({}, headers=used_up), GOOD)) as asking:
        asking.get()
        assert asking.slept == []
        asking.get()
    assert asking.slept == [5]


def test_a_limit_that_is_used_up_for_long_is_waited_for_as_long_as_the_limits_say() -> None:
    used_up = {"X-Sentry-Rate-Limit-Remaining": "0", "X-Sentry-Rate-Limit-Reset": str(int(START) + 50_000)}
    with client(in_turn(Reply({}, headers=used_up), GOOD), wait_s=30) as asking:
        asking.get()
        asking.get()
    assert asking.slept == [30]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("12", 12), ("0", 0), ("1.5", 1.5), ("", None), ("soon", None), ("-5", None), ("nan", None), ("1e99", None),
     ("Thu, 09 Oct 2025 08:53:30 GMT", 10), ("Thu, 09 Oct 2003 08:53:30 GMT", 0)],
)  # fmt: skip
def test_retry_after_may_be_a_number_or_a_date(text: str, seconds: float | None) -> None:
    assert parse_retry_after(text, START) == seconds


BROKEN = {
    "cut": Reply({"long": "x" * 1000}, misdeed="cut"),
    "dropped": Reply(misdeed="drop"),
    "no JSON": Reply(raw=b"{'a': 1}"),
    "empty": Reply(raw=b""),
    "NaN": Reply(raw=b'{"a": NaN}'),
    "not UTF-8": Reply(raw=b'"\xff\xfe"'),
    "bottomless": Reply(raw=b"[" * 200_000),
    "a sign-in page": Reply(raw=b"<!doctype html><title>Sign in</title>", headers={"Content-Type": "text/html"}),
    "no gzip": Reply(raw=b"xxxx", headers={"Content-Encoding": "gzip"}),
    "too large": Reply(raw=b'"' + b"x" * 30_000 + b'"'),
    "endless": Reply(misdeed="trickle"),
    "an endless redirect": Reply(status=302, headers={"Location": "/api"}, misdeed="trickle"),
    "a circle of redirects": Reply(status=302, headers={"Location": "/api"}),
    "a redirect to nowhere": Reply(status=302),
    "a bad port": Reply(status=302, headers={"Location": "http://127.0.0.1:99999999/"}),
    "many digits": Reply(raw=b"9" * 10_000),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_is_one_of_our_errors_without_a_word_of_the_servers(name: str) -> None:
    reply = BROKEN[name]
    error, _ = fail(reply, body_bytes=20_000, tries=2)
    assert error.message.startswith("Sentry")
    assert "the projects" in error.message
    assert error.hint
    assert TOKEN not in f"{error!r} {error.hint} {error.__cause__!r}"


def test_a_body_that_is_dragged_out_ends_in_time() -> None:
    class Racing(FakeClock):
        @property
        def clock(self) -> Clock:
            ticks = iter(range(10**9))
            return Clock(lambda: float(next(ticks)), self.sleep)

    with serve(lambda _: Reply(misdeed="trickle")) as served, pytest.raises(SourceUnavailable, match="took more than 20 s"):
        Http("Sentry", Limits(answer_s=20), Racing().clock).get(Asked(served.url, "the projects"))


def test_a_server_that_hangs_is_told_as_such() -> None:
    error, asking = fail(Reply(misdeed="hang"), silence_s=0.05, tries=2)
    assert "in time" in error.message
    assert (error.permanent, len(asking.served.seen)) == (False, 2)


def test_nobody_at_the_address_is_told_as_such() -> None:
    with closing(create_server(("127.0.0.1", 0))) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
    clock = FakeClock()
    with pytest.raises(SourceUnavailable, match="could not be reached") as caught:
        Http("Sentry", clock=clock.clock).get(Asked(url, "the projects"))
    assert not caught.value.permanent
    assert len(clock.slept) == 3


@pytest.mark.parametrize("url", ["ftp://x/", "nowhere", "http://", "http://[::1", "http://a b/", "http://" + "x" * 300 + "/"])
def test_an_address_that_is_none_is_one_of_our_errors(url: str) -> None:
    with pytest.raises(SourceUnavailable):
        Http("Sentry", Limits(tries=1)).get(Asked(url, "the projects"))


def test_a_redirect_on_the_same_server_is_followed_with_the_token() -> None:
    with client(lambda seen: GOOD if seen.path == "/new" else Reply(status=301, headers={"Location": "/new"})) as asking:
        assert asking.get() == {"fine": True}
    assert asking.served.seen[1].headers["Authorization"] == f"Bearer {TOKEN}"


def test_another_server_is_never_asked() -> None:
    with serve(lambda _: GOOD) as other:
        error, asking = fail(Reply(status=302, headers={"Location": f"{other.url}/api?x=1"}))
        assert other.seen == []
    assert len(asking.served.seen) == 1
    assert "127.0.0.1" in error.message
    assert error.permanent


@pytest.mark.parametrize(
    ("asked", "target", "same"),
    [("https://a/x", "https://a/y", True), ("http://a/", "https://a/", True), ("http://a:80/", "https://a:443/", True),
     ("https://a/", "http://a/", False), ("http://a:8000/", "https://a/", False), ("https://a/", "https://a:8443/", False),
     ("https://a/", "https://a.evil/", False), ("https://a/", "https://a@evil/", False)],
)  # fmt: skip
def test_the_same_server_means_the_same_origin_or_its_https(asked: str, target: str, same: bool) -> None:
    from urllib.parse import urlsplit

    assert is_same_server(urlsplit(asked), urlsplit(target)) is same


def test_a_netrc_file_takes_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("default login someone password other-secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with client(lambda _: GOOD) as asking:
        asking.get()
        asking.http.get(Asked(asking.served.url, "health"))
    assert asking.served.seen[0].headers["Authorization"] == f"Bearer {TOKEN}"
    assert "Authorization" not in asking.served.seen[1].headers


def pages(count: int, link: str) -> Answerer:
    """Answer with pages of one number each; `link` is given the next cursor and whether there is more."""

    def answer(seen: Seen) -> Reply:
        at = int(seen.params.get("cursor", ["0"])[0])
        return Reply([at], headers={"Link": link.format(next=at + 1, more=str(at + 1 < count).lower())})

    return answer


NEXT = '<http://other/?cursor=0>; rel="previous"; results="true", <http://other/?cursor={next}>; rel="next"; results="{more}"'


@pytest.mark.parametrize("link", [NEXT, NEXT + '; cursor="{next}"'])
def test_pages_are_followed_while_there_are_results(link: str) -> None:
    with client(pages(5, link)) as asking:
        assert list(asking.http.pages(asking.asked(params=(("per_page", "1"),)), 10)) == [[0], [1], [2], [3], [4]]
    assert all(seen.params["per_page"] == ["1"] for seen in asking.served.seen)


def test_endless_pages_end() -> None:
    with client(pages(10**9, NEXT)) as asking, pytest.raises(SourceUnavailable, match="more of the projects than 7 pages"):
        list(asking.http.pages(asking.asked(), 7))
    assert len(asking.served.seen) == 7


def test_pages_that_lead_in_a_circle_end() -> None:
    link = '<http://x/?cursor=same>; rel="next"; results="true"'
    with client(lambda _: Reply([1], headers={"Link": link})) as asking, pytest.raises(SourceUnavailable, match="circle"):
        list(asking.http.pages(asking.asked(), 100))
    assert len(asking.served.seen) == 2


def test_a_page_that_is_no_list_is_one_of_our_errors() -> None:
    with client(lambda _: Reply({"detail": "x"})) as asking, pytest.raises(SourceUnavailable, match="no list"):
        list(asking.http.pages(asking.asked(), 10))


@pytest.mark.parametrize(
    "link", ["", "nonsense", ";;;,<", '<http://x/?cursor=1>; rel="next"', '<http://x/>; rel="next"; results="true"']
)
def test_a_link_without_a_next_cursor_ends_the_pages(link: str) -> None:
    assert find_next(link) == ""


def test_an_error_carries_neither_token_nor_query_nor_the_servers_words() -> None:
    planted = "pla" + "nted-query"
    with client(lambda _: Reply({"detail": planted}, 500), tries=1) as asking, pytest.raises(SourceUnavailable) as caught:
        asking.get(params=(("key", planted),))
    told = json.dumps(
        [caught.value.message, caught.value.hint, repr(caught.value), repr(caught.value.__cause__), repr(asking.asked())]
    )
    assert planted not in told
    assert TOKEN not in told
