"""One HTTP call as plain data: the request to make and the answer that came, and how to read it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from urllib.parse import urljoin, urlsplit

from collectors.json_bodies import json_of
from core.errors import SourceError
from core.webaddress import fault_of

Headers = Sequence[tuple[str, str]]

_EXCERPT = 200
_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNPACKED = frozenset({"identity", "gzip", "x-gzip", "deflate", "zstd"})
_PAGE = re.compile(rb"<(?:!doctype\s+)?html", re.IGNORECASE)
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Request:
    """A call to make. url: absolute, percent-encoded, query included. Its repr shows no secret's place.

    fixed: it is the same at each poll, so how it goes out is worth to be remembered.
    """

    method: str
    url: str
    headers: Headers = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)
    fixed: bool = field(default=False, repr=False, compare=False)

    def with_headers(self, extra: Headers, *, always: bool = False) -> Request:
        """The same call with more headers; of one name the later wins. always: they are the same at each poll."""
        names = {name.lower() for name, _ in extra}
        kept = [(name, value) for name, value in self.headers if name.lower() not in names]
        return Request(self.method, self.url, (*kept, *extra), self.body, self.fixed and always)


@lru_cache(maxsize=4096)
def origin_of(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: what a credential belongs to. Raises ValueError for an address that is none."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    return scheme, host if host.isascii() else in_ascii(host), parts.port or _DEFAULT_PORTS.get(scheme)


@lru_cache(maxsize=256)
def in_ascii(host: str) -> str:
    """A name in other letters as it is called: an answer tells where it came from in these. Raises ValueError."""
    # Here: every command reads the settings of requests, and none of them calls anybody.
    import httpx

    try:
        return httpx.URL(f"http://{host}/").raw_host.decode("ascii")
    except httpx.InvalidURL as error:
        raise ValueError(str(error)) from None


def link_of(url: str, base: str, target: str, says: str) -> str:
    """Where a link leads that an answer has. says: such as "redirects to". Raises SourceError where to nowhere.

    url: what was asked for; base: where the answer came from.
    """
    try:
        found = _with_tls(url, urljoin(base, target))
        fault = fault_of(found)
    except ValueError:
        found, fault = target, fault_of(target)
    if fault is not None:
        raise SourceError(
            f"{shown_url(url)} {says} {shown_url(found)}, which cannot be called: {fault}", True
        )
    return found


def _with_tls(url: str, link: str) -> str:
    """A link by plain http to the host that was asked by https leads to where it was asked.

    A system behind a gateway often does not know that TLS is spoken in front of it, nor at which port.
    """
    asked, linked = urlsplit(url), urlsplit(link)
    forgot = (asked.scheme.lower(), linked.scheme.lower(), linked.port or 80) == ("https", "http", 80)
    if not forgot or asked.hostname != linked.hostname:
        return link
    place = asked.netloc.rpartition("@")[2]
    found = linked._replace(scheme="https", netloc=place).geturl()
    # One that leads back to what was just asked means plain http, where nothing of ours goes.
    return link if found == asked._replace(scheme="https", netloc=place).geturl() else found


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses are the same scheme, host and port; a malformed one never is."""
    try:
        return origin_of(one) == origin_of(other)
    except ValueError:
        return False


@lru_cache(maxsize=4096)
def shown_url(url: str) -> str:
    """The address without user, query and fragment, which may hold secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        # No address, but it may hold secrets all the same.
        scheme, sign, rest = re.split(r"[?#]", url, maxsplit=1)[0].partition("://")
        place, slash, path = rest.partition("/")
        return f"{scheme}{sign}{place.rpartition('@')[2]}{slash}{path}"[:_EXCERPT]
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. headers: lower-case names in the order they came; received_at: our clock.

    elapsed_seconds: from sending to the last byte of this attempt; url: where it came from, after
    redirects; cut: the body was longer than allowed and ends early.
    """

    status: int
    headers: Headers
    body: bytes
    url: str
    received_at: datetime
    elapsed_seconds: float
    cut: bool = False

    def header(self, name: str) -> str | None:
        """The header's value, several joined by a comma; None where it is missing."""
        values = [value for key, value in self.headers if key == name]
        return ", ".join(values) if values else None

    @property
    def ok(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300

    def described(self) -> str:
        """Status, address and the beginning of the body, for an error's text."""
        from http import HTTPStatus

        try:
            phrase = f" {HTTPStatus(self.status).phrase}"
        except ValueError:
            phrase = ""
        said = self._excerpt()
        return f"{self.status}{phrase} from {shown_url(self.url)}" + (f": {said}" if said else "")

    def json(self) -> object:
        """The body read as JSON. Raises SourceError naming what came instead."""
        try:
            return json_of(self.body, self.header("content-type") or "")
        except RecursionError:
            raise SourceError(f"{shown_url(self.url)} answered JSON nested too deep to read") from None
        except ValueError:
            raise SourceError(self._not_json()) from None

    def _not_json(self) -> str:
        place = shown_url(self.url)
        packed = (self.header("content-encoding") or "identity").lower()
        if packed not in _UNPACKED:
            return f"{place} answered a body compressed as {packed}, which it was not asked for"
        if not self.body.strip():
            return f"{place} answered {self.status} with an empty body; expected JSON"
        kind = self.header("content-type") or "no content type"
        if self.body.lstrip()[:1] == b"<":
            if ("xml" in kind or self.body.lstrip()[:5] == b"<?xml") and not _PAGE.search(self.body[:20_000]):
                return (
                    f"{place} answered XML ({kind}), which is not read; ask for JSON, such as by "
                    f"headers: {{Accept: application/json}} or a parameter, or let what reads it push"
                )
            title = self._title()
            named = f' titled "{title}"' if title else ""
            return (
                f"{place} answered a page{named} ({kind}) where JSON was expected; "
                f"is this a login page, or the wrong address?"
            )
        return f"{place} answered {kind} that is not JSON: {_clean(self.body)}"

    def _excerpt(self) -> str:
        if self.body.lstrip()[:1] == b"<":
            title = self._title()
            return f'a page titled "{title}"' if title else "a page"
        return _clean(self.body)

    def _title(self) -> str:
        """A page's title as people see it; empty where it has none."""
        from html import unescape

        found = _TITLE.search(self.body[:20_000])
        return " ".join(unescape(_clean(found[1])).split()) if found else ""


def _clean(raw: bytes) -> str:
    text = " ".join(raw[: _EXCERPT * 4].decode("utf-8", "replace").split())
    return text if len(text) <= _EXCERPT else text[: _EXCERPT - 1] + "…"
