"""A source may show a certificate of its own, and trust an authority that the machine does not."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from collectors.exchange import Request, Response
from collectors.http import Clients, HttpClient
from collectors.sources._probe_facts import credential_of
from collectors.sources._probe_settings import ProbeSettings
from collectors.tls import OwnTls
from composition.names import registries
from core.errors import ConfigurationError, SourceError
from core.settings import loads
from tests.collectors.collectors_certificates import certificate_of
from tests.collectors.collectors_rest import settings as rest_settings


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """theirs: of `localhost`; ours; stranger: one that the server does not know. Each with its key."""
    made = {}
    for name, host in (("theirs", "localhost"), ("ours", "monitor"), ("stranger", "stranger")):
        made[name] = certificate_of(host, tmp_path_factory.mktemp(name))
    return made


class _Says(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture
def url(files: dict[str, Path]) -> Iterator[str]:
    """Of a server that wants our certificate, and says so within the handshake, before anything is asked (TLS 1.2)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files["theirs"])
    context.load_verify_locations(files["ours"])
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Says)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"https://localhost:{server.server_address[1]}/runs"
    server.shutdown()
    server.server_close()


def probe(url: str, **tls: Any) -> ProbeSettings:
    """A source with this under `tls`."""
    given = {name: str(value) for name, value in tls.items()}
    return ProbeSettings.model_validate({"type": "probe", "name": "p", "request": {"url": url}, "tls": given})


async def fetch(clients: Clients, source: ProbeSettings) -> Response:
    """One call with what the source shows and trusts."""
    http = HttpClient(clients, tls=OwnTls.of(source))
    return await http.fetch(Request("GET", source.request.url), patient=False)


async def refusal(clients: Clients, source: ProbeSettings) -> SourceError:
    """Why it is not taken."""
    with pytest.raises(SourceError) as caught:
        await fetch(clients, source)
    return caught.value


async def test_a_certificate_of_ours_lets_us_in(clients: Clients, url: str, files: dict[str, Path]) -> None:
    """On a kept connection too; what others speak is not touched."""
    source = probe(url, certificate=files["ours"], authority=files["theirs"])
    for _ in range(2):
        assert (await fetch(clients, source)).body == b"[]"
    with pytest.raises(SourceError, match="a certificate that is not trusted"):
        await HttpClient(clients).fetch(Request("GET", url), patient=False)


async def test_a_server_that_wants_one_is_told_as_that(
    clients: Clients, url: str, files: dict[str, Path]
) -> None:
    """With where to write it; another one than it knows is told apart from none."""
    none = await refusal(clients, probe(url, authority=files["theirs"]))
    assert "it may ask for a certificate of ours (tls.certificate of the source)" in none.message
    other = await refusal(clients, probe(url, certificate=files["stranger"], authority=files["theirs"]))
    assert "does not take the certificate of ours" in other.message


async def test_a_renewed_file_is_shown_from_the_next_poll_on(
    clients: Clients, url: str, files: dict[str, Path], tmp_path: Path
) -> None:
    """Without a restart, and nothing of the old one is kept."""
    file = tmp_path / "ours.pem"
    shutil.copy(files["stranger"], file)
    source = probe(url, certificate=file, authority=files["theirs"])
    await refusal(clients, source)
    file.write_bytes(files["ours"].read_bytes())
    assert (await fetch(clients, source)).body == b"[]"
    assert len(clients.circuits()) == 1


@pytest.fixture
def parts(files: dict[str, Path], tmp_path: Path) -> dict[str, Path]:
    """certificate; key; locked: the key with the password `opensesame`; der: what is no PEM."""
    openssl = shutil.which("openssl")
    assert openssl is not None
    made = {name: tmp_path / name for name in ("certificate", "key", "locked", "der")}
    text = files["ours"].read_text()
    at = text.index("-----BEGIN CERTIFICATE")
    made["certificate"].write_text(text[at:])
    made["key"].write_text(text[:at])
    made["der"].write_bytes(b"\x30\x82\x01\x02")
    locking: list[str | Path] = [
        "pkey",
        "-aes256",
        "-passout",
        "pass:opensesame",
        "-in",
        made["key"],
        "-out",
        made["locked"],
    ]
    subprocess.run([openssl, *locking], check=True, capture_output=True)
    return made


async def test_the_key_may_stand_by_itself_and_be_encrypted(
    clients: Clients, url: str, files: dict[str, Path], parts: dict[str, Path]
) -> None:
    """Its password is shown nowhere."""
    for key in ({"key": parts["key"]}, {"key": parts["locked"], "password": "opensesame"}):
        source = probe(url, certificate=parts["certificate"], authority=files["theirs"], **key)
        assert (await fetch(clients, source)).body == b"[]"
        assert "opensesame" not in repr((source, OwnTls.of(source)))


