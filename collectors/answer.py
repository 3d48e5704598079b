"""Reads one HTTP/1.1 answer from the bytes of a connection as they come, by httptools' parser."""

from __future__ import annotations

import re
from typing import NamedTuple

import httptools
import httpx

from collectors.call import RawHeaders

_LONGEST_HEAD = 100 * 1024
_BLANK = re.compile(rb"\r?\n\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_LENGTH = b"content-length"
_CODING = b"transfer-encoding"
_SWITCHED = 101
_HINT_STATUSES = frozenset(range(100, 200)) - {_SWITCHED}
_HINTS = re.compile(rb"(?:\s*[A-Z]+/\d\.\d 1(?!01)\d\d\b.*?\n\r?\n)+", re.DOTALL)


class Head(NamedTuple):
    """The beginning of an answer."""

    status: int
    headers: RawHeaders


class Answer:
    """One answer. head: None until it is there; ended: nothing more belongs to it; parts: of its body, until taken.

    What precedes the answer itself (1xx) is passed over. What servers write carelessly is taken: lines that end in
    LF, folded headers, a length beside chunks, the same length twice.
    """

    _headers: list[tuple[bytes, bytes]]
    # Up to where no end of a head was found that the parser cannot read; None: it reads on.
    _looked: int | None = None

    def __init__(self) -> None:
        self.head: Head | None = None
        self.ended = False
        self.parts: list[bytes] = []
        self._framed = self._kept = self._surplus = False
        self._fault: str | None = None
        # What came before the head was there, for where it has to be read again.
        self._said: bytes | bytearray = b""
        self._beside = 0
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
        # What stands between and after the chunks is bounded like the head: the body alone may be long.
        self._beside += len(data)
        try:
            parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._stumbled(str(error))
        if self._fault is not None:
            raise httpx.RemoteProtocolError(self._fault)
        if self.ended:
            # The two hold each other, and the collector of garbage would have to find them.
            self._parser = None
        elif self._beside > _LONGEST_HEAD:
            what = "its headers are" if self.head is None else "what stands beside its body is"
            raise httpx.RemoteProtocolError(f"{what} longer than {_LONGEST_HEAD} bytes")

    def _stumbled(self, error: str) -> None:
        """The parser goes no further, and says so at each of its calls: another reads on where that can be."""
        if self.ended:
            self._surplus = True
        elif self.head is not None:
            raise _no_answer(error) from None
        elif self._looked is not None:
            self._await_whole_head()
        elif (rest := without_hints(self._said)) != self._said:
            # It may have been a hint's: that it closes, or its lengths.
            self._read_anew(rest)
        elif "Content-Length" in error:
            self._said, self._looked = bytearray(self._said.lstrip()), 0
            self._await_whole_head()
        else:
            raise _no_answer(error) from None

    def _await_whole_head(self) -> None:
        """Only the whole head tells whether its lengths are the same. Of what comes byte by byte each is looked at once."""
        if _BLANK.search(self._said, self._looked or 0) is None:
            # Its end may have begun: \r\n\r.
            self._looked = max(0, len(self._said) - 3)
            return
        said = bytes(self._said)
        rest = without_hints(said)
        self._read_anew(with_length_once(said) if rest == said else rest)

    def _read_anew(self, said: bytes) -> None:
        self._said, self._looked, self._parser = b"", None, _parser(self)
        # It counted as it came.
        self._beside -= len(said)
        self._read(self._parser, said)

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
        """A hint begins or the answer, or another, which nobody asked for."""
        self._headers, self._surplus = [], self.ended

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or what follows the last chunk, which is not looked at."""
        if self.head is None:
            # NUL stands for nothing there (RFC 9110, 5.5), and no database of ours would take it.
            self._headers.append((name, value.strip().replace(b"\0", b" ")))

    def on_headers_complete(self) -> None:
        """The head is there, unless that was a hint's."""
        assert self._parser is not None
        status = self._parser.get_status_code()
        if self.head is not None or status in _HINT_STATUSES:
            return
        self.head, self._said, self._beside = Head(status, self._headers), b"", 0
        told = {name.lower(): value.lower() for name, value in self._headers}
        self._framed = _LENGTH in told or _CODING in told
        if told.get(_CODING, b"chunked") != b"chunked":
            self._fault = "its body is packed in another way than by chunks (Transfer-Encoding)"
        elif status == _SWITCHED:
            self._fault = "it changed to a protocol that nobody asked for"

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        self._beside = 0
        if not self.ended:
            self.parts.append(body)

    def on_message_complete(self) -> None:
        """It is over, unless that was a hint."""
        if self.head is not None:
            assert self._parser is not None
            # Asked any later, the parser has forgotten it.
            self.ended, self._kept = True, self._parser.should_keep_alive()


def without_hints(said: bytes | bytearray) -> bytes:
    """What follows the hints before an answer, where one of them is taken for the last that comes."""
    hints = _HINTS.match(said)
    return bytes(said[hints.end() :] if hints else said)


def with_length_once(said: bytes) -> bytes:
    """A head that tells the same length several times, as if it told it once (RFC 9112, 6.3).

    The body may follow. Raises httpx.RemoteProtocolError where it does not, or tells several.
    """
    blank = _BLANK.search(said)
    head, body = (said[: blank.start()], said[blank.end() :]) if blank else (said, b"")
    lines = _LINE_END.split(head)
    lengths = [line for line in lines if line.partition(b":")[0].lower() == _LENGTH]
    told = [one.strip() for line in lengths for one in line.partition(b":")[2].split(b",")]
    if len(told) < 2 or len(set(told)) > 1 or not told[0].isdigit():
        raise _no_answer("its Content-Length cannot be read")
    others = [line for line in lines if line not in lengths]
    return b"\r\n".join([*others[:1], b"Content-Length: " + told[0], *others[1:], b"", body])


def _no_answer(why: str) -> httpx.RemoteProtocolError:
    return httpx.RemoteProtocolError(f"it is no HTTP answer: {why}")


def _parser(told: Answer) -> httptools.HttpResponseParser:
    parser = httptools.HttpResponseParser(told)
    parser.set_dangerous_leniencies(
        lenient_headers=True,
        lenient_chunked_length=True,
        lenient_optional_cr_before_lf=True,
        lenient_spaces_after_chunk_size=True,
    )
    return parser
