"""The wrapper between the network and Streamlit: whom it answers, what it shuts, the headers, and the way back to a link."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from lib.adapters.signin import SignIn, read_sign_in
from lib.core.settings import AccessSettings
from lib.errors import SettingsError
from lib.ui import rules, wrapper
from lib.ui.rules import Rules

STATE = "abcdefgh12345678"
Client = Callable[..., TestClient]


async def page(request: Request) -> Response:
    answer = PlainTextResponse("the page")
    answer.set_cookie("held", "1")
    return answer


async def login(request: Request) -> Response:
    return RedirectResponse(f"https://id.example/authorize?client_id=x&state={STATE}", 302)


async def callback(request: Request) -> Response:
    return RedirectResponse("/", 302)


async def stream(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("logs")
    await socket.close()


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    """Give a client of a wrapped server, at an address of that server."""

    def make(held: Rules = Rules(), at: str = "http://127.0.0.1:8501") -> TestClient:  # noqa: B008 - frozen
        monkeypatch.setattr(rules, "rules", lambda: held)
        routes = [
            Route("/auth/login", login), Route("/oauth2callback", callback), WebSocketRoute("/_stcore/stream", stream),
            Route("/{path:path}", page),
        ]  # fmt: skip
        return TestClient(wrapper.Wrapper(Starlette(routes=routes)), at, follow_redirects=False)

    return make


HERE, ELSEWHERE = "http://127.0.0.1:8501", "http://192.0.2.7:8501"
SIGNED = Rules(SignIn(("default",), secure=False))
TLS = Rules(SignIn(("default",), secure=True))


@pytest.mark.parametrize(
    ("held", "at", "status"),
    [(Rules(), HERE, 200), (Rules(), ELSEWHERE, 403), (Rules(open=True), ELSEWHERE, 200), (SIGNED, ELSEWHERE, 200)],
    ids=["here", "elsewhere", "said twice", "with a sign-in"],
)
def test_without_a_sign_in_only_this_machine_is_answered(client: Client, held: Rules, at: str, status: int) -> None:
    answer = client(held, at).get("/clusters")
    assert answer.status_code == status
    assert ("the page" in answer.text) is (status == 200)
    assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", [
    "/_stcore/metrics", "//_stcore/metrics", "/_stcore//metrics", "/_stcore/upload_file/a/b", "/_stcore/agent/interact",
    "/app/static/x", "/_stcore/script-health-check",
])  # fmt: skip
def test_doors_that_nobody_needs_are_shut(client: Client, path: str) -> None:
    assert client().get(HERE + path).status_code == 404


@pytest.mark.parametrize(
    ("origin", "opens"),
    [
        ("http://127.0.0.1:8501", True),
        (None, True),
        ("http://localhost:3000", False),
        ("https://evil.example", False),
        ("null", False),
    ],
)
def test_only_our_own_page_may_open_a_connection(client: Client, origin: str | None, opens: bool) -> None:
    headers = {"origin": origin, "host": "127.0.0.1:8501"} if origin else {"host": "127.0.0.1:8501"}
    with told_as(opens), client().websocket_connect("ws://127.0.0.1:8501/_stcore/stream", headers=headers) as socket:
        assert socket.receive_text() == "logs"


@contextmanager
def told_as(opens: bool) -> Iterator[None]:
    if opens:
        yield
        return
    with pytest.raises(WebSocketDisconnect):
        yield


def test_every_answer_says_what_a_browser_may_load(client: Client) -> None:
    told = client().get("/").headers["content-security-policy"]
    for rule in ("default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "'sha256-"):
        assert rule in told
    assert "unsafe-eval" not in told
    assert "'unsafe-inline'" not in told.partition("script-src")[2].partition(";")[0]
    assert "http" not in told.replace("https://", "")


def test_where_browsers_come_by_https_cookies_go_by_nothing_else(client: Client) -> None:
    safe, plain = client(TLS).get("/").headers, client(SIGNED).get("/").headers
    assert "secure" in safe["set-cookie"].lower()
    assert "max-age" in safe["strict-transport-security"]
    assert "secure" not in plain["set-cookie"].lower()


@pytest.mark.parametrize("link", ["/clusters?from=2026-01-01T00:00:00Z&text=a%20b", "/", "/sub/blindspots"])
def test_somebody_who_signs_in_comes_back_to_their_link(client: Client, link: str) -> None:
    visitor = client(SIGNED)
    visitor.get("/auth/login?provider=x", headers={"referer": HERE + link})
    back = visitor.get(f"/oauth2callback?code=1&state={STATE}")
    assert back.headers["location"] == link
    assert visitor.get(f"/oauth2callback?code=1&state={STATE}").headers["location"] == "/"  # once


@pytest.mark.parametrize("referer", [
    "https://evil.example/clusters", HERE + "//evil.example", HERE + "/\\evil.example", HERE + "/auth/logout",
    HERE + "/oauth2callback?x=1", HERE + "/_stcore/metrics", HERE + "/" + "a" * 4000, "", HERE + "/media/x",
    HERE + "/a/../auth/logout",
])  # fmt: skip
def test_nobody_is_sent_elsewhere(client: Client, referer: str) -> None:
    visitor = client(SIGNED)
    visitor.get("/auth/login?provider=x", headers={"referer": referer})
    assert visitor.get(f"/oauth2callback?code=1&state={STATE}").headers["location"] == "/"


@pytest.mark.parametrize(
    "value", ["Ly9ldmlsLmV4YW1wbGU=", "L1xldmlsLmV4YW1wbGU=", "aHR0cHM6Ly9ldmlsLmV4YW1wbGU=", "%%%", "L2ENCkI6IGM="]
)
def test_a_cookie_that_somebody_else_wrote_leads_nowhere(client: Client, value: str) -> None:
    answer = client(SIGNED).get(f"/oauth2callback?state={STATE}", headers={"cookie": f"blindspot_way_{STATE}={value}"})
    assert answer.headers["location"] == "/"


WHOLE = {
    "redirect_uri": "https://blindspot.example.com/oauth2callback", "cookie_secret": "s" * 40, "client_id": "me",
    "client_secret": "x" * 12, "server_metadata_url": "https://accounts.google.com/.well-known/openid-configuration",
}  # fmt: skip


def write(file: Path, **values: str) -> list[Path]:
    file.write_text("[auth]\n" + "".join(f'{key} = "{value}"\n' for key, value in values.items() if value))
    return [file.with_name("nothing.toml"), file]


def test_a_whole_sign_in_is_read(tmp_path: Path) -> None:
    assert read_sign_in(write(tmp_path / "secrets.toml", **WHOLE)) == SignIn(("default",), secure=True)
    assert read_sign_in([tmp_path / "nothing.toml"]) is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"client_id": ""}, "`client_id` under [auth] is missing"),
        ({"cookie_secret": ""}, "`cookie_secret` under [auth] is missing"),
        ({"cookie_secret": "short"}, "shorter than 32"),
        ({"redirect_uri": "https://blindspot.example.com/"}, "/oauth2callback"),
        ({"redirect_uri": "http://blindspot.example.com/oauth2callback"}, "not https"),
        ({"server_metadata_url": "http://id.example/x"}, "not https"),
    ],
    ids=str,
)
def test_half_a_sign_in_is_no_open_door(tmp_path: Path, change: dict[str, str], told: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_sign_in(write(tmp_path / "secrets.toml", **(WHOLE | change)))
    assert told in raised.value.message
    assert "short" not in raised.value.message.replace("shorter", "")


def test_a_file_of_secrets_that_is_no_toml_is_no_open_door(tmp_path: Path) -> None:
    (tmp_path / "secrets.toml").write_text('[auth\nclient_id = "x"\n')
    with pytest.raises(SettingsError):
        read_sign_in([tmp_path / "secrets.toml"])


def test_lists_without_a_sign_in_and_one_word_alone_open_nothing(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setattr(rules, "read_sign_in", lambda files: None)
    for said, opens in (({}, False), ({"BLINDSPOT_OPEN": "yes"}, False), ({"BLINDSPOT_ACCESS_OPEN": "true"}, False)):
        with monkeypatch.context() as patch:
            for name, value in said.items():
                patch.setenv(name, value)
            rules.rules.cache_clear()
            assert rules.rules().open is opens
    monkeypatch.setenv("BLINDSPOT_ACCESS_OPEN", "true")
    monkeypatch.setenv("BLINDSPOT_OPEN", "yes")
    rules.rules.cache_clear()
    assert rules.rules() == Rules(access=AccessSettings(open=True), open=True)
    monkeypatch.setenv("BLINDSPOT_ACCESS_DOMAINS", "example.com")
    rules.rules.cache_clear()
    with pytest.raises(SettingsError, match="no sign-in is set up"):
        rules.rules()
    rules.rules.cache_clear()
