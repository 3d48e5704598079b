"""Tells what is wrong with an http or https address, before anything is called there (pure)."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

NO_ADDRESS = "it is no http or https address"
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_BRACKETS = re.compile(r"\[([^\[\]]*)\](?::\d*)?", re.ASCII)
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}", re.ASCII)
_NUMERIC = re.compile(r"\d+|0[xX][0-9A-Fa-f]*", re.ASCII)
_LONGEST_NAME = 253


@lru_cache(maxsize=4096)
def fault_of(url: str) -> str | None:
    """What is wrong with an address, as the end of a sentence; None where it can be called."""
    if _CONTROL.search(url):
        return "it has a control character"
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            return NO_ADDRESS
        place = parts.netloc.rpartition("@")[2]
        host = parts.hostname
    except ValueError:
        return f"its host {_said(url)} cannot be read"
    try:
        port = parts.port
    except ValueError:
        return "its port is none of 1 to 65535"
    if not host:
        return NO_ADDRESS
    if port == 0:
        return "its port is none of 1 to 65535"
    if re.search(r"[\s\\]", parts.netloc):
        return f"its host {_quoted(place)} has a space or a backslash"
    return _fault_of_host(host, place)


def fault_as_written(url: str) -> str | None:
    """The same of an address in a configuration, where a space is a slip; a link may have one in its path."""
    return fault_of(url) or (NO_ADDRESS if re.search(r"\s", url) else None)


def _fault_of_host(host: str, place: str) -> str | None:
    if "{" in host:
        return "it has a placeholder in its host"
    if place.startswith("["):
        inside = _BRACKETS.fullmatch(place)
        if inside is None or not _is_address(inside[1].partition("%")[0], ipaddress.IPv6Address):
            return f"its host {_quoted(place)} is no IPv6 address"
        return None
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return f"its host {_quoted(host)} is no name of a host"
    labels = name.removesuffix(".").split(".")
    if _NUMERIC.fullmatch(labels[-1]):
        return (
            None
            if _is_address(name, ipaddress.IPv4Address)
            else f"its host {_quoted(host)} is no IPv4 address"
        )
    if len(name) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, labels)):
        return f"its host {_quoted(host)} is no name of a host"
    return None


def _is_address(text: str, kind: type[ipaddress.IPv4Address | ipaddress.IPv6Address]) -> bool:
    try:
        kind(text)
    except ValueError:
        return False
    return True


def _said(url: str) -> str:
    """The host of an address that cannot be taken apart, without a user."""
    return _quoted(re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0].rpartition("@")[2])


def _quoted(host: str) -> str:
    return f'"{host}"' if len(host) <= 80 else f'"{host[:80]}…"'
