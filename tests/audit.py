"""Audit entries of deploys for tests, as Cloud Run and GKE write them."""

from datetime import datetime
from typing import Any

from tests.entries import SERVICE, as_json, row

DEPLOYER = "deployer@shop-staging.iam.gserviceaccount.com"
V1, V2 = "google.cloud.run.v1.Services.ReplaceService", "google.cloud.run.v2.Services.UpdateService"


def revision(number: int, service: str = SERVICE) -> str:
    """Return a revision's name as Cloud Run makes it."""
    return f"{service}-{number:05d}-abc"


def call(
    ts: datetime, *, command: str = "gcloud.run.deploy", previous: str = "", method: str = V1, service: str = SERVICE,
    actor: str = DEPLOYER, number: int = 0, operation: dict[str, Any] | None = None, agent: str | None = None,
    status: dict[str, Any] | None = None, request: dict[str, Any] | None = None, **columns: Any,
) -> dict[str, Any]:  # fmt: skip
    """Return a row of ENTRIES of a call that changed a service."""
    asked = {"service": {"status": {"latestCreatedRevisionName": previous}} if previous else {}}
    proto = {
        "methodName": method,
        "resourceName": f"namespaces/shop/services/{service}",
        "authenticationInfo": {"principalEmail": actor},
        "requestMetadata": {"callerSuppliedUserAgent": f"google-cloud-sdk command/{command} x" if agent is None else agent},
        "request": asked if request is None else request,
        **({"status": status} if status else {}),
    }
    payload = {"protoPayload": proto, **({"operation": operation} if operation else {})}
    return _audit(ts, "activity", service, "", method.rpartition(".")[2], payload, number, **columns)


def word(
    ts: datetime, name: str, *, ready: bool = True, text: str = "", service: str = SERVICE, number: int = 0
) -> dict[str, Any]:
    """Return a row of ENTRIES of the platform's word on a revision."""
    message = f"Ready condition status changed to {ready} for Revision {name}" + (f" with message: {text}" if text else ".")
    status = {"message": message, **({} if ready else {"code": 9})}
    payload = {"protoPayload": {"methodName": "/Services.ReplaceService", "status": status}}
    return _audit(ts, "system_event", service, name, message, payload, number)


def _audit(
    ts: datetime, log: str, service: str, name: str, message: str, payload: dict[str, Any], number: int, **columns: Any
) -> dict[str, Any]:  # fmt: skip
    told = {
        "ts": ts,
        "log": f"cloudaudit.googleapis.com/{log}",
        "origin": "audit",
        "service": service,
        "revision": name,
        "instance": "",
        "payload": as_json(payload).decode(),
    }
    made = row(number, message, **told, **columns)
    return made | {"insert_id": f"{log}-{number}-{name}-{ts.timestamp()}"}
