"""Which endpoints are this machine."""

import ipaddress
from contextlib import suppress


def is_loopback(endpoint: str) -> bool:
    """Tell whether an endpoint "host:port" is this machine: only there a connection may be open and without credentials."""
    host = endpoint.rpartition(":")[0].strip("[]") or endpoint
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False
