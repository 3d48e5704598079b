"""What the routes need to answer, handed in by whoever put the house together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from core.clock import Clock

if TYPE_CHECKING:
    from api.inbox import Inbox
    from storage.queries.export_fields import Exported
    from storage.queries.listed import Asked
    from storage.queries.page import Page


@dataclass(frozen=True)
class Readiness:
    """Whether this process does its work. `checks`: each part's name and what it says of itself."""

    ready: bool
    checks: Mapping[str, str]


@dataclass(frozen=True)
class ApiContext:
    """readiness: asked anew by each probe; status: the `status --json` document as of an instant.

    alerts: the `alerts --json` document as of an instant, (everything, of one integration) as it says.
    records: a page of one kind of records (`storage.queries.listed`), (kind, which, as of an instant); raises
    ValueError, StorageError.
    inbox: takes in what is pushed; None in a process that only reads.
    """

    clock: Clock
    readiness: Callable[[datetime], Readiness]
    status: Callable[[datetime], Mapping[str, object]]
    alerts: Callable[[datetime, bool, str | None], Mapping[str, object]]
    records: Callable[[str, Asked, datetime], Page[Exported]]
    inbox: Inbox | None = None
