"""The arithmetic of a sealed segment: a Bloom filter of one word per key, and sorted hashes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WORDS = 1 << 14
"""64-bit words of a filter: 16 bits for each of 65,536 keys, about 1 false answer in 200."""

_BITS = 5


def bits_of(hashes: Sequence[int]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """For each 32-bit hash, which word of a filter is its own and which bits of it."""
    import numpy as np

    given = np.array(hashes, dtype=np.uint64)
    places = (given * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(50)
    mixed = (given + np.uint64(1)) * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed ^= mixed >> np.uint64(29)
    bits = np.zeros(len(given), dtype=np.uint64)
    for turn in range(_BITS):
        bits |= np.uint64(1) << ((mixed >> np.uint64(6 * turn + 20)) & np.uint64(63))
    return places, bits


def filter_of(stored: bytes) -> NDArray[np.uint64]:
    """A filter as it was stored."""
    import numpy as np

    return np.frombuffer(stored, dtype=np.uint64)


def may_hold(
    words: NDArray[np.uint64], places: NDArray[np.uint64], bits: NDArray[np.uint64]
) -> NDArray[np.intp]:
    """Which of the keys a filter may hold: their positions."""
    import numpy as np

    return np.flatnonzero((words[places] & bits) == bits)


def sealed(pairs: Sequence[tuple[int, int]]) -> tuple[bytes, NDArray[np.uint64]]:
    """The stored form of (hash, offset below 65,536) pairs, and their filter."""
    import numpy as np

    ordered = sorted(pairs)
    hashes = [found for found, _ in ordered]
    words = np.zeros(WORDS, dtype=np.uint64)
    places, bits = bits_of(hashes)
    np.bitwise_or.at(words, places, bits)
    offsets = np.array([offset for _, offset in ordered], dtype="<u2")
    return np.array(hashes, dtype="<u4").tobytes() + offsets.tobytes(), words


def sought(stored: bytes, hashes: Sequence[int], first: int) -> list[int]:
    """The ids that a sealed segment has for these hashes; first: the id of offset 0."""
    import numpy as np

    count = len(stored) // 6
    keys = np.frombuffer(stored, dtype="<u4", count=count)
    offsets = np.frombuffer(stored, dtype="<u2", offset=4 * count)
    wanted = np.array(hashes, dtype="<u4")
    starts, ends = np.searchsorted(keys, wanted, "left"), np.searchsorted(keys, wanted, "right")
    found = [int(offset) for start, end in zip(starts, ends, strict=True) for offset in offsets[start:end]]
    return [first + offset for offset in found]
