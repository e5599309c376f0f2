"""What Cloud Logging answers when it does not answer, in our words: a row for every gRPC status."""

from collections.abc import Mapping
from typing import NamedTuple

from google.api_core.exceptions import GoogleAPICallError

from lib.core.masks.text import mask_text
from lib.core.wording import shorten
from lib.errors import PageExpired, SourceRefused, SourceUnavailable

MOST_DETAILS = 200  # characters of the server's own words


class Said(NamedTuple):
    """What a status means; passes: trying again can help."""

    words: str
    passes: bool
    hint: str = ""


LATER = "It is asked again; see https://status.cloud.google.com if it lasts."
REPORT = "Update google-cloud-logging as requirements.txt pins it; report this if it stays."
GRANT = "Grant the role: gcloud {grant} --member=MEMBER --role={role}"
SIGN_IN = "Sign in again: gcloud auth application-default login, or give GOOGLE_APPLICATION_CREDENTIALS a key that is valid."
SCOPE = "https://www.googleapis.com/auth/logging.read"

STATUSES: Mapping[str, Said] = {
    "CANCELLED": Said("ended the call", True, LATER),
    "UNKNOWN": Said("failed for a reason that it does not tell", True, LATER),
    "INVALID_ARGUMENT": Said("does not understand the question", False, "Check the filter of [logging] in the settings."),
    "DEADLINE_EXCEEDED": Said("did not answer in time", True, LATER),
    "NOT_FOUND": Said("does not know it", False, "Check its spelling: gcloud projects list, or gcloud logging views list."),
    "ALREADY_EXISTS": Said("says that something exists already", False, REPORT),
    "PERMISSION_DENIED": Said("does not let us read it", False, GRANT),
    "RESOURCE_EXHAUSTED": Said("says that the quota is used up", True, "Others read it too: lower quota_per_min of [logging]."),
    "FAILED_PRECONDITION": Said("cannot answer in its present state", False, "See whether the project or its bucket is locked."),
    "ABORTED": Said("broke off", True, LATER),
    "OUT_OF_RANGE": Said("says that this lies out of its range", False, REPORT),
    "UNIMPLEMENTED": Said("does not offer this call", False, "Check the endpoint of [logging] in the settings."),
    "INTERNAL": Said("has a fault of its own", True, LATER),
    "UNAVAILABLE": Said("cannot be reached", True, "See whether this machine reaches logging.googleapis.com."),
    "DATA_LOSS": Said("lost a part of its answer", True, LATER),
    "UNAUTHENTICATED": Said("does not accept the credentials", False, SIGN_IN),
}
# Words of the server's that say more than the status does.
TELLING: tuple[tuple[str, str], ...] = (
    ("insufficient authentication scopes", f"Give the credentials the scope {SCOPE}."),
    ("has not been used in project", "Switch the API on: gcloud services enable logging.googleapis.com --project={project}"),
    ("it is disabled", "Switch the API on: gcloud services enable logging.googleapis.com --project={project}"),
)
ROLES: tuple[tuple[str, str, str], ...] = (  # what a resource's name holds, the command that grants, the role
    ("/views/", "projects add-iam-policy-binding {project}", "roles/logging.viewAccessor"),
    ("projects/", "projects add-iam-policy-binding {project}", "roles/logging.viewer"),
    ("folders/", "resource-manager folders add-iam-policy-binding {project}", "roles/logging.viewer"),
    ("organizations/", "organizations add-iam-policy-binding {project}", "roles/logging.viewer"),
    ("", "billing accounts add-iam-policy-binding {project}", "roles/logging.viewer"),
)


def tell(error: GoogleAPICallError, resource: str, with_token: bool) -> SourceUnavailable:
    """Return what a failed call means; with_token: the page before gave the token that was sent."""
    name = error.grpc_status_code.name if error.grpc_status_code else "UNKNOWN"
    said = STATUSES.get(name, STATUSES["UNKNOWN"])
    details = shorten(mask_text(str(error.message or "")), MOST_DETAILS)
    message = f"Cloud Logging {said.words} ('{resource}', {name}{f': {details}' if details else ''})."
    if name == "INVALID_ARGUMENT" and with_token:
        return PageExpired(message, hint="It is asked again by time.", permanent=False)
    kind = SourceRefused if name in ("PERMISSION_DENIED", "UNAUTHENTICATED") else SourceUnavailable
    return kind(message, hint=_hint(said, resource, details), permanent=not said.passes, wait_s=_retry_after(error))


def _hint(said: Said, resource: str, details: str) -> str:
    parts = resource.split("/")
    project = parts[1] if len(parts) > 1 else resource
    grant, role = next((g, r) for part, g, r in ROLES if part in resource)
    telling = next((hint for words, hint in TELLING if words in details), said.hint)
    return telling.replace("{grant}", grant).replace("{role}", role).replace("{project}", project)


def _retry_after(error: GoogleAPICallError) -> float | None:
    """Return how long the server asks to be left alone, None when it does not say."""
    delays = [d.retry_delay for d in error.details or () if hasattr(d, "retry_delay")]
    return max((d.seconds + d.nanos / 1e9 for d in delays), default=None)
