"""A wall clock that is set back: what is due at a time of day would wait until that time comes again."""

from __future__ import annotations

from datetime import datetime, timedelta

LOOK_SECONDS = 2.0
"""How often the worker compares the wall clock with one that only goes forward."""

LEAST = timedelta(seconds=1)
"""Less is how clocks are kept right, and holds nothing up."""


class SetBack:
    """Notices it. Pure: it is told what both clocks show."""

    def __init__(self, now: datetime, steady: float) -> None:
        """now: the wall clock; steady: seconds of a clock that is never set."""
        self._now, self._steady = now, steady

    def seen(self, now: datetime, steady: float) -> timedelta | None:
        """How far the wall clock was set back since the last look; None where it was not."""
        back = self._now + timedelta(seconds=steady - self._steady) - now
        self._now, self._steady = now, steady
        return back if back >= LEAST else None
