"""Which bytes are an answer, what they say, and whether the connection serves another request after them."""

from __future__ import annotations

import re

import httpx
import pytest

from collectors.answer import Answer, without_hints

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = b"Content-Length: 2\r\n"
CHUNKS = b"Transfer-Encoding: chunked\r\n"
WHOLE = OK + LENGTH + b"\r\n[]"


def read(data: bytes, size: int = 10_000, *, closed: bool = False) -> tuple[Answer, bytes]:
    """The answer in some bytes of which so many come at once, and its body."""
    answer = Answer()
    for first in range(0, len(data), size):
        answer.feed(data[first : first + size])
    if closed:
        answer.feed(b"")
    return answer, b"".join(answer.parts)


ANSWERS = {
    "as it should be": WHOLE,
    "no reason": b"HTTP/1.1 200\r\n" + LENGTH + b"\r\n[]",
    "a reason in other letters": "HTTP/1.1 200 Принято\r\n".encode() + LENGTH + b"\r\n[]",
    "lines that end in LF": b"HTTP/1.1 200 OK\nContent-Length: 2\n\n[]",
    "both ends of lines": OK + b"A: b\n" + LENGTH + b"\r\n[]",
    "an empty line before": b"\r\n" + WHOLE,
    "an empty line after": WHOLE + b"\r\n",
    "a folded header": OK + b"A: b\r\n c\r\n" + LENGTH + b"\r\n[]",
    "other letters in a header": OK + "X-Name: Принято\r\n".encode() + LENGTH + b"\r\n[]",
    "bytes that are no letters": OK + b"X-Name: a\tb\x01\xe9\r\n" + LENGTH + b"\r\n[]",
    "an empty header": OK + b"X-Name:\r\n" + LENGTH + b"\r\n[]",
    "spaces around": OK + b"X-Name:   b  \r\nContent-Length:  2  \r\n\r\n[]",
    "chunks": OK + CHUNKS + b"\r\n1\r\n[\r\n1\r\n]\r\n0\r\n\r\n",
    "chunks in capitals": OK + b"transfer-encoding: Chunked\r\n\r\n2\r\n[]\r\n0\r\n\r\n",
    "chunks with more beside": OK + CHUNKS + b"\r\n2;a=b\r\n[]\r\n0\r\nChecksum: x\r\n\r\n",
    "chunks with spaces": OK + CHUNKS + b"\r\n0002  \r\n[]\r\n0\r\n\r\n",
    "chunks and a length": OK + b"Content-Length: 99\r\n" + CHUNKS + b"\r\n2\r\n[]\r\n0\r\n\r\n",
    "hints before": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + WHOLE,
    "a go-ahead before": b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE,
    "a go-ahead that closes": b"HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\n" + WHOLE,
    "a go-ahead of HTTP/1.0": b"HTTP/1.0 100 Continue\r\n\r\n" + WHOLE,
    "a length twice": OK + LENGTH + b"A: b\r\n" + LENGTH + LENGTH + b"\r\n[]",
    "a length twice in a line": OK + b"content-length: 2, 2\r\nA: b\r\n\r\n[]",
    "a length twice behind an empty line": b"\r\n" + OK + LENGTH + LENGTH + b"\r\n[]",
    "a length twice in lines that end in LF": b"HTTP/1.1 200 OK\nContent-Length: 2\nA: b\nContent-Length: 2\n\n[]",
    "a length twice and both ends of lines": b"\n\n" + OK + b"Content-Length: 2\n" + LENGTH + b"\n[]",
    "a hint with a length twice": b"HTTP/1.1 103 Hints\r\n" + LENGTH + LENGTH + b"\r\n" + WHOLE,
    "an offer to change": OK + b"Upgrade: h2,h2c\r\nConnection: Upgrade, Keep-Alive\r\n" + LENGTH + b"\r\n[]",
    "HTTP/1.0 that stays": b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + LENGTH + b"\r\n[]",
}
ENDS = {
    "it says so": OK + b"Connection: close\r\n" + LENGTH + b"\r\n[]",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n" + LENGTH + b"\r\n[]",
    "more than the length": WHOLE + b"xx",
    "more than its last answer": OK + b"Connection: close\r\n" + LENGTH + b"\r\n[]xx",
    "another answer": WHOLE + b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n",
    "a change of protocol after it": WHOLE + b"HTTP/1.1 101 S\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
}


@pytest.mark.parametrize("size", [10_000, 7, 1])
@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_read_however_it_comes(name: str, size: int) -> None:
    """Whole, in pieces and byte by byte, with what servers do carelessly; its connection is of use."""
    answer, body = read(ANSWERS[name], size)
    assert answer.head is not None
    assert (answer.head.status, body, answer.ended, answer.reusable()) == (200, b"[]", True, True)


