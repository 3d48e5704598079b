"""How HTTP/1.1 is spoken over TLS: with whom the certificate names, and with nobody else."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from collectors._tls_words import distrusted, misunderstood
from collectors.exchange import Request
from collectors.http import Clients, HttpClient
from collectors.manners import Manners
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


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"])
async def test_a_request_that_is_not_taken_is_told_as_that_or_answered(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    """As without TLS: it is no silence, and on a connection that still holds some of it nothing else is said."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    connections, done = list[asyncio.StreamWriter](), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(answer)
        await done.wait()
        writer.transport.abort()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    clients = Clients(Manners(read=timedelta(seconds=0.4), whole=timedelta(seconds=2)))
    url = f"https://localhost:{server.sockets[0].getsockname()[1]}/runs"
    request, http = Request("POST", url, (), b"x" * 32_000_000), HttpClient(clients)
    if answer:
        for one in (request, Request("GET", url)):
            assert (await http.fetch(one)).status == 413
        assert (len(connections), http.requests) == (2, 2)
    else:
        with pytest.raises(SourceError, match=r"/runs did not take the request within 0\.4 s"):
            await http.fetch(request)
    done.set()
    await clients.aclose()
    server.close()


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


@pytest.mark.parametrize(
    ("code", "says", "remedy"),
    [
        (10, "certificate has expired", "expired; have it renewed there, and look at this machine's clock$"),
        (
            9,
            "certificate is not yet valid",
            "valid; have it renewed there, and look at this machine's clock$",
        ),
        (62, "Hostname mismatch, it is not valid for 'h'.", "for 'h'; write the host by a name that it has$"),
        (64, "IP address mismatch.", "mismatch; write the host by a name that it has$"),
        (
            20,
            "unable to get local issuer certificate",
            "if it is your own, .* under tls.authority .* SSL_CERT_FILE$",
        ),
    ],
)
def test_a_certificate_that_is_not_trusted_is_told_with_what_helps(code: int, says: str, remedy: str) -> None:
    """To trust its authority renews no certificate, and gives it no other name."""
    error = ssl.SSLCertVerificationError(1, "refused")
    error.verify_code, error.verify_message = code, says
    assert re.search(remedy, distrusted(error))


async def test_plain_http_that_is_asked_for_by_tls_is_told() -> None:
    """What answers is no TLS: the address says https where it should say http."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    clients = Clients()
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/runs"
    with pytest.raises(SourceError, match=r"WRONG_VERSION_NUMBER; is it plain http\?$"):
        await HttpClient(clients).fetch(Request("GET", url))
    await clients.aclose()
    server.close()


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "asks for a certificate of ours: write its file under tls"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "may ask for a certificate of ours"),
        ("TLSV1_ALERT_UNKNOWN_CA", "does not take the certificate of ours"),
        ("SSLV3_ALERT_CERTIFICATE_EXPIRED", "has expired: renew tls.certificate$"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", "none of the versions of TLS that this machine speaks$"),
        ("DECRYPTION_FAILED_OR_BAD_RECORD_MAC", "BAD_RECORD_MAC$"),
    ],
)
def test_what_is_wrong_with_the_tls_is_told_with_what_helps(reason: str, remedy: str) -> None:
    """What no one can give is said to be that; where nothing is known to help, OpenSSL's word stands alone."""
    error = ssl.SSLError(1, "refused")
    error.reason = reason
    assert re.search(remedy, misunderstood(error))


async def test_a_connection_that_is_closed_in_the_handshake_is_told() -> None:
    """As by a port that speaks something else: the system has no word for it, so it is ours."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    clients = Clients()
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/runs"
    with pytest.raises(
        SourceError, match=r"could not be connected to: it closed the connection as TLS began$"
    ):
        await HttpClient(clients).fetch(Request("GET", url))
    await clients.aclose()
    server.close()
