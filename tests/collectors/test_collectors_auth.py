"""Credentials go on every call to their own host; tokens are kept and renewed."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from pydantic import ValidationError

from collectors.http import Clients
from composition.names import registries
from core.errors import ConfigurationError
from core.settings import loads
from tests.collectors.collectors_rest import item, look, settings
from tests.collectors.collectors_rotating import Rotating
from tests.collectors.collectors_server import Answer, Reply, Seen, Served

Serve = Callable[[Answer], Served]


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        ({"type": "bearer", "token": "tök"}, "authorization", "Bearer tök"),
        (
            {"type": "basic", "username": "u", "password": "p:ä"},
            "authorization",
            "Basic " + base64.b64encode("u:p:ä".encode()).decode(),
        ),
        (
            {"type": "basic", "username": "key"},
            "authorization",
            "Basic " + base64.b64encode(b"key:").decode(),
        ),
        (
            {"type": "basic", "username": "", "password": "key"},
            "authorization",
            "Basic " + base64.b64encode(b":key").decode(),
        ),
        ({"type": "header", "name": "X-Api-Key", "value": "k"}, "x-api-key", "k"),
    ],
    ids=["bearer", "basic", "key as user", "key as password", "header"],
)
async def test_fixed_credentials(
    serve: Serve, clients: Clients, auth: dict[str, str], header: str, value: str
) -> None:
    """As the kind has it, in UTF-8."""
    server = serve(lambda _: Reply({"runs": []}))
    await look(settings(server.url, auth=auth), clients)
    assert server.seen[0].headers[header].encode("latin-1").decode() == value


@pytest.mark.parametrize(
    ("credentials", "told"),
    [
        ({"username": ""}, "got no username"),
        ({"username": " ", "password": "key"}, "got no username"),
        ({"username": "u", "password": ""}, "leave it out where the username is the key"),
        ({"username": "u", "password": " "}, "leave it out where the username is the key"),
        ({"username": "", "password": ""}, "got nothing; write the password"),
        ({"username": ["u"]}, "got a list; write a text"),
    ],
    ids=str,
)
def test_what_shows_nobody_is_refused(credentials: dict[str, object], told: str) -> None:
    """A variable that is set to nothing is no password, and neither half alone may be empty."""
    with pytest.raises(ValidationError, match=told):
        settings("http://h", auth={"type": "basic", **credentials})


def _loaded(source: str, user: str) -> tuple[tuple[str, str], ...]:
    """What is wrong with a source, where the variable U is set to this."""
    text = f"integrations: [{{key: a, name: A, method: api, source_system: S, sources: [{source}]}}]"
    try:
        loads(text, "monitor.yaml", registries(), environ={"U": user})
    except ConfigurationError as error:
        return error.problems
    return ()


NOBODY = (
    'the value of ${U} does not fit; set the variable, or write "" where the system takes the password alone'
)


@pytest.mark.parametrize(
    ("written", "user", "told"),
    [
        ('"${U}"', "", NOBODY),
        ('"${U}${U}"', "", NOBODY),
        ('"${U}"', " ", NOBODY),
        ('"${U}"', "u", None),
        ('""', "u", None),
    ],
)
def test_a_variable_that_is_set_to_nothing_is_no_user(written: str, user: str, told: str | None) -> None:
    """Only what is written as nothing is meant so; a forgotten value would go out as another's login."""
    source = (
        "{type: probe, name: s, request: {url: 'http://h'}, "
        f"auth: {{type: basic, username: {written}, password: p}}}}"
    )
    problems = () if told is None else (("integrations[0].sources[0].auth.username", told),)
    assert _loaded(source, user) == problems


def test_a_variable_that_is_set_to_nothing_is_no_user_of_a_preset() -> None:
    """It is told at the parameter that brought it."""
    source = '{preset: fivetran, name: s, key: "${U}", secret: p}'
    assert [place for place, _ in _loaded(source, "")] == ["integrations[0].sources[0].key"]


@pytest.mark.parametrize("auth", ["none", {"type": "none"}], ids=str)
async def test_none(serve: Serve, clients: Clients, auth: object) -> None:
    """No header at all."""
    server = serve(lambda _: Reply({"runs": []}))
    await look(settings(server.url, auth=auth), clients)
    assert "authorization" not in server.seen[0].headers


