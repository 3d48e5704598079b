"""Rows written as JSON lines, CSV or XLSX, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from tempfile import TemporaryFile
from typing import BinaryIO, Protocol, TextIO

import msgspec

Row = Mapping[str, object]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_XLSX_ROWS = 1_048_575
_XLSX_TEXT = 32_767


class _Page(Protocol):
    def write(self, row: int, column: int, value: object) -> object: ...
    def write_row(self, row: int, column: int, values: Sequence[object], style: object) -> object: ...
    def freeze_panes(self, row: int, column: int) -> object: ...


class _Book(Protocol):
    def add_format(self, properties: dict[str, object]) -> object: ...
    def add_worksheet(self, name: str) -> _Page: ...


class Format(StrEnum):
    """How an export is written."""

    JSONL = "jsonl"
    CSV = "csv"
    XLSX = "xlsx"


def write_jsonl(rows: Iterable[Row], out: TextIO) -> int:
    """One JSON object a line, UTF-8, keys in the row's own order. Returns how many rows."""
    encode = msgspec.json.Encoder().encode
    count = 0
    for row in rows:
        out.write(encode(row).decode())
        out.write("\n")
        count += 1
    return count


def write_csv(rows: Iterable[Row], columns: Sequence[str], out: TextIO) -> int:
    """RFC 4180 with a header, also when there is no row; None is an empty cell.

    A text that a spreadsheet would run as a formula gets an apostrophe before it (OWASP, "CSV
    Injection"); numbers are written as they are. Returns how many rows.
    """
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    count = 0
    for row in rows:
        writer.writerow([_csv_cell(row.get(column)) for column in columns])
        count += 1
    return count


def write_xlsx(rows: Iterable[Row], columns: Sequence[str], sheet: str, out: BinaryIO) -> int:
    """One sheet in constant memory; texts are never formulas or links. Returns how many rows.

    The book is whole in a temporary file before its first byte goes out. A sheet holds 1,048,575 rows below its header; a longer export goes on in a further sheet, and a
    cell longer than Excel's 32,767 characters is cut.
    """
    import xlsxwriter

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with TemporaryFile() as whole:
        book = xlsxwriter.Workbook(whole, options)
        count = _fill(book, rows, columns, sheet)
        book.close()
        whole.seek(0)
        shutil.copyfileobj(whole, out)
    return count


def _fill(book: _Book, rows: Iterable[Row], columns: Sequence[str], sheet: str) -> int:
    bold = book.add_format({"bold": True})
    count = 0
    page: _Page | None = None
    for row in rows:
        line = count % _XLSX_ROWS
        if page is None or line == 0:
            page = _sheet(book.add_worksheet, sheet, count // _XLSX_ROWS, columns, bold)
        for number, column in enumerate(columns):
            value = _xlsx_cell(row.get(column))
            if value is not None:
                page.write(line + 1, number, value)
        count += 1
    if page is None:
        _sheet(book.add_worksheet, sheet, 0, columns, bold)
    return count


def _sheet(
    add: Callable[[str], _Page], name: str, number: int, columns: Sequence[str], bold: object
) -> _Page:
    page = add(name[:28] if number == 0 else f"{name[:25]} {number + 1}")
    page.write_row(0, 0, columns, bold)
    page.freeze_panes(1, 0)
    return page


def _csv_cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _xlsx_cell(value: object) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text[:_XLSX_TEXT]
