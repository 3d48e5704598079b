"""Undoes how the body of an answer is compressed (`Content-Encoding`), as it comes (pure)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from collectors.unpacking import DEFLATE, GZIP, ZSTD, Damaged, Unpacker

ACCEPTED = "gzip, deflate, zstd"
"""The `Accept-Encoding` of a request whose answer is read here."""

_CODINGS = {"gzip": GZIP, "x-gzip": GZIP, "deflate": DEFLATE, "zstd": ZSTD}
_MOST_CODINGS = 3
"""An answer is hardly ever compressed twice; each time more can mean a thousand times more."""


class Codings:
    """Undoes the `Content-Encoding` of an answer."""

    def __init__(self, named: str, most: int) -> None:
        """named: the header, in the order of compressing. most: bytes that any of them may mean. Raises Damaged."""
        names = [name for part in named.split(",") if (name := part.strip().lower()) not in ("", "identity")]
        self._unpackers: list[Unpacker] = []
        for name in reversed(names):
            if name not in _CODINGS:
                break  # What is within cannot be looked at, and stays as it came.
            self._unpackers.append(Unpacker(_CODINGS[name], most, lenient=True))
        if len(self._unpackers) > _MOST_CODINGS:
            raise Damaged(f"it is compressed {len(self._unpackers)} times over")

    def feed(self, data: bytes) -> Iterable[bytes]:
        """What some bytes of the body mean. Raises Damaged, TooLarge."""
        pieces: Iterable[bytes] = (data,)
        for unpacker in self._unpackers:
            pieces = chain.from_iterable(map(unpacker.feed, pieces))
        return pieces

    def finish(self) -> None:
        """The body is over. Raises Damaged where what is compressed is not."""
        if any(one.begun and not one.ended for one in self._unpackers):
            raise Damaged("it breaks off")
