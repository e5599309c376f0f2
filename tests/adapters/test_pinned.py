"""Where questions may go, over real servers: the address that was judged is the one that is called, and costs are bounded."""

import datetime
import gzip
import socket
import ssl
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lib.adapters.github import GitHubAddress
from lib.adapters.github_access import check_github
from lib.adapters.health import LIMITS as HEALTH
from lib.adapters.health import UrlHealthProbe
from lib.adapters.http import Asked, Http, Limits
from lib.core.model import SourceState
from lib.core.peers import Private, read_address
from lib.errors import SourceRefused, SourceUnavailable
from tests.servers import Reply, serve

GOOD = Reply({"fine": True})
NAME = "service.example"
Look = Callable[..., list[str]]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Look:
    """Give `names(address, …)`: what a name service answers from now on, and the list of what it was asked."""
    real, asked = socket.getaddrinfo, []

    def tell(*addresses: str, once: bool = False) -> list[str]:
        def look(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
            asked.append(str(host))
            assert not (once and len(asked) > 1), "the name was looked up twice"
            return [found for address in addresses for found in real(address, port, *args, **kwargs)]

        monkeypatch.setattr(socket, "getaddrinfo", look)
        return asked

    return tell


def ask(url: str, private: Sequence[str] = (), **limits: Any) -> Any:
    return Http("The service", Limits(**{"tries": 1, **limits}), private=private).get(Asked(url, "its health")).value


@pytest.mark.parametrize("address", [
    "10.1.2.3", "172.16.0.1", "192.168.1.1", "127.0.0.1", "127.8.8.8", "0.0.0.1", "169.254.169.254", "169.254.1.1", "100.64.0.1",
    "100.100.100.200", "168.63.129.16", "192.0.0.192", "224.0.0.1", "240.0.0.1", "255.255.255.255", "203.0.113.7", "::1", "::",
    "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe", "2002:a00:1::", "2001:0:a00:1::",
])  # fmt: skip
def test_a_name_that_leads_into_a_private_network_is_refused(address: str) -> None:
    assert not Private(("other.example",)).allows(NAME, read_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_the_worlds_addresses_are_called(address: str) -> None:
    assert Private().allows(NAME, read_address(address))


@pytest.mark.parametrize(
    ("names", "host", "address", "allowed"),
    [
        (("orders.internal",), "orders.internal", "10.0.0.1", True),
        (("orders.internal",), "Orders.Internal.", "10.0.0.1", True),
        (("*.internal",), "orders.internal", "10.0.0.1", True),
        (("*.internal",), "internal", "10.0.0.1", False),
        (("*.internal",), "evil-internal", "10.0.0.1", False),
        (("*.internal",), "metadata.google.internal", "169.254.169.254", False),
        (("metadata.google.internal",), "metadata.google.internal", "169.254.169.254", True),
        (("10.2.3.4",), "10.2.3.4", "10.2.3.4", True),
        (("10.2.3.4",), "orders.internal", "10.2.3.4", False),
        ((), "localhost", "127.0.0.1", True),
        ((), "127.0.0.1", "127.0.0.1", True),
        ((), "localhost.evil.example", "127.0.0.1", False),
        ((), "localhost", "10.0.0.1", False),
    ],
)
def test_a_private_host_is_allowed_by_its_name(names: Sequence[str], host: str, address: str, allowed: bool) -> None:
    assert Private(names).allows(host, read_address(address)) is allowed


@pytest.mark.parametrize("url", [
    "http://10.0.0.5/", "http://169.254.169.254/latest/meta-data/", "http://[::ffff:169.254.169.254]/", "http://[fd00:ec2::254]/",
    "http://0x7f.1/", "http://2130706433/", "http://0/", "https://192.168.0.1:8443/",
])  # fmt: skip
def test_a_private_address_by_its_letters_is_refused_without_a_call(url: str) -> None:
    began = time.monotonic()
    with pytest.raises(SourceRefused, match="private network") as caught:
        ask(url)
    assert caught.value.permanent
    assert "[network]" in caught.value.hint
    assert time.monotonic() - began < 2
    assert url.split("/")[2] not in caught.value.message + caught.value.hint


def test_a_name_is_looked_up_once_and_that_address_is_called(names: Look) -> None:
    with serve(lambda _: GOOD) as served:
        port = served.url.rpartition(":")[2]
        names("127.0.0.1", once=True)  # whoever asks again would be told another one
        assert ask(f"http://{NAME}:{port}/health", (NAME,)) == {"fine": True}
        assert served.seen[0].headers["Host"] == f"{NAME}:{port}"


def test_one_private_address_among_others_spoils_them_all(names: Look) -> None:
    names("8.8.8.8", "10.0.0.1")
    with pytest.raises(SourceRefused, match="private network"):
        ask(f"http://{NAME}/")


def test_a_name_that_leads_to_this_machine_is_refused_unless_it_is_named(names: Look) -> None:
    with serve(lambda _: GOOD) as served:
        names("127.0.0.1")
        url = served.url.replace("127.0.0.1", NAME)
        with pytest.raises(SourceRefused):
            UrlHealthProbe({"orders": url}).probe("orders")
        assert served.seen == []
        UrlHealthProbe({"orders": url}, private=(NAME,)).probe("orders")
        assert len(served.seen) == 1


def test_doctor_asks_a_github_of_ones_own_network_where_it_is_named(names: Look) -> None:
    with serve(lambda _: Reply([])) as served:
        names("127.0.0.1")
        url = served.url.replace("127.0.0.1", NAME)
        states = [check_github("GitHub", GitHubAddress(url, "acme/shop", "x", private)).state for private in ((), (NAME,))]
        assert states == [SourceState.FAILING, SourceState.OK]
        assert len(served.seen) == 1


def test_a_redirect_is_looked_up_and_judged_like_the_first_address(names: Look) -> None:
    with serve(lambda _: Reply(status=302, headers={"Location": "http://169.254.169.254/latest/"})) as served:
        with pytest.raises(SourceUnavailable) as caught:
            ask(served.url)
        assert len(served.seen) == 1
        assert "169.254.169.254" in caught.value.message  # a server of ours said so: people must see where it leads


def test_a_proxy_may_be_private_and_what_goes_through_it_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(drip(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n")) as port:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        with pytest.raises(SourceUnavailable, match="in time"):
            ask(f"http://{NAME}/", answer_s=0.6)
        with pytest.raises(SourceRefused, match="private network"):
            ask("http://10.0.0.5/")


@contextmanager
def raw_server(act: Callable[[socket.socket], None]) -> Iterator[int]:
    """Run a server that does with each connection as it is told, on a free port."""
    server = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                connection, _ = server.accept()
                with connection:
                    act(connection)
            except OSError:
                if server.fileno() < 0:
                    return

    threading.Thread(target=run, daemon=True).start()
    try:
        yield server.getsockname()[1]
    finally:
        server.close()


def drip(start: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    def act(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(400):
            connection.sendall(drop)
            time.sleep(0.05)  # the misdeed itself: always just in time

    return act


@pytest.mark.parametrize(
    ("scheme", "act"),
    [
        ("http", drip(b"HTTP/1.1 200 OK\r\n", b"x")),
        ("http", drip(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n")),
        ("http", drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b" ")),
        ("https", drip(b"\x16\x03\x03\x40\x00", b"\x02")),
    ],
    ids=["a header line", "headers", "the body", "the handshake"],
)
def test_an_answer_that_is_dragged_out_anywhere_ends_in_time(scheme: str, act: Callable[[socket.socket], None]) -> None:
    began = time.monotonic()
    with raw_server(act) as port, pytest.raises(SourceUnavailable):
        ask(f"{scheme}://127.0.0.1:{port}/", answer_s=0.6, silence_s=5, connect_s=5)
    assert time.monotonic() - began < 4


def test_a_packed_answer_that_unpacks_to_far_more_costs_what_the_limit_says() -> None:
    bomb = gzip.compress(b" " * (64 << 20), 9)
    assert len(bomb) < 100_000
    with serve(lambda _: Reply(raw=bomb, headers={"Content-Encoding": "gzip"})) as served:
        tracemalloc.start()
        try:
            with pytest.raises(SourceUnavailable, match="larger than 1 MB"):
                ask(served.url, body_bytes=HEALTH.body_bytes)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert peak < 24 << 20


def make_certificate(folder: Path, name: str) -> Path:
    """Write a certificate of a name, signed by itself, with its key; return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(who).issuer_name(who).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / f"{name}.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key.private_bytes(*plain))
    return file


def answer_tls(file: Path) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def act(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as tls:
            tls.recv(4096)
            tls.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\n{"fine": true}')

    return act


@pytest.mark.parametrize(
    ("certified", "trusted", "fine"),
    [(NAME, True, True), (NAME, False, False), ("other.example", True, False)],
    ids=["trusted", "unknown", "of another name"],
)
def test_a_certificate_is_always_checked_against_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: Look, certified: str, trusted: bool, fine: bool
) -> None:
    file = make_certificate(tmp_path, certified)
    if trusted:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(file))
    names("127.0.0.1")
    with raw_server(answer_tls(file)) as port:
        url = f"https://{NAME}:{port}/"
        if fine:
            assert ask(url, (NAME,)) == {"fine": True}
        else:
            with pytest.raises(SourceUnavailable, match="certificate is not trusted"):
                ask(url, (NAME,))
