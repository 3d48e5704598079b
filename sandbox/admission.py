"""Who may call Butterboard now: outages first, then the key, then the limits, and the headers that tell."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from random import Random

from starlette.requests import Request
from starlette.responses import Response

from sandbox.answers import Handler, refusal
from sandbox.butterboard import Refusal
from sandbox.keys import HR, MONITOR, Key
from sandbox.limits import Standing
from sandbox.troubles import Trouble
from sandbox.world import World, quotas

Dialect = Callable[[list[Standing], datetime], dict[str, str]]
_OUTAGE = (
    (503, "unavailable", "Butterboard is not taking requests at the moment"),
    (503, "unavailable", "Butterboard is not taking requests at the moment"),
    (500, "internal", "something went wrong on our side"),
    (504, "gateway_timeout", "the gateway waited too long"),
)


class Admission:
    """Guards handlers; one for the whole application."""

    def __init__(self, world: World, pace: float = 1.0) -> None:
        """pace: 1 = calls take as long as they do over a network, 0 = no longer than they must."""
        self._world, self._pace = world, pace
        self._rng = Random(world.seed)  # noqa: S311

    def guarded(self, handler: Handler, dialect: Dialect, *, spared: bool = False) -> Handler:
        """A handler behind the gate. spared: it answers in an outage too."""

        async def endpoint(request: Request) -> Response:
            headers: dict[str, str] = {}
            try:
                self._outage(spared)
                key = self.key_of(request)
                request.state.consumer = key.consumer
                headers = self._limits(key, dialect)
                await self._linger(key)
                response = await handler(request)
            except Refusal as problem:
                return refusal(problem, headers)
            response.headers.update(headers)
            return response

        return endpoint

    def key_of(self, request: Request) -> Key:
        """The key that was sent; Refusal 401 without one, with a wrong one, and with an expired one."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret:
            raise _unauthorized("key_missing", "send your API key as Authorization: Bearer …", None)
        key = self._world.keys.find(secret.strip())
        if key is None or key.consumer == HR:
            raise _unauthorized("key_unknown", "the API key is unknown", "the API key is unknown")
        if key.expired(self._world.clock()):
            at = "" if key.expires_at is None else f" at {key.expires_at:%Y-%m-%dT%H:%M:%SZ}"
            raise _unauthorized("key_expired", f"the API key expired{at}", f"the API key expired{at}")
        return key

    def _outage(self, spared: bool) -> None:
        if spared or not self._world.troubles.anywhere(Trouble.OUTAGE):
            return
        status, code, message = self._rng.choice(_OUTAGE)
        raise Refusal(status, code, message, headers={"Retry-After": "20"} if status == 503 else None)

    def _limits(self, key: Key, dialect: Dialect) -> dict[str, str]:
        now = self._world.clock()
        standings = self._world.limiter.take(key.consumer, quotas(key.consumer), now)
        headers = dialect(standings, now)
        refused = [standing for standing in standings if standing.refused]
        if refused:
            wait = max(standing.resets_in(now) for standing in refused)
            names = ", ".join(standing.quota.name for standing in refused)
            headers["Retry-After"] = str(wait)
            message = f"the limit {names} is used up; try again in {wait} s"
            raise Refusal(429, "rate_limited", message, headers=headers)
        return headers

    async def _linger(self, key: Key) -> None:
        if key.consumer != MONITOR:
            await asyncio.sleep(self._pace * min(0.4, 0.035 * self._rng.lognormvariate(0, 0.6)))


def _unauthorized(code: str, message: str, description: str | None) -> Refusal:
    challenge = 'Bearer realm="butterboard"'
    if description:
        challenge += f', error="invalid_token", error_description="{description}"'
    return Refusal(401, code, message, headers={"WWW-Authenticate": challenge})