@pytest.mark.parametrize(
    ("tls", "told"),
    [
        ({"certificate": "nowhere.pem"}, "nowhere.pem cannot be read (no such file or directory)"),
        ({"certificate": "certificate"}, "does the key stand in it? else write its file under tls.key"),
        ({"certificate": "certificate", "key": "locked"}, "is encrypted, and tls.password is missing"),
        ({"certificate": "certificate", "key": "locked", "password": "wrong"}, "tls.password is not its password"),
        ({"certificate": "certificate", "key": "stranger"}, "the key is not that of the certificate"),
        ({"certificate": "der"}, "is it PEM? of a .p12 or .pfx make one: openssl pkcs12"),
        ({"authority": "der"}, "tls.authority: "),
        ({"authority": "nowhere.pem"}, "check the path and its permissions"),
    ],
    ids=["no file", "no key", "no password", "wrong password", "another's key", "no PEM", "no authority", "nowhere"],
)  # fmt: skip
async def test_a_file_that_cannot_be_used_is_told_with_what_helps(
    clients: Clients, files: dict[str, Path], parts: dict[str, Path], tls: dict[str, str], told: str
) -> None:
    """For good, and of this source alone."""
    known = parts | {"stranger": files["stranger"]}
    given = {name: value if name == "password" else known.get(value, value) for name, value in tls.items()}
    error = await refusal(clients, probe("https://localhost:1/runs", **given))
    assert told in error.message
    assert error.permanent


def test_when_our_certificate_ends_is_a_fact_of_the_key(files: dict[str, Path]) -> None:
    """The earlier of its end and the key's, also where no key is shown beside it."""
    url, now = "https://localhost/runs", datetime.now(UTC)
    soon = (now + timedelta(hours=3)).replace(microsecond=0)

    def expiry(source: ProbeSettings, *headers: tuple[str, str]) -> datetime | None:
        (found,) = credential_of(source, Response(200, headers, b"{}", url, now, 0.1), None)
        assert found.valid
        return found.expires_at

    source = probe(url, certificate=files["ours"])
    ends = expiry(source)
    assert ends is not None
    assert timedelta(days=1) < ends - now <= timedelta(days=2)
    assert expiry(source, ("x-token-expires-at", soon.isoformat())) == soon
    assert (
        credential_of(probe(url, authority=files["theirs"]), Response(200, (), b"", url, now, 0.1), None)
        == []
    )


@pytest.mark.parametrize(
    ("tls", "told"),
    [
        ({"key": "a.key"}, "has a key and no certificate"),
        ({}, "says nothing; write certificate, or authority"),
    ],
    ids=["key alone", "nothing"],
)
def test_half_of_it_is_refused(tls: dict[str, str], told: str) -> None:
    """With what to write."""
    with pytest.raises(ValidationError, match=told):
        probe("https://h/", **tls)


@pytest.mark.parametrize(
    ("tls", "told"),
    [
        ({"certificate": "file:/etc/monitor/c.pem"}, "write the path alone: /etc/monitor/c.pem"),
        ({"authority": "file:/ca.pem"}, "write the path alone: /ca.pem"),
        (
            {"certificate": "/c.pem", "key": "-----BEGIN PRIVATE KEY-----\nMIIEsecret"},
            "got what stands in such a file",
        ),
    ],
    ids=["a secret's file", "authority", "the key itself"],
)
def test_what_is_no_path_is_told(tls: dict[str, str], told: str) -> None:
    """Elsewhere a secret's file is written so; here each is a file already. What it holds is not repeated."""
    with pytest.raises(ValidationError, match=told) as error:
        rest_settings("https://h", tls=tls)
    assert "MIIEsecret" not in error.value.errors()[0]["msg"]


def test_an_authority_that_is_none_is_not_asked_for_a_key(tmp_path: Path) -> None:
    """Only the file of a certificate may hold one."""
    (empty := tmp_path / "ca.pem").write_text("")
    with pytest.raises(SourceError) as told:
        OwnTls(None, None, None, str(empty)).context()
    assert "is it PEM?" in told.value.message
    assert "tls.key" not in told.value.message


@pytest.mark.parametrize(
    "source",
    [
        {"type": "probe", "name": "p", "request": {"url": "http://h/x"}},
        {"type": "prometheus", "name": "p", "url": "HTTP://h", "queries": [{"brings": "calls", "query": "up", "status": "code"}]},
    ],
    ids=["probe", "prometheus"],
)  # fmt: skip
def test_where_no_tls_is_spoken_no_certificate_is_shown(source: dict[str, Any]) -> None:
    """It would be told of as if it were: its end, and that it is valid."""
    text = msgspec.json.encode(
        {
            "integrations": [
                {
                    "key": "a", "name": "A", "method": "api", "source_system": "S",
                    "sources": [{**source, "tls": {"certificate": "/c.pem"}}],
                }
            ]
        }
    ).decode()  # fmt: skip
    with pytest.raises(ConfigurationError, match="tls is for https alone; write https"):
        loads(text, "monitor.yaml", registries(), environ={})
