"""The exit code of `alerts`: what fires, and whether that can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

STALE_SECONDS = 900
"""When alerts have not been evaluated for so long, nobody knows that nothing fires."""

UNKNOWN = 3
"""What `alerts` ends with where it is not known what fires."""


def exit_code(document: Mapping[str, object]) -> int:
    """0 nothing fires, 1 a warning does, 2 a critical alert does, silenced ones too; 3 it is not known."""
    firing = cast(Mapping[str, int], document["firing"])
    if any(firing.values()):
        return 2 if firing["critical"] else 1
    age = age_seconds(document)
    return UNKNOWN if age is None or age > STALE_SECONDS else 0


def age_seconds(document: Mapping[str, object]) -> float | None:
    """Seconds since alerts were evaluated; None before the first time."""
    evaluation = cast(Mapping[str, object] | None, document["evaluation"])
    return None if evaluation is None else cast(float, evaluation["age_seconds"])
