"""Where the story is played: who is alive when, and one method for each thing that a container can say."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from lib.demo import shapes, texts
from lib.demo.shapes import MINUTE, SECOND, Fields, Life
from lib.demo.story import BACKEND, HOURS, LOCKERS, PROJECT, REVISIONS, SERVICES, START, Revision, Service, offset

SERVICE = {service.name: service for service in SERVICES}
_HOSTS = {BACKEND: "parcels-staging.tidewell.example", LOCKERS: "lockers.tidewell.example"}
_AGENTS = ("tidewell-app/7.4 (Android 15)", "tidewell-app/7.4 (iOS 18.6)", "python-httpx/0.28.1")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Logged:
    """An error that Python's logging has seen: what a working Sentry would have got."""

    us: int
    revision: Revision


def at(text: str) -> int:
    """Return the microseconds since the epoch of an offset "hours:minutes"."""
    return shapes.microseconds(START + offset(text))


class Stage:
    """Collects entries. `rng` is seeded, so that the same story gives the same bytes."""

    def __init__(self, seed: str) -> None:
        self.rng = Random(seed)
        self.entries: list[tuple[int, Fields]] = []
        self.errors: list[Logged] = []
        self.lives: dict[str, list[Life]] = {name: [] for name in SERVICE}
        self.end = at(f"{HOURS}:00")
        self._pools = self._fill_pools()

    def _fill_pools(self) -> dict[str, list[str]]:
        """Values of each variable part, drawn once: real systems repeat themselves too."""
        rng = self.rng
        return {
            "parcel": [f"PX-{rng.randrange(10_000, 99_999)}" for _ in range(300)],
            "locker": [f"{rng.choice('ABCD')}{rng.randrange(100, 400)}" for _ in range(80)],
            "ms": [f"{rng.lognormvariate(3.4, 0.8):.1f}" for _ in range(200)],
            "n": [str(rng.randrange(3, 10 ** rng.randrange(2, 5))) for _ in range(200)],
            "few": [str(rng.randrange(2, 30)) for _ in range(28)],
            "client": [f"{net}.{rng.randrange(1, 255)}" for net in ("198.51.100", "203.0.113") for _ in range(8)],
            "latency": [f"{rng.lognormvariate(-2.6, 0.8):.6f}" for _ in range(90)],
            "size": [str(rng.randrange(180, 9_000)) for _ in range(16)],
        }

    def draw(self, kind: str) -> str:
        """Return one value of a pool."""
        return self.rng.choice(self._pools[kind])

    def fill(self, text: str) -> str:
        """Return the text with every {name} of a pool replaced by one of its values."""
        return text.format_map({kind: self.draw(kind) for kind in self._pools}) if "{" in text else text

    def moments(self, start: int, end: int, per_min: float, daily: bool = True) -> Iterator[int]:
        """Yield times of a Poisson process; with `daily` it is busiest at 13:00 UTC and quiet at night."""
        us = float(start)
        while per_min and (us := us + self.rng.expovariate(per_min / MINUTE)) < end:
            hour = us / (60 * MINUTE) % 24
            if not daily or self.rng.random() < 0.57 + 0.43 * math.sin((hour - 7) / 12 * math.pi):
                yield int(us)

    def pick(self, service: str, us: int) -> Life:
        """Return one of the containers that serve at a time."""
        alive = [life for life in self.lives[service] if life.start + 16 * SECOND <= us < life.end]
        return self.rng.choice(alive or self.lives[service][:1])

    def add(self, us: int, log: str, life: Life, severity: str, fields: Fields, **labels: str) -> None:
        """Store an entry of a container; times after the recording's end are dropped."""
        if us >= self.end:
            return
        service = life.revision.service
        own = dict(SERVICE[service].labels) | labels | ({"instanceId": life.instance} if life.instance else {})
        digits = f"{self.rng.randrange(1000):03d}" if log == "system" or self.rng.random() < 0.04 else ""
        source = shapes.resource(service, life.revision.name)
        self.entries.append((us, shapes.entry(us, log, source, own, severity, fields, digits)))

    def say(self, us: int, life: Life, line: texts.Line, exception: tuple[str, str] | None = None) -> None:
        """Store a line of the service's own code; what is an ERROR here is what Sentry should get."""
        text = self.fill(line[5])
        if not line[0]:
            self.add(us, "stdout", life, "", shapes.as_text(us, line, text))
            return
        self.add(us, "stderr", life, line[0], shapes.as_json(us, line, text, exception))
        if line[0] in ("ERROR", "CRITICAL") and us < self.end:
            self.errors.append(Logged(us, life.revision))

    def gunicorn(self, us: int, life: Life, pid: int, level: str, text: str) -> None:
        """Store a line of gunicorn's."""
        self.add(us, "stderr", life, "", shapes.as_gunicorn(us, pid, level, text))

    def platform(self, us: int, life: Life, severity: str, text: str, **labels: str) -> None:
        """Store a line of Cloud Run's own about a container."""
        self.add(us, "system", life, severity, {"textPayload": text.format(service=life.revision.service)}, **labels)

    def request(self, us: int, life: Life, path: str, status: int, latency: str, text: str = "") -> None:
        """Store a request that began at `us`."""
        span = f"{life.instance[2:10]}{self.rng.getrandbits(32):08x}"
        method = "POST" if path.endswith(("/label", "/quotes", "/scans")) else "GET"
        host = _HOSTS.get(life.revision.service, "routes.tidewell.example")
        http = {
            "latency": f"{latency}s",
            "protocol": "HTTP/1.1",
            "remoteIp": self.draw("client"),
            "requestMethod": method,
            "requestSize": self.draw("size"),
            "requestUrl": f"https://{host}{self.fill(path)}",
            "responseSize": self.draw("size"),
            "serverIp": "192.0.2.10",
            "status": status,
            "userAgent": self.rng.choice(_AGENTS),
        }
        severity = "ERROR" if status >= 500 else "WARNING" if status >= 400 else "INFO"
        trace = f"projects/{PROJECT}/traces/{life.instance[10:26]}{span}"
        said = {"textPayload": text} if text else {}
        self.add(us, "requests", life, severity, {"httpRequest": http, "spanId": span, "trace": trace} | said)

    def new_life(self, revision: Revision, start: int, end: int, seen: bool) -> Life:
        """Return a container with an id of its own."""
        return Life(revision, f"00{self.rng.getrandbits(600):0150x}", start, end, seen)

    def secrets(self) -> dict[str, str]:
        """Return made-up secrets, put together here so that no file of the project holds one."""
        rng = self.rng

        def mixed(length: int, extra: str = "") -> str:
            return "".join(rng.choice(_LETTERS + _LETTERS.upper() + "0123456789" + extra) for _ in range(length))

        return {
            "password": mixed(8) + "!" + mixed(6),
            "email": f"{rng.choice(('mira', 'olav', 'tess'))}.{''.join(rng.choices(_LETTERS, k=6))}@mail.example.org",
            "jwt": ".".join("ey" + "J" + mixed(n) for n in (20, 48)) + "." + mixed(43, "-_"),
            "ip": f"198.51.100.{rng.randrange(2, 250)}",
            "aws": "AK" + "IA" + "".join(rng.choices(_LETTERS.upper() + "234567", k=16)),
            "stripe": "sk" + "_live_" + mixed(24),
            "google": "AI" + "za" + mixed(35),
        }


def revisions_of(service: Service) -> list[Revision]:
    """Return a service's revisions, first to serve first."""
    return [revision for revision in REVISIONS if revision.service == service.name]
