"""What is written can be read back, and a spreadsheet runs none of it."""

import csv
import io
import json

import openpyxl
import pytest

from reports.export import write_csv, write_jsonl, write_xlsx

ROWS = [
    {"external_id": "1", "records_read": 5, "error_message": None, "ok": True},
    {"external_id": "=1+1", "records_read": -5, "error_message": 'two\nlines, "quoted"; Жуков', "ok": False},
]
COLUMNS = ["external_id", "records_read", "error_message", "ok"]


def test_json_lines_are_one_object_a_line() -> None:
    """Line breaks inside a text do not break the line; Cyrillic stays readable."""
    out = io.StringIO()
    assert write_jsonl(ROWS, out) == 2
    assert [json.loads(line) for line in out.getvalue().splitlines()] == ROWS
    assert "Жуков" in out.getvalue()


def test_csv_has_a_header_even_without_rows() -> None:
    """An empty export still says what its columns would be."""
    out = io.StringIO()
    assert write_csv([], COLUMNS, out) == 0
    assert out.getvalue() == "external_id,records_read,error_message,ok\r\n"


def test_csv_reads_back() -> None:
    """Quotes, separators and line breaks survive; None is empty."""
    out = io.StringIO()
    write_csv(ROWS, COLUMNS, out)
    read = list(csv.reader(io.StringIO(out.getvalue(), newline="")))
    assert read[1] == ["1", "5", "", "true"]
    assert read[2] == ["'=1+1", "-5", 'two\nlines, "quoted"; Жуков', "false"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_texts_are_never_formulas(start: str) -> None:
    """Each sign that starts a formula is neutralised in a text, and numbers are left alone."""
    out = io.StringIO()
    write_csv([{"a": f"{start}cmd", "b": -1}], ["a", "b"], out)
    cell, number = next(iter(list(csv.reader(io.StringIO(out.getvalue(), newline="")))[1:]))
    assert cell == f"'{start}cmd"
    assert number == "-1"


def test_xlsx_reads_back_without_formulas() -> None:
    """Numbers are numbers, texts are texts, a long one is cut to what a cell holds."""
    out = io.BytesIO()
    assert write_xlsx([*ROWS, {"external_id": "x" * 40_000}], COLUMNS, "runs", out) == 3
    sheet = openpyxl.load_workbook(io.BytesIO(out.getvalue()))["runs"]
    rows = list(sheet.iter_rows(values_only=True))
    assert list(rows[0]) == COLUMNS
    assert rows[1] == ("1", 5, None, True)
    assert rows[2][0] == "=1+1"
    assert sheet["A3"].data_type == "s"
    assert len(rows[3][0]) == 32_767


def test_an_empty_xlsx_has_its_header() -> None:
    """A sheet with columns and no rows opens."""
    out = io.BytesIO()
    write_xlsx([], COLUMNS, "runs", out)
    assert openpyxl.load_workbook(io.BytesIO(out.getvalue()))["runs"].max_row == 1
