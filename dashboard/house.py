"""What the pages are given by the process they run in: the database, the settings, the clock and the writer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core import clock
from core.settings import Settings
from storage.store import Store
from storage.writer import Writer


@dataclass(frozen=True, slots=True)
class ConfigurationState:
    """Which configuration is at work, and what is wrong with a newer one.

    loaded_at: when the one at work was taken over; problems: (where, what and remedy) of a changed
    file that was refused, empty when there is none.
    """

    loaded_at: datetime
    problems: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class House:
    """open_store: a Store to read, or StorageError with the remedy; settings: those at work now.

    commands: the writer for what a person does; None where another process owns the database.
    record_key: a record's key as it is stored, of what a person types: a personal one is hashed.
    """

    open_store: Callable[[], Store]
    settings: Callable[[], Settings]
    configuration: Callable[[], ConfigurationState]
    now: Callable[[], datetime] = field(default=clock.now)
    commands: Callable[[], Writer | None] = field(default=lambda: None)
    record_key: Callable[[str], str] = field(default=str.strip)


# Streamlit runs a page's code from the top for every visitor, so what outlives a run has to live in
# a module. The server's lifespan puts it here once; tests put their own.
_installed: list[House] = []


def install(house: House) -> None:
    """Give the pages their house, in place of any before it."""
    _installed[:] = [house]


def house() -> House:
    """The house that was installed. Raises LookupError before `install`."""
    if not _installed:
        raise LookupError("the dashboard is not installed: start it through app.py")
    return _installed[0]