@pytest.mark.parametrize("size", [10_000, 1])
@pytest.mark.parametrize("name", ENDS)
def test_a_connection_that_serves_no_other_request(name: str, size: int) -> None:
    """The answer itself counts all the same."""
    answer, body = read(ENDS[name], size)
    assert answer.head is not None
    assert (answer.head.status, body, answer.ended, answer.reusable()) == (200, b"[]", True, False)


def test_headers_are_told_as_they_came() -> None:
    """Names as they are written, values without what stands around them, hints' headers not among them."""
    data = (
        b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n"
        + OK
        + b"X-Tab: a\tb \r\nX-Nul: a\0b\r\nx-empty:\r\n"
        + LENGTH
        + b"\r\n[]"
    )
    answer, _ = read(data, 3)
    assert answer.head is not None
    assert answer.head.headers == [
        (b"X-Tab", b"a\tb"),
        (b"X-Nul", b"a b"),
        (b"x-empty", b""),
        (b"Content-Length", b"2"),
    ]


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
@pytest.mark.parametrize("header", [b"", b"Content-Length: 5\r\n", CHUNKS])
def test_some_answers_have_no_body(status: bytes, header: bytes) -> None:
    """Whatever their headers say."""
    answer, body = read(b"HTTP/1.1 " + status + b"\r\n" + header + b"\r\n")
    assert (body, answer.ended, answer.reusable()) == (b"", True, True)


def test_without_a_length_the_end_is_the_connections() -> None:
    """That is no error, and nothing else can be asked on it."""
    answer, body = read(OK + b"\r\n[1, 2]", 3)
    assert not answer.ended
    answer.feed(b"")
    assert (body, answer.ended, answer.reusable()) == (b"[1, 2]", True, False)


@pytest.mark.parametrize(
    "data",
    [OK + b"Content-Length: 5\r\n\r\n[]", OK + CHUNKS + b"\r\n2\r\n[]\r\n", OK + CHUNKS + b"\r\n9\r\n[]"],
)
def test_a_body_that_breaks_off(data: bytes) -> None:
    """What came is not taken for all of it."""
    with pytest.raises(httpx.RemoteProtocolError, match="before the end of the body"):
        read(data, closed=True)


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200 OK\r\nX-A: b\r\n"])
def test_no_answer_at_all(data: bytes) -> None:
    """Nothing, or not even a head."""
    with pytest.raises(httpx.RemoteProtocolError, match="Server disconnected"):
        read(data, closed=True)


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"<html>\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b"Content-Length: -2\r\n\r\n",
        OK + LENGTH + b"Content-Length: 3\r\n\r\n[]",
        OK + CHUNKS + b"\r\nxyz\r\n[]\r\n",
    ],
)
def test_what_is_no_answer(data: bytes) -> None:
    """It says why, without the bytes that it came in."""
    with pytest.raises(httpx.RemoteProtocolError, match="it is no HTTP answer: "):
        read(data)


