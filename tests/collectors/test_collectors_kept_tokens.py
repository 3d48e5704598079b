"""A refresh token that a system replaces each time is kept over a restart, or it is told that it is not."""

from __future__ import annotations

import asyncio
import resource
import shutil
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from collectors import kept_tokens
from collectors.auth_settings import OAuth2Auth
from collectors.http import Clients, HttpClient
from collectors.kept_tokens import KeptToken
from collectors.source import SourceContext
from collectors.sources.rest import collect
from collectors.tokens import Logins
from composition.names import registries
from core.errors import SourceError
from core.records import Side
from core.settings.base import Context
from core.settings.secrets import SecretValues
from tests.collectors.collectors_rest import look, settings
from tests.collectors.collectors_rotating import Rotating
from tests.collectors.collectors_server import Answer, Reply, Seen, Served

Serve = Callable[[Answer], Served]


def auth(url: str, keep_in: Path | None = None, first: str = "first", **keys: Any) -> dict[str, Any]:
    """Credentials whose refresh token is kept in a folder."""
    given = {"type": "oauth2", "token_url": f"{url}/token", "client_id": "me", "client_secret": "s"}
    kept = {} if keep_in is None else {"keep_in": str(keep_in)}
    return given | {"form": {"grant_type": "refresh_token", "refresh_token": first}} | kept | keys


def only(folder: Path) -> Path:
    """The only token in a folder, beside what it is locked by."""
    (found,) = (one for one in folder.iterdir() if one.suffix != ".lock")
    return found


def restart(clients: Clients, rotating: Rotating) -> None:
    """Forget what was in memory, and let what was given out so far be over."""
    clients.logins, rotating.valid = Logins(), ""


async def test_the_newest_one_is_used_after_a_restart(serve: Serve, clients: Clients, tmp_path: Path) -> None:
    """By any process; its owner alone reads it, and nothing else is left behind."""
    server, folder = serve(rotating := Rotating()), tmp_path / "deep" / "tokens"
    given = settings(server.url, auth=auth(server.url, folder))
    for _ in range(3):
        assert (await look(given, clients)).ids == ["r1"]
        restart(clients, rotating)
    assert rotating.used == ["first", "refresh-1", "refresh-2"]
    kept = only(folder)
    assert kept.read_text() == "refresh-3"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "first" not in kept.name


async def test_one_configured_anew_comes_first(serve: Serve, clients: Clients, tmp_path: Path) -> None:
    """Somebody gave access again: what came of the old one is worth nothing."""
    server = serve(rotating := Rotating())
    await look(settings(server.url, auth=auth(server.url, tmp_path)), clients)
    restart(clients, rotating)
    rotating.next = "anew"
    assert (await look(settings(server.url, auth=auth(server.url, tmp_path, "anew")), clients)).ids == ["r1"]


async def test_what_another_process_was_given_meanwhile_is_used(
    serve: Serve, clients: Clients, tmp_path: Path
) -> None:
    """A check beside the worker: where a token is refused, the file is read once more."""
    rotating = Rotating()

    def answer(seen: Seen) -> Reply:
        reply = rotating(seen)
        if reply.status == 400:
            only(tmp_path).write_text("theirs")
        return reply

    given = settings((server := serve(answer)).url, auth=auth(server.url, tmp_path))
    await look(given, clients)
    restart(clients, rotating)
    rotating.next = "theirs"
    assert (await look(given, clients)).ids == ["r1"]
    assert rotating.used == ["first", "theirs"]


async def test_no_token_is_used_up_that_could_not_be_replaced(
    serve: Serve, clients: Clients, tmp_path: Path
) -> None:
    """Where the folder cannot be written the system is not asked at all."""
    server = serve(rotating := Rotating())
    (tmp_path / "taken").write_text("a file")
    done = await look(settings(server.url, auth=auth(server.url, tmp_path / "taken")), clients)
    assert done.error is not None
    assert done.error.permanent
    assert str(tmp_path / "taken") in done.error.message
    assert "make auth.keep_in a folder that this program may write to" in done.error.message
    assert rotating.used == []


async def test_what_is_kept_and_cannot_be_read_is_told(
    serve: Serve, clients: Clients, tmp_path: Path
) -> None:
    """Instead of going on with the configured one, which is used up."""
    server = serve(rotating := Rotating())
    given = settings(server.url, auth=auth(server.url, tmp_path))
    await look(given, clients)
    restart(clients, rotating)
    kept = only(tmp_path)
    kept.write_bytes(b"\xff\xfe")
    done = await look(given, clients)
    assert done.error is not None
    assert f"kept in {kept} cannot be read" in done.error.message
    assert rotating.used == ["first"]


