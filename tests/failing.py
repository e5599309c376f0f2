"""Made-up failures of which the causes are known: EVENTS and LIVES for problems, with the true problem of every event."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

START = datetime(2026, 9, 16, 6, 0, tzinfo=UTC)
SCHEMA = {
    "ts": pl.Datetime("us", "UTC"), "cluster": pl.String, "kind": pl.String, "service": pl.String, "environment": pl.String,
    "revision": pl.String, "instance": pl.String, "trace": pl.String, "origin": pl.String, "latency_ms": pl.Float64,
    "message": pl.String, "exception": pl.String,
}  # fmt: skip
LIFE = {
    "service": pl.String, "environment": pl.String, "revision": pl.String, "instance": pl.String,
    "first": pl.Datetime("us", "UTC"), "last": pl.Datetime("us", "UTC"), "seen": pl.Boolean,
}  # fmt: skip
MALFORMED = "The request failed because either the HTTP response was malformed or connection to the instance had an error."
EXIT = "Container called exit(1)."
WORDS = (
    "amber birch cedar delta ember flint grove heron inlet juniper kelp larch maple nectar olive pine quartz reed sable".split()
)


def failure(at: float, cluster: str, /, **columns: Any) -> dict[str, Any]:
    """Return one failure `at` seconds after START; a column given replaces one."""
    made = {
        "ts": START + timedelta(seconds=at), "cluster": cluster, "kind": "failure", "service": "orders", "environment": "staging",
        "revision": "orders-00001-abc", "instance": "i1", "trace": "", "origin": "stderr", "latency_ms": None, "message": cluster,
        "exception": "",
    }  # fmt: skip
    return {**made, **columns}


def events(*rows: dict[str, Any]) -> pl.DataFrame:
    """Return rows as EVENTS."""
    return pl.DataFrame(list(rows), SCHEMA)


@dataclass
class Chain:
    """A cause with its symptoms: how long after the cause each comes, in seconds, how steadily, and how often."""

    name: str
    steps: list[tuple[str, float, float]]
    exits: bool
    jitter: float = 0.1


@dataclass(repr=False)
class Story:
    """Failures as they are told; `truth` holds the true problem of each."""

    rng: random.Random
    rows: list[dict[str, Any]] = field(default_factory=list)
    truth: list[str] = field(default_factory=list)
    lives: list[dict[str, Any]] = field(default_factory=list)

    def __repr__(self) -> str:
        """Return something short: a test that fails prints it."""
        return f"<Story of {len(self.rows)} failures>"

    def chain(self, name: str, steps: int, exits: bool, slowest: float = 15.0) -> Chain:
        """Return a cause with symptoms of its own."""
        lags = sorted(0.002 * (slowest / 0.002) ** self.rng.random() for _ in range(steps))
        return Chain(name, [(f"{name}{n}", lag, self.rng.uniform(0.85, 1.0)) for n, lag in enumerate(lags, 1)], exits)

    def say(self, at: float, cluster: str, truth: str, instance: str, **columns: Any) -> None:
        """Tell one failure."""
        words = random.Random(cluster)  # the same words whenever the cluster speaks
        text = f"{cluster}: {' '.join(words.sample(WORDS, 5))}"
        self.rows.append(failure(at, cluster, instance=instance, **{"message": text, **columns}))
        self.truth.append(truth)

    def fail(self, at: float, chain: Chain, instance: str, shared: str = "") -> float:
        """Tell a cause with its symptoms, its end and the requests that fail with it; return when it was over."""
        self.say(at, chain.name, chain.name, instance)
        end = at
        for cluster, lag, likely in chain.steps:
            if self.rng.random() < likely:
                end = at + lag * self.rng.uniform(1 - chain.jitter, 1 + chain.jitter)
                self.say(end, cluster, chain.name, instance)
        if shared:
            end += self.rng.uniform(0.01, 0.3)
            self.say(end, shared, chain.name, instance)
        if chain.exits:
            end += self.rng.uniform(0.1, 1.0)
            self.say(end, "exit", chain.name, instance, message=EXIT, origin="system")
        for _ in range(self.rng.randrange(3)):
            late = self.rng.uniform(0.5, 30)
            over = end + self.rng.uniform(0.0, 0.3)
            self.say(over - late, "malformed", chain.name, instance, message=MALFORMED, origin="request", latency_ms=late * 1000)
        return end + 0.5

    def live(self, instance: str, first: float, last: float) -> None:
        """Tell a container's life."""
        where = {"service": "orders", "environment": "staging", "revision": "orders-00001-abc", "instance": instance}
        times = {"first": START + timedelta(seconds=first), "last": START + timedelta(seconds=last)}
        self.lives.append({**where, **times, "seen": True})

    def crash(self, chain: Chain, instance: str, at: float, delay: float) -> None:
        """Tell a container that fails some time after its start."""
        self.live(instance, at, self.fail(at + delay * self.rng.uniform(0.8, 1.2), chain, instance))

    def noise(self, clusters: int, count: tuple[int, int], instances: list[str], hours: float) -> None:
        """Tell failures that have nothing to do with any other."""
        for n in range(clusters):
            for _ in range(self.rng.randint(*count)):
                self.say(self.rng.uniform(0, hours * 3600), f"noise{n}", f"noise{n}", self.rng.choice(instances))

    def told(self) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
        """Return EVENTS, LIVES and the truth."""
        return events(*self.rows), pl.DataFrame(self.lives, LIFE), self.truth


