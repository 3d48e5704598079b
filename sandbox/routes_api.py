"""Butterboard's API for its customers: users, tasks, progress and the key itself."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox.admission import Admission
from sandbox.answers import answer, body_of, number_in
from sandbox.butterboard import Refusal, User
from sandbox.limits import ietf, legacy
from sandbox.world import World


class CustomerApi:
    """The handlers; each reads, asks the board, and answers."""

    def __init__(self, world: World) -> None:
        self._world, self._board = world, world.board

    async def users(self, request: Request) -> Response:
        """GET a page of users: limit (at most 200), offset."""
        limit, offset = number_in(request, "limit", 50, 200), number_in(request, "offset", 0, 10**9)
        listed = list(self._board.users.values())
        page = [user.view() for user in listed[offset : offset + limit]]
        more = offset + limit < len(listed) and limit > 0
        following = (
            str(request.url.include_query_params(limit=limit, offset=offset + limit)) if more else None
        )
        return answer(
            {"data": page, "total": len(listed), "limit": limit, "offset": offset, "next": following}
        )

    async def create_user(self, request: Request) -> Response:
        """POST a user: 201, 409 for a known address, 422 for a field that is wrong."""
        user = self._board.create(await body_of(request))
        return answer(user.view(), 201, {"Location": f"/api/v1/users/{user.id}"})

    async def user(self, request: Request) -> Response:
        """GET one user."""
        return answer(self._user(request).view())

    async def update_user(self, request: Request) -> Response:
        """PATCH some fields of a user."""
        user_id = self._user(request).id
        return answer(self._board.update(user_id, await body_of(request)).view())

    async def user_progress(self, request: Request) -> Response:
        """GET how far one user's onboarding is."""
        return answer(self._user(request).progress())

    async def progress(self, request: Request) -> Response:
        """GET a page of everybody's progress: limit (at most 200), offset."""
        limit, offset = number_in(request, "limit", 50, 200), number_in(request, "offset", 0, 10**9)
        listed = list(self._board.users.values())
        return answer(
            {"data": [user.progress() for user in listed[offset : offset + limit]], "total": len(listed)}
        )

    async def report_progress(self, request: Request) -> Response:
        """POST items of {user_id, task, done}: always 200, what was not taken stands in `rejected`."""
        items = (await body_of(request)).get("items")
        if not isinstance(items, list) or len(items) > 500:
            raise Refusal(422, "invalid_field", "items must be a list of at most 500", "items")
        rejected = [
            {"index": index, "code": "invalid_item", "message": "user_id is unknown or task is not 0 to 4"}
            for index, item in enumerate(items)
            if not self._took(item)
        ]
        return answer({"accepted": len(items) - len(rejected), "rejected": rejected})

    async def tasks(self, request: Request) -> Response:
        """GET a page of tasks: user_id, status (open, done), limit (at most 200), offset."""
        limit, offset = number_in(request, "limit", 50, 200), number_in(request, "offset", 0, 10**9)
        user_id, status = number_in(request, "user_id", 0, 10**9), request.query_params.get("status", "")
        users = [self._board.user(user_id)] if user_id else list(self._board.users.values())
        found = [task for user in users for task in (user.task(n) for n in range(5))]
        if status:
            found = [task for task in found if task["status"] == status]
        return answer({"data": found[offset : offset + limit], "total": len(found)})

    async def update_task(self, request: Request) -> Response:
        """PATCH a task's status."""
        body = await body_of(request)
        return answer(self._board.set_task(_id_in(request), body.get("status")))

    async def key(self, request: Request) -> Response:
        """GET what is known of the key that was sent."""
        key = self._world.keys.of(request.state.consumer)
        return answer(
            {
                "key": key.hint,
                "consumer": key.consumer,
                "issued_at": key.issued_at,
                "expires_at": key.expires_at,
                "scopes": ["users", "tasks", "progress"],
            }
        )

    def _took(self, item: object) -> bool:
        if not isinstance(item, dict):
            return False
        user, task = self._board.users.get(item.get("user_id", 0)), item.get("task")
        if user is None or not isinstance(task, int) or not 0 <= task < 5:
            return False
        (user.done.add if item.get("done", True) else user.done.discard)(task)
        return True

    def _user(self, request: Request) -> User:
        return self._board.user(_id_in(request))


def _id_in(request: Request) -> int:
    number: int = request.path_params["number"]
    return number


def customer_routes(world: World, admission: Admission) -> list[BaseRoute]:
    """The API's routes: users tell their limits as the IETF drafts do, the rest by X- fields."""
    api = CustomerApi(world)
    table = (
        ("/api/v1/users", "GET", api.users, ietf),
        ("/api/v1/users", "POST", api.create_user, ietf),
        ("/api/v1/users/{number:int}", "GET", api.user, ietf),
        ("/api/v1/users/{number:int}", "PATCH", api.update_user, ietf),
        ("/api/v1/users/{number:int}/progress", "GET", api.user_progress, legacy),
        ("/api/v1/progress", "GET", api.progress, legacy),
        ("/api/v1/progress", "POST", api.report_progress, legacy),
        ("/api/v1/tasks", "GET", api.tasks, legacy),
        ("/api/v1/tasks/{number:int}", "PATCH", api.update_task, legacy),
        ("/api/v1/key", "GET", api.key, ietf),
    )
    return [
        Route(path, admission.guarded(handler, dialect), methods=[method])
        for path, method, handler, dialect in table
    ]
