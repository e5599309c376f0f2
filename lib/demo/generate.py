"""Play the story and write the recording: `python -m lib.demo.generate` writes the same bytes every time."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

from lib.demo import shapes, texts
from lib.demo.sentry_side import sentry_answers
from lib.demo.shapes import MINUTE, SECOND, Life
from lib.demo.stage import SERVICE, Stage, at, revisions_of
from lib.demo.story import (
    BACKEND,
    DEPLOYS,
    LOCKERS,
    PHASES,
    PLANNED_REQUESTS,
    PLANTED,
    RATE_LIMIT_LINES,
    RECORDED_END,
    SERVICES,
    WORDLESS,
    Deploy,
    Phase,
    Revision,
    Service,
)

__all__ = ["RECORDED_END", "play", "write"]

SEED = "tidewell"
INSERT_ID = f"{at('0:00') // SECOND:08x}00"
HERE = Path(__file__).parent
RECORDING, SENTRY = HERE / "recording.ndjson.gz", HERE / "sentry.json"
NORMAL = {BACKEND: texts.BACKEND_LINES, LOCKERS: texts.LOCKER_LINES}


def play() -> Stage:
    """Return the stage after the whole story was played on it."""
    stage = Stage(SEED)
    for service in SERVICES:
        play_lives(stage, service)
    for service in SERVICES:
        play_normal_days(stage, service)
    for phase in PHASES:
        play_phase(stage, phase)
    for deploy in DEPLOYS:
        play_deploy(stage, deploy)
    play_oddities(stage)
    return stage


# ---- containers


def play_lives(stage: Stage, service: Service) -> None:
    """Give every revision its containers, one after the other in each slot."""
    for revision in revisions_of(service):
        begin = at(revision.start) + 12 * SECOND if revision.start else at("0:00")
        last = min(at(revision.end) + 40 * SECOND, stage.end)
        for slot in range(service.slots):
            play_slot(stage, service, revision, begin + slot * 7 * SECOND, last)


def play_slot(stage: Stage, service: Service, revision: Revision, begin: int, last: int) -> None:
    """Fill one slot: each container is replaced shortly before it ends. Those of before the recording leave no start."""
    start, seen = begin, revision.start is not None
    reason = "rollout"
    while start < last:
        span = stage.rng.randrange(*service.life_min) * MINUTE + stage.rng.randrange(MINUTE)
        end = start + (span if seen else span * 2 // 3)
        life = stage.new_life(revision, start, min(end, last), seen)
        stage.lives[service.name].append(life)
        if seen:
            play_start(stage, life, reason)
        if end < last:
            stage.gunicorn(end, life, 1, "INFO", "Handling signal: term")
            stage.gunicorn(end + SECOND // 2, life, 1, "INFO", "Shutting down: Master")
        start, seen, reason = end - 20 * SECOND, True, "scaling"


def play_boot(stage: Stage, life: Life, reason: str) -> None:
    """The lines of a start up to the point where the service's own code has set up error tracking."""
    us = life.start + stage.rng.randrange(SECOND)
    label = {"rollout": "DEPLOYMENT_ROLLOUT", "scaling": "AUTOSCALING"}[reason]
    stage.platform(us, life, "INFO", texts.CLOUD_RUN[reason], scaling_reason=label)
    for k, text in enumerate(
        ("Starting gunicorn 23.0.0", "Listening at: http://0.0.0.0:8080 (1)", "Using worker: uvicorn.workers.UvicornWorker")
    ):
        stage.gunicorn(us + 3 * SECOND + k * 1_900, life, 1, "INFO", text)
    stage.gunicorn(us + 3 * SECOND + 60_000, life, 2, "INFO", "Booting worker with pid: 2")


def play_tracking(stage: Stage, life: Life) -> None:
    """What the start says about Sentry."""
    severity, weight, module, function, line, text = texts.SENTRY_LINES[life.revision.sentry]
    environment = dict(SERVICE[life.revision.service].labels).get("environment", "staging")
    if "{environment}" in text:
        text = text.format(environment=environment, revision=life.revision.name)
    stage.say(life.start + 5 * SECOND + stage.rng.randrange(SECOND), life, (severity, weight, module, function, line, text))


