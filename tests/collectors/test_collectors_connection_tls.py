"""How HTTP/1.1 is spoken over TLS: with whom the certificate names, and with nobody else."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from collectors.exchange import Request
from collectors.http import Clients, HttpClient
from core.errors import SourceError
from tests.collectors.collectors_certificates import certificate_of

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of `localhost`, with its key in the same file."""
    return certificate_of("localhost", tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def port(certificate: Path) -> AsyncIterator[int]:
    """Of a server that answers every request of a connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(OK)
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_a_trusted_certificate_is_spoken_to(
    port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment's `SSL_CERT_FILE` names who else is trusted, and the connection is used again."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    clients = Clients()
    http = HttpClient(clients)
    for _ in range(2):
        assert (await http.fetch(Request("GET", f"https://localhost:{port}/runs"))).body == b"[]"
    await clients.aclose()


@pytest.mark.parametrize(
    ("host", "trusted", "told"),
    [
        pytest.param("localhost", False, "SSL_CERT_FILE", id="unknown authority"),
        pytest.param("127.0.0.1", True, "127.0.0.1", id="another's certificate"),
    ],
)
async def test_any_other_is_refused_for_good(
    port: int, certificate: Path, monkeypatch: pytest.MonkeyPatch, host: str, trusted: bool, told: str
) -> None:
    """Nothing is asked of it, and the error says what it is about."""
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    clients = Clients()
    with pytest.raises(SourceError, match=told) as raised:
        await HttpClient(clients).fetch(Request("GET", f"https://{host}:{port}/runs"))
    assert raised.value.permanent
    await clients.aclose()
