"""The sandbox's own switches: which scenarios are on, a sync at once, and what is going on."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.answers import answer, body_of, refusing
from sandbox.butterboard import Refusal
from sandbox.feeds import FEEDS, FEEDS_BY_KEY
from sandbox.traffic import Traffic
from sandbox.troubles import SCENARIOS, Trouble
from sandbox.world import World

_AT_ONCE = frozenset({Trouble.SEMICOLON})


class Control:
    """The handlers. They take JSON only, so that no web page can send them a form."""

    def __init__(self, world: World, traffic: Traffic) -> None:
        self._world, self._traffic = world, traffic

    async def scenarios(self, request: Request) -> Response:
        """GET every scenario: what it does, what one should see, whether it is on and since when."""
        return answer({"scenarios": self._scenarios()})

    async def switch(self, request: Request) -> Response:
        """POST {name, on}: switch a scenario; 422 for an unknown one."""
        body = await body_of(request)
        name, on = body.get("name"), body.get("on", True)
        if not isinstance(name, str) or name not in SCENARIOS:
            known = ", ".join(SCENARIOS)
            raise Refusal(422, "unknown_scenario", f"scenario {name!r} is unknown; known are {known}", "name")
        if not isinstance(on, bool):
            raise Refusal(422, "invalid_field", "on must be true or false", "on")
        self._world.switch(name, on)
        scenario = SCENARIOS[name]
        if on and scenario.trouble in _AT_ONCE:
            for key in sorted(scenario.feeds):
                await self._traffic.run_now(FEEDS_BY_KEY[key])
        return answer({"scenarios": self._scenarios()})

    async def sync(self, request: Request) -> Response:
        """POST {integration}: run one sync now and answer with its outcome."""
        key = (await body_of(request)).get("integration")
        if not isinstance(key, str) or key not in FEEDS_BY_KEY:
            known = ", ".join(FEEDS_BY_KEY)
            raise Refusal(422, "unknown_integration", f"integration {key!r} is unknown; known are {known}")
        return answer(await self._traffic.run_now(FEEDS_BY_KEY[key]))

    async def status(self, request: Request) -> Response:
        """GET what the sandbox holds."""
        return answer(
            {
                "ok": True,
                "runs": self._world.runs.count(),
                "users": len(self._world.board.users),
                "integrations": [{"key": feed.key, "name": feed.name, "cron": feed.cron} for feed in FEEDS],
                "scenarios_on": sorted(self._world.troubles.since),
            }
        )

    def _scenarios(self) -> list[dict[str, object]]:
        since = self._world.troubles.since
        return [
            {
                "name": scenario.name, "on": scenario.name in since, "since": since.get(scenario.name),
                "integrations": sorted(scenario.feeds), "does": scenario.does, "see": scenario.see,
            }
            for scenario in SCENARIOS.values()
        ]  # fmt: skip


def control_routes(world: World, traffic: Traffic) -> list[BaseRoute]:
    """The switches' routes."""
    control = Control(world, traffic)
    return [
        Route("/sandbox", refusing(control.status)),
        Route("/sandbox/scenarios", refusing(control.scenarios)),
        Route("/sandbox/scenario", refusing(control.switch), methods=["POST"]),
        Route("/sandbox/sync", refusing(control.sync), methods=["POST"]),
    ]