async def test_one_that_cannot_be_kept_is_told_and_goes_on_in_memory(
    serve: Serve, clients: Clients, tmp_path: Path
) -> None:
    """The disk is full just then: that look fails, the next one keeps what came."""
    rotating, folder = Rotating(), tmp_path / "tokens"

    def answer(seen: Seen) -> Reply:
        if seen.path == "/token" and not rotating.used:
            shutil.rmtree(folder)
        return rotating(seen)

    given = settings((server := serve(answer)).url, auth=auth(server.url, folder))
    done = await look(given, clients)
    assert done.error is not None
    assert "cannot be kept" in done.error.message
    assert "refresh-1" not in done.error.message
    folder.mkdir()
    assert (await look(given, clients)).ids == ["r1"]
    restart(clients, rotating)
    assert (await look(given, clients)).ids == ["r1"]
    assert rotating.used == ["first", "refresh-1", "refresh-2"]


async def test_a_refused_one_is_not_shown_where_the_answer_repeats_it(serve: Serve, clients: Clients) -> None:
    """Some servers say which token it was."""
    server = serve(lambda seen: Reply({"error": "unknown token first-secret"}, 400))
    done = await look(settings(server.url, auth=auth(server.url, first="first-secret")), clients)
    assert done.error is not None
    assert "unknown token ***" in done.error.message


async def test_each_look_notes_that_a_replaced_one_is_kept_nowhere(
    serve: Serve, clients: Clients, tmp_path: Path
) -> None:
    """With the remedy, before the restart that would need a new one."""
    server = serve(Rotating())
    noted = []
    for given in (auth(server.url), auth(server.url), auth(server.url, tmp_path)):
        http = HttpClient(clients)
        ctx = SourceContext("it", "api", Side.TARGET, clients.clock(), http)
        async for _ in collect(settings(server.url, auth=given), {}, ctx):
            pass
        noted.append([(one.kind, "write auth.keep_in" in one.message) for one in http.notes.listed()])
    assert noted == [[("token_not_kept", True)], [("token_not_kept", True)], []]


def test_without_a_refresh_token_there_is_nothing_to_keep() -> None:
    """The remedy is said."""
    with pytest.raises(ValidationError, match=r"got keep_in without form\.refresh_token"):
        settings("http://h", auth=auth("http://h", Path("tokens")) | {"form": {}})


def test_the_name_of_the_grant_is_no_secret() -> None:
    """Or no message could say `refresh_token`; the token itself is one."""
    context = Context(registries(), SecretValues())
    OAuth2Auth.model_validate(auth("http://h", first="r-secret"), context=context)
    assert context.secrets.redact("the refresh_token is r-secret") == "the refresh_token is ***"


def test_a_folder_is_written_without_file() -> None:
    """It is no secret that stands in a file."""
    with pytest.raises(ValidationError, match="write the path alone: /var/lib/tokens"):
        settings("http://h", auth=auth("http://h") | {"keep_in": "file:/var/lib/tokens"})


def test_two_that_keep_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    """Two event loops of one process, say: each writes a file of its own until it is whole."""
    one = KeptToken(tmp_path, "name")
    several = 200
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(one.keep, f"refresh-{number}") for number in range(several)]:
            done.result()
        for made in [pool.submit(one.make_room) for _ in range(several)]:
            made.result()
    assert only(tmp_path).read_text().startswith("refresh-")


def test_room_is_made_for_as_much_as_a_token_is(tmp_path: Path) -> None:
    """On a full disk a file can still be made, and not filled."""
    allowed = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, allowed[1]))
    try:
        with pytest.raises(SourceError, match="cannot keep a refresh token"):
            KeptToken(tmp_path, "name").make_room()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, allowed)
    assert list(tmp_path.iterdir()) == []


async def test_none_is_used_twice_by_those_that_share_it(
    serve: Serve, clients: Clients, tmp_path: Path
) -> None:
    """A system may withdraw all that came of a token that is shown again: who comes second waits for what is kept."""
    rotating, refused = Rotating(wait=0.2), list[Seen]()

    def answer(seen: Seen) -> Reply:
        reply = rotating(seen)
        if reply.status == 400:
            refused.append(seen)
        return reply

    server = serve(answer)
    given = [settings(server.url, auth=auth(server.url, tmp_path, scope=scope)) for scope in ("a", "b")]
    other = Clients()
    looks = await asyncio.gather(look(given[0], clients), look(given[1], clients), look(given[0], other))
    await other.aclose()
    assert [one.ids for one in looks] == [["r1"]] * 3
    assert refused == []


async def test_one_that_is_held_for_long_is_not_waited_for_for_ever(
    serve: Serve, clients: Clients, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process hangs: then both may be refused, but not all is over."""
    monkeypatch.setattr(kept_tokens, "MOST_WAITED_SECONDS", 0.01)
    server = serve(Rotating())
    given = settings(server.url, auth=auth(server.url, tmp_path))
    await look(given, clients)
    clients.logins = Logins()
    async with KeptToken(tmp_path, only(tmp_path).stem).alone():
        assert (await look(given, clients)).ids == ["r1"]
