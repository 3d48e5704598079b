"""Every call goes out with good manners."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime

import pytest

from collectors.circuit import CircuitState
from collectors.exchange import Request, link_of, same_origin, shown_url
from collectors.http import Clients, HttpClient
from core.errors import SourceError
from tests.collectors.collectors_server import Answer, Reply, Seen, Served
from tests.collectors.conftest import Hand

Serve = Callable[[Answer], Served]


def get(url: str, **headers: str) -> Request:
    return Request("GET", url, tuple(headers.items()))


async def test_answer_is_returned_whatever_its_status(serve: Serve, clients: Clients) -> None:
    """A 404 is an answer, with its body, headers and latency; it is asked for once."""
    server = serve(lambda _: Reply({"detail": "nope"}, 404, {"X-Seen": "1"}))
    http = HttpClient(clients)
    answer = await http.fetch(get(f"{server.url}/a?key=secret"))
    assert (answer.status, answer.json(), answer.header("x-seen")) == (404, {"detail": "nope"}, "1")
    assert answer.elapsed_seconds > 0
    assert http.requests == len(server.seen) == 1
    assert "secret" not in answer.described()


async def test_calls_name_us_and_take_gzip(serve: Serve, clients: Clients) -> None:
    """The User-Agent says who we are; a compressed body is read, and counted decompressed."""
    server = serve(lambda _: Reply(gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"}))
    http = HttpClient(clients)
    assert (await http.fetch(get(server.url))).json() == {"a": 1}
    assert http.bytes == 8
    assert server.seen[0].headers["user-agent"].startswith("integration-monitor")
    assert "gzip" in server.seen[0].headers["accept-encoding"]


async def test_no_cookie_is_kept(serve: Serve, clients: Clients) -> None:
    """Sources on one host share a client, and must not share a session."""
    server = serve(lambda _: Reply(b"", headers={"Set-Cookie": "session=1; Path=/"}))
    http = HttpClient(clients)
    await http.fetch(get(server.url))
    await http.fetch(get(server.url))
    assert "cookie" not in server.seen[1].headers


async def test_environment_is_not_read(
    serve: Serve, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy in the environment is not used."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server = serve(lambda _: Reply(b"{}"))
    assert (await HttpClient(clients).fetch(get(server.url))).ok


class TestRetries:
    """What may pass is tried again."""

    @pytest.mark.parametrize("status", [429, 502, 503, 504])
    async def test_passing_refusal_is_tried_again_after_a_pause(
        self, serve: Serve, clients: Clients, hand: object, status: int
    ) -> None:
        """Twice refused, then answered: three calls with growing pauses."""
        server = serve(lambda _: Reply(b"{}", status if len(server.seen) < 3 else 200))
        assert (await HttpClient(clients).fetch(get(server.url))).ok
        assert len(server.seen) == 3
        assert hand.pauses == [0.25, 0.5]  # type: ignore[attr-defined]

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 501])
    async def test_other_statuses_are_not(self, serve: Serve, clients: Clients, status: int) -> None:
        """They would be the same again."""
        server = serve(lambda _: Reply(b"{}", status))
        assert (await HttpClient(clients).fetch(get(server.url))).status == status
        assert len(server.seen) == 1

    async def test_last_answer_stands_when_all_attempts_fail(self, serve: Serve, clients: Clients) -> None:
        """Three times 502 is a 502."""
        server = serve(lambda _: Reply(b"{}", 502))
        assert (await HttpClient(clients).fetch(get(server.url))).status == 502
        assert len(server.seen) == 3

    async def test_short_retry_after_is_waited_for(
        self, serve: Serve, clients: Clients, hand: object
    ) -> None:
        """Exactly as long as asked."""
        server = serve(lambda _: Reply(b"", 429 if len(server.seen) == 1 else 200, {"Retry-After": "2"}))
        assert (await HttpClient(clients).fetch(get(server.url))).ok
        assert hand.pauses == [2.0]  # type: ignore[attr-defined]

    @pytest.mark.parametrize("status", [429, 503, 403])
    async def test_long_retry_after_ends_the_poll(self, serve: Serve, clients: Clients, status: int) -> None:
        """Above 5 s it is said when to come back, and nothing is tried again."""
        server = serve(lambda _: Reply(b"", status, {"Retry-After": "60"}))
        with pytest.raises(SourceError, match="come back later") as raised:
            await HttpClient(clients).fetch(get(server.url))
        assert raised.value.retry_after == timedelta(seconds=60)
        assert len(server.seen) == 1

    @pytest.mark.parametrize("status", [403, 429])
    async def test_a_used_up_limit_tells_when_it_begins_anew(
        self, serve: Serve, clients: Clients, hand: Hand, status: int
    ) -> None:
        """GitHub's refusal has no `Retry-After`: the limit's own reset says when to come back."""
        reset = str(int(hand.now.timestamp()) + 1200)
        limit = {
            "Date": format_datetime(hand.now, usegmt=True),
            "X-RateLimit-Limit": "5000",
            "X-RateLimit-Used": "5000",
            "X-RateLimit-Resource": "core",
            "X-RateLimit-Reset": reset,
        }
        server = serve(
            lambda _: Reply(
                {"message": "API rate limit exceeded"}, status, limit | {"X-RateLimit-Remaining": "0"}
            )
        )
        with pytest.raises(SourceError, match="come back later") as raised:
            await HttpClient(clients).fetch(get(server.url))
        assert raised.value.retry_after == timedelta(minutes=20)
        assert len(server.seen) == 1

    async def test_a_403_with_something_left_is_a_refusal(
        self, serve: Serve, clients: Clients, hand: Hand
    ) -> None:
        """The limit is told with every answer; this one is about the key."""
        reset = str(int(hand.now.timestamp()) + 1200)
        limit = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "7", "X-RateLimit-Reset": reset}
        server = serve(lambda _: Reply({"message": "Resource not accessible"}, 403, limit))
        assert (await HttpClient(clients).fetch(get(server.url))).status == 403

    async def test_endless_429_without_hint_is_deferred(self, serve: Serve, clients: Clients) -> None:
        """A limit is no failure: the source is left alone for a minute."""
        server = serve(lambda _: Reply(b"", 429))
        with pytest.raises(SourceError) as raised:
            await HttpClient(clients).fetch(get(server.url))
        assert raised.value.retry_after == timedelta(seconds=60)
        assert len(server.seen) == 3

    async def test_retry_after_on_a_good_answer_says_nothing(self, serve: Serve, clients: Clients) -> None:
        """Some servers send it with every 200."""
        server = serve(lambda _: Reply({"ok": True}, headers={"Retry-After": "60"}))
        assert (await HttpClient(clients).fetch(get(server.url))).json() == {"ok": True}

    async def test_dropped_connection_is_tried_again(self, serve: Serve, clients: Clients) -> None:
        """A reset, then an answer."""
        server = serve(lambda _: Reply(b"{}", drop=len(server.seen) < 3))
        assert (await HttpClient(clients).fetch(get(server.url))).ok
        assert len(server.seen) == 3

    async def test_body_that_breaks_off_is_no_answer(self, serve: Serve, clients: Clients) -> None:
        """Half a body is never read as a whole one."""
        server = serve(lambda _: Reply({"a": 1}, cut=True))
        with pytest.raises(SourceError, match="broke off"):
            await HttpClient(clients).fetch(get(server.url))
        assert len(server.seen) == 3


class TestTimeOuts:
    """Nobody waits for ever."""

    async def test_silent_server(self, serve: Serve, hasty: Clients) -> None:
        """Tried twice, then named."""
        server = serve(lambda _: Reply(b"{}", wait=1))
        with pytest.raises(SourceError, match=r"sent nothing for 0\.4 s"):
            await HttpClient(hasty).fetch(get(server.url))
        assert len(server.seen) == 2

    async def test_server_that_does_not_take_what_it_is_sent(self, hasty: Clients) -> None:
        """It is not silent: it is our request that it has not read."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            address = f"http://127.0.0.1:{server.getsockname()[1]}/runs"
            with pytest.raises(SourceError, match=r"/runs did not take the request within 0\.4 s"):
                await HttpClient(hasty).fetch(Request("POST", address, (), b"x" * 8_000_000))

    async def test_silence_is_not_asked_again_into_the_next_poll(self, serve: Serve, hasty: Clients) -> None:
        """Where a second silence would end after the next poll is due, the first is enough."""
        server = serve(lambda _: Reply(b"{}", wait=1))
        with pytest.raises(SourceError, match="sent nothing"):
            await HttpClient(hasty, within=timedelta(seconds=0.3)).fetch(get(server.url))
        assert len(server.seen) == 1

    async def test_body_that_trickles(self, serve: Serve, hasty: Clients) -> None:
        """A byte now and then does not keep a poll alive."""
        server = serve(lambda _: Reply(b"x" * 100, trickle=0.05))
        with pytest.raises(SourceError, match="did not finish"):
            await HttpClient(hasty).fetch(get(server.url))

    async def test_refused_connection_is_named(self, clients: Clients) -> None:
        """A closed port says so."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with pytest.raises(SourceError, match="refused the connection"):
            await HttpClient(clients).fetch(get(f"http://127.0.0.1:{port}/"))

    async def test_unknown_host_is_named(self, clients: Clients) -> None:
        """A name that does not resolve says so."""
        with pytest.raises(SourceError, match=r"host name that is not known|could not be connected"):
            await HttpClient(clients).fetch(get("http://nobody.invalid/"))


class TestSizes:
    """Bodies are bounded."""

    async def test_long_body_is_an_error(self, serve: Serve, clients: Clients) -> None:
        """One byte more than allowed."""
        server = serve(lambda _: Reply(b"x" * 100_001))
        with pytest.raises(SourceError, match="more than 100000 bytes"):
            await HttpClient(clients).fetch(get(server.url))

    async def test_compressed_bomb_is_an_error(self, serve: Serve, clients: Clients) -> None:
        """The limit is of what is unpacked."""
        packed = gzip.compress(b"\0" * 5_000_000)
        server = serve(lambda _: Reply(packed, headers={"Content-Encoding": "gzip"}))
        with pytest.raises(SourceError, match="more than"):
            await HttpClient(clients).fetch(get(server.url))

    async def test_body_that_cannot_be_unpacked_is_an_error(self, serve: Serve, clients: Clients) -> None:
        """Says gzip, is none."""
        server = serve(lambda _: Reply(b"plain", headers={"Content-Encoding": "gzip"}))
        with pytest.raises(SourceError, match="decompressed"):
            await HttpClient(clients).fetch(get(server.url))


class TestRedirects:
    """Only on the same host."""

    async def test_same_host_is_followed_with_credentials(self, serve: Serve, clients: Clients) -> None:
        """A moved path is found."""
        server = serve(
            lambda seen: (
                Reply({"at": seen.path})
                if seen.path == "/new"
                else Reply(status=301, headers={"Location": "/new"})
            )
        )
        answer = await HttpClient(clients).fetch(get(f"{server.url}/old", Authorization="Bearer t"))
        assert answer.json() == {"at": "/new"}
        assert server.seen[1].headers["authorization"] == "Bearer t"

    async def test_another_host_is_refused(self, serve: Serve, clients: Clients) -> None:
        """Another port is another host; nothing is sent there."""
        other = serve(lambda _: Reply(b"{}"))
        server = serve(lambda _: Reply(status=302, headers={"Location": f"{other.url}/steal"}))
        with pytest.raises(SourceError, match="another host") as raised:
            await HttpClient(clients).fetch(get(server.url, Authorization="Bearer t"))
        assert raised.value.permanent
        assert other.seen == []

    async def test_another_scheme_is_refused(self, serve: Serve, clients: Clients) -> None:
        """https on the same name is another origin too."""
        server = serve(lambda _: Reply(status=302, headers={"Location": f"https://127.0.0.1:{server.port}/"}))
        with pytest.raises(SourceError, match="another host"):
            await HttpClient(clients).fetch(get(server.url))

    async def test_circle_ends(self, serve: Serve, clients: Clients) -> None:
        """Round and round, five times."""
        server = serve(lambda _: Reply(status=302, headers={"Location": "/again"}))
        with pytest.raises(SourceError, match="redirects more than 5 times"):
            await HttpClient(clients).fetch(get(server.url))
        assert len(server.seen) == 6

    @pytest.mark.parametrize(("status", "method"), [(303, "GET"), (302, "GET"), (307, "POST"), (308, "POST")])
    async def test_post_is_repeated_only_where_it_should(
        self, serve: Serve, clients: Clients, status: int, method: str
    ) -> None:
        """As HTTP says: 307 and 308 keep method and body."""

        def answer(seen: Seen) -> Reply:
            return Reply(b"{}") if seen.path == "/b" else Reply(status=status, headers={"Location": "/b"})

        server = serve(answer)
        await HttpClient(clients).fetch(Request("POST", f"{server.url}/a", (), b"body"))
        assert (server.seen[1].method, server.seen[1].body) == (method, b"body" if method == "POST" else b"")


class TestImpatience:
    """A probe takes the first answer as it is."""

    @pytest.mark.parametrize("status", [302, 429, 503])
    async def test_first_answer_is_final(self, serve: Serve, clients: Clients, status: int) -> None:
        """Nothing is retried, waited for or followed."""
        server = serve(lambda _: Reply(b"", status, {"Retry-After": "1", "Location": "/x"}))
        assert (await HttpClient(clients).fetch(get(server.url), patient=False)).status == status
        assert len(server.seen) == 1

    async def test_long_body_is_cut(self, serve: Serve, clients: Clients) -> None:
        """The facts are in the head."""
        server = serve(lambda _: Reply(b"x" * 200_000))
        answer = await HttpClient(clients).fetch(get(server.url), patient=False)
        assert (answer.cut, len(answer.body)) == (True, 100_000)


class TestCircuit:
    """A host that keeps failing is left alone."""

    async def test_opens_after_five_failures_and_closes_by_a_trial(
        self, serve: Serve, clients: Clients, hand: object
    ) -> None:
        """Open: nothing is called and the cause is named. After 30 s one trial; it heals."""
        well = False
        server = serve(lambda _: Reply(b"{}", 200 if well else 503))
        http = HttpClient(clients)
        for _ in range(5):
            await http.fetch(get(server.url))
        calls = len(server.seen)
        with pytest.raises(SourceError, match=r"failed 5 times in a row.*503 Service Unavailable"):
            await http.fetch(get(server.url))
        assert len(server.seen) == calls
        assert clients.circuits()[0].state is CircuitState.OPEN
        hand.move(seconds=31)  # type: ignore[attr-defined]
        assert (await http.fetch(get(server.url))).status == 503
        assert len(server.seen) == calls + 1, "a trial is one attempt"
        with pytest.raises(SourceError, match="not called"):
            await http.fetch(get(server.url))
        well = True
        hand.move(seconds=61)  # type: ignore[attr-defined]
        assert (await http.fetch(get(server.url))).ok
        assert clients.circuits()[0].state is CircuitState.CLOSED

    async def test_other_hosts_are_not_concerned(self, serve: Serve, clients: Clients) -> None:
        """A circuit is of one host and port."""
        sick, well = serve(lambda _: Reply(b"", 503)), serve(lambda _: Reply(b"{}"))
        http = HttpClient(clients)
        for _ in range(5):
            await http.fetch(get(sick.url))
        assert (await http.fetch(get(well.url))).ok

    async def test_probe_goes_through_an_open_circuit(self, serve: Serve, clients: Clients) -> None:
        """To see whether the host answers is what it is for; its success closes the circuit."""
        server = serve(lambda _: Reply(b"{}", 503 if len(server.seen) <= 15 else 200))
        http = HttpClient(clients)
        for _ in range(5):
            await http.fetch(get(server.url))
        assert (await http.fetch(get(server.url), patient=False)).ok
        assert (await http.fetch(get(server.url))).ok

    @pytest.mark.parametrize("status", [404, 429, 500])
    async def test_answers_do_not_open_it(self, serve: Serve, clients: Clients, status: int) -> None:
        """A host that answers is there."""
        server = serve(lambda _: Reply(b"", status, {"Retry-After": "60"}))
        http = HttpClient(clients)
        for _ in range(8):
            try:
                await http.fetch(get(server.url))
            except SourceError as error:
                assert error.retry_after  # noqa: PT017
        assert len(server.seen) == 8


async def test_concurrent_calls_of_one_host_are_limited(serve: Serve, clients: Clients) -> None:
    """Never more than four at once."""
    import asyncio

    server = serve(lambda _: Reply(b"{}", wait=0.03))
    http = HttpClient(clients)
    await asyncio.gather(*(http.fetch(get(f"{server.url}/{number}")) for number in range(16)))
    assert len(server.seen) == 16
    assert server.most_at_once <= 4


@pytest.mark.parametrize("url", ["ftp://host/x", "file:///etc/passwd", "http://", "http://host:99999/"])
async def test_only_http_addresses_are_called(clients: Clients, url: str) -> None:
    """Anything else is a permanent error."""
    with pytest.raises(SourceError) as raised:
        await HttpClient(clients).fetch(get(url))
    assert raised.value.permanent


class TestReadingBodies:
    """A body that is no JSON is named for what it is."""

    @pytest.mark.parametrize(
        ("body", "kind", "said"),
        [
            ("<html><head><title>Sign in</title></head></html>", "text/html", 'titled "Sign in".*login page'),
            ("<title>Sign in &amp; work &mdash; AD</title>", "text/html", 'titled "Sign in & work — AD"'),
            (
                "<?xml version='1.0'?><soap:Envelope><r/></soap:Envelope>",
                "text/xml",
                r"answered XML \(text/xml\).*Accept: application/json",
            ),
            ("<runs><run id='1'/></runs>", "application/xml", "answered XML"),
            (
                "<?xml version='1.0'?><!DOCTYPE html><html><title>Sign in</title></html>",
                "text/html",
                "login page",
            ),
            ("", "application/json", "empty body"),
            ('{"a": ', "application/json", "not JSON"),
            ("Service says hello", "text/plain", "text/plain that is not JSON: Service says hello"),
        ],
        ids=["login page", "entities", "SOAP", "XML", "XHTML", "empty", "half", "text"],
    )
    async def test_what_came_is_told(
        self, serve: Serve, clients: Clients, body: str, kind: str, said: str
    ) -> None:
        """With the address and the beginning of it."""
        server = serve(lambda _: Reply(body, headers={"Content-Type": kind}))
        answer = await HttpClient(clients).fetch(get(server.url))
        with pytest.raises(SourceError, match=said):
            answer.json()

    async def test_a_compression_that_nobody_asked_for_is_named(self, serve: Serve, clients: Clients) -> None:
        """Its bytes are no text to be shown."""
        server = serve(lambda _: Reply("\x8b\x02", headers={"Content-Encoding": "br"}))
        answer = await HttpClient(clients).fetch(get(server.url))
        with pytest.raises(SourceError, match="compressed as br, which it was not asked for"):
            answer.json()


BAD = ["http://[::1", "http://[::1]x/", "http://[]/", "http://h:99999/", "http://exa mple.com/", "http://a..b/", "https://exa\u2100mple/"]  # fmt: skip


class TestAddresses:
    """What cannot be called is an error of its source, whoever wrote it."""

    @pytest.mark.parametrize(
        ("target", "found"),
        [
            ("http://api.example/runs?page=2", "https://api.example/runs?page=2"),
            ("http://API.example:80/runs?page=2", "https://api.example/runs?page=2"),
            ("http://api.example:8080/runs", "http://api.example:8080/runs"),
            ("http://app/runs", "http://app/runs"),
            ("/runs?page=2", "https://api.example/runs?page=2"),
            pytest.param("http://api.example/runs", "http://api.example/runs", id="what was just asked"),
        ],
    )
    def test_a_link_that_forgot_tls_leads_to_where_it_was_asked(self, target: str, found: str) -> None:
        """Behind a gateway that speaks TLS a system writes http; nothing goes out without it, or elsewhere."""
        url = "https://api.example/runs"
        assert link_of(url, url, target, "redirects to") == found

    def test_a_link_that_forgot_tls_leads_to_the_port_that_was_asked(self) -> None:
        """Which is as unknown behind the gateway as its TLS; what was asked for by http stays so."""
        target = "http://api.example/b"
        assert link_of("https://api.example:8443/a", "https://api.example:8443/a", target, "") == (
            "https://api.example:8443/b"
        )
        assert link_of("http://api.example:81/a", "http://api.example:81/a", target, "") == target

    @pytest.mark.parametrize(
        "url", [*BAD, "http://", "ftp://h/", "http://xn--zz--/", "http://xn--a.com/", "http://\u2603.net/", f"http://{'a' * 64}.com/"]
    )  # fmt: skip
    async def test_a_call_to_no_address_is_an_error(self, clients: Clients, url: str) -> None:
        """For good, and named."""
        with pytest.raises(SourceError, match="is not an address that can be called: ") as raised:
            await HttpClient(clients).fetch(get(url))
        assert raised.value.permanent

    @pytest.mark.parametrize("target", [*BAD, "//h:99999/x"])
    async def test_a_redirect_to_no_address_is_an_error(
        self, serve: Serve, clients: Clients, target: str
    ) -> None:
        """It says who redirects, and where to."""
        server = serve(
            lambda _: Reply(status=302, headers={"Location": target.replace("\u2100", "%E2%84%80")})
        )
        with pytest.raises(SourceError, match=r"redirects to .* which cannot be called: ") as raised:
            await HttpClient(clients).fetch(get(f"{server.url}/a"))
        assert raised.value.permanent

    def test_a_host_in_other_letters_is_the_same_host(self) -> None:
        """An answer tells where it came from in ASCII; letters that only look up alike are another host."""
        assert same_origin("http://пример.испытание/a", "http://xn--e1afmkfd.xn--80akhbyknj4f:80/b")
        assert not same_origin("http://faß.example/", "http://fass.example/")
        assert not same_origin("http://\u2603.example/", "http://\u2603.example/")

    def test_what_cannot_be_shown_whole_shows_no_secret(self) -> None:
        """A broken address may have a user and a query as any other."""
        assert shown_url("http://u:secret@[::1/path?key=secret") == "http://[::1/path"
        assert "secret" not in shown_url("https://u:secret@exa\u2100mple/p#secret")


async def test_what_cannot_be_sent_is_no_fault_of_the_host(serve: Serve, clients: Clients) -> None:
    """A line's end in a header, which an item's id may bring: asked once, named, and nobody is kept out for it."""
    server = serve(lambda _: Reply(b"{}"))
    http = HttpClient(clients)
    for _ in range(10):
        with pytest.raises(SourceError, match="cannot be asked for: illegal header value;") as raised:
            await http.fetch(get(server.url, **{"X-Id": "hidden\nb"}))
        assert raised.value.permanent
        assert "hidden" not in raised.value.message
    assert (await http.fetch(get(server.url))).ok
    assert len(server.seen) == 1
    assert http.requests == 11
