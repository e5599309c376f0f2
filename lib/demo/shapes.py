"""The forms in which Cloud Run writes: each function returns the part of a LogEntry that carries what was said."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lib.demo.story import PERSON, PROJECT, REGION, Deploy, Revision
from lib.demo.texts import CLOUD_RUN, Line

SECOND = 1_000_000  # times are microseconds since the epoch
MINUTE = 60 * SECOND

Fields = dict[str, Any]

LOGS = {
    "requests": "run.googleapis.com%2Frequests",
    "stdout": "run.googleapis.com%2Fstdout",
    "stderr": "run.googleapis.com%2Fstderr",
    "system": "run.googleapis.com%2Fvarlog%2Fsystem",
    "activity": "cloudaudit.googleapis.com%2Factivity",
    "event": "cloudaudit.googleapis.com%2Fsystem_event",
}
_AUDIT = "type.googleapis.com/google.cloud.audit.AuditLog"


@dataclass(frozen=True, eq=False)
class Life:
    """One container from start to end, in microseconds; `seen` when its start falls into the recording."""

    revision: Revision
    instance: str
    start: int
    end: int
    seen: bool


def microseconds(moment: datetime) -> int:
    """Return an aware time as microseconds since the epoch."""
    return round(moment.timestamp()) * SECOND


def stamp(us: int, digits: str = "") -> str:
    """Return RFC 3339 text in UTC; `digits` are three more for nanoseconds."""
    return f"{datetime.fromtimestamp(us // SECOND, UTC):%Y-%m-%dT%H:%M:%S}.{us % SECOND:06d}{digits}Z"


def as_json(us: int, line: Line, text: str, exception: tuple[str, str] | None) -> Fields:
    """Return a line of Python's logging as JSON, with its place in the code."""
    said: Fields = {
        "labels": {"function": line[3], "line": str(line[4]), "module": line[2]},
        "message": text,
        "timestamp": stamp(us),
    }
    if exception:
        said["error"] = {"traceback": None, "type": exception[0], "value": exception[1]}
    return {"jsonPayload": said}


