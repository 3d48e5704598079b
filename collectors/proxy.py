"""Which calls go through a proxy, and what is told where it does not let them through (pure)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Self
from urllib.parse import urlsplit

import httpx

from collectors.exchange import in_ascii
from core.settings.proxy import ProxySettings, basic_credentials

_DEFAULT_PORTS = {"http": 80, "https": 443}
_USUAL_PORT = 80
_PROXY_AUTHENTICATION_REQUIRED = 407


class ProxyRefusal(httpx.ProxyError):
    """The proxy did not let a call through. permanent: asking again without a change cannot help."""

    def __init__(self, message: str, *, permanent: bool) -> None:
        super().__init__(message)
        self.permanent = permanent


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy. credentials: of Basic, None where none are given; direct: what does not go through it."""

    host: str
    port: int
    credentials: str | None = field(default=None, repr=False)
    direct: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: ProxySettings | str | None) -> Self | None:
        """The proxy that is written; None for none."""
        if not isinstance(settings, ProxySettings):
            return None
        parts = urlsplit(settings.url)
        credentials = None
        if settings.username is not None:
            password = settings.password.get_secret_value() if settings.password else ""
            credentials = basic_credentials(settings.username, password)
        return cls(parts.hostname or "", parts.port or _USUAL_PORT, credentials, settings.no_proxy)

    @property
    def shown(self) -> str:
        """Its address, without a user."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What only the proxy is told."""
        if self.credentials is None:
            return []
        return [(b"Proxy-Authorization", f"Basic {self.credentials}".encode("ascii"))]

    def serves(self, scheme: str, host: str, port: int | None) -> bool:
        """Whether calls to a host go through it."""
        number = port or _DEFAULT_PORTS.get(scheme)
        return not any(_matches(entry, host.lower().rstrip("."), number) for entry in self.direct)


def own_proxy(source: object) -> ProxySettings | None:
    """What a source itself says that its calls go through."""
    found = getattr(source, "proxy", None)
    return found if isinstance(found, ProxySettings) else None


def _matches(entry: str, host: str, port: int | None) -> bool:
    if entry == "*":
        return True
    try:
        network = ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        name, colon, number = entry.lower().rpartition(":")
        if not colon:
            name, number = number, ""
        name = name.removeprefix("*").strip(".")
        if not name.isascii():
            with suppress(ValueError):
                name = in_ascii(name)
        return (host == name or host.endswith(f".{name}")) and (not number or int(number) == port)
    try:
        return ipaddress.ip_address(host.strip("[]")) in network
    except ValueError:
        return False


def unreachable(proxy: Proxy, error: httpx.TransportError) -> ProxyRefusal:
    """That the proxy itself could not be connected to."""
    why = "did not answer in time" if isinstance(error, httpx.TimeoutException) else _reason(error)
    return ProxyRefusal(
        f"could not be asked for: the proxy {proxy.shown} {why}; check the address under proxy in "
        f"monitor.yaml, and whether the proxy runs",
        permanent=False,
    )


def _reason(error: BaseException) -> str:
    cause = error.__cause__
    if isinstance(cause, ConnectionRefusedError):
        return "refused the connection"
    said = getattr(cause, "strerror", None) or error
    return f"could not be connected to ({said})"


def refused(proxy: Proxy, target: str, status: int, headers: Iterable[tuple[bytes, bytes]]) -> ProxyRefusal:
    """That the proxy answered, and did not let the call through. target: host and port that were asked for."""
    if status == _PROXY_AUTHENTICATION_REQUIRED:
        return ProxyRefusal(f"did not get through: {_locked(proxy, headers)}", permanent=True)
    host = target.rpartition(":")[0]
    return ProxyRefusal(
        f"did not get through: the proxy {proxy.shown} refused to connect to {target} ({_named(status)}); "
        f"have the proxy allow it, or write {host} under no_proxy if it is reached without",
        permanent=400 <= status < 500,
    )


def _locked(proxy: Proxy, headers: Iterable[tuple[bytes, bytes]]) -> str:
    offers = [
        value.decode("latin-1").strip() for name, value in headers if name.lower() == b"proxy-authenticate"
    ]
    schemes = sorted({offer.split(" ")[0][:20] for offer in offers if offer})
    named = _named(_PROXY_AUTHENTICATION_REQUIRED)
    if schemes and "basic" not in {scheme.lower() for scheme in schemes}:
        return (
            f"the proxy {proxy.shown} asks for {' or '.join(schemes)} ({named}), and only Basic is spoken; "
            f"have it allow this machine, or put a proxy in between that speaks it, such as cntlm or px"
        )
    if proxy.credentials is None:
        return (
            f"the proxy {proxy.shown} asks for a user ({named}); write username and password under "
            f"proxy in monitor.yaml"
        )
    return (
        f"the proxy {proxy.shown} does not take the username and password it is given ({named}); "
        f"renew them under proxy in monitor.yaml"
    )


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
