"""Stops calling a host that keeps failing, and tries it again after a while (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

OPENS_AFTER = 5
"""Calls that failed one after another, retries included in one call."""

FIRST_OPEN = timedelta(seconds=30)
LONGEST_OPEN = timedelta(minutes=2)


class CircuitState(StrEnum):
    """closed: calls go through; open: none does; half_open: one trial may."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class CircuitView:
    """How a host's circuit stands, to be shown. next_trial_at: None while closed."""

    host: str
    state: CircuitState
    failures: int
    last_error: str
    next_trial_at: datetime | None


class Circuit:
    """The circuit of one host: opens after `OPENS_AFTER` failures in a row.

    Open for 30 s, then one trial; a failed trial doubles the wait, to 2 minutes at most.
    """

    __slots__ = ("_open_for", "_open_until", "_trying", "failures", "last_error")

    def __init__(self) -> None:
        self.failures = 0
        self.last_error = ""
        self._open_until: datetime | None = None
        self._open_for = FIRST_OPEN
        self._trying = False

    def state(self, now: datetime) -> CircuitState:
        """How it stands at an instant."""
        if self._open_until is None:
            return CircuitState.CLOSED
        if self._trying or now < self._open_until:
            return CircuitState.OPEN
        return CircuitState.HALF_OPEN

    def admit(self, now: datetime) -> CircuitState:
        """Ask to make a call; HALF_OPEN makes it the trial, which must end in one of the next two."""
        state = self.state(now)
        if state is CircuitState.HALF_OPEN:
            self._trying = True
        return state

    def succeeded(self) -> None:
        """The host answered: closed again."""
        self.failures = 0
        self.last_error = ""
        self._open_until = None
        self._open_for = FIRST_OPEN
        self._trying = False

    def failed(self, now: datetime, error: str) -> None:
        """The host did not answer, or only 502-504."""
        self.failures += 1
        self.last_error = error
        if self._trying:
            self._open_for = min(self._open_for * 2, LONGEST_OPEN)
        if self._trying or (self.failures >= OPENS_AFTER and self._open_until is None):
            self._open_until = now + self._open_for
        self._trying = False

    def abandoned(self) -> None:
        """A call ended without telling anything of the host (we were stopped)."""
        self._trying = False

    def view(self, host: str, now: datetime) -> CircuitView:
        """How it stands, to be shown."""
        return CircuitView(host, self.state(now), self.failures, self.last_error, self._open_until)