def play_start(stage: Stage, life: Life, reason: str) -> None:
    """A start that succeeds."""
    play_boot(stage, life, reason)
    play_tracking(stage, life)
    stage.say(life.start + 7 * SECOND, life, ("INFO", 1, "main", "lifespan", 44, "Application startup complete"))
    stage.platform(life.start + 8 * SECOND - 5_000, life, "INFO", texts.CLOUD_RUN["probe"])


def play_crash(stage: Stage, phase: Phase, revision: Revision, start: int) -> None:
    """A start that ends with an exit: the database does not answer, or the code cannot be imported."""
    settings = phase.failure == "settings"
    wait = (6 if settings else 37) * SECOND
    life = stage.new_life(revision, start, start + wait, True)
    play_boot(stage, life, "rollout" if settings else "scaling")
    us = start + wait - SECOND
    if settings:
        stage.add(us, "stderr", life, "ERROR", shapes.as_trace(texts.SETTINGS_TRACE))
    else:
        play_tracking(stage, life)
        line = ("ERROR", 1.0, "parcels.main", "lifespan", 40, "Startup failed: database did not answer within 30 s")
        stage.say(us, life, line, ("PoolTimeout", "pool initialization incomplete after 30.0 sec"))
        stage.add(us + 2_000, "stderr", life, "ERROR", shapes.as_trace(texts.POOL_START_TRACE))
    code = phase.exit_code
    for k, text in enumerate(
        (f"Worker (pid:2) exited with code {code}", "Shutting down: Master", "Reason: Worker failed to boot.")
    ):
        stage.gunicorn(us + 40_000 + k * 2_000, life, 1, "ERROR", text)
    stage.platform(
        us + 300_000, life, "WARNING", texts.CLOUD_RUN["exit"].replace("{code}", str(code)), container_name=f"{BACKEND}-1"
    )
    if settings:
        stage.platform(us + 500_000, life, "ERROR", texts.CLOUD_RUN["probe_failed"])
    elif stage.rng.random() < 0.6:
        latency = stage.rng.uniform(2, 20)
        stage.request(us - int(latency * SECOND), life, "/healthz", 503, f"{latency:.6f}", texts.CLOUD_RUN["malformed"])


# ---- normal days


def play_normal_days(stage: Stage, service: Service) -> None:
    """Lines, requests and the few errors that every day has."""
    lines = NORMAL.get(service.name, texts.PLANNER_LINES)
    weights = [line[1] for line in lines]
    for us in stage.moments(at("0:00"), stage.end, service.lines_per_min):
        stage.say(us, stage.pick(service.name, us), stage.rng.choices(lines, weights)[0])
    for us in stage.moments(at("0:00"), stage.end, service.requests_per_min):
        path, status = (
            stage.rng.choice(PLANNED_REQUESTS[service.name]),
            stage.rng.choices((200, 201, 304, 404, 422), (84, 8, 4, 3, 1))[0],
        )
        stage.request(us, stage.pick(service.name, us), path, status, stage.draw("latency"))
    for us in stage.moments(at("0:00"), stage.end, service.errors_per_hour / 60, daily=False):
        everyday = texts.EVERYDAY_ERRORS[service.name]
        stage.say(us, stage.pick(service.name, us), stage.rng.choices(everyday, [line[1] for line in everyday])[0])


# ---- what fails


def play_phase(stage: Stage, phase: Phase) -> None:
    """Failing requests at the phase's rate, and containers that exit at even distances."""
    start, end = at(phase.start), at(phase.end)
    for us in stage.moments(start, end - 40 * SECOND, phase.per_min, daily=False):
        play_failure(stage, phase.service, texts.FAILURES[phase.failure], us)
    for k in range(phase.crashes):
        us = start + (end - start) * (2 * k + 1) // (2 * phase.crashes) + stage.rng.randrange(20 * SECOND)
        play_crash(stage, phase, crashing_revision(stage, phase, us), us)


def crashing_revision(stage: Stage, phase: Phase, us: int) -> Revision:
    """Return the revision whose containers exit: the one that serves, or the one that a failed deploy brought."""
    if phase.failure != "settings":
        return stage.pick(phase.service, us).revision
    failed = next(deploy for deploy in DEPLOYS if not deploy.ready)
    return Revision(failed.service, failed.revision, failed.at, failed.at, "missing")


