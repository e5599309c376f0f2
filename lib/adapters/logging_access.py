"""Whether a resource's entries may be read: credentials first, then one call for one entry, within seconds."""

from datetime import datetime, timedelta
from typing import Any

from google.api_core.exceptions import GoogleAPICallError
from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.services.logging_service_v2.transports import LoggingServiceV2GrpcTransport
from google.cloud.logging_v2.types import ListLogEntriesRequest

from lib.adapters import googleauth
from lib.adapters.cloud_logging import HOST
from lib.adapters.logstatus import ROLES, TELLING, tell
from lib.adapters.loopback import is_loopback
from lib.core.checkup import Check
from lib.core.logfilters import bound_filter
from lib.core.model import SourceState
from lib.errors import SourceRefused, SourceUnavailable

LOOKED = timedelta(hours=1)  # a short stretch: Cloud Logging answers at once, entries or none
SIGN_IN = "gcloud auth application-default login"
GRANT = "Somebody who may change its policy grants the role:"
PRIVATE = "Data Access audit logs need roles/logging.privateLogViewer too; without it Google leaves them out and says nothing."


def sign_in(endpoint: str) -> Any:
    """Return refreshed credentials, None where none are needed. Errors: SourceRefused; SourceUnavailable."""
    if is_loopback(endpoint):
        return None
    credentials = googleauth.find_credentials()
    if not credentials.valid:
        googleauth.refresh(credentials)
    return credentials


def check_access(name: str, resource: str, text: str, now: datetime, endpoint: str, credentials: Any, timeout_s: float) -> Check:
    """Return whether a resource can be read through a filter, and which role is missing.

    text: the filter, "" for all; it is sent, so that one that Google does not understand is told.
    """
    request = ListLogEntriesRequest(
        resource_names=[resource], filter=bound_filter(text, now - LOOKED, now), order_by="timestamp desc", page_size=1
    )
    client = LoggingServiceV2Client(transport=_open(endpoint, credentials))
    try:
        client.list_log_entries(request, retry=None, timeout=timeout_s)
    except GoogleAPICallError as e:
        told, command = tell(e, resource, False), find_command(e, resource, member_of(credentials))
        hint = GRANT if "add-iam-policy-binding" in command else told.hint
        return Check(name, SourceState.FAILING, told.message, hint, command)
    finally:
        client.transport.close()  # type: ignore[no-untyped-call]  # Google's client has no types there
    return Check(name, SourceState.OK, f"Can be read. {PRIVATE}")


def find_command(error: GoogleAPICallError, resource: str, member: str) -> str:
    """Return the command that mends a refusal, "" where there is none."""
    status = error.grpc_status_code.name if error.grpc_status_code else ""
    target = resource.split("/")[1]
    if any(words in str(error.message) for words, hint in TELLING if "services enable" in hint):
        return f"gcloud services enable logging.googleapis.com --project={target}"
    if status == "PERMISSION_DENIED" and "authentication scopes" not in str(error.message):
        grant, role = next((g, r) for part, g, r in ROLES if part in resource)
        return f"gcloud {grant.replace('{project}', target)} --member={member} --role={role}"
    return SIGN_IN if status == "UNAUTHENTICATED" else ""


def command_of(error: SourceUnavailable) -> str:
    """Return the command that mends credentials that are missing or serve no more."""
    return SIGN_IN if isinstance(error, SourceRefused) else ""


def member_of(credentials: Any) -> str:
    """Return who asks, as a policy names it; people's own credentials do not say who they are."""
    account = getattr(credentials, "service_account_email", "")
    return f"serviceAccount:{account}" if account and "@" in account else "user:YOU@EXAMPLE.COM"


def _open(endpoint: str, credentials: Any) -> LoggingServiceV2GrpcTransport:
    if is_loopback(endpoint):
        import grpc

        return LoggingServiceV2GrpcTransport(channel=grpc.insecure_channel(endpoint))
    channel = LoggingServiceV2GrpcTransport.create_channel(endpoint or HOST, credentials=credentials)
    return LoggingServiceV2GrpcTransport(channel=channel)
