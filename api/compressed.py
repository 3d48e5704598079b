"""Unpacks a body sent with `Content-Encoding: gzip`, never to more than is taken (pure)."""

from __future__ import annotations

import zlib


class TooLarge(ValueError):
    """What it holds is larger than is taken."""


class Damaged(ValueError):
    """It is no gzip, or not all of it."""


def unpacked(body: bytes, most: int) -> bytes:
    """The body as it was, at most so many bytes; one stream may follow another. Raises TooLarge, Damaged."""
    parts: list[bytes] = []
    left = most
    while body:
        stream = zlib.decompressobj(wbits=31)
        try:
            # One more than fits tells a body that is too large, without unpacking all of it.
            parts.append(stream.decompress(body, left + 1))
        except zlib.error as error:
            raise Damaged(str(error)) from None
        left -= len(parts[-1])
        if left < 0:
            raise TooLarge
        if not stream.eof:
            raise Damaged("it breaks off")
        body = stream.unused_data
    return b"".join(parts)
