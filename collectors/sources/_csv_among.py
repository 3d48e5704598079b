"""What the rows of one file break beside each other: values that stand twice, and references to nothing there is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from collectors.sources._csv_contract import Bound, Broken
from collectors.sources._csv_dialect import column_name
from collectors.sources._csv_keys import Findings, Known, Ledger
from collectors.sources._csv_rows import Row
from core.records import ErrorClass


class Among:
    """The lines whose values are repeated, and those that refer to nothing in the file, by column."""

    def __init__(
        self,
        bound: Bound,
        known: dict[str, Known],
        repeated: Sequence[Findings] = (),
        missing: Sequence[Findings] = (),
    ) -> None:
        """known: the values delivered before, by the name of the column referred to; grows."""
        self._bound, self._known, self._repeated, self._missing = bound, known, repeated, missing

    @staticmethod
    def asks(bound: Bound) -> bool:
        """Whether the contract asks for it, which takes a look through the whole file."""
        return bool(bound.unique or bound.referring)

    @classmethod
    def of(cls, bound: Bound, known: dict[str, Known], rows: Iterable[Row]) -> Among:
        """By all the rows of the file."""
        values, references = [Ledger() for _ in bound.unique], [Ledger() for _ in bound.referring]
        keys = {name: Ledger() for name in bound.targets}
        try:
            for row in rows:
                cells = bound.fitted(row.cells) if row.trouble is None else None
                if cells is None:
                    continue
                for ledger, column in chain(
                    zip(values, bound.unique, strict=True), zip(references, bound.referring, strict=True)
                ):
                    if value := column.compared(cells):
                        ledger.add(value, row.line)
                for name, value in bound.target_values(cells):
                    keys[name].add(value, row.line)
            missing = [
                ledger.missing_from(keys[column_name(column.agreed.refers_to or "")])
                for ledger, column in zip(references, bound.referring, strict=True)
            ]
            return cls(bound, known, [ledger.repeated() for ledger in values], missing)
        finally:
            for ledger in (*values, *references, *keys.values()):
                ledger.close()

    def broken(self, row: Row, cells: list[str]) -> Iterator[Broken]:
        """What a row breaks beside the other rows."""
        bound = self._bound
        for found, column in zip(self._repeated, bound.unique, strict=bool(self._repeated)):
            if (earlier := found.at(row.line)) is not None:
                what = f"stands in line {earlier} already"
                yield bound.about(column, column.value(cells), "unique", what, ErrorClass.DUPLICATE)
        for found, column in zip(self._missing, bound.referring, strict=bool(self._missing)):
            value, target = column.value(cells), column.agreed.refers_to or ""
            if found.at(row.line) is not None and not self._is_known(
                column_name(target), column.compared(cells)
            ):
                what = f"is no {target} of this file or an earlier one"
                yield bound.about(column, value, "refers_to", what, ErrorClass.MISSING_REFERENCE, root=value)

    def learn(self, cells: list[str]) -> None:
        """Remember a row that arrived: later files may refer to it."""
        for name, value in self._bound.target_values(cells):
            self._known.setdefault(name, Known()).add(value)

    def _is_known(self, target: str, value: str) -> bool:
        return target in self._known and value in self._known[target]
