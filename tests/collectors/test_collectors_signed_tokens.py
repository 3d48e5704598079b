"""Tokens that we sign ourselves: as a key, and to be given a token for."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pydantic import ValidationError

from collectors.auth_settings import JwtAuth
from collectors.http import Clients
from collectors.signed_tokens import signed_token
from composition.names import registries
from core.errors import SourceError
from core.settings import loads
from tests.collectors.collectors_rest import item, look, settings
from tests.collectors.collectors_server import Answer, Reply, Seen, Served

Serve = Callable[[Answer], Served]
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def pem(key: Key) -> str:
    """A private key as it is given out."""
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(*form).decode()


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """Ours."""
    return rsa.generate_private_key(65537, 2048)


class TokenServer:
    """Gives a token for an assertion that is signed by the key, and lists a run for the token."""

    def __init__(self, key: Key, field: str, audience: str, algorithm: str = "RS256") -> None:
        self.key, self.field, self.audience, self.algorithm = key.public_key(), field, audience, algorithm
        self.claims: list[dict[str, Any]] = []
        self.forms: list[dict[str, str]] = []

    def __call__(self, seen: Seen) -> Reply:
        if seen.path == "/runs":
            good = seen.headers.get("authorization") == "Bearer t"
            return Reply({"runs": [item(1)]}) if good else Reply(status=401)
        form = dict(parse_qsl(seen.body.decode()))
        self.forms.append(form)
        try:
            self.claims.append(
                jwt.decode(form[self.field], self.key, [self.algorithm], audience=self.audience)
            )
        except (jwt.InvalidTokenError, KeyError):
            return Reply({"error": "invalid_grant"}, 400)
        return Reply({"access_token": "t"})


async def test_a_token_is_given_for_what_we_sign(
    serve: Serve, clients: Clients, key: rsa.RSAPrivateKey
) -> None:
    """As Google wants it for a service account: claims say who asks, and there is no client."""
    server = serve(system := TokenServer(key, "assertion", "https://oauth2.example/token"))
    claims = {"iss": "monitor@project", "scope": "read", "aud": "https://oauth2.example/token"}
    auth = {
        "type": "oauth2",
        "token_url": f"{server.url}/token",
        "assertion": {"key": pem(key), "claims": claims},
    }
    assert (await look(settings(server.url, auth=auth), clients)).ids == ["r1"]
    assert system.forms[0].keys() == {"grant_type", "assertion"}
    assert system.forms[0]["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    (said,) = system.claims
    assert (said["iss"], said["scope"]) == ("monitor@project", "read")
    assert 60 <= said["exp"] - said["iat"] <= 300


async def test_what_we_sign_stands_in_the_place_of_the_secret(
    serve: Serve, clients: Clients, key: rsa.RSAPrivateKey
) -> None:
    """As Entra and Okta want it: issuer and subject are the client, and each assertion is another one."""
    server = serve(system := TokenServer(key, "client_assertion", "", "PS256"))
    system.audience = f"{server.url}/token"
    signing = {
        "key": pem(key),
        "algorithm": "PS256",
        "instead_of": "secret",
        "headers": {"x5t": "thumb"},
        "key_id": "k1",
    }
    auth = {
        "type": "oauth2",
        "token_url": f"{server.url}/token",
        "client_id": "me",
        "scope": "all",
        "assertion": signing,
    }
    given = settings(server.url, auth=auth)
    for _ in range(2):
        assert (await look(given, clients)).ids == ["r1"]
        clients.logins._by_key.clear()
    form = system.forms[0]
    assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert (form["grant_type"], form["client_id"], form["scope"]) == ("client_credentials", "me", "all")
    assert "client_secret" not in form
    header = jwt.get_unverified_header(form["client_assertion"])
    assert (header["x5t"], header["kid"]) == ("thumb", "k1")
    assert [(one["iss"], one["sub"]) for one in system.claims] == [("me", "me")] * 2
    assert len({one["jti"] for one in system.claims}) == 2


async def test_no_assertion_is_shown_twice(serve: Serve, clients: Clients, key: rsa.RSAPrivateKey) -> None:
    """A system may take each once only (RFC 7523, 3): where a secret is looked for in the form, it is another one."""
    shown: list[str] = []

    def answer(seen: Seen) -> Reply:
        if seen.path == "/runs":
            return Reply({"runs": [item(1)]})
        form = dict(parse_qsl(seen.body.decode()))
        shown.append(jwt.decode(form["assertion"], options={"verify_signature": False})["jti"])
        return (
            Reply({"access_token": "t"})
            if "client_secret" in form
            else Reply({"error": "invalid_client"}, 401)
        )

    server = serve(answer)
    client = {"client_id": "me", "client_secret": "s", "assertion": {"key": pem(key)}}
    auth = {"type": "oauth2", "token_url": f"{server.url}/token", **client}
    assert (await look(settings(server.url, auth=auth), clients)).ids == ["r1"]
    assert len(set(shown)) == len(shown) == 2


async def test_a_token_of_ours_is_the_key_itself(serve: Serve, clients: Clients) -> None:
    """Signed once for many calls, and anew where it is refused."""
    signing = ec.generate_private_key(ec.SECP256R1())
    refused: set[str] = set()

    def answer(seen: Seen) -> Reply:
        token = seen.headers["authorization"].removeprefix("Bearer ")
        said = jwt.decode(token, signing.public_key(), ["ES256"])
        return Reply(status=401) if said["jti"] in refused else Reply({"runs": [item(1)], "said": said})

    server = serve(answer)
    given = settings(
        server.url, auth={"type": "jwt", "key": pem(signing), "algorithm": "ES256", "claims": {"iss": "me"}}
    )
    for _ in range(2):
        assert (await look(given, clients)).ids == ["r1"]
    first, again = (seen.headers["authorization"] for seen in server.seen)
    assert first == again
    refused.add(jwt.decode(first.removeprefix("Bearer "), options={"verify_signature": False})["jti"])
    assert (await look(given, clients)).ids == ["r1"]


def test_claims_that_are_written_come_before_ours() -> None:
    """An issuer of its own, also a time; an issue lies a little before now, for clocks that are behind."""
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    shared = "s" * 32
    given = JwtAuth.model_validate(
        {
            "type": "jwt",
            "key": shared,
            "algorithm": "HS256",
            "claims": {"iss": "me", "jti": "1", "roles": ["r"]},
        }
    )
    token = signed_token(given, {"iss": "client", "sub": "client"}, now)
    said = jwt.decode(token, shared, ["HS256"], options={"verify_exp": False})
    at = int(now.timestamp())
    assert said == {"iss": "me", "sub": "client", "jti": "1", "roles": ["r"], "iat": at - 10, "exp": at + 290}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
async def test_a_key_that_cannot_sign_is_told(serve: Serve, clients: Clients, algorithm: str) -> None:
    """With what to write, and without the key."""
    server = serve(lambda _: Reply({"runs": []}))
    auth = {"type": "jwt", "key": "no-such-key", "algorithm": algorithm}
    done = await look(settings(server.url, auth=auth), clients)
    assert done.error is not None
    assert f"the key of auth cannot sign by {algorithm}" in done.error.message
    assert "file:/etc/monitor/key.pem" in done.error.message
    assert "no-such-key" not in done.error.message
    assert done.error.permanent


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package is wanted by those alone who have such a source."""
    monkeypatch.setitem(sys.modules, "jwt", None)
    given = JwtAuth.model_validate({"type": "jwt", "key": "k"})
    with pytest.raises(SourceError, match=r'pip install "pyjwt\[crypto\]"'):
        signed_token(given, {}, datetime(2026, 11, 24, tzinfo=UTC))


