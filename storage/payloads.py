"""The stored form of a failed record's masked payload: zstd."""

from __future__ import annotations

import threading

import zstandard


class _Mine(threading.local):
    """What each thread has of its own: sharing is not safe, and making one costs ten times what a payload does."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=3)
        self.decompressor = zstandard.ZstdDecompressor()


_mine = _Mine()


def pack_payload(payload: str | None) -> bytes | None:
    """JSON text, compressed; None stays None."""
    return None if payload is None else _mine.compressor.compress(payload.encode("utf-8", "replace"))


def unpack_payload(stored: bytes | None) -> str | None:
    """The JSON text of a stored payload."""
    return None if stored is None else _mine.decompressor.decompress(bytes(stored)).decode()
