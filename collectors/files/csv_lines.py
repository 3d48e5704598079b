"""Reads the lines of a CSV log as items under the names in its header (pure)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from collectors.files.formats import Bad, Item
from collectors.files.text import TextDecoder

_DELIMITERS = ",;\t|"
_MOST_QUOTED_LINES = 1000
_EXCEL_MARK = re.compile(r'\ufeff?"?sep=([^\w\s"]|\t)\1*"?[ \r\n]*', re.IGNORECASE)


class CsvLines:
    """Rows under the header in the file's first line."""

    quoted = True

    def __init__(self, decoder: TextDecoder, delimiter: str | None = None) -> None:
        """delimiter: None for the one that the header holds most of."""
        self._decoder, self._delimiter = decoder, delimiter

    def items(self, lines: Sequence[bytes], head: bytes, first: bool, bad: Bad) -> Iterator[tuple[int, Item]]:
        """See `LineFormat`. A row of another length than the header's is bad."""
        returns = b"\n" not in head and b"\r" in head
        titles = _rows_of(head.split(b"\n", 2)[:2], returns)[:2]
        heads = [self._decoder.decode(row).lstrip("\ufeff").rstrip("\r") for _, row in titles]
        marked, above = excel_mark(heads[0]), is_preface(heads[0])
        title = heads[1] if above and len(heads) > 1 else heads[0]
        delimiter = self._delimiter or marked or max(_DELIMITERS, key=title.count)
        header = _cells(title, delimiter)
        start = 0 if not first else 1 + above
        numbered = _rows_of(lines, returns)[start:]
        texts = [self._decoder.decode(row) + "\n" for _, row in numbered]
        at = 0
        while at < len(texts):
            index, (row, taken, why) = numbered[at][0], _next_row(texts, at, delimiter, len(header))
            at += taken
            if why is not None:
                bad(index, why)
            elif row and len(row) >= len(header) and not any(row[len(header) :]):
                yield index, dict(zip(header, row, strict=False))
            elif any(cell.strip() for cell in row):
                bad(index, f"has {len(row)} columns where the header has {len(header)}")

    def whole(self, last: bytes) -> bool:
        """Nothing tells a whole row from half of one."""
        return False


def _next_row(lines: Sequence[str], at: int, delimiter: str, width: int) -> tuple[list[str], int, str | None]:
    """The row that begins in a line, how many lines it takes, and why it cannot be read."""
    if '"' not in lines[at]:
        return _cells(lines[at], delimiter), 1, None
    reader = csv.reader(lines[at : at + _MOST_QUOTED_LINES], delimiter=delimiter)
    try:
        row = next(reader)
    except csv.Error as error:
        return [], 1, f"not CSV: {error}"
    taken = reader.line_num
    if taken > 1 and _is_swallowed(lines[at : at + taken], row, delimiter, width):
        return [], 1, "a quote is opened in it and never closed; reading goes on in the next line"
    return row, taken, None


def _is_swallowed(lines: Sequence[str], row: list[str], delimiter: str, width: int) -> bool:
    """Whether a row of several lines is what a stray quote made of several rows."""
    try:
        strict = len(list(csv.reader(lines, delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        strict = False
    if strict and len(row) == width:
        return False
    return not strict or any(len(_cells(line, delimiter)) == width for line in lines[1:])


def _rows_of(lines: Sequence[bytes], returns: bool) -> list[tuple[int, bytes]]:
    """The lines with their indices. returns: rows end in carriage returns alone, so that all of them stand in one line."""
    if not returns:
        return list(enumerate(lines))
    return [(index, row) for index, line in enumerate(lines) for row in line.split(b"\r")]


def excel_mark(first: str) -> str | None:
    """The delimiter that Excel's own first line names (`sep=;`), also padded or quoted; None for any other line."""
    found = _EXCEL_MARK.fullmatch(first)
    return found[1] if found else None


def is_preface(first: str) -> bool:
    """Whether a first line is no header, but what Excel (`sep=;`) or PowerShell (`#TYPE …`) write above it."""
    return excel_mark(first) is not None or first.lstrip('\ufeff"').startswith("#TYPE ")


def _cells(title: str, delimiter: str) -> list[str]:
    """The header's cells; of one that is no CSV (a lone carriage return in it) as they stand."""
    try:
        return next(csv.reader([title], delimiter=delimiter), [])
    except csv.Error:
        return title.split(delimiter)
