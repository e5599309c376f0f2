"""Real servers on loopback: Sentry's API, Sentry's ingestion, and anything that a server can do wrong."""

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ORGANIZATION = "tidewell"
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Seen:
    """One request, as it arrived."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def params(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query)


@dataclass(frozen=True)
class Reply:
    """What goes back. misdeed: cut (half of the body), drop (nothing at all), hang (until released), trickle (endless drops)."""

    value: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    misdeed: str = ""

    @property
    def body(self) -> bytes:
        return json.dumps(self.value).encode() if self.raw is None else self.raw


Answerer = Callable[[Seen], Reply]


@dataclass
class Served:
    """A running server."""

    url: str
    seen: list[Seen] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def paths(self) -> list[str]:
        return [seen.path for seen in self.seen]


@contextmanager
def serve(answer: Answerer) -> Iterator[Served]:
    """Run a server on a free port of 127.0.0.1 until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            size = int(self.headers.get("Content-Length", 0))
            seen = Seen(self.command, self.path, dict(self.headers), self.rfile.read(size))
            served.seen.append(seen)
            reply = answer(seen)
            self.close_connection = True
            if reply.misdeed == "hang":
                served.released.wait(60)
            if reply.misdeed not in ("drop", "hang"):
                self.write(reply)
            else:
                self.connection.shutdown(socket.SHUT_RDWR)

        do_POST = do_PATCH = do_DELETE = do_GET

        def write(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Connection", "close")
            if reply.misdeed != "trickle":
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            try:
                if reply.misdeed == "trickle":
                    while not served.released.is_set():
                        self.wfile.write(b" ")
                else:
                    self.wfile.write(reply.body[: len(reply.body) // 2] if reply.misdeed == "cut" else reply.body)
            except OSError:
                served.released.set()  # the client has left

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    served = Served(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


def in_turn(*replies: Reply) -> Answerer:
    """Answer with one reply after the other; the last one is repeated."""
    left = list(replies)
    return lambda seen: left.pop(0) if len(left) > 1 else left[0]


@dataclass
class SentryWorld:
    """What a Sentry organization holds, and which questions it answers badly. Times of accepted events by project's slug."""

    accepted: dict[str, list[datetime]]
    releases: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)  # planted in every answer, where real servers have theirs
    troubles: dict[str, Reply] = field(default_factory=dict)  # by a part of the path
    left_out: frozenset[str] = frozenset()  # fields that a compatible server does not know
    per_page: int = 100
    token: str = ""
    prefix: str = ""
    shown: set[str] = field(default_factory=set)  # ids of events

    def answer(self, seen: Seen) -> Reply:
        """Answer as Sentry does."""
        if self.token and seen.headers.get("Authorization") != f"Bearer {self.token}":
            return Reply({"detail": "Invalid token", "sent": seen.headers.get("Authorization")}, 401)
        for part, trouble in self.troubles.items():
            if part in seen.target:
                return trouble
        path = seen.path.removeprefix(self.prefix)
        parts = path.removeprefix("/api/0/").split("/")
        if not path.startswith("/api/0/") or not path.endswith("/") or ORGANIZATION not in parts[:2]:
            return Reply({"detail": "The requested resource does not exist"}, 404)
        kind = parts[-2] if parts[0] == "organizations" or len(parts) > 4 else "project"
        return getattr(self, f"_{kind}", lambda _: Reply({"detail": "not here"}, 404))(seen)

    def _projects(self, seen: Seen) -> Reply:
        return self._page(seen, [self._describe(slug) for slug in self.accepted])

    def _project(self, seen: Seen) -> Reply:
        slug = seen.path.rstrip("/").rpartition("/")[2]
        return Reply(
            self._describe(slug) | {"options": {"quotas:spike-protection-disabled": True}, "securityToken": self.secrets}
        )

    def _describe(self, slug: str) -> dict[str, Any]:
        number = str(4510 + list(self.accepted).index(slug))
        described = {
            "id": number, "slug": slug, "name": slug, "platform": "python", "dateCreated": "2018-11-06T21:19:58.536Z",
            "firstEvent": None, "hasSessions": slug.startswith("web"), "environments": ["staging"], "isMember": True,
            "team": {"id": "2", "slug": "all", "name": " ".join(self.secrets)}, "features": ["releases"],
            "latestRelease": {"version": "1.0", "owner": self.secrets}, "access": self.secrets,
        }  # fmt: skip
        return {name: value for name, value in described.items() if name not in self.left_out}

    def _stats_v2(self, seen: Seen) -> Reply:
        start, end = (datetime.fromisoformat(seen.params[name][0]) for name in ("start", "end"))
        slug = list(self.accepted)[int(seen.params["project"][0]) - 4510]
        hours = [start + HOUR * n for n in range(int((end - start) / HOUR))]
        counts = [sum(h <= ts < h + HOUR for ts in self.accepted[slug]) for h in hours]
        group = {"by": {"outcome": "accepted"}, "totals": {"sum(quantity)": sum(counts)}, "series": {"sum(quantity)": counts}}
        times = [h.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for h in hours]
        return Reply({"start": times[0], "end": times[-1], "intervals": times, "groups": [group] if sum(counts) else []})

    def _sessions(self, seen: Seen) -> Reply:
        groups = [{"by": {"release": r}, "totals": {"sum(session)": 7}, "series": {}} for r in self.releases]
        return Reply({"start": "x", "end": "y", "intervals": [], "groups": groups, "query": ""})

    def _releases(self, seen: Seen) -> Reply:
        person = {"name": "Jo", "email": " ".join(self.secrets)}
        found = [
            {"id": n, "version": version, "dateCreated": "2024-01-01T00:00:00Z", "deployCount": 1, "authors": [person],
             "owner": person, "lastCommit": person, "url": " ".join(self.secrets), "data": {"secret": self.secrets},
             "projects": [{"id": 4510, "slug": slug, "name": slug} for slug in self.accepted]}
            for n, version in enumerate(self.releases)
        ]  # fmt: skip
        return self._page(seen, found)

    def _deploys(self, seen: Seen) -> Reply:
        return Reply([{"id": "1", "environment": "staging", "dateFinished": "2024-01-01T00:00:00Z", "url": self.secrets}])

    def _keys(self, seen: Seen) -> Reply:
        secret = " ".join(self.secrets)
        key = {"id": secret, "public": secret, "secret": secret, "dsn": {"public": secret}, "isActive": True, "name": secret}
        return Reply([key, key | {"rateLimit": {"window": 60, "count": 5}}, key | {"isActive": False}])

    def _filters(self, seen: Seen) -> Reply:
        return Reply([{"id": "localhost", "active": False}, {"id": "legacy-browsers", "active": ["ie"], "note": self.secrets}])

    def _events(self, seen: Seen) -> Reply:
        wanted = seen.params["query"][0].removeprefix("id:")
        return Reply({"data": [{"id": wanted}] if wanted in self.shown else [], "meta": {}})

    def _issues(self, seen: Seen) -> Reply:
        return Reply([{"title": f"Blindspot canary {one}"} for one in self.shown])

    def _page(self, seen: Seen, rows: list[Any]) -> Reply:
        at = int(seen.params.get("cursor", ["0"])[0].partition(":")[0])
        until = at + self.per_page
        more = "true" if until < len(rows) else "false"
        link = f'<http://elsewhere.invalid/?cursor={until}:0>; rel="next"; results="{more}"; cursor="{until}:0"'
        return Reply(rows[at:until], headers={"Link": f'<http://elsewhere.invalid/>; rel="previous"; results="false", {link}'})


def read_envelope(seen: Seen) -> tuple[dict[str, Any], list[tuple[dict[str, Any], bytes]]]:
    """Return an envelope's header, and each item's header and payload."""
    body = gzip.decompress(seen.body) if seen.headers.get("Content-Encoding") == "gzip" else seen.body
    header, _, rest = body.partition(b"\n")
    items = []
    while rest.strip():
        line, _, rest = rest.partition(b"\n")
        described = json.loads(line)
        size = described.get("length", len(rest.partition(b"\n")[0]))
        items.append((described, rest[:size]))
        rest = rest[size:].lstrip(b"\n")
    return json.loads(header), items


@dataclass
class Ingest:
    """Sentry's ingestion: takes envelopes as `reply` says, and shows what it took in a world."""

    world: SentryWorld
    reply: Reply = field(default_factory=Reply)
    shows: bool = True
    events: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, seen: Seen) -> Reply:
        """Take an envelope, or answer a question of the API: one server can be both."""
        if not seen.path.endswith("/envelope/"):
            return self.world.answer(seen)
        header, items = read_envelope(seen)
        self.events += [json.loads(payload) for described, payload in items if described["type"] == "event"]
        if self.shows and self.reply.status == 200:
            self.world.shown.add(header["event_id"])
        return Reply({"id": header["event_id"]}) if self.reply == Reply() else self.reply
