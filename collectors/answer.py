"""Reads one HTTP/1.1 answer from the bytes of a connection as they come, by httptools' parser."""

from __future__ import annotations

from typing import NamedTuple

import httptools
import httpx

from collectors.call import RawHeaders

_LONGEST_HEAD = 100 * 1024
_BLANK = b"\r\n\r\n"
_MOST_BEGUN = 8
_LENGTH = b"content-length"
_CODING = b"transfer-encoding"
_INTERIM = range(100, 200)
_SWITCHED = 101


class Head(NamedTuple):
    """The beginning of an answer."""

    status: int
    headers: RawHeaders


class Answer:
    """One answer. head: None until it is there; ended: nothing more belongs to it; parts: of its body, until taken.

    What precedes the answer itself (1xx) is passed over. What servers write carelessly is taken: lines that end in
    LF, folded headers, a length beside chunks, the same length twice.
    """

    def __init__(self) -> None:
        self.head: Head | None = None
        self.ended = False
        self.parts: list[bytes] = []
        self._headers: list[tuple[bytes, bytes]] = []
        self._framed = self._interim = self._passed = self._waits = False
        self._kept = self._surplus = False
        self._said = b""
        self._beside = self._begun = 0
        self._fault: str | None = None
        self._parser: httptools.HttpResponseParser | None = _parser(self)

    def feed(self, data: bytes) -> None:
        """Some bytes came; none: no more will. Raises httpx.RemoteProtocolError for what is no answer."""
        if not data:
            self._end()
        elif self._parser is None:
            self._surplus = self._surplus or bool(data.strip())
        else:
            self._read(self._parser, data)

    def reusable(self) -> bool:
        """Whether its connection can serve another request."""
        return self.ended and self._kept and not self._surplus

    def _read(self, parser: httptools.HttpResponseParser, data: bytes) -> None:
        if self.head is None:
            self._said += data
        if self._waits:
            self._read_when_whole()
            return
        # What stands between and after the chunks is bounded like the head: the body alone may be long.
        self._beside += len(data)
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise httpx.RemoteProtocolError("it changed to a protocol that nobody asked for") from None
        except httptools.HttpParserError as error:
            self._stumbled(error)
        if self._fault is not None:
            raise httpx.RemoteProtocolError(self._fault)
        if self.ended:
            # The two hold each other, and the collector of garbage would have to find them.
            self._parser = None
        elif self._beside > _LONGEST_HEAD:
            what = "its headers are" if self.head is None else "what stands beside its body is"
            raise httpx.RemoteProtocolError(f"{what} longer than {_LONGEST_HEAD} bytes")

    def _stumbled(self, error: httptools.HttpParserError) -> None:
        """The parser goes no further: it is over already, or is begun anew where only a length may be told twice."""
        if self.ended:
            self._surplus = True
            return
        rest = self._said.partition(_BLANK)[2] if self._passed else b""
        if rest:
            # What was passed over said that it closes, or came by HTTP/1.0: the answer follows all the same.
            self._anew(rest)
        elif self.head is None and "Content-Length" in str(error):
            self._waits = True
            self._read_when_whole()
        else:
            raise httpx.RemoteProtocolError(f"it is no HTTP answer: {error}") from None

    def _read_when_whole(self) -> None:
        """Only the whole head tells whether its lengths are the same."""
        if _BLANK not in self._said and len(self._said) <= _LONGEST_HEAD:
            return
        once = with_length_once(self._said)
        if once is None:
            raise httpx.RemoteProtocolError("it is no HTTP answer: its Content-Length cannot be read")
        self._anew(once)

    def _anew(self, data: bytes) -> None:
        self._begun += 1
        if self._begun > _MOST_BEGUN:
            raise httpx.RemoteProtocolError("it announces its answer again and again")
        self._headers, self._said, self._beside = [], b"", 0
        self._interim = self._passed = self._waits = False
        self._parser = _parser(self)
        self._read(self._parser, data)

    def _end(self) -> None:
        if self.head is None:
            said = "within the headers" if self._beside else "without sending a response"
            raise httpx.RemoteProtocolError(f"Server disconnected {said}.")
        if self._framed and not self.ended:
            raise httpx.RemoteProtocolError("closed the connection before the end of the body")
        # Neither length nor chunks: the end of the connection is that of the body.
        self.ended = self._surplus = True
        self._parser = None

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Another answer begins, which nobody asked for where this one is over."""
        self._surplus = self.ended

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or what follows the last chunk, which is not looked at."""
        if self.head is None:
            # NUL stands for nothing there (RFC 9110, 5.5), and no database of ours would take it.
            self._headers.append((name, value.strip().replace(b"\0", b" ")))

    def on_headers_complete(self) -> None:
        """The head is there."""
        if self.head is not None:
            return
        assert self._parser is not None
        status = self._parser.get_status_code()
        self._interim = status in _INTERIM and status != _SWITCHED
        if self._interim:
            return
        self.head, self._said, self._beside = Head(status, self._headers), b"", 0
        self._passed = False
        told = {name.lower(): value.lower() for name, value in self._headers}
        self._framed = _LENGTH in told or _CODING in told
        if told.get(_CODING, b"chunked") != b"chunked":
            self._fault = "its body is packed in another way than by chunks (Transfer-Encoding)"

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        self._beside = 0
        if not self.ended:
            self.parts.append(body)

    def on_message_complete(self) -> None:
        """It is over, unless it only announced another."""
        if self._interim:
            self._headers, self._interim, self._passed = [], False, True
        else:
            assert self._parser is not None
            # Asked any later, the parser has forgotten it.
            self.ended, self._kept = True, self._parser.should_keep_alive()


def with_length_once(said: bytes) -> bytes | None:
    """A head that tells the same length several times, as if it told it once (RFC 9112, 6.3).

    None where it does not, or tells several. The body may follow.
    """
    head, blank, body = said.partition(_BLANK)
    lines = head.split(b"\r\n")
    lengths = [line for line in lines if line.partition(b":")[0].lower() == _LENGTH]
    told = [one.strip() for line in lengths for one in line.partition(b":")[2].split(b",")]
    if len(told) < 2 or len(set(told)) > 1 or not told[0].isdigit():
        return None
    others = [line for line in lines if line not in lengths]
    return b"\r\n".join([*others[:1], b"Content-Length: " + told[0], *others[1:]]) + blank + body


def _parser(told: Answer) -> httptools.HttpResponseParser:
    parser = httptools.HttpResponseParser(told)
    parser.set_dangerous_leniencies(
        lenient_headers=True,
        lenient_chunked_length=True,
        lenient_optional_cr_before_lf=True,
        lenient_spaces_after_chunk_size=True,
    )
    return parser
