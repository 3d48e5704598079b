"""Lets whoever reads standard output leave before its end."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def while_somebody_reads() -> Iterator[None]:
    """Output that `… | head` may cut off: neither an error nor, for `status`, another verdict."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        write_nowhere()


def write_nowhere() -> None:
    """What is still buffered goes nowhere, or Python complains of it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
