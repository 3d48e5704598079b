"""Calls through an office's HTTP proxy: whole addresses, ways through for TLS, and plain words where it refuses."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from collectors.exchange import Request
from collectors.guarded import GuardedTransport
from collectors.http import Clients, HttpClient
from collectors.proxy import Proxy
from core.errors import AddressRefused, SourceError
from core.records import ErrorClass, ErrorOrigin, Side
from core.settings.proxy import basic_credentials
from health.taxonomy import classify
from tests.collectors.collectors_certificates import certificate_of
from tests.collectors.collectors_proxy import TestProxy, proxying
from tests.collectors.collectors_server import Answer, Reply, Served

Serve = Callable[[Answer], Served]
KEY = basic_credentials("monitor", "pä:ss")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of `secure.example`, with its key in the same file."""
    return certificate_of("secure.example", tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def secure(certificate: Path) -> AsyncIterator[tuple[int, list[bytes]]]:
    """The port of a server behind TLS, and the heads of the requests it was asked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    heads: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                heads.append(await reader.readuntil(b"\r\n\r\n"))
                body = b"x" * 300_000
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=context)
    yield server.sockets[0].getsockname()[1], heads
    server.close()


def through(proxy: TestProxy, credentials: str | None = None, *direct: str) -> Proxy:
    """What a client is told of it."""
    return Proxy("127.0.0.1", proxy.port, credentials, direct)


async def test_plain_http_is_asked_of_the_proxy_whole(serve: Serve, clients: Clients) -> None:
    """The first line is the whole address, without the user in it; what the proxy is told stays with the proxy."""
    server = serve(lambda seen: Reply({"sent": seen.body.decode()}))
    async with proxying(locked=KEY) as proxy:
        http = HttpClient(clients, proxy=through(proxy, KEY))
        url = f"http://us:er@inner.example:{server.port}/runs?a=1"
        answer = await http.fetch(Request("POST", url, body=b"hello"))
    assert answer.json() == {"sent": "hello"}
    assert proxy.asked == [f"POST http://inner.example:{server.port}/runs?a=1 HTTP/1.1"]
    assert proxy.headers[0]["proxy-authorization"] == f"Basic {KEY}"
    seen = server.seen[0].headers
    assert seen["host"] == f"inner.example:{server.port}"
    assert "proxy-authorization" not in seen
    assert seen["authorization"].startswith("Basic ")


async def test_https_goes_through_and_is_kept(
    secure: tuple[int, list[bytes]], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS is spoken with the target, whose certificate is looked at; one way through serves several calls."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    port, heads = secure
    clients = Clients()
    async with proxying(locked=KEY) as proxy:
        http = HttpClient(clients, proxy=through(proxy, KEY))
        for _ in range(3):
            answer = await http.fetch(Request("GET", f"https://secure.example:{port}/runs"))
            assert len(answer.body) == 300_000
        await clients.aclose()
    assert proxy.asked == [f"CONNECT secure.example:{port} HTTP/1.1"]
    assert len(heads) == 3
    assert not any(b"proxy-authorization" in head.lower() for head in heads)
    assert heads[0].startswith(b"GET /runs HTTP/1.1\r\n")


async def test_a_stranger_behind_the_proxy_is_not_spoken_to(
    secure: tuple[int, list[bytes]], clients: Clients
) -> None:
    """An untrusted certificate is told as one, also through a proxy."""
    async with proxying() as proxy:
        with pytest.raises(SourceError, match="SSL_CERT_FILE"):
            await HttpClient(clients, proxy=through(proxy)).fetch(
                Request("GET", f"https://secure.example:{secure[0]}/")
            )


async def test_a_system_that_closes_as_it_ends_the_handshake_is_told(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Through a proxy the end of TLS is heard in the breath in which TLS begins: an end as any other."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    # There the last word of the handshake is the server's.
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard, said = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(heard, said, server_side=True)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                writer.write(said.read())
                heard.write(await reader.read(65_536))
        with suppress(ssl.SSLWantReadError):
            tls.unwrap()
        writer.write(said.read())
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    clients = Clients()
    url = f"https://secure.example:{server.sockets[0].getsockname()[1]}/runs"
    async with proxying() as proxy:
        with pytest.raises(SourceError, match="without sending a response"):
            await HttpClient(clients, proxy=through(proxy)).fetch(Request("GET", url), patient=False)
    await clients.aclose()
    server.close()
    assert {line.split(" ")[0] for line in proxy.asked} == {"CONNECT"}
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    ("settings", "credentials", "told", "kind"),
    [
        pytest.param(
            {"locked": KEY}, None, "asks for a user (407 Proxy Authentication Required); write username",
            ErrorClass.AUTHENTICATION, id="no user",
        ),
        pytest.param(
            {"locked": KEY}, "YTpi", "does not take the username and password", ErrorClass.AUTHENTICATION,
            id="wrong password",
        ),
        pytest.param(
            {"locked": KEY, "scheme": "NTLM"}, "YTpi", "only Basic is spoken", ErrorClass.AUTHENTICATION,
            id="another scheme",
        ),
    ],
)  # fmt: skip
async def test_a_locked_proxy_is_named_with_the_remedy(
    clients: Clients,
    scheme: str,
    settings: dict[str, str],
    credentials: str | None,
    told: str,
    kind: ErrorClass,
) -> None:
    """It is nobody's key that is wrong but the proxy's: authentication, of the network, once and for all."""
    async with proxying(**settings) as proxy:
        http = HttpClient(clients, proxy=through(proxy, credentials))
        with pytest.raises(SourceError) as caught:
            await http.fetch(Request("GET", f"{scheme}://inner.example/runs"))
    message = caught.value.message
    assert f"the proxy {proxy.url} " in message
    assert told in message
    assert "YTpi" not in message
    assert caught.value.permanent
    assert len(proxy.asked) == 1
    found = classify(None, message, Side.TARGET)
    assert (found.error_class, found.origin) == (kind, ErrorOrigin.NETWORK)


@pytest.mark.parametrize(("status", "permanent"), [(403, True), (502, False), (503, False), (599, False)])
async def test_a_refused_way_through_is_named_with_the_remedy(
    clients: Clients, status: int, permanent: bool
) -> None:
    """What the proxy refuses is not the target's doing: connection, of the network."""
    async with proxying(refuses=status) as proxy:
        with pytest.raises(SourceError) as caught:
            await HttpClient(clients, proxy=through(proxy)).fetch(
                Request("GET", "https://inner.example/runs")
            )
    message = caught.value.message
    assert f"the proxy {proxy.url} refused to connect to inner.example:443 ({status}" in message
    assert "no_proxy" in message
    assert caught.value.permanent is permanent
    found = classify(None, message, Side.TARGET)
    assert (found.error_class, found.origin) == (ErrorClass.CONNECTION, ErrorOrigin.NETWORK)


async def test_a_proxy_that_does_not_run_is_named(clients: Clients) -> None:
    """A refused connection is told of the proxy, not of the target."""
    http = HttpClient(clients, proxy=Proxy("127.0.0.1", 9))
    for scheme in ("http", "https"):
        with pytest.raises(SourceError) as caught:
            await http.fetch(Request("GET", f"{scheme}://inner.example/runs"))
        assert (
            "the proxy http://127.0.0.1:9 refused the connection; check the address" in caught.value.message
        )
        found = classify(None, caught.value.message, Side.SOURCE)
        assert (found.error_class, found.origin) == (ErrorClass.CONNECTION, ErrorOrigin.NETWORK)


async def test_what_needs_no_proxy_is_called_directly(serve: Serve, clients: Clients) -> None:
    """One client calls some hosts through the proxy and others not, each with a circuit of its own."""
    server = serve(lambda _: Reply([]))
    async with proxying() as proxy:
        http = HttpClient(clients, proxy=through(proxy, None, "localhost"))
        await http.fetch(Request("GET", f"http://localhost:{server.port}/direct"))
        await http.fetch(Request("GET", f"http://127.0.0.1:{server.port}/through"))
    assert [line.split("/")[-2] for line in proxy.asked] == ["through HTTP"]
    assert [view.host for view in clients.circuits()] == [
        f"http://127.0.0.1:{server.port} through {proxy.url}",
        f"http://localhost:{server.port}",
    ]


@pytest.mark.parametrize(
    ("entry", "url", "direct"),
    [
        ("localhost", ("http", "localhost", 80), True),
        ("corp.example", ("http", "api.corp.example", 80), True),
        (".corp.example", ("https", "API.corp.example.", 443), True),
        ("*.corp.example", ("https", "corp.example", 443), True),
        ("corp.example", ("http", "notcorp.example", 80), False),
        ("corp.example:8080", ("http", "corp.example", 8080), True),
        ("corp.example:8080", ("http", "corp.example", 80), False),
        ("corp.example:443", ("https", "corp.example", None), True),
        ("10.0.0.0/8", ("http", "10.1.2.3", 80), True),
        ("10.0.0.0/8", ("http", "11.1.2.3", 80), False),
        ("10.0.0.0/8", ("http", "ten.example", 80), False),
        ("127.0.0.1:8080", ("http", "127.0.0.1", 8080), True),
        ("::1", ("http", "::1", 80), True),
        ("*", ("http", "any.example", 80), True),
        ("пример.испытание", ("http", "xn--e1afmkfd.xn--80akhbyknj4f", 80), True),
        (".испытание:80", ("http", "xn--e1afmkfd.xn--80akhbyknj4f", 80), True),
        ("\u2603.example", ("http", "host.example", 80), False),
    ],
)
def test_no_proxy_is_read_as_people_write_it(entry: str, url: tuple[str, str, int], direct: bool) -> None:
    """Hosts with all beneath them, networks, ports, and everything."""
    assert Proxy("proxy", 3128, None, (entry,)).serves(*url) is not direct


async def test_a_page_s_address_cannot_reach_private_hosts_by_the_proxy(serve: Serve) -> None:
    """The name is looked at here, and the proxy is asked for that very address, under the name's `Host`."""
    server = serve(lambda _: Reply([]))
    clients = Clients(guard=partial(GuardedTransport, public_only=True))
    async with proxying() as proxy:
        http = HttpClient(clients, proxy=through(proxy))
        for host in ("127.0.0.1", "localhost", "169.254.169.254"):
            with pytest.raises(AddressRefused):
                await http.fetch(Request("GET", f"http://{host}:{server.port}/"), patient=False)
        with pytest.raises(SourceError, match="is not known"):
            await http.fetch(Request("GET", f"http://inner.example:{server.port}/"), patient=False)
    await clients.aclose()
    assert proxy.asked == []
    assert server.seen == []


async def test_a_page_s_address_is_given_to_the_proxy_as_it_was_looked_at(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lest the proxy's own look leads elsewhere, it is asked for the number, and the host keeps its name."""
    server = serve(lambda _: Reply([]))

    async def resolve(host: str, port: int, *, public_only: bool) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr("collectors.guarded.resolve", resolve)
    clients = Clients(guard=partial(GuardedTransport, public_only=True))
    async with proxying() as proxy:
        http = HttpClient(clients, proxy=through(proxy))
        await http.fetch(Request("GET", f"http://inner.example:{server.port}/"), patient=False)
        await clients.aclose()
    assert proxy.asked == [f"CONNECT 127.0.0.1:{server.port} HTTP/1.1"]
    assert server.seen[0].headers["host"] == f"inner.example:{server.port}"


async def test_a_channel_may_name_what_only_the_proxy_knows(serve: Serve) -> None:
    """Many offices know no names of the outside; clouds' metadata stay out of reach all the same."""
    server = serve(lambda _: Reply([]))
    clients = Clients(guard=GuardedTransport)
    async with proxying() as proxy:
        http = HttpClient(clients, proxy=through(proxy))
        answer = await http.fetch(Request("GET", f"http://inner.example:{server.port}/"), patient=False)
        with pytest.raises(AddressRefused):
            await http.fetch(Request("GET", "http://169.254.169.254/latest"), patient=False)
    await clients.aclose()
    assert answer.status == 200
    assert len(proxy.asked) == 1


async def test_a_connection_through_a_proxy_serves_no_direct_call(serve: Serve, clients: Clients) -> None:
    """Idle connections are shared by all clients; one that leads through a proxy is another place."""
    server = serve(lambda _: Reply([]))
    request = Request("GET", f"http://127.0.0.1:{server.port}/runs")
    async with proxying() as proxy:
        await HttpClient(clients).fetch(request)
        await HttpClient(clients, proxy=through(proxy)).fetch(request)
        await HttpClient(clients).fetch(request)
    assert len(proxy.asked) == 1
    assert len(server.seen) == 3
