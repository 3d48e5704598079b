"""Holds the garbage collector off while a large batch is in hand."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

MANY_RECORDS = 1_000
"""A batch of fewer records is soon done, and the collector hardly looks at it."""

_lock = threading.Lock()
_holders = 0
_was_enabled = False


@contextmanager
def collection_held(records: int) -> Iterator[None]:
    """No collection while so many records are being stored, in any thread; it goes on afterwards.

    Rows are tuples, in no cycle and soon freed, but made by the ten thousand, and the collector would
    walk all of them again and again: a fifth of the whole write's time.
    """
    global _holders, _was_enabled
    if records < MANY_RECORDS:
        yield
        return
    with _lock:
        if _holders == 0:
            _was_enabled = gc.isenabled()
            gc.disable()
        _holders += 1
    try:
        yield
    finally:
        with _lock:
            _holders -= 1
            if _holders == 0 and _was_enabled:
                gc.enable()
