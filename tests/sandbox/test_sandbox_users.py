"""The rules of Butterboard's users endpoint, over real HTTP."""

import httpx
import pytest

from sandbox.people import FIRST_USER_ID
from sandbox.server import Sandbox
from tests.sandbox.conftest import Started, bearer

NEWCOMER = {"first_name": "Нина", "last_name": "Wren", "email": "nina.wren@customer.example"}


async def _post(client: httpx.AsyncClient, sandbox: Sandbox, body: dict[str, object]) -> httpx.Response:
    return await client.post("/api/v1/users", json=body, headers=bearer(sandbox, "crm"))


async def test_a_user_is_created_and_can_be_read_again(started: Started) -> None:
    """201 with an id, and the same user under its address."""
    async with started() as (sandbox, client):
        created = await _post(client, sandbox, {**NEWCOMER, "manager_id": FIRST_USER_ID})
        assert created.status_code == 201
        read = await client.get(created.headers["Location"], headers=bearer(sandbox, "crm"))
        assert read.json() == created.json()
        assert read.json()["manager_id"] == FIRST_USER_ID


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        pytest.param({"manager_id": 9042}, "manager_not_found", "manager_id", id="unknown manager"),
        pytest.param({"manager_id": "boss"}, "invalid_manager", "manager_id", id="manager that is no id"),
        pytest.param({"email": "nina"}, "invalid_email", "email", id="no address"),
        pytest.param({"first_name": ""}, "required_field", "first_name", id="no first name"),
        pytest.param({"last_name": 7}, "invalid_field", "last_name", id="a number for a name"),
    ],
)
async def test_a_wrong_field_is_named(
    started: Started, changed: dict[str, object], code: str, field: str
) -> None:
    """422 with a code and the field's name; nobody is created."""
    async with started() as (sandbox, client):
        users = len(sandbox.world.board.users)
        answer = await _post(client, sandbox, {**NEWCOMER, **changed})
        assert answer.status_code == 422
        assert (answer.json()["error"]["code"], answer.json()["error"]["field"]) == (code, field)
        assert len(sandbox.world.board.users) == users


async def test_a_known_address_is_a_duplicate(started: Started) -> None:
    """409 the second time, whatever the case of its letters."""
    async with started() as (sandbox, client):
        await _post(client, sandbox, dict(NEWCOMER))
        again = await _post(client, sandbox, {**NEWCOMER, "email": NEWCOMER["email"].upper()})
        assert again.status_code == 409
        assert again.json()["error"]["field"] == "email"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        pytest.param({}, "key_missing", id="no key"),
        pytest.param({"Authorization": "Bearer nonsense"}, "key_unknown", id="wrong key"),
        pytest.param({"Authorization": "Basic eDp5"}, "key_missing", id="another scheme"),
    ],
)
async def test_a_call_without_a_good_key_is_told_why(
    started: Started, headers: dict[str, str], code: str
) -> None:
    """401 with WWW-Authenticate and a code."""
    async with started() as (_, client):
        answer = await client.get("/api/v1/users", headers=headers)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == code
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_body_is_json_and_small(started: Started) -> None:
    """400 for broken JSON, 413 for a large body, 415 for another type."""
    async with started() as (sandbox, client):
        headers = bearer(sandbox, "crm")
        for content, kind, status in (
            (b"{", "application/json", 400),
            (b"[]", "application/json", 400),
            (b'"' + b"x" * 300_000 + b'"', "application/json", 413),
            (b"a=b", "text/plain", 415),
        ):
            answer = await client.post(
                "/api/v1/users", content=content, headers={**headers, "Content-Type": kind}
            )
            assert answer.status_code == status


async def test_pages_hold_every_user_once(started: Started) -> None:
    """Following `next` gives as many users as `total` says."""
    async with started() as (sandbox, client):
        seen: list[int] = []
        url = "/api/v1/users?limit=200"
        while url:
            page = (await client.get(url, headers=bearer(sandbox, "crm"))).json()
            seen += [user["id"] for user in page["data"]]
            url = page["next"]
        assert len(seen) == len(set(seen)) == page["total"]


async def test_progress_that_is_not_taken_stands_in_a_200(started: Started) -> None:
    """Unknown users are rejected inside a successful answer."""
    async with started() as (sandbox, client):
        items = [{"user_id": FIRST_USER_ID, "task": 2}, {"user_id": 5, "task": 0}, "junk"]
        answer = await client.post(
            "/api/v1/progress", json={"items": items}, headers=bearer(sandbox, "moodle")
        )
        assert answer.status_code == 200
        assert answer.json()["accepted"] == 1
        assert [error["index"] for error in answer.json()["rejected"]] == [1, 2]


async def test_a_task_is_closed_and_counts_as_progress(started: Started) -> None:
    """PATCH of a task shows in its user's progress; an unknown status is refused."""
    async with started() as (sandbox, client):
        headers, task = bearer(sandbox, "jira"), f"/api/v1/tasks/{FIRST_USER_ID * 10 + 3}"
        assert (await client.patch(task, json={"status": "maybe"}, headers=headers)).status_code == 422
        assert (await client.patch(task, json={"status": "done"}, headers=headers)).json()["status"] == "done"
        progress = await client.get(f"/api/v1/users/{FIRST_USER_ID}/progress", headers=headers)
        assert progress.json()["done"] == 1
