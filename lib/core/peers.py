"""Which addresses may be called: the world's, this machine's where it is named as such, and private ones by name alone."""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")
)
"""Where clouds hand out a machine's own credentials: Google, AWS, Azure, Oracle, Alibaba. Some of them look public."""
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True)
class Private:
    """The hosts that may be private, by name: "orders.internal", "10.2.3.4", or "*.corp.example" for all below it."""

    names: Sequence[str] = ()

    def allows(self, host: str, address: Address) -> bool:
        """Tell whether a host may be called at an address that its name led to."""
        host = host.lower().rstrip(".").strip("[]")
        exactly = host in self.names
        if any(inner in METADATA for inner in unwrap(address)):
            return exactly  # never by a pattern: "*.internal" is meant for services
        if exactly or any(name.startswith("*.") and host.endswith(name[1:]) for name in self.names):
            return True
        return is_public(address) or (address.is_loopback and names_itself(host))


def names_itself(host: str) -> bool:
    """Tell whether a host says by its own letters that it is this machine: no name service can make it another one."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_public(address: Address) -> bool:
    """Tell whether an address, and each that is wrapped in it, is one of the world's."""
    return all(
        inner.is_global and not (inner.is_multicast or inner.is_reserved or inner.is_unspecified) for inner in unwrap(address)
    )


def unwrap(address: Address) -> Iterator[Address]:
    """Yield an address and the IPv4 address that it stands for, in any of the ways of writing one within the other."""
    if not isinstance(address, ipaddress.IPv6Address):
        yield address
        return
    if address.ipv4_mapped is None and address not in NAT64:
        yield address
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in NAT64:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def read_address(text: str) -> Address:
    """Return an address as a name service gives it, without the zone of a link. Errors: ValueError."""
    return ipaddress.ip_address(text.partition("%")[0])