class Guarded:
    """A server that gives out tokens. valid: the one it takes now."""

    def __init__(self, status: int = 201, **body: Any) -> None:
        self.status = status
        self.body = body
        self.valid = "t1"
        self.logins: list[Seen] = []

    def __call__(self, seen: Seen) -> Reply:
        if seen.path in ("/login", "/token"):
            self.logins.append(seen)
            return Reply({"access_token": self.valid, **self.body}, self.status)
        if seen.headers.get("authorization") != f"Bearer {self.valid}":
            return Reply({"error": "who are you"}, 401)
        return Reply({"runs": [item(1)]})


def login(url: str, **more: str) -> dict[str, Any]:
    return {"type": "login", "url": f"{url}/login", "json": {"user": "u", "password": "p"}, **more}


class TestLogin:
    """POST a body, take the token, send it as Bearer."""

    async def test_token_is_kept_between_polls(self, serve: Serve, clients: Clients) -> None:
        """One login for two polls; any 2xx will do."""
        guard = Guarded()
        server = serve(guard)
        given = settings(server.url, auth=login(server.url))
        assert [(await look(given, clients)).ids for _ in range(2)] == [["r1"], ["r1"]]
        assert [seen.json() for seen in guard.logins] == [{"user": "u", "password": "p"}]

    async def test_refused_token_is_renewed_once(self, serve: Serve, clients: Clients) -> None:
        """A 401 logs in anew and asks again."""
        guard = Guarded()
        server = serve(guard)
        given = settings(server.url, auth=login(server.url))
        await look(given, clients)
        guard.valid = "t2"
        assert (await look(given, clients)).ids == ["r1"]
        assert len(guard.logins) == 2

    async def test_token_that_never_works_ends_the_poll(self, serve: Serve, clients: Clients) -> None:
        """Two logins, two calls, one clear error."""
        server = serve(
            lambda seen: Reply({"access_token": "x"}) if seen.path == "/login" else Reply(status=401)
        )
        done = await look(settings(server.url, auth=login(server.url)), clients)
        assert done.error is not None
        assert done.error.permanent
        assert "is the key right" in done.error.message
        assert len(server.seen) == 4

    async def test_token_at_another_place(self, serve: Serve, clients: Clients) -> None:
        """`token` is a JMESPath."""

        def answer(seen: Seen) -> Reply:
            if seen.path == "/login":
                return Reply({"data": {"jwt": "deep"}})
            return Reply({"runs": []}, 200 if seen.headers["authorization"] == "Bearer deep" else 401)

        server = serve(answer)
        assert (
            await look(settings(server.url, auth=login(server.url, token="data.jwt")), clients)
        ).error is None

    async def test_answer_without_a_token_names_its_keys_only(self, serve: Serve, clients: Clients) -> None:
        """What stands in them may be secret."""
        server = serve(lambda _: Reply({"jwt": "hidden", "ttl": 1}))
        done = await look(settings(server.url, auth=login(server.url)), clients)
        assert done.error is not None
        assert "without a token at access_token; it holds jwt, ttl" in done.error.message
        assert "hidden" not in done.error.message

    async def test_a_session_header_takes_the_token_as_it_is(self, serve: Serve, clients: Clients) -> None:
        """Named in the configuration, instead of Bearer."""
        server = serve(
            lambda seen: Reply(
                {"userInfo": {"sessionId": "s1"}} if seen.path == "/login" else {"runs": [item(1)]}
            )
        )
        auth = login(server.url, token="userInfo.sessionId", header="INFA-SESSION-ID")
        done = await look(settings(server.url, auth=auth), clients)
        assert done.ids == ["r1"]
        assert server.seen[-1].headers["infa-session-id"] == "s1"
        assert "authorization" not in server.seen[-1].headers

    async def test_refused_login_is_named(self, serve: Serve, clients: Clients) -> None:
        """With the address of the login and its status; the password does not show."""
        server = serve(lambda _: Reply({"detail": "bad"}, 401))
        done = await look(settings(server.url, auth=login(server.url)), clients)
        assert done.error is not None
        assert "no token was given: 401 Unauthorized" in done.error.message
        assert "/login" in done.error.message


