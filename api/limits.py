"""How often somebody may call: a bucket of calls that fills with time (pure)."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta


class Bucket:
    """So many calls a minute, and as many at once. Threads may share it."""

    def __init__(self, per_minute: int) -> None:
        self.per_minute = per_minute
        self._left = float(per_minute)
        self._at: datetime | None = None
        self._lock = threading.Lock()

    def take(self, now: datetime) -> timedelta | None:
        """Take one call; None where there was one, else how long until there is."""
        with self._lock:
            if self._at is not None and now > self._at:
                filled = (now - self._at) / timedelta(minutes=1) * self.per_minute
                self._left = min(float(self.per_minute), self._left + filled)
            self._at = now
            if self._left >= 1:
                self._left -= 1
                return None
            return timedelta(minutes=(1 - self._left) / self.per_minute)