def two_crash_loops(seed: int) -> Story:
    """Two causes, each on containers of its own that fail while they start, beside healthy ones with noise."""
    s = Story(random.Random(f"crash {seed}"))
    for name in "AB":
        chain, delay = s.chain(name, s.rng.randint(2, 5), True), s.rng.uniform(1, 20)
        for n in range(s.rng.randint(8, 20)):
            s.crash(chain, f"{name.lower()}{n}", s.rng.uniform(0, 7200), delay)
    return _with_healthy(s, 6, 2.0, (5, 25))


def on_the_same_containers(seed: int, noise: tuple[int, int] = (10, 60)) -> Story:
    """Two causes at random times on the same long-lived containers, with one symptom that both have."""
    s = Story(random.Random(f"mixed {seed}"))
    instances = [f"m{n}" for n in range(4)]
    for name in "AB":
        chain = s.chain(name, s.rng.randint(1, 4), False)
        for _ in range(s.rng.randint(15, 50)):
            s.fail(s.rng.uniform(0, 6 * 3600), chain, s.rng.choice(instances), shared="shared")
    for i in instances:
        s.live(i, -600, 6 * 3600 + 600)
    s.noise(5, noise, instances, 6)
    return s


def dense_noise(seed: int) -> Story:
    """The same with errors everywhere."""
    return on_the_same_containers(seed, (200, 500))


def total_outage(seed: int) -> Story:
    """One cause, and no container that survives its start."""
    s = Story(random.Random(f"outage {seed}"))
    chain, delay = s.chain("A", s.rng.randint(3, 6), True), s.rng.uniform(1, 20)
    for n in range(s.rng.randint(8, 25)):
        s.crash(chain, f"a{n}", s.rng.uniform(0, 600), delay)
    return s


def unrelated_at_every_start(seed: int) -> Story:
    """Two causes that have nothing to do with each other, both at every start."""
    s = Story(random.Random(f"unrelated {seed}"))
    delays = {"A": s.rng.uniform(2, 6), "B": s.rng.uniform(12, 20)}
    chains = [(s.chain(name, s.rng.randint(1, 3), name == "B", 3.0), delay) for name, delay in delays.items()]
    for n in range(s.rng.randint(8, 25)):
        at = s.rng.uniform(0, 3600)
        end = 0.0
        for chain, delay in chains:
            end = s.fail(at + delay * s.rng.uniform(0.8, 1.2), chain, f"u{n}")
        s.live(f"u{n}", at, end)
    return s


def unrelated_on_slow_containers(seed: int) -> Story:
    """The same at much the same time, and each container delays both by a factor of its own."""
    s = Story(random.Random(f"slow {seed}"))
    chains = [(s.chain(name, s.rng.randint(1, 3), name == "B", 3.0), s.rng.uniform(2, 8)) for name in "AB"]
    for n in range(s.rng.randint(8, 25)):
        at, slow = s.rng.uniform(0, 3600), s.rng.lognormvariate(0, 0.4)
        ends = [s.fail(at + slow * delay * s.rng.uniform(0.8, 1.2), chain, f"u{n}") for chain, delay in chains]
        s.live(f"u{n}", at, max(ends))
    return s


def _with_healthy(s: Story, count: int, hours: float, noise: tuple[int, int]) -> Story:
    instances = [f"h{n}" for n in range(count)]
    for i in instances:
        s.live(i, -300, hours * 3600 + 300)
    s.noise(4, noise, instances, hours)
    return s


STORIES = {
    "two crash loops": two_crash_loops, "the same containers": on_the_same_containers, "dense noise": dense_noise,
    "total outage": total_outage, "unrelated at every start": unrelated_at_every_start,
    "unrelated on slow containers": unrelated_on_slow_containers,
}  # fmt: skip


def pairs(truth: list[str], found: list[str]) -> tuple[float, float]:
    """Return precision and recall of the pairs of events that were put together."""
    frame = pl.DataFrame({"truth": truth, "found": found})

    def count(*by: str) -> int:
        sizes = frame.group_by(by).len()["len"].cast(pl.Int64)
        return int((sizes * (sizes - 1) // 2).sum())

    both = count("truth", "found")
    return both / max(1, count("found")), both / max(1, count("truth"))