class TestOAuth2:
    """Client credentials."""

    def auth(self, url: str) -> dict[str, Any]:
        return {
            "type": "oauth2",
            "token_url": f"{url}/token",
            "client_id": "me",
            "client_secret": "s&s",
            "scope": "read all",
        }

    async def test_secret_goes_as_basic_and_the_rest_as_form(self, serve: Serve, clients: Clients) -> None:
        """As the standard wants it."""
        guard = Guarded(200, expires_in=3600)
        server = serve(guard)
        assert (await look(settings(server.url, auth=self.auth(server.url)), clients)).ids == ["r1"]
        seen = guard.logins[0]
        assert dict(parse_qsl(seen.body.decode())) == {
            "grant_type": "client_credentials",
            "scope": "read all",
        }
        assert seen.headers["authorization"] == "Basic " + base64.b64encode(b"me:s%26s").decode()

    async def test_further_fields_go_in_the_form(self, serve: Serve, clients: Clients) -> None:
        """An audience beside the usual ones, or another grant in their place."""
        guard = Guarded(200)
        server = serve(guard)
        form = {"audience": "operate", "grant_type": "refresh_token", "refresh_token": "r1"}
        auth = {**self.auth(server.url), "scope": None, "form": form}
        assert (await look(settings(server.url, auth=auth), clients)).ids == ["r1"]
        assert dict(parse_qsl(guard.logins[0].body.decode())) == form
        assert "r1" not in repr(settings(server.url, auth=auth).auth)

    async def test_server_that_wants_the_secret_in_the_form_gets_it(
        self, serve: Serve, clients: Clients
    ) -> None:
        """Refused as Basic, tried in the form."""

        def answer(seen: Seen) -> Reply:
            if seen.path != "/token":
                return Reply({"runs": []}, 200 if seen.headers.get("authorization") == "Bearer t" else 401)
            form = dict(parse_qsl(seen.body.decode()))
            good = form.get("client_secret") == "s&s" and form.get("client_id") == "me"
            return Reply({"access_token": "t"}) if good else Reply({"error": "invalid_client"}, 401)

        server = serve(answer)
        assert (await look(settings(server.url, auth=self.auth(server.url)), clients)).error is None

    @pytest.mark.parametrize(
        ("lasts", "logins"),
        [(3600, 1), (0, 2), ("3600", 1), (None, 1), (10**400, 1)],
        ids=lambda one: str(one)[:9],
    )
    async def test_token_is_renewed_when_it_is_over(
        self, serve: Serve, clients: Clients, lasts: object, logins: int
    ) -> None:
        """By what the server said of it."""
        guard = Guarded(200, expires_in=lasts)
        server = serve(guard)
        given = settings(server.url, auth=self.auth(server.url))
        for _ in range(2):
            assert (await look(given, clients)).ids == ["r1"]
        assert len(guard.logins) == logins


async def test_details_share_one_renewal(serve: Serve, clients: Clients) -> None:
    """Four calls refused at once log in once."""
    guard = Guarded()

    def answer(seen: Seen) -> Reply:
        reply = guard(seen)
        if seen.path == "/runs" and reply.status == 200:
            guard.valid = "t2"
            return Reply({"runs": [item(number, "failed") for number in range(4)]})
        return reply

    server = serve(answer)
    detail = {"request": {"url": f"{server.url}/detail/{{external_id}}"}, "fields": {"error_message": "x"}}
    await look(settings(server.url, auth=login(server.url), detail=detail), clients)
    assert len(guard.logins) == 2


