"""Finds the delimiter of a CSV file by the columns it makes: the same number in the rows as in the header.

`csv.Sniffer` is not asked: it fails on files of one column, and letters pass for delimiters with it.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from itertools import islice

from collectors.sources._csv_rows import Row, Rows
from collectors.sources._csv_settings import DELIMITERS

SAMPLE_BYTES = 256 * 1024
_SAMPLE_ROWS = 200
_LEAST_ALIKE = 0.5
_MOST_TITLE_LINES = 30


def column_name(name: str) -> str:
    """A column's name as names are compared: case ignored, any stretch of spaces (hard ones too) as one, none around."""
    return " ".join(name.strip().strip("\ufeff").split()).casefold()


def delimiter_of(
    sample: bytes, encoding: str, agreed: Sequence[str] = (), names: Collection[str] = ()
) -> str | None:
    """The delimiter; None for a file of one column.

    sample: how the file begins; agreed: the contract's delimiters, preferred where two serve as well;
    names: the contract's columns, which a right delimiter finds in the header.
    """
    wanted = {column_name(name) for name in names}
    candidates = dict.fromkeys((*agreed, *DELIMITERS))
    scores = {one: _score(sample, encoding, one, wanted) for one in candidates}
    best = max(candidates, key=lambda one: scores[one])
    return best if scores[best] > (0, 0.0, 0) else None


def header_line(sample: bytes, encoding: str, agreed: Sequence[str], names: Collection[str]) -> int | None:
    """In which of the first lines (from 1) at least two agreed columns are named, and half of them; None in none."""
    wanted = {column_name(name) for name in names}
    needed = max(2, len(wanted) / 2)
    for number, line in enumerate(sample.decode(encoding, "replace").splitlines()[:_MOST_TITLE_LINES], 1):
        for delimiter in dict.fromkeys((*agreed, *DELIMITERS)):
            cells = {column_name(cell.strip().strip('"')) for cell in line.split(delimiter)}
            if len(wanted & cells) >= needed:
                return number
    return None


def _score(sample: bytes, encoding: str, delimiter: str, wanted: set[str]) -> tuple[int, float, int]:
    """(columns found that are agreed, share of rows as wide as the header, the header's columns)."""
    with Rows(io.BytesIO(sample), encoding, delimiter) as rows:
        found = list(islice((row for row in rows if row.trouble is None), _SAMPLE_ROWS))
    if len(found) > 1 and len(sample) >= SAMPLE_BYTES:
        found.pop()
    if not found or len(found[0].cells) < 2:
        return 0, 0.0, 0
    header = found[0].cells
    named = len(wanted & {column_name(cell) for cell in header})
    alike = _alike(found, len(header))
    if alike < _LEAST_ALIKE and named < 2 and not _parts_nearly_all(found):
        return 0, 0.0, 0
    return named, round(alike, 1), len(header)


def _parts_nearly_all(rows: Sequence[Row]) -> bool:
    """Whether hardly a row is without the delimiter, however many columns it makes."""
    return sum(len(row.cells) > 1 for row in rows) >= 0.9 * len(rows)


def _alike(rows: Sequence[Row], width: int) -> float:
    body = rows[1:]
    return sum(len(row.cells) == width for row in body) / len(body) if body else 1.0
