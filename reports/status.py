"""The status document on a terminal or a pipe, and the exit code that goes with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

import msgspec

EXIT_CODES: Mapping[str, int] = {"healthy": 0, "degraded": 1, "failing": 2, "unknown": 3}
"""What `status` ends with, by verdict."""


def write_status_json(document: Mapping[str, object], out: TextIO) -> None:
    """The document as indented JSON, UTF-8, with a line break at the end."""
    out.write(msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n")
