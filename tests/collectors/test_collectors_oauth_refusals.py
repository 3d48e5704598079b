"""Which refusal of a token uses up a refresh token, and which says nothing of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from collectors.http import Clients
from tests.collectors.collectors_rest import item, look, settings
from tests.collectors.collectors_rotating import Rotating
from tests.collectors.collectors_server import Answer, Reply, Seen, Served

Serve = Callable[[Answer], Served]


def auth(url: str, **keys: Any) -> dict[str, Any]:
    """Credentials with a refresh token."""
    form = {"grant_type": "refresh_token", "refresh_token": "first"}
    client = {"client_id": "me", "client_secret": "s"}
    return {"type": "oauth2", "token_url": f"{url}/token", **client, "form": form, **keys}


def kept_in(folder: Path) -> list[str]:
    """The tokens that are kept."""
    return [one.read_text() for one in folder.glob("*.token")]


class Refusing(Rotating):
    """Refuses once, as it is told, whatever it is shown. refuse: what it answers then; None: it does not."""

    refuse: Reply | None = None

    def __call__(self, seen: Seen) -> Reply:
        return self.refuse if seen.path == "/token" and self.refuse is not None else super().__call__(seen)


@pytest.mark.parametrize(
    "reply",
    [
        Reply({"error": "invalid_client"}, 401),
        Reply({"error": "temporarily_unavailable"}, 400),
        Reply({"error": "access_denied", "error_description": "Rate limit exceeded: not expired"}, 400),
        Reply({"error": "slow_down"}),
    ],
    ids=["another secret", "later", "too early", "with 200"],
)
async def test_a_refusal_for_another_reason_leaves_the_newest_one(
    serve: Serve, clients: Clients, reply: Reply
) -> None:
    """It was replaced and is kept nowhere else: forgotten, only a person could give access again."""
    server = serve(rotating := Refusing())
    given = settings(server.url, auth=auth(server.url))
    assert (await look(given, clients)).ids == ["r1"]
    rotating.valid, rotating.refuse = "", reply
    assert (await look(given, clients)).error is not None
    rotating.refuse = None
    assert (await look(given, clients)).ids == ["r1"]
    assert rotating.used == ["first", "refresh-1"]


async def test_one_that_is_refused_with_200_gives_way_to_the_configured_one(
    serve: Serve, clients: Clients, tmp_path: Path
) -> None:
    """As GitHub and Slack refuse; the reason is told, the answer's other parts are not."""
    server = serve(rotating := Refusing())
    given = settings(server.url, auth=auth(server.url, keep_in=str(tmp_path)))
    assert (await look(given, clients)).ids == ["r1"]
    rotating.valid = ""
    rotating.refuse = Reply(
        {"error": "bad_refresh_token", "error_description": "It is over", "id_token": "private"}
    )
    told = (await look(given, clients)).error
    assert told is not None
    assert "bad_refresh_token: It is over" in told.message
    assert "write a new refresh_token" in told.message
    assert "private" not in told.message
    rotating.refuse, rotating.next = None, "first"
    assert (await look(given, clients)).ids == ["r1"]


async def test_why_no_token_came_is_told_of_a_200_too(serve: Serve, clients: Clients) -> None:
    """Zoho answers so to credentials of another of its data centres."""
    server = serve(lambda _: Reply({"error": "invalid_client", "secret": "private"}))
    told = (await look(settings(server.url, auth=auth(server.url, form={})), clients)).error
    assert told is not None
    assert "invalid_client" in told.message
    assert "private" not in told.message


async def test_a_refused_one_is_not_shown_in_part_either(serve: Serve, clients: Clients) -> None:
    """Where the answer is too long to be told whole, whatever its status."""
    token = "first-" + "s3cret" * 20
    for status in (400, 403, 500):
        server = serve(refusing := Refusing())
        refusing.refuse = Reply({"error": "x" * 120 + token}, status)
        form = {"grant_type": "refresh_token", "refresh_token": token}
        told = (await look(settings(server.url, auth=auth(server.url, form=form)), clients)).error
        assert told is not None
        assert "s3cret" not in told.message


async def test_what_is_given_while_the_program_ends_is_kept(
    serve: Serve, clients: Clients, tmp_path: Path
) -> None:
    """The system has replaced the token already: its answer is waited for."""
    server = serve(rotating := Rotating(wait=0.3))
    given = settings(server.url, auth=auth(server.url, keep_in=str(tmp_path)))
    polling = asyncio.create_task(look(given, clients))
    await asyncio.to_thread(rotating.asked.wait, 10)
    polling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await polling
    await clients.aclose()
    assert kept_in(tmp_path) == ["refresh-1"]


async def test_one_that_never_answers_does_not_hold_up_the_end(serve: Serve, clients: Clients) -> None:
    """It is waited for, but not for ever."""
    clients.logins.last_wait_seconds = 0.01
    server = serve(rotating := Rotating(wait=5))
    polling = asyncio.create_task(look(settings(server.url, auth=auth(server.url)), clients))
    await asyncio.to_thread(rotating.asked.wait, 10)
    (login,) = clients.logins._by_key.values()
    await clients.aclose()
    with pytest.raises(asyncio.CancelledError):
        await polling
    assert login.coming is None


async def test_a_client_that_is_refused_with_200_is_shown_in_the_form(serve: Serve, clients: Clients) -> None:
    """Zoho looks for it nowhere else, and says so with 200."""

    def answer(seen: Seen) -> Reply:
        if seen.path != "/token":
            return Reply({"runs": [item(1)]})
        shown = b"client_secret=s" in seen.body
        return Reply({"access_token": "t"} if shown else {"error": "invalid_client"})

    server = serve(answer)
    assert (await look(settings(server.url, auth=auth(server.url, form={})), clients)).ids == ["r1"]


async def test_it_is_kept_too_where_a_command_is_broken_off(serve: Serve, tmp_path: Path) -> None:
    """Ctrl-C while a check waits for a token: however it ends, what is under way comes in."""
    server = serve(rotating := Rotating(wait=0.3))
    given = settings(server.url, auth=auth(server.url, keep_in=str(tmp_path)))

    async def command() -> None:
        async with Clients() as made:
            await look(given, made)

    checking = asyncio.create_task(command())
    await asyncio.to_thread(rotating.asked.wait, 10)
    checking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await checking
    assert kept_in(tmp_path) == ["refresh-1"]
