"""Connections that go where was looked: a name is resolved once, each of its addresses is judged, and one of those is called."""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from lib.core.peers import Private, read_address
from lib.errors import SourceRefused

HINT = 'If it is yours, name the host: private = ["…"] under [network]; docs/settings.md says more.'


class Leashes:
    """Every connection that is open, so that one that is dragged out can be cut from outside, in a handshake too."""

    def __init__(self) -> None:
        self.held: WeakSet[socket.socket] = WeakSet()
        self.cut = False

    def hold(self, connected: socket.socket) -> socket.socket:
        """Return a second handle of a connection: TLS takes the first one away."""
        leash = socket.socket(fileno=os.dup(connected.fileno()))
        self.held.add(leash)
        return leash

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Cut every connection after so many seconds, whatever it is doing. Errors: TimeoutError in place of what that causes."""
        self.cut = False
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception as e:
            if self.cut:
                raise TimeoutError from e
            raise
        finally:
            timer.cancel()

    def _cut(self) -> None:
        self.cut = True
        for leash in list(self.held):
            with suppress(OSError):
                leash.shutdown(socket.SHUT_RDWR)


def connect(connection: Any, source: str, private: Private | None) -> socket.socket:
    """Return a socket to the host of a urllib3 connection; private: None for one that may be anywhere.

    Errors: SourceRefused for an address that may not be called.
    """
    host, timeout = connection._dns_host, connection.timeout
    try:
        found = socket.getaddrinfo(host, connection.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as e:  # UnicodeError: a name that no name service can be asked for
        raise NameResolutionError(connection.host, connection, socket.gaierror(str(e))) from e
    if private is not None:
        require_allowed(host, [str(place[0]) for *_, place in found], source, private)
    failed: OSError = OSError("no address")
    for family, kind, protocol, _, place in found:
        sock = socket.socket(family, kind, protocol)
        try:
            for option in connection.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(timeout)
            sock.connect(place)
            return sock
        except OSError as e:
            sock.close()
            failed = e
    if isinstance(failed, TimeoutError):
        raise ConnectTimeoutError(connection, "no connection in time") from failed
    raise NewConnectionError(connection, "no connection") from failed


def require_allowed(host: str, addresses: list[str], source: str, private: Private) -> None:
    """Raise SourceRefused unless every address that a name leads to may be called: one bad one spoils them all."""
    if not all(private.allows(host, read_address(address)) for address in addresses):
        told = f"The address of {source} leads into a private network, or to a cloud's own machines; it was not called."
        raise SourceRefused(told, hint=HINT)


class Pinned(HTTPAdapter):
    """A transport of requests whose connections are made by `connect`; through a proxy, the proxy looks the name up."""

    def __init__(self, source: str, private: Private, leashes: Leashes) -> None:
        self.source, self.private, self.leashes = source, private, leashes
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make pools whose connections are ours."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = make_pools(self, self.private)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Return the way to a proxy: the environment names it, so it may be private; its connections can be cut as well."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = make_pools(self, None)
        return manager

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request. Errors: SourceRefused, also behind a proxy, for a host that is a private address by its letters."""
        host = urlsplit(request.url or "").hostname or ""
        with suppress(ValueError):
            require_allowed(host, [str(read_address(host))], self.source, self.private)
        return super().send(request, *args, **kwargs)


def make_pools(transport: Pinned, private: Private | None) -> dict[str, Any]:
    """Return urllib3's pools by scheme, with connections that are made by `connect` and held by the transport's leashes."""

    class Ours:
        """What both kinds of connections share."""

        leash: socket.socket | None = None

        def _new_conn(self) -> socket.socket:
            connected = connect(self, transport.source, private)
            self.leash = transport.leashes.hold(connected)
            return connected

        def close(self) -> None:
            super().close()  # type: ignore[misc]  # of the connection that comes behind this one
            if self.leash is not None:
                self.leash.close()

    class Plain(Ours, HTTPConnection):
        """http."""

    class Tls(Ours, HTTPSConnection):
        """https: the certificate is that of the name, whichever of its addresses is called."""

    return {
        "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": Plain}),
        "https": type("TlsPool", (HTTPSConnectionPool,), {"ConnectionCls": Tls}),
    }
