"""The stored form of a failed record's masked payload: zstd."""

from __future__ import annotations

import zstandard

_compressor = zstandard.ZstdCompressor(level=3)


def pack_payload(payload: str | None) -> bytes | None:
    """JSON text, compressed; None stays None."""
    return None if payload is None else _compressor.compress(payload.encode("utf-8", "replace"))


def unpack_payload(stored: bytes | None) -> str | None:
    """The JSON text of a stored payload."""
    return None if stored is None else zstandard.ZstdDecompressor().decompress(bytes(stored)).decode()
