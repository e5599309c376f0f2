"""Audit entries of deploys -> Call and Outcome: who called what on a service, and what the platform said became of it."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

Json = Mapping[str, Any]


class CallKind(StrEnum):
    """What a call did to a service: made a revision, moved traffic, or one of the two (`unclear`)."""

    DEPLOY = "deploy"
    TRAFFIC = "traffic"
    UNCLEAR = "unclear"
    OTHER = "other"


@dataclass(frozen=True)
class Call:
    """One call that changed a service; the entries of a long-running operation are one call.

    revision:  what the call itself names as made, "" when it does not.
    previous:  the newest revision when it was called, "" when it does not tell.
    targets:   revisions that it sends traffic to by name.
    done:      a long-running operation was heard to end. error: what it was refused or failed with, else "".
    """

    ts: datetime
    service: str
    environment: str
    kind: CallKind
    actor: str
    revision: str = ""
    previous: str = ""
    targets: tuple[str, ...] = ()
    error: str = ""
    done: bool = False
    operation: str = ""


@dataclass(frozen=True)
class Outcome:
    """The platform's word on a revision. began: when the deploy began, where the word tells how long it took."""

    ts: datetime
    service: str
    environment: str
    revision: str
    ready: bool
    text: str
    began: datetime | None = None


RUN_METHOD = re.compile(r"google\.cloud\.run\.v[0-9]\w*\.Services\.(?:Create|Replace|Update)Service$")
GKE_METHOD = re.compile(r"\.deployments\.(?:create|update|patch)$")
CREATING = re.compile(r"(?:\.CreateService|\.deployments\.create)$")
READY = re.compile(r"^Ready condition status changed to (True|False) for Revision (\S+?)(?:\.| with message: (.*))?$", re.DOTALL)
TOOK = re.compile(r"\bsucceeded in ([0-9]+(?:\.[0-9]+)?)s\b")
# What the caller's tool says that it does, first row that fits: gcloud names its command.
COMMANDS = (
    (re.compile(r"command/gcloud\.(?:\w+\.)*run\.services\.update-traffic\b"), CallKind.TRAFFIC),
    (re.compile(r"command/gcloud\.(?:\w+\.)*run\.(?:deploy|compose\.up|services\.(?:replace|update))(?![\w-])"), CallKind.DEPLOY),
    (re.compile(r"command/gcloud\.(?:\w+\.)*functions\.deploy\b"), CallKind.DEPLOY),
    (re.compile(r"command/gcloud\."), CallKind.OTHER),
)
CONTROLLERS = ("system:serviceaccount:kube-system:", "system:apiserver", "system:kube-")  # Kubernetes itself scales and reports


def read_audit(rows: Iterable[Json]) -> tuple[list[Call], list[Outcome]]:
    """Return the calls and the outcomes that audit rows tell, in order of time; what tells neither is left out.

    Shape:  rows hold ts, service, environment, revision and payload (the masked entry as JSON).
    """
    calls: list[Call] = []
    outcomes: list[Outcome] = []
    for row in rows:
        read = parse_entry(row)
        if isinstance(read, Call):
            calls.append(read)
        elif read:
            outcomes.append(read)
    return join_operations(calls), sorted(outcomes, key=lambda o: (o.ts, o.service, o.revision, o.text))


def parse_entry(row: Json) -> Call | Outcome | None:
    """Return what one audit row tells of a deploy, None when nothing."""
    try:
        entry = json.loads(row["payload"])
    except ValueError:
        return None
    proto = part(entry, "protoPayload")
    method = text(proto.get("methodName"))
    if told := READY.match(text(part(proto, "status").get("message"))):
        return make_outcome(row, told)
    if RUN_METHOD.search(method):
        return make_call(row, entry, proto, judge_run_call(method, proto))
    if GKE_METHOD.search(method):
        return make_call(row, entry, proto, judge_gke_call(method, proto))
    return None


def make_outcome(row: Json, told: re.Match[str]) -> Outcome:
    """Return the platform's word on a revision."""
    said = told[3] or ""
    took = TOOK.search(said)
    began = row["ts"] - timedelta(seconds=float(took[1])) if took else None
    return Outcome(row["ts"], row["service"], row["environment"], told[2].rstrip("."), told[1] == "True", said, began)