class TestTogether:
    """What several calls and sources share is got once for all of them."""

    def auth(self, url: str, **form: str) -> dict[str, Any]:
        return {
            "type": "oauth2",
            "token_url": f"{url}/token",
            "client_id": "me",
            "client_secret": "s",
            "form": form,
        }

    async def test_sources_of_one_credential_log_in_once(self, serve: Serve, clients: Clients) -> None:
        """At their first poll, and where the token of all is refused."""
        guard = Guarded()
        server = serve(guard)
        auth = login(server.url)
        several = [settings(server.url, name=f"s{number}", auth=auth) for number in range(4)]
        done = await asyncio.gather(*(look(one, clients) for one in several))
        assert [one.ids for one in done] == [["r1"]] * 4
        assert len(guard.logins) == 1
        guard.valid = "t2"
        done = await asyncio.gather(*(look(one, clients) for one in several))
        assert [one.ids for one in done] == [["r1"]] * 4
        assert len(guard.logins) == 2

    async def test_the_same_token_again_is_not_asked_for_by_each(
        self, serve: Serve, clients: Clients
    ) -> None:
        """A server that gives out what it refuses gets one login for all calls refused at once, not one for each."""
        guard = Guarded()

        def answer(seen: Seen) -> Reply:
            if seen.path.startswith("/detail"):
                return Reply({"error": "no"}, 401)
            if seen.path == "/runs":
                return Reply({"runs": [item(number, "failed") for number in range(4)]})
            return guard(seen)

        server = serve(answer)
        detail = {
            "request": {"url": f"{server.url}/detail/{{external_id}}"},
            "fields": {"error_message": "x"},
        }
        await look(settings(server.url, auth=login(server.url), detail=detail), clients)
        assert len(guard.logins) == 2

    async def test_a_login_that_fails_fails_for_all_that_wait(self, serve: Serve, clients: Clients) -> None:
        """A wrong password is shown once, or the account were locked."""
        server = serve(lambda _: Reply({"detail": "bad"}, 403, wait=0.1))
        several = [settings(server.url, name=f"s{number}", auth=login(server.url)) for number in range(5)]
        done = await asyncio.gather(*(look(one, clients) for one in several))
        assert all(one.error is not None and "no token was given: 403" in one.error.message for one in done)
        assert len(server.seen) == 1

    async def test_a_refresh_token_that_is_replaced_is_not_lost(self, serve: Serve, clients: Clients) -> None:
        """A server that takes each refresh token once gives the next with the token; sources go on with that."""
        server = serve(rotating := Rotating())
        auth = self.auth(server.url, grant_type="refresh_token", refresh_token="first")
        several = [settings(server.url, name=f"s{number}", auth=auth) for number in range(3)]
        for _ in range(3):
            done = await asyncio.gather(*(look(one, clients) for one in several))
            assert [one.ids for one in done] == [["r1"]] * 3
            rotating.valid = ""
        assert rotating.used == ["first", "refresh-1", "refresh-2"]

    async def test_a_cancelled_poll_does_not_lose_a_refresh_token(
        self, serve: Serve, clients: Clients
    ) -> None:
        """The answer is waited for all the same: what it replaces is worth nothing any more."""
        server = serve(rotating := Rotating(wait=0.2))
        auth = self.auth(server.url, grant_type="refresh_token", refresh_token="first")
        polling = asyncio.create_task(look(settings(server.url, auth=auth), clients))
        await asyncio.to_thread(rotating.asked.wait)
        polling.cancel()
        assert (await look(settings(server.url, auth=auth), clients)).ids == ["r1"]
        assert rotating.used == ["first"]

    async def test_a_refused_refresh_token_gives_way_to_the_configured_one(
        self, serve: Serve, clients: Clients
    ) -> None:
        """At the next poll; and what to do is said."""
        server = serve(rotating := Rotating())
        auth = self.auth(server.url, grant_type="refresh_token", refresh_token="first")
        await look(settings(server.url, auth=auth), clients)
        rotating.valid, rotating.next = "", "first"
        done = await look(settings(server.url, auth=auth), clients)
        assert done.error is not None
        assert "write a new refresh_token" in done.error.message
        assert "refresh-1" not in done.error.message
        assert (await look(settings(server.url, auth=auth), clients)).ids == ["r1"]

    @pytest.mark.parametrize("status", [302, 403, 404, 408])
    async def test_an_answer_that_refuses_no_token_costs_none(
        self, serve: Serve, clients: Clients, status: int
    ) -> None:
        """A gateway's answer during maintenance: the configured token, long used, would never be taken again."""
        server = serve(rotating := Rotating())
        auth = self.auth(server.url, grant_type="refresh_token", refresh_token="first")
        await look(settings(server.url, auth=auth), clients)
        rotating.valid, rotating.instead = "", status
        done = await look(settings(server.url, auth=auth), clients)
        assert done.error is not None
        assert f"no token was given: {status}" in done.error.message
        rotating.instead = 0
        assert (await look(settings(server.url, auth=auth), clients)).ids == ["r1"]