@pytest.mark.parametrize(
    ("auth", "told"),
    [
        ({}, "needs client_id and client_secret, or an assertion"),
        ({"client_id": "me"}, "needs client_id and client_secret, or an assertion"),
        ({"assertion": {"key": "k", "instead_of": "secret"}}, "write client_id"),
        (
            {"client_id": "me", "client_secret": "s", "assertion": {"key": "k", "instead_of": "secret"}},
            "leave client_secret out",
        ),
        ({"assertion": {"key": "k", "lasts": "5s"}}, "5s"),
    ],
    ids=["nobody", "no secret", "no client", "both", "too short"],
)
def test_what_lacks_is_told(auth: dict[str, Any], told: str) -> None:
    """Before anything is asked."""
    with pytest.raises(ValidationError, match=told):
        settings("http://h", auth={"type": "oauth2", "token_url": "http://h/token"} | auth)


def test_a_key_comes_from_its_file_and_is_shown_nowhere(tmp_path: Path, key: rsa.RSAPrivateKey) -> None:
    """As the configuration has it."""
    file = tmp_path / "key.pem"
    file.write_text(pem(key))
    text = (
        "integrations:\n  - key: a\n    name: A\n    method: api\n    source_system: S\n    sources:\n"
        "      - {type: probe, name: p, request: {url: 'https://h/'}, auth: {type: jwt, key: 'file:"
        f"{file}', claims: {{iss: me, level: 5}}}}}}\n"
    )
    given = loads(text, "monitor.yaml", registries(), environ={}).integrations[0].sources[0]
    auth = given.auth  # type: ignore[attr-defined]
    assert auth.key.get_secret_value().strip() == pem(key).strip()
    assert auth.claims == {"iss": "me", "level": 5}
    assert "PRIVATE" not in repr(given)
    assert jwt.decode(signed_token(auth, {}, datetime.now(UTC)), key.public_key(), ["RS256"])["iss"] == "me"