def as_text(us: int, line: Line, text: str) -> Fields:
    """Return a plain line of text that names its own time and level."""
    when = datetime.fromtimestamp(us // SECOND, UTC)
    return {"textPayload": f"{when:%Y-%m-%d %H:%M:%S},{us % SECOND // 1000:03d} INFO {line[2]}: {text}"}


def as_gunicorn(us: int, pid: int, level: str, text: str) -> Fields:
    """Return a line of gunicorn's own log, which Cloud Run stores without a severity."""
    when = datetime.fromtimestamp(us // SECOND, UTC)
    return {"textPayload": f"[{when:%Y-%m-%d %H:%M:%S} +0000] [{pid}] [{level}] {text}"}


def as_trace(text: str) -> Fields:
    """Return a traceback as one entry of several lines, the way Error Reporting marks it."""
    return {"errorGroups": [{"id": f"CK{sum(map(ord, text)):07d}AE"}], "textPayload": text}


def resource(service: str, revision: str | None) -> Fields:
    """Return the resource of an entry; audit entries of a call name no revision."""
    labels = {"location": REGION, "project_id": PROJECT, "service_name": service}
    if revision:
        labels |= {"configuration_name": service, "revision_name": revision}
    return {"labels": labels, "type": "cloud_run_revision"}


def entry(
    us: int, log: str, source: Fields, labels: Mapping[str, str], severity: str, fields: Fields, digits: str = ""
) -> Fields:
    """Return a LogEntry without its insertId. Entries of one tenth of a second are received together, as in real logs."""
    received = (us // (SECOND // 10) + 2) * (SECOND // 10)
    whole: Fields = dict(fields)
    if labels:
        whole["labels"] = dict(labels)
    whole["logName"] = f"projects/{PROJECT}/logs/{LOGS[log]}"
    whole["receiveTimestamp"] = stamp(received + 41_873, "206")
    whole["resource"] = source
    if severity:
        whole["severity"] = severity
    whole["timestamp"] = stamp(us, digits)
    return whole


def dump(insert_id: str, whole: Fields) -> bytes:
    """Return an entry as one line of JSON."""
    return json.dumps({"insertId": insert_id} | whole, separators=(",", ":")).encode() + b"\n"


def call(us: int, deploy: Deploy, previous: str, invocation: str, stage: str) -> Fields:
    """Return the audit record of a call to Cloud Run; only the user agent tells a deploy from a change of traffic."""
    command = "gcloud.run.services.update-traffic" if deploy.traffic else "gcloud.run.deploy"
    kind = "user" if deploy.who == PERSON else "serviceAccount"
    program = f"google-cloud-sdk gcloud/541.0.0 command/{command} invocation-id/{invocation}"
    agent = f"{program} environment/None client-os/LINUX python/3.12.8"
    method = "google.cloud.run.v2.Services.UpdateService" if deploy.api == "v2" else "google.cloud.run.v1.Services.ReplaceService"
    root = f"projects/{PROJECT}/locations/{REGION}" if deploy.api == "v2" else f"namespaces/{PROJECT}"
    name = f"{root}/services/{deploy.service}"
    grant = {
        "granted": True,
        "permission": "run.services.update",
        "permissionType": "ADMIN_WRITE",
        "resource": name,
        "resourceAttributes": {},
    }
    proto = {
        "@type": _AUDIT,
        "authenticationInfo": {"principalEmail": deploy.who, "principalSubject": f"{kind}:{deploy.who}"},
        "authorizationInfo": [grant],
        "methodName": method,
        "request": _request(deploy, previous, name),
        "requestMetadata": {
            "callerIp": "203.0.113.40",
            "callerSuppliedUserAgent": agent,
            "requestAttributes": {"auth": {}, "time": stamp(us)},
        },
        "resourceLocation": {"currentLocations": [REGION]},
        "resourceName": name,
        "serviceName": "run.googleapis.com",
    }
    operation = {"id": f"{root}/operations/{invocation}", "producer": "run.googleapis.com", stage: True}
    return {"protoPayload": proto} | ({"operation": operation} if deploy.api == "v2" else {})


def _request(deploy: Deploy, previous: str, name: str) -> Fields:
    image = f"{REGION}-docker.pkg.dev/{PROJECT}/services/{deploy.service}:latest"
    traffic = {"percent": 100, "revisionName": deploy.revision} if deploy.traffic else {"latestRevision": True, "percent": 100}
    if deploy.api == "v2":
        return {
            "@type": "type.googleapis.com/google.cloud.run.v2.UpdateServiceRequest",
            "service": {"name": name, "template": {"containers": [{"image": image}]}},
        }
    status = {"latestCreatedRevisionName": previous, "latestReadyRevisionName": previous}
    spec = {"template": {"spec": {"containers": [{"image": image}]}}, "traffic": [traffic]}
    return {
        "@type": "type.googleapis.com/google.cloud.run.v1.ReplaceServiceRequest",
        "name": name,
        "service": {
            "apiVersion": "serving.knative.dev/v1",
            "kind": "Service",
            "metadata": {"name": deploy.service},
            "spec": spec,
            "status": status,
        },
    }


def outcome(deploy: Deploy, seconds: float) -> Fields:
    """Return Cloud Run's own record of whether a revision became ready; 9 is FAILED_PRECONDITION."""
    why = f"Deploying revision succeeded in {seconds:.2f}s." if deploy.ready else CLOUD_RUN["not_ready"]
    message = f"Ready condition status changed to {deploy.ready} for Revision {deploy.revision} with message: {why}"
    method = "/Services.UpdateService" if deploy.api == "v2" else "/Services.ReplaceService"
    condition = {"message": why, "status": str(deploy.ready), "type": "Ready"}
    proto = {
        "@type": _AUDIT,
        "methodName": method,
        "resourceName": f"namespaces/{PROJECT}/revisions/{deploy.revision}",
        "response": {"kind": "Revision", "metadata": {"name": deploy.revision}, "status": {"conditions": [condition]}},
        "serviceName": "run.googleapis.com",
        "status": ({} if deploy.ready else {"code": 9}) | {"message": message},
    }
    return {"protoPayload": proto}
