"""What is known of an integration when a message about it leaves."""

from __future__ import annotations

from dataclasses import dataclass

from core.i18n import Message


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else is known when a message leaves. cause: the probable one; call: whom to call; next_step: a
    message id. None and "" where nothing is known, or nothing is to be done.

    of_sight: the same of why a source is not seen, for who is told of that alone."""

    cause: Message | None = None
    next_step: str = ""
    call: Message | None = None
    of_sight: Circumstances | None = None
