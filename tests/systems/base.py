"""What every stand-in is: some runs that change between two polls, and what the monitor must tell of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from tests.collectors.collectors_server import Reply, Seen

Told = tuple[str, str, str | None]
"""A run as it is exported: job, status, error message."""


class System:
    """A stand-in at a moment in time; `change` lets time pass in it.

    keys: what a person writes beside `type` or `preset`; first, second: what each poll must have told,
    by external id.
    """

    preset: ClassVar[str]

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self.set_up()

    def set_up(self) -> None:
        """Fill it."""

    def keys(self, url: str) -> dict[str, Any]:
        """The source's keys, of a server at this address."""
        # Those of a recipe stand in the documentation, and its stand-in has none of its own.
        raise NotImplementedError(f"{type(self).__name__} is configured by its recipe")

    def answer(self, seen: Seen) -> Reply:
        """What the server says."""
        # Some are databases: nothing asks them over HTTP.
        raise NotImplementedError(f"{type(self).__name__} serves no HTTP")

    def change(self) -> None:
        """The running run ends, and a failed one is run again where the system can do that."""

    @property
    def first(self) -> Mapping[str, Told]:
        """What the first poll must have told."""
        # A stand-in that leaves it out fails its test by this; there is no truth to fall back on.
        raise NotImplementedError(f"{type(self).__name__} does not say what is true of it")

    @property
    def second(self) -> Mapping[str, Told]:
        """What is known after the second."""
        # As above: a test that has nothing to compare with must not pass.
        raise NotImplementedError(f"{type(self).__name__} does not say what is true of it later")

    def ago(self, minutes: float) -> datetime:
        """So long before now."""
        return self.now - timedelta(minutes=minutes)

    def iso(self, minutes: float, zone: str = "Z") -> str:
        """The same as ISO 8601 in UTC."""
        return self.ago(minutes).isoformat().replace("+00:00", zone)


def cut(items: Sequence[Any], offset: object, limit: object) -> list[Any]:
    """One page."""
    return list(items[int(str(offset)) : int(str(offset)) + int(str(limit))])


def since(items: Sequence[Mapping[str, Any]], key: str, mark: str | None) -> list[Any]:
    """Items whose time is not before the mark, compared as times."""
    if mark is None:
        return list(items)
    least = datetime.fromisoformat(mark)
    return [one for one in items if datetime.fromisoformat(one[key]) >= least]


def refused(seen: Seen, name: str, value: str) -> Reply | None:
    """A 401 for a call without the credential."""
    return None if seen.headers.get(name) == value else Reply({"message": "Unauthorized"}, 401)