def test_a_change_of_protocol_is_no_answer() -> None:
    """Nobody asked for it."""
    with pytest.raises(httpx.RemoteProtocolError, match="protocol that nobody asked for"):
        read(b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")


@pytest.mark.parametrize("coding", [b"gzip", b"gzip, chunked", b"identity"])
def test_another_coding_than_chunks(coding: bytes) -> None:
    """Its body would be taken for what it is not, and its end for where it breaks off."""
    with pytest.raises(httpx.RemoteProtocolError, match="Transfer-Encoding"):
        read(OK + b"Transfer-Encoding: " + coding + b"\r\nContent-Length: 2\r\n\r\n2\r\n[]\r\n0\r\n\r\n")


@pytest.mark.parametrize("more", [b"2;a=%s" % (b"x" * 300_000), b"2\r\n[]\r\n0\r\nA: %s" % (b"x" * 300_000)])
def test_what_stands_beside_chunks_without_end(more: bytes) -> None:
    """It is no body, so nobody else would bound it."""
    with pytest.raises(httpx.RemoteProtocolError, match="beside its body is longer than 102400 bytes"):
        read(OK + CHUNKS + b"\r\n" + more, 5000)


def test_a_long_body_is_none_of_it() -> None:
    """Neither in one piece nor in many small ones."""
    _, body = read(OK + b"Content-Length: 300000\r\n\r\n" + b"x" * 300_000, 5000)
    assert len(body) == 300_000
    answer, body = read(OK + CHUNKS + b"\r\n" + b"1\r\nx\r\n" * 60_000 + b"0\r\n\r\n", 5000)
    assert (len(body), answer.reusable()) == (60_000, True)


def test_headers_without_end() -> None:
    """They do not fill the memory."""
    with pytest.raises(httpx.RemoteProtocolError, match="longer than 102400 bytes"):
        read(OK + b"".join(b"X-%d: %s\r\n" % (number, b"x" * 1000) for number in range(200)), 5000)


@pytest.mark.parametrize(
    "hint",
    [
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        b"HTTP/1.0 103 Early Hints\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n" + LENGTH + LENGTH + b"\r\n",
    ],
)
@pytest.mark.parametrize("size", [5000, 41])
def test_hints_without_end(hint: bytes, size: int) -> None:
    """Neither do those before the answer, also where each says that it closes or is read again."""
    with pytest.raises(httpx.RemoteProtocolError, match="longer than 102400 bytes"):
        read(hint * 4000, size)


def test_hints_that_close_one_by_one() -> None:
    """After each of them the answer is still to come."""
    answer = Answer()
    for _ in range(20):
        answer.feed(b"HTTP/1.0 100 Continue\r\n\r\n")
    assert answer.head is None
    answer.feed(WHOLE)
    assert (answer.parts, answer.ended, answer.reusable()) == ([b"[]"], True, True)


@pytest.mark.parametrize("size", [10_000, 5])
@pytest.mark.parametrize("hint", [b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\n", b"HTTP/1.0 100 Continue\r\n\r\n"])
def test_a_length_twice_behind_hints(hint: bytes, size: int) -> None:
    """The head that tells it twice is that of the answer, and its headers are told without the hints'."""
    answer, body = read(hint * 3 + OK + LENGTH + b"A: b\r\n" + LENGTH + b"\r\n[]", size)
    assert answer.head is not None
    assert answer.head.headers == [(b"Content-Length", b"2"), (b"A", b"b")]
    assert (body, answer.ended, answer.reusable()) == (b"[]", True, True)


@pytest.mark.parametrize("size", [100_000, 5000])
def test_a_head_that_tells_its_length_twice_without_end(size: int) -> None:
    """It is waited for, but not for ever."""
    with pytest.raises(httpx.RemoteProtocolError, match="its headers are longer than 102400 bytes"):
        read(OK + LENGTH + LENGTH + b"X: y\r\n" * 40_000, size)


@pytest.mark.parametrize("told", [LENGTH + LENGTH, b"Content-Length: 2\nContent-Length: 2\n"])
def test_a_head_that_dribbles_is_not_read_again_at_each_byte(
    told: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever answers slowly enough would otherwise keep everyone else waiting."""
    looked_at: list[int] = []
    blank = re.compile(rb"\r?\n\r?\n")

    class Counted:
        """The end of a head, as it is looked for."""

        def search(self, said: bytes | bytearray, first: int = 0) -> re.Match[bytes] | None:
            looked_at.append(len(said) - first)
            return blank.search(said, first)

    def counted(said: bytes | bytearray) -> bytes:
        looked_at.append(len(said))
        return without_hints(said)

    monkeypatch.setattr("collectors.answer.without_hints", counted)
    monkeypatch.setattr("collectors.answer._BLANK", Counted())
    hint = b"HTTP/1.1 103 Early Hints\r\nLink: %s\r\n\r\n" % (b"x" * 60_000)
    answer = Answer()
    answer.feed(hint + OK + told)
    for byte in b"X-Name: %s\r\n\r\n[]" % (b"y" * 2000):
        answer.feed(bytes([byte]))
    assert (answer.parts, answer.ended, answer.reusable()) == ([b"[", b"]"], True, True)
    assert sum(looked_at) < 4 * len(hint)


HINT_READ_AGAIN = b"HTTP/1.1 103 Hints\r\n" + LENGTH + LENGTH + b"Link: %s\r\n\r\n" % (b"x" * 45_000)


@pytest.mark.parametrize("size", [100_000, 60_000, 5000])
def test_what_is_read_again_counts_once(size: int) -> None:
    """Behind a hint that tells its length twice a head may be as long as behind one that does not."""
    head = OK + LENGTH + b"X: %s\r\n" % (b"y" * 30_000)
    answer, _ = read(HINT_READ_AGAIN + head, size)
    answer.feed(b"\r\n[]")
    assert (answer.parts, answer.ended, answer.reusable()) == ([b"[]"], True, True)


@pytest.mark.parametrize("size", [200_000, 60_000, 5000])
def test_what_is_read_again_does_count(size: int) -> None:
    """The hint and the head together are as long as may be, and no longer."""
    head = OK + LENGTH + b"X: %s\r\n" % (b"y" * 60_000)
    with pytest.raises(httpx.RemoteProtocolError, match="longer than 102400 bytes"):
        read(HINT_READ_AGAIN + head, size)
