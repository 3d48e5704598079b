"""Reads one HTTP/1.1 answer from the bytes of a connection as they come, by httptools' parser."""

from __future__ import annotations

from typing import NamedTuple

import httptools
import httpx

from collectors.call import RawHeaders

_LONGEST_HEAD = 100 * 1024
_INTERIM = range(100, 200)
_SWITCHED = 101


class Head(NamedTuple):
    """The beginning of an answer."""

    status: int
    headers: RawHeaders


class Answer:
    """One answer. head: None until it is there; ended: nothing more belongs to it; parts: of its body, until taken.

    What precedes the answer itself (1xx) is passed over. A little carelessness is taken, as browsers take it:
    lines that end in LF, folded headers, a length beside chunks.
    """

    def __init__(self) -> None:
        self.head: Head | None = None
        self.ended = False
        self.parts: list[bytes] = []
        self._headers: list[tuple[bytes, bytes]] = []
        self._head_bytes = 0
        self._framed = self._interim = self._kept = self._surplus = False
        self._parser: httptools.HttpResponseParser | None = _parser(self)

    def feed(self, data: bytes) -> None:
        """Some bytes came; none: no more will. Raises httpx.RemoteProtocolError for what is no answer."""
        if not data:
            self._end()
            return
        if self._parser is None:
            self._surplus = self._surplus or bool(data.strip())
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise httpx.RemoteProtocolError("it changed to a protocol that nobody asked for") from None
        except httptools.HttpParserError as error:
            if not self.ended:
                raise httpx.RemoteProtocolError(_said(error)) from None
            self._surplus = True
        if self.ended:
            # The two hold each other, and the collector of garbage would have to find them.
            self._parser = None
        elif self.head is None:
            self._head_bytes += len(data)
            if self._head_bytes > _LONGEST_HEAD:
                raise httpx.RemoteProtocolError(f"its headers are longer than {_LONGEST_HEAD} bytes")

    def reusable(self) -> bool:
        """Whether its connection can serve another request."""
        return self.ended and self._kept and not self._surplus

    def _end(self) -> None:
        if self.head is None:
            said = "within the headers" if self._head_bytes else "without sending a response"
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
        if not self._interim:
            self.head = Head(status, self._headers)
            self._framed = any(
                name == b"content-length" or (name == b"transfer-encoding" and b"chunked" in value.lower())
                for name, value in ((name.lower(), value) for name, value in self._headers)
            )

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        if not self.ended:
            self.parts.append(body)

    def on_message_complete(self) -> None:
        """It is over, unless it only announced another."""
        if self._interim:
            self._headers, self._interim = [], False
        else:
            assert self._parser is not None
            # Asked any later, the parser has forgotten it.
            self.ended, self._kept = True, self._parser.should_keep_alive()


def _parser(told: Answer) -> httptools.HttpResponseParser:
    parser = httptools.HttpResponseParser(told)
    parser.set_dangerous_leniencies(
        lenient_headers=True,
        lenient_chunked_length=True,
        lenient_optional_cr_before_lf=True,
        lenient_spaces_after_chunk_size=True,
    )
    return parser


def _said(error: httptools.HttpParserError) -> str:
    return f"it is no HTTP answer: {error}"
