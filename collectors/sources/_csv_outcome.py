"""What is known of a delivered file before it is read, and after."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime

from collectors.sources._csv_contract import Broken


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a delivery before it is read. path, name: of the file; day: the contract's."""

    path: str
    name: str
    job: str
    run_id: str
    day: date
    arrived_at: datetime


@dataclass(slots=True)
class Outcome:
    """What is known of a delivery after it was read.

    rules: how many rows broke each; breaches: of the file; incomplete: a required column is missing, so that no row is good.
    """

    delimiter: str | None = None
    header: list[str] = field(default_factory=list)
    rows_ok: int = 0
    rows_bad: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    breaches: list[Broken] = field(default_factory=list)
    incomplete: bool = False

    @property
    def violations(self) -> tuple[str, ...]:
        """Short words for what the file as a whole broke; its bad rows are counted, and told by failed records."""
        return tuple(dict.fromkeys(one.rule for one in self.breaches))
