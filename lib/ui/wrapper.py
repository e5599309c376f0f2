"""What stands between the network and Streamlit: who is answered at all, which doors are shut, and what browsers are told."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from lib.adapters.loopback import is_loopback
from lib.ui import rules as house

SHUT = ("_stcore/metrics", "_stcore/upload_file", "_stcore/agent/", "_stcore/script-health-check", "app/static", "component/")
"""Doors that Streamlit leaves open to everybody and that Blindspot has no use for."""
LOGIN, CALLBACK = "auth/login", "oauth2callback"
KEPT = "blindspot_way_"  # a cookie for each sign-in under way: the link that it began at
KEPT_S, KEPT_CHARS = 900, 3000  # a sign-in takes minutes, and a browser keeps 4 kB
LINK = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # a path of ours: "//host" and "/\host" are other servers


def layers() -> list[Middleware]:
    """Return what Streamlit is wrapped in. It ends the process when the settings say that it must not run like this."""
    house.require()
    return [Middleware(Wrapper)]


class Wrapper:
    """Answers nobody from elsewhere unless people sign in, shuts doors, brings people back to their link, adds headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.rules = house.rules()
        self.base = str(config.get_option("server.baseUrlPath") or "").strip("/")
        self.told = dict(security_headers(self.rules.sign_in is not None and self.rules.sign_in.secure))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or connection."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        path = self._path(scope)
        if self.rules.only_here and not _came_from_here(scope):
            await self._refuse(scope, receive, send, "Blindspot answers this machine only: no sign-in is set up.", 403)
        elif path.startswith(SHUT) or not _may_connect(scope):
            await self._refuse(scope, receive, send, "There is nothing here.", 404)
        else:
            await self.app(scope, receive, self._told(scope, path, send))

    def _path(self, scope: Scope) -> str:
        """Return the path below the base, as it is routed: without doubled strokes that would hide a shut door."""
        path = re.sub("/+", "/", str(scope["path"])).strip("/")
        return path.removeprefix(self.base).lstrip("/") if self.base else path

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, text: str, status: int) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1008})
            return
        await PlainTextResponse(text, status, headers=self.told)(scope, receive, send)

    def _told(self, scope: Scope, path: str, send: Send) -> Send:
        """Return how an answer is sent on."""
        asked = Headers(scope=scope)

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if path == LOGIN:
                    self._keep_link(asked, headers)
                elif path == CALLBACK:
                    self._bring_back(scope, asked, headers)
                headers.update(self.told)
                self._close_cookies(headers)
            await send(message)

        return send_on

    def _keep_link(self, asked: Headers, headers: MutableHeaders) -> None:
        """Keep the page that a sign-in began at, under the sign-in's own state: two tabs come back to two pages."""
        state = "".join(parse_qs(urlsplit(headers.get("location", "")).query).get("state", []))
        page = urlsplit(asked.get("referer", ""))
        link = f"{page.path}?{page.query}" if page.query else page.path
        if page.netloc == asked.get("host") and re.fullmatch(r"\w{8,128}", state) and is_ours(link):
            value = base64.urlsafe_b64encode(link.encode()).decode()
            headers.append("set-cookie", f"{KEPT}{state}={value}; Path=/; Max-Age={KEPT_S}; HttpOnly; SameSite=Lax")

    def _bring_back(self, scope: Scope, asked: Headers, headers: MutableHeaders) -> None:
        """Send somebody who has signed in to the page that they came by; Streamlit would send everybody to the first one."""
        state = "".join(parse_qs(scope.get("query_string", b"").decode("latin-1")).get("state", []))
        link = _read_cookie(asked.get("cookie", ""), KEPT + state)
        if "location" not in headers or not is_ours(link):
            return
        headers["location"] = link
        headers.append("set-cookie", f"{KEPT}{state}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")

    def _close_cookies(self, headers: MutableHeaders) -> None:
        """Where browsers come by https, no cookie of ours goes over anything else."""
        if self.rules.sign_in is not None and self.rules.sign_in.secure:
            raw = [
                (name, value + b"; Secure" if name == b"set-cookie" and b"secure" not in value.lower() else value)
                for name, value in headers.raw
            ]
            headers.raw[:] = raw


def is_ours(link: str) -> bool:
    """Tell whether a link leads to a page of ours, and not into the sign-in again."""
    way = link.partition("?")[0].strip("/").split("/")
    within = not {"auth", CALLBACK, "_stcore", "media"} & set(way) and ".." not in way
    return len(link) <= KEPT_CHARS and bool(LINK.fullmatch(link)) and within


def _read_cookie(header: str, name: str) -> str:
    try:
        held = SimpleCookie(header).get(name)
        return base64.urlsafe_b64decode(held.value).decode("ascii") if held else ""
    except (CookieError, binascii.Error, ValueError):  # what somebody else wrote there
        return ""


def _came_from_here(scope: Scope) -> bool:
    """Tell whether a connection came in at this machine's own address, whatever the settings say that is listened on."""
    server = scope.get("server")
    return server is not None and is_loopback(f"{server[0]}:1")


def _may_connect(scope: Scope) -> bool:
    """Tell whether a page that opens a connection is ours: one of another server, or of another port here, is none.

    Streamlit lets every page of this machine in, and asks a server of others for our address before it refuses the rest.
    """
    asked = Headers(scope=scope)
    if scope["type"] != "websocket" or "origin" not in asked:
        return True
    origin = urlsplit(asked["origin"])  # "null" for a page that hides where it is from
    if origin.netloc and origin.netloc == asked.get("host"):
        return True
    public = str(config.get_option("browser.serverAddress"))
    return origin.hostname == public and not is_loopback(f"{public}:1")


def security_headers(secure: bool) -> Iterator[tuple[str, str]]:
    """Yield the headers that every answer carries; secure: browsers come by https."""
    yield "content-security-policy", "; ".join(content_policy())
    yield "x-content-type-options", "nosniff"
    yield "x-frame-options", "DENY"
    yield "referrer-policy", "same-origin"  # links lead to logs, and their parameters tell names
    yield "cross-origin-opener-policy", "same-origin"
    yield "cross-origin-resource-policy", "same-origin"
    yield "permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), clipboard-read=()"
    if secure:
        yield "strict-transport-security", "max-age=31536000"


def content_policy() -> Iterator[str]:
    """Yield what a page may load: nothing from elsewhere, and no script but Streamlit's own files."""
    yield "default-src 'none'"
    yield f"script-src 'self' {' '.join(inline_scripts())}"
    yield "style-src 'self' 'unsafe-inline'"  # Streamlit and Plotly write styles as they draw
    yield "img-src 'self' data: blob:"
    yield "font-src 'self' data:"
    yield "connect-src 'self'"
    yield "worker-src 'self' blob:"
    yield "manifest-src 'self'"
    yield "base-uri 'none'"
    yield "form-action 'self'"
    yield "frame-ancestors 'none'"


def inline_scripts() -> list[str]:
    """Return the hashes of the scripts that stand in Streamlit's own page, as it is installed."""
    page = (Path(streamlit.__file__).parent / "static" / "index.html").read_text(encoding="utf-8")
    texts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    return [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts]
