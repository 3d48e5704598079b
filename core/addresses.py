"""Which addresses a message may go to, judged after the name is resolved (pure) and then connected to."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence

from core.errors import AddressRefused

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

METADATA = frozenset(
    map(ipaddress.ip_address, ("169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254"))
)
"""Where clouds hand a machine's own keys to whoever asks from inside."""

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def refusal(address: str, *, public_only: bool = False) -> str | None:
    """Why nothing may be sent to a numeric address; None where it may.

    Link-local, unspecified, multicast and reserved addresses and the clouds' metadata services are
    always refused; public_only: so is whatever is not on the public internet. An IPv4 address wrapped
    in an IPv6 one is judged as what it is.
    """
    try:
        found = _unwrapped(ipaddress.ip_address(address.partition("%")[0]))
    except ValueError:
        return "is no address"
    if found in METADATA:
        return "is a metadata service"
    if found.is_unspecified or (found.version == 4 and int(found) >> 24 == 0):
        return "stands for no host"
    if found.is_link_local:
        return "is link-local"
    if found.is_multicast or (found.is_reserved and not found.is_loopback):
        return "is not the address of a host"
    if public_only and not found.is_global:
        return "is not on the public internet"
    return None


def _unwrapped(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def permitted(host: str, addresses: Sequence[str], *, public_only: bool = False) -> list[str]:
    """The addresses of a host, if every one of them may be sent to. Raises AddressRefused otherwise.

    One bad address among good ones refuses them all: a name that answers so is not to be trusted.
    """
    for address in addresses:
        why = refusal(address, public_only=public_only)
        if why is not None:
            shown = address if address == host else f"{host} ({address})"
            raise AddressRefused(f"{shown} {why}; nothing is sent there")
    return list(addresses)


def resolved(host: str, port: int, *, public_only: bool = False) -> list[str]:
    """The permitted addresses of a host, in the system's order. Raises AddressRefused, and OSError where
    the name is not known. Blocks."""
    return permitted(
        host, _numeric(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)), public_only=public_only
    )


async def resolve(host: str, port: int, *, public_only: bool = False) -> list[str]:
    """The same without blocking."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return permitted(host, _numeric(found), public_only=public_only)


def _numeric(found: Sequence[tuple[object, ...]]) -> list[str]:
    addresses = (place[4] for place in found)
    return list(dict.fromkeys(str(one[0]) for one in addresses if isinstance(one, tuple)))