@pytest.mark.parametrize(
    "claims",
    [{"iss": 12345}, {"sub": 5, "aud": 7, "jti": 8}, {"aud": ["a", 7]}],
    ids=["issuer", "others", "one of several"],
)
def test_who_is_meant_may_be_written_as_a_number(claims: dict[str, Any]) -> None:
    """A GitHub app's issuer is its number: such claims are texts (RFC 7519, 4.1)."""
    given = JwtAuth.model_validate({"type": "jwt", "key": "s" * 32, "algorithm": "HS256", "claims": claims})
    said = jwt.decode(
        signed_token(given, {}, datetime.now(UTC)), options={"verify_signature": False, "verify_aud": False}
    )
    for name, value in claims.items():
        assert said[name] == ([str(one) for one in value] if isinstance(value, list) else str(value))


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda text: f'{{"private_key": "{text[:40]}"}}', "the file of an account"),
        (lambda text: text.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"), "openssl pkey"),
        (lambda text: text.replace("PRIVATE", "PUBLIC"), "a public key"),
        (lambda text: "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----", "a certificate"),
    ],
    ids=["google's file", "encrypted", "public", "certificate"],
)
def test_what_a_key_is_instead_is_told(
    key: rsa.RSAPrivateKey, damage: Callable[[str], str], told: str
) -> None:
    """With what helps, and none of it."""
    given = JwtAuth.model_validate({"type": "jwt", "key": damage(pem(key))})
    with pytest.raises(SourceError, match=told) as error:
        signed_token(given, {}, datetime.now(UTC))
    assert pem(key).splitlines()[1][:12] not in error.value.message


def test_a_key_may_come_in_one_line(key: rsa.RSAPrivateKey) -> None:
    """As a file of variables and Google's own file hold it."""
    given = JwtAuth.model_validate({"type": "jwt", "key": pem(key).replace("\n", "\\n")})
    jwt.decode(signed_token(given, {}, datetime.now(UTC)), key.public_key(), ["RS256"])


@pytest.mark.parametrize("kind", ["jwt", "oauth2"])
async def test_nobody_waits_while_one_is_signed(
    serve: Serve, clients: Clients, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """A long RSA key takes a third of a second, in which all other polls would stand still."""
    signed_in: list[threading.Thread] = []

    def sign(*_: object, **__: object) -> str:
        signed_in.append(threading.current_thread())
        return "t"

    monkeypatch.setattr(jwt, "encode", sign)
    server = serve(lambda seen: Reply({"runs": [item(1)], "access_token": "t"}))
    auth: dict[str, Any] = {"type": "jwt", "key": "k"}
    if kind == "oauth2":
        auth = {"type": "oauth2", "token_url": f"{server.url}/token", "assertion": {"key": "k"}}
    assert (await look(settings(server.url, auth=auth), clients)).ids == ["r1"]
    assert signed_in
    assert threading.main_thread() not in signed_in
