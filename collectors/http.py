"""The only maker of HTTP clients: every call to a watched system goes out here, with good manners.

Time-outs, bounded bodies, redirects to the same host only, retries with jittered back-off, a limit of
concurrent calls and a circuit per host. There is one transport per scheme, host and port, all on one TLS
context, which is the dear part of it, but for sources that show or trust certificates of their own.
A proxy is what the configuration says; none, no `.netrc` and no other setting is taken from the environment,
and no cookie is kept.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, Self

from collectors._attempt import NoAnswer, attempt
from collectors.circuit import Circuit, CircuitState, CircuitView
from collectors.exchange import Request, Response, link_of, origin_of, same_origin, shown_url
from collectors.gate import Gate
from collectors.idle import IdleConnections
from collectors.manners import Manners
from collectors.proxy import Proxy
from collectors.refusal_codes import status_of
from collectors.retry import Again, Defer, asked_wait
from collectors.tls import OwnTls, usual_context
from collectors.tokens import Logins
from collectors.transport import PooledTransport, Timeouts, Transport
from core.clock import Clock
from core.clock import now as wall_clock
from core.errors import SourceError
from core.problems import Told
from core.webaddress import fault_of


class Guard(Protocol):
    """Puts another transport, one that looks where a name leads, around the one that connects."""

    def __call__(self, inner: Transport, *, proxied: bool) -> Transport:
        """The transport to send through. proxied: `inner` goes through a proxy."""
        ...


_Key = tuple[tuple[str, str, int | None], Proxy | None, OwnTls | None]
"""Scheme, host and port, what calls to it go through, and the TLS of whose own they speak."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_UNWELL = frozenset({502, 503, 504})
_TALKATIVE_LOGGERS = ("httpx", "httpcore")


@dataclass(slots=True)
class _Host:
    transport: Transport
    gate: Gate
    circuit: Circuit


@dataclass
class Clients:
    """What all polls of one process share: clients, limits and circuits by host, and tokens.

    Belongs to one event loop. guard: every connection is made to an address that was looked at first;
    sleep and jitter are handed in by tests.
    """

    manners: Manners = field(default_factory=Manners)
    clock: Clock = wall_clock
    guard: Guard | None = None
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    jitter: Callable[[], float] = random.random
    logins: Logins = field(default_factory=Logins, repr=False)
    _hosts: dict[_Key, _Host] = field(default_factory=dict, repr=False)
    _tls: dict[OwnTls | None, ssl.SSLContext] = field(default_factory=dict, repr=False)
    _idle: IdleConnections = field(default_factory=IdleConnections, repr=False)

    def __post_init__(self) -> None:
        # These log every address whole, query and its secrets included.
        for name in _TALKATIVE_LOGGERS:
            logging.getLogger(name).setLevel(logging.WARNING)

    def circuits(self) -> list[CircuitView]:
        """How every host called so far stands."""
        now = self.clock()
        return [
            host.circuit.view(_host_name(key), now) for key, host in sorted(self._hosts.items(), key=repr)
        ]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self.logins.close()
        self._hosts = {}
        self._idle.close()

    def host(self, url: str, proxy: Proxy | None = None, tls: OwnTls | None = None) -> _Host:
        """The host of an address, as reached through a proxy if there is one. Raises SourceError for anything but http(s) with a host.

        tls: what is spoken there, None for the usual; SourceError where its files cannot be used.
        """
        try:
            origin, fault = origin_of(url), fault_of(url)
        except ValueError as error:
            origin, fault = ("", "", None), fault_of(url) or str(error)
        if fault is not None:
            raise SourceError(f"{shown_url(url)} is not an address that can be called: {fault}", True)
        through = proxy if proxy is not None and proxy.serves(*origin) else None
        key = origin, through, (tls if origin[0] == "https" else None)
        if key not in self._hosts:
            self._hosts[key] = _Host(self._transport(key[1], key[2]), Gate(self.manners.per_host), Circuit())
        return self._hosts[key]

    def _forget(self, renewed: set[OwnTls]) -> None:
        """Speak no more with certificates that were renewed."""
        self._tls = {own: context for own, context in self._tls.items() if own not in renewed}
        self._hosts = {key: host for key, host in self._hosts.items() if key[2] not in renewed}

    def _transport(self, proxy: Proxy | None, own: OwnTls | None) -> Transport:
        if own not in self._tls:
            made = usual_context() if own is None else own.context()
            self._forget(
                {one for one in self._tls if one is not None and own is not None and own.renews(one)}
            )
            self._tls[own] = made
        connect, read = self.manners.connect.total_seconds(), self.manners.read.total_seconds()
        inner = PooledTransport(self._tls[own], self._idle, Timeouts(connect, read, read), proxy)
        return self.guard(inner, proxied=proxy is not None) if self.guard else inner