def play_failure(stage: Stage, service: str, failure: texts.Failure, us: int) -> None:
    """One request that fails: it began at `us`, is logged when it ends, every other one with its traceback on stderr."""
    latency, life = stage.rng.uniform(*failure.latency_s), stage.pick(service, us)
    ended = us + int(latency * SECOND)
    stage.request(us, life, failure.path, failure.status, f"{latency:.6f}")
    stage.say(ended - 4_000, life, failure.line, failure.exception)
    if stage.rng.random() < 0.5:
        stage.add(ended - 2_500, "stderr", life, "ERROR", shapes.as_trace(failure.trace))
    if stage.rng.random() < 0.3:
        stage.say(ended - 9_000, life, failure.also)


# ---- deploys and oddities


def play_deploy(stage: Stage, deploy: Deploy) -> None:
    """A call to Cloud Run, and what became of it."""
    us, seconds = at(deploy.at) + stage.rng.randrange(4 * SECOND), stage.rng.uniform(18, 26)
    invocation, previous = f"{stage.rng.getrandbits(128):032x}", stage.pick(deploy.service, at(deploy.at)).revision.name
    ready = us + int(seconds * SECOND) if deploy.ready else us + 4 * MINUTE
    for when, mark in ((us, "first"), (ready + SECOND, "last"))[: 2 if deploy.api == "v2" else 1]:
        source = shapes.resource(deploy.service, None)
        stage.entries.append(
            (when, shapes.entry(when, "activity", source, {}, "NOTICE", shapes.call(when, deploy, previous, invocation, mark)))
        )
    if not deploy.traffic:
        source, severity = shapes.resource(deploy.service, deploy.revision), "INFO" if deploy.ready else "ERROR"
        stage.entries.append((ready, shapes.entry(ready, "event", source, {}, severity, shapes.outcome(deploy, seconds), "118")))


def play_oddities(stage: Stage) -> None:
    """Entries without words, lines that hold what they should not, and the SDK's few words about a rate limit."""
    for text, service in WORDLESS:
        us = at(text) + 17 * SECOND
        stage.add(
            us,
            "stderr",
            stage.pick(service, us),
            "ERROR",
            {"jsonPayload": {"labels": {"function": "callHandlers", "line": "1706", "module": "logging"}}},
        )
    for planted in PLANTED:
        us = at(planted.at) + 31 * SECOND
        line = (
            planted.severity,
            1.0,
            "parcels.debugging" if planted.service == BACKEND else "lockers.debugging",
            "show",
            12,
            planted.text.format(**stage.secrets()),
        )
        stage.say(us, stage.pick(planted.service, us), line)
    for text in RATE_LIMIT_LINES:
        us = at(text) + stage.rng.randrange(40 * SECOND)
        stage.say(us, stage.pick(BACKEND, us), texts.RATE_LIMIT_LINE)


# ---- files


def lines_of(stage: Stage) -> Iterator[bytes]:
    """Yield the entries as lines of JSON in the order of a sink's files: hour by hour, in each hour log by log, oldest first."""

    def place(pair: tuple[int, shapes.Fields]) -> tuple[int, str, str, int]:
        us, whole = pair
        return us // (60 * MINUTE), whole["logName"], whole["resource"]["labels"]["service_name"], us

    for serial, (_, whole) in enumerate(sorted(stage.entries, key=place)):
        yield shapes.dump(f"{INSERT_ID}{serial:06x}7e41c05d", whole)


def write(recording: Path = RECORDING, sentry: Path = SENTRY) -> int:
    """Write both files and return the number of entries. mtime=0 keeps the bytes free of the clock."""
    stage = play()
    with recording.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.writelines(lines_of(stage))
    sentry.write_text(json.dumps(sentry_answers(stage), indent=1) + "\n")
    return len(stage.entries)


if __name__ == "__main__":
    print(f"{write()} entries in {RECORDING.name} ({RECORDING.stat().st_size:,} bytes), Sentry's side in {SENTRY.name}")
