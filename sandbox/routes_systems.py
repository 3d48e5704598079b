"""The other systems: HR systems that tell of changes, and partners that take deliveries."""

from random import Random

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.answers import answer, basic_only, body_of, number_in, refusing
from sandbox.butterboard import Refusal
from sandbox.changes import changes
from sandbox.feeds import FEEDS_BY_KEY
from sandbox.keys import HR
from sandbox.limits import ietf_early
from sandbox.world import World, quotas


class Systems:
    """The handlers of everything that is not Butterboard."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rng = Random(world.seed + 1)  # noqa: S311

    async def employees(self, request: Request) -> Response:
        """GET what changed in an HR system: limit (at most 500); Basic, limits as the early IETF drafts say."""
        feed = FEEDS_BY_KEY.get(request.path_params["system"])
        if feed is None:
            raise Refusal(404, "not_found", "no such system")
        basic_only(request, self._world.keys.of(HR).secret)
        now = self._world.clock()
        standings = self._world.limiter.take(f"hr/{feed.key}", quotas("peoplesoft")[:1], now)
        headers = ietf_early(standings, now)
        if standings[0].refused:
            headers["Retry-After"] = str(standings[0].resets_in(now))
            raise Refusal(429, "rate_limited", "too many requests", headers=headers)
        limit = number_in(request, "limit", 500, 500)
        found = changes(self._world, feed, now, self._rng)[:limit]
        return answer({"changes": found, "count": len(found)}, headers=headers)

    async def deliver(self, request: Request) -> Response:
        """POST something to a partner, who takes everything."""
        await body_of(request)
        return answer({"ok": True})


def system_routes(world: World) -> list[BaseRoute]:
    """Their routes."""
    systems = Systems(world)
    return [
        Route("/hr/{system}/v1/changes", refusing(systems.employees)),
        Route("/partners/{partner}/deliveries", refusing(systems.deliver), methods=["POST"]),
    ]
