"""Tells the line below the rows of a CSV file from a row, and holds what it says against what was read (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from collectors.sources._csv_contract import Broken
from collectors.sources._csv_rows import Row
from core.records import ErrorClass

_MOST_LINES = 20
"""More lines than these are no trailer."""

_MOST_DIGITS = 20
"""No file has so many rows as more digits say."""


class Trailer:
    """What the contract says of a line below the rows. Take `rows()` to its end, then `breaches()`."""

    def __init__(self, pattern: str | None, delimiter: str | None) -> None:
        """delimiter: what the cells of a line stood between."""
        self._pattern = re.compile(pattern) if pattern is not None else None
        self._delimiter = delimiter or ""
        self._found: list[tuple[int, str | None]] = []

    def rows(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows that are no trailer: what looks like one and stands above others is a row like them."""
        self._found = []
        below: list[tuple[Row, str | None]] = []
        for row in rows:
            found = self._found_in(row)
            if found is None or len(below) == _MOST_LINES:
                yield from (one for one, _ in below)
                below.clear()
            if found is None:
                yield row
            else:
                below.append((row, found.groupdict().get("rows")))
        self._found = [(row.line, said) for row, said in below]

    def _found_in(self, row: Row) -> re.Match[str] | None:
        if self._pattern is None or row.trouble is not None:
            return None
        return self._pattern.match(self._delimiter.join(row.cells))

    def breaches(self, rows: int) -> Iterator[Broken]:
        """What is wrong with the trailer of a file that had so many rows."""
        if self._pattern is None:
            return
        if not self._found:
            text = "the line that ends the file is not there: it may be cut off; deliver it again"
            yield Broken("no_trailer", "", text, ErrorClass.PARSE)
        for line, said in [one for one in self._found if one[1] is not None][-1:]:
            digits = re.sub(r"\D", "", said or "")[:_MOST_DIGITS]
            if digits and int(digits) != rows:
                text = f"line {line} says {int(digits)} rows, and {rows} stand in the file; deliver it again, whole"
                yield Broken("trailer_rows", "", text, ErrorClass.PARSE)