def make_call(row: Json, entry: Json, proto: Json, kind: CallKind) -> Call:
    """Return the call of an activity entry."""
    request, response, status = part(proto, "request"), part(proto, "response"), part(proto, "status")
    service, answered, operation = part(request, "service"), part(response, "status"), part(entry, "operation")
    metadata = part(part(part(service, "spec"), "template"), "metadata")
    named = metadata.get("name") or part(service, "template").get("revision")
    before = part(service, "status").get("latestCreatedRevisionName") or service.get("latestCreatedRevision")
    made = named or answered.get("latestCreatedRevisionName") or (response.get("latestCreatedRevision") if operation else "")
    failed = bool(status.get("code"))
    previous = last_part(before)
    return Call(
        ts=row["ts"],
        service=row["service"],
        environment=row["environment"],
        kind=kind,
        actor=find_actor(proto),
        revision=last_part(made) if last_part(made) != previous else "",
        previous=previous,
        targets=tuple(sorted(filter(None, (last_part(t.get("revisionName") or t.get("revision")) for t in traffic(service))))),
        error=(text(status.get("message")) or f"error {status['code']}") if failed else "",
        done=bool(operation.get("last")),
        operation=text(operation.get("id")),
    )


def judge_run_call(method: str, proto: Json) -> CallKind:
    """Return what a call of Cloud Run did, as far as the call tells."""
    request = part(proto, "request")
    if request.get("validateOnly") or request.get("dryRun"):
        return CallKind.OTHER
    agent = text(part(proto, "requestMetadata").get("callerSuppliedUserAgent"))
    found = next((kind for pattern, kind in COMMANDS if pattern.search(agent)), None)
    if found:
        return found
    if CREATING.search(method):
        return CallKind.DEPLOY
    mask = text(request.get("updateMask"))
    if mask:
        return CallKind.TRAFFIC if all(p.startswith("traffic") for p in mask.split(",")) else CallKind.DEPLOY
    return CallKind.UNCLEAR


def judge_gke_call(method: str, proto: Json) -> CallKind:
    """Return what a call on a Kubernetes Deployment did: only a new pod template makes new pods."""
    if find_actor(proto).startswith(CONTROLLERS):
        return CallKind.OTHER
    if CREATING.search(method):
        return CallKind.DEPLOY
    request = part(proto, "request")
    if not request:
        return CallKind.UNCLEAR
    if "template" in part(request, "spec"):
        return CallKind.DEPLOY if method.endswith("patch") else CallKind.UNCLEAR
    return CallKind.OTHER


def join_operations(calls: Iterable[Call]) -> list[Call]:
    """Return calls in order of time, the entries of a long-running operation as one: it began with the first of them."""
    joined: dict[object, Call] = {}
    ordered = sorted(calls, key=lambda c: (c.ts, c.service, c.kind, c.actor, c.previous, c.error))
    for number, call in enumerate(ordered):
        key: object = (call.service, call.operation) if call.operation else number
        first = joined.get(key)
        joined[key] = merge(first, call) if first else call
    return sorted(joined.values(), key=lambda c: (c.ts, c.service))


def merge(first: Call, later: Call) -> Call:
    """Return the first call with what a later entry of its operation adds."""
    return Call(
        first.ts, first.service, first.environment or later.environment, first.kind, first.actor or later.actor,
        first.revision or later.revision, first.previous or later.previous, first.targets or later.targets,
        first.error or later.error, first.done or later.done, first.operation,
    )  # fmt: skip


def find_actor(proto: Json) -> str:
    """Return who called: the account, "" when the entry does not tell."""
    who = part(proto, "authenticationInfo")
    return text(who.get("principalEmail")) or text(who.get("principalSubject")).partition(":")[2]


def traffic(service: Json) -> list[Json]:
    """Return the traffic targets of a service that get requests: v1 keeps them under spec, v2 beside it."""
    listed = part(service, "spec").get("traffic") or service.get("traffic") or []
    return [t for t in listed if isinstance(t, Mapping) and t.get("percent")] if isinstance(listed, list) else []


def part(of: Json, name: str) -> Json:
    """Return an object inside an object, an empty one when it is not there or of another type."""
    inside = of.get(name)
    return inside if isinstance(inside, Mapping) else {}


def text(value: object) -> str:
    """Return a text, "" for anything else."""
    return value if isinstance(value, str) else ""


def last_part(name: object) -> str:
    """Return the last part of a resource's name."""
    return text(name).rpartition("/")[2]
