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


def bits_of(hashes: Sequence[int] | NDArray[np.uint32]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
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


def sealed(
    hashes: Sequence[int], ids: Sequence[int], last: int, size: int
) -> tuple[bytes, NDArray[np.uint64], tuple[list[int], list[int]]]:
    """Of runs with these hashes and ids: the stored form of the `size` ids up to `last`, their filter,

    and the hashes and ids that are left.
    """
    import numpy as np

    all_hashes, all_ids = np.array(hashes, dtype="<u4"), np.array(ids, dtype=np.int64)
    old = all_ids <= last
    left = (all_hashes[~old].tolist(), all_ids[~old].tolist())
    keys, offsets = all_hashes[old], (all_ids[old] - (last - size + 1)).astype("<u2")
    order = np.argsort(keys, kind="stable")
    words = np.zeros(WORDS, dtype=np.uint64)
    places, bits = bits_of(keys)
    np.bitwise_or.at(words, places, bits)
    return keys[order].tobytes() + offsets[order].tobytes(), words, left


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