def _host_name(key: _Key) -> str:
    (scheme, name, port), proxy, _ = key
    shown = f"{scheme}://{name}" + ("" if (scheme, port) in (("http", 80), ("https", 443)) else f":{port}")
    return shown if proxy is None else f"{shown} through {proxy.shown}"


class HttpClient:
    """The calls of one poll, counted. requests: attempts made; bytes: of bodies, decompressed; notes: on their way.

    within: a silent host is not asked again where another silence would end later than this after the
    poll began, so that one silence does not cost the next poll as well; None: it always is.
    proxy: what its calls go through; tls: what it shows and trusts, None for the usual.
    """

    def __init__(
        self,
        clients: Clients,
        within: timedelta | None = None,
        *,
        proxy: Proxy | None = None,
        tls: OwnTls | None = None,
    ) -> None:
        self._clients = clients
        self._proxy, self._tls = proxy, tls
        self._until = None if within is None else clients.clock() + within
        self.requests = 0
        self.bytes = 0
        self.notes = Told()
        self.last: Response | None = None

    @property
    def logins(self) -> Logins:
        """Tokens that all sources share and keep between polls."""
        return self._clients.logins

    async def fetch(self, request: Request, *, patient: bool = True) -> Response:
        """Make a call and return its answer, whatever its status.

        patient: retry what may pass, follow redirects, keep out while the circuit is open. Without
        it the first answer is final (only silence is tried again), and one too long is cut. Raises
        SourceError when there is no answer, it is too long, leads to another host, or says to come
        back later (then with `retry_after`).
        """
        host = self._clients.host(request.url, self._proxy, self._tls)
        now = self._clients.clock()
        state = host.circuit.admit(now)
        if patient and state is CircuitState.OPEN:
            raise SourceError(_kept_out(host.circuit, request.url))
        try:
            response = await self._persist(host, request, patient, trial=state is not CircuitState.CLOSED)
        except NoAnswer as silence:
            host.circuit.failed(self._clients.clock(), silence.message)
            raise SourceError(silence.message, permanent=silence.permanent) from None
        except BaseException:
            host.circuit.abandoned()
            raise
        if patient and response.status in _UNWELL:
            host.circuit.failed(self._clients.clock(), response.described())
        else:
            host.circuit.succeeded()
        self.last = response
        return response

    async def _persist(self, host: _Host, request: Request, patient: bool, *, trial: bool) -> Response:
        """Attempt after attempt, until an answer is taken or given up on. A trial is one attempt."""
        policy = self._clients.manners.retry
        number = 0
        while True:
            number += 1
            jitter = self._clients.jitter()
            try:
                response = await self._follow(host, request, patient)
            except NoAnswer as silence:
                again = policy.after_silence(number, jitter, timed_out=silence.timed_out)
                if again is None or trial or silence.permanent or (silence.timed_out and self._late()):
                    raise
                await self._clients.sleep(again.seconds)
                continue
            if not patient:
                return response
            waits = asked_wait(response)
            match policy.after_answer(status_of(response), waits, number, jitter):
                case Again(seconds) if not trial:
                    await self._clients.sleep(seconds)
                case Defer(wait):
                    host.circuit.succeeded()
                    self.last = response
                    raise SourceError(f"asked to come back later: {response.described()}", retry_after=wait)
                case _:
                    return response

    def _late(self) -> bool:
        return self._until is not None and self._clients.clock() + self._clients.manners.read > self._until

    async def _follow(self, host: _Host, request: Request, patient: bool) -> Response:
        """One attempt, and where it redirects to on the same host."""
        for _ in range(self._clients.manners.redirects + 1):
            async with host.gate:
                self.requests += 1
                response = await attempt(
                    host.transport, request, self._clients.manners, self._clients.clock, cut=not patient
                )
            self.bytes += len(response.body)
            target = response.header("location") if response.status in _REDIRECTS else None
            if target is None or not patient:
                return response
            request = _redirected(request, response, target)
        raise SourceError(
            f"{shown_url(request.url)} redirects more than {self._clients.manners.redirects} times"
        )


def _redirected(request: Request, response: Response, target: str) -> Request:
    url = link_of(request.url, response.url, target, "redirects to")
    if not same_origin(url, request.url):
        raise SourceError(
            f"{shown_url(request.url)} redirects to {shown_url(url)}, another host, where the "
            f"credentials do not go; if that is right, write its address in the configuration",
            permanent=True,
        )
    if response.status == 303 or (response.status in (301, 302) and request.method == "POST"):
        return Request("GET", url, request.headers)
    return Request(request.method, url, request.headers, request.body)


def _kept_out(circuit: Circuit, url: str) -> str:
    until = circuit.view("", wall_clock()).next_trial_at
    again = f", next trial at {until:%H:%M:%S} UTC" if until else ""
    return f"{shown_url(url)} is not called: its host failed {circuit.failures} times in a row{again}; last: {circuit.last_error}"
