"""A delivery is held against its contract: each broken rule by line, column and masked value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from collectors.sources._csv_settings import ColumnSettings
from collectors.sources._csv_values import accepts, is_formula, shown
from core.personal import FieldNames
from core.records import ErrorClass, ErrorOrigin, RunStatus
from tests.collectors.collectors_csv import STAFF, Inbox

ROWS = (
    "employee_id;email;manager_id\n"
    "1;boss@example.com;\n"
    "2;ann@example.com;1\n"
    "3;not a mail;1\n"
    "4;ANN@example.com;1\n"
    "5;eve@example.com;99\n"
    "6;;1\n"
    "7;kim@example.com;x1\n"
)


def test_each_bad_row_is_a_failed_record_with_its_rule(tmp_path: Path) -> None:
    """Line, class and rule of each; the good rows are counted, and the run is partial."""
    inbox = Inbox(tmp_path, columns=STAFF)
    inbox.put(ROWS)
    brought = inbox.poll()
    assert brought.broken() == [
        (4, "type_email"),
        (5, "unique"),
        (6, "refers_to"),
        (7, "required"),
        (8, "type_integer"),
    ]
    classes = {one.error_code: one.error_class for one in brought.failed}
    assert classes["unique"] is ErrorClass.DUPLICATE
    assert classes["refers_to"] is ErrorClass.MISSING_REFERENCE
    assert classes["type_email"] is ErrorClass.VALIDATION
    assert {one.error_origin for one in brought.failed} == {ErrorOrigin.SOURCE}
    assert (brought.file.rows_ok, brought.file.rows_bad) == (2, 5)
    assert (brought.run.status, brought.run.records_read, brought.run.records_failed) == (
        RunStatus.PARTIAL,
        7,
        5,
    )


def test_values_are_masked_in_messages(tmp_path: Path) -> None:
    """A message shows a value's shape, and a plain id as it is."""
    inbox = Inbox(tmp_path, columns=STAFF)
    inbox.put(ROWS)
    messages = {one.error_code: one.error_message for one in reversed(inbox.poll().failed)}
    assert messages["type_email"] == '"xxx x xxxx" is not an e-mail address (column email)'
    assert messages["refers_to"].startswith('"99" is no employee_id of this file or an earlier one')
    assert messages["unique"] == '"xxx@xxxxxxx.xxx" stands in line 3 already (column email)'


def test_one_missing_manager_is_the_root_of_all_he_holds_back(tmp_path: Path) -> None:
    """42 people wait for one record, and their cause is one."""
    rows = "".join(f"{number},m{number}@example.com,4711\n" for number in range(42))
    inbox = Inbox(tmp_path, columns=STAFF)
    inbox.put("employee_id,email,manager_id\n" + rows)
    failed = inbox.poll().failed
    assert [one.root_key for one in failed] == ["4711"] * 42
    assert len({one.fingerprint for one in failed}) == 1
    assert [one.record_key for one in failed] == [str(number) for number in range(42)]


def test_managers_delivered_before_are_known(tmp_path: Path) -> None:
    """A later file may refer to people of an earlier one, whatever became of that file."""
    inbox = Inbox(tmp_path, columns=STAFF)
    first = inbox.put("employee_id,email,manager_id\n1,a@example.com,\n")
    inbox.poll()
    first.unlink()
    inbox.move(hours=24)
    inbox.put("employee_id,email,manager_id\n2,b@example.com,1\n3,c@example.com,9\n", "new.csv")
    assert [(one.record_key, one.root_key) for one in inbox.poll().failed] == [("3", "9")]


@pytest.mark.parametrize(
    ("contract", "content", "violations"),
    [
        ({"delimiter": [","]}, "a;b\n1;2\n", ("delimiter",)),
        ({"delimiter": ["tab", ";"]}, "a\tb\n1\t2\n", ()),
        ({"encoding": ["utf-8"]}, "имя;б\nИванов;2\n".encode("cp1251"), ("encoding",)),
        ({"encoding": ["utf-16"]}, "имя;б\nИванов;2\n".encode("utf-16"), ()),
        ({"encoding": ["cp1251"]}, "a;b\n1;2\n", ()),
        ({"max_bytes": "5"}, "a;b\n1;2\n", ("too_large",)),
        ({"columns": {"a": {}, "c": {}}}, "a;b\n1;2\n", ("missing_column",)),
        ({"columns": {"a": {}, "c": {}}, "missing": "allow"}, "a;b\n1;2\n", ()),
        ({"columns": {"a": {}}, "unknown": "report"}, "a;b\n1;2\n", ("unknown_column",)),
        ({"columns": {"a": {}, "b": {}}, "unknown": "report"}, "a;b;\n1;2;\n", ("unknown_column",)),
        (
            {"columns": {"Manager ID": {}, "a": {}}, "unknown": "report"},
            "\u00a0MANAGER\u00a0\u00a0id ;a\n1;2\n",
            (),
        ),
        ({"columns": {"b": {}, "a": {}}, "order": "exact"}, "a;b\n1;2\n", ("header_order",)),
        ({"columns": {"a": {}, "b": {}}, "order": "exact"}, " A ;b\n1;2\n", ()),
        ({"arrive_by": "05:00"}, "a;b\n1;2\n", ("late",)),
        ({"arrive_by": "06:00"}, "a;b\n1;2\n", ()),
        ({"arrive_by": "05:00", "timezone": "UTC"}, "a;b\n1;2\n", ()),
    ],
)
def test_a_breach_of_the_file_is_told_and_withholds_nothing(
    tmp_path: Path, contract: dict[str, Any], content: bytes | str, violations: tuple[str, ...]
) -> None:
    """The row is delivered all the same; the breach is a failed record of the file."""
    inbox = Inbox(tmp_path, **contract)
    inbox.put(content)
    brought = inbox.poll()
    assert brought.file.violations == violations
    assert (brought.file.rows_ok, brought.run.status) == (1, RunStatus.SUCCEEDED)
    assert tuple(one.error_code for one in brought.failed) == violations
    assert all(one.entity == "file" for one in brought.failed)


def test_a_missing_required_column_fails_the_run(tmp_path: Path) -> None:
    """No row is good without it, and it is told once, not by row."""
    inbox = Inbox(tmp_path, columns=STAFF)
    inbox.put("employee_id,manager_id\n1,\n2,1\n")
    brought = inbox.poll()
    assert brought.run.status is RunStatus.FAILED
    assert [one.error_code for one in brought.failed] == ["missing_column"]
    assert (brought.file.rows_ok, brought.file.rows_bad) == (0, 2)


def test_a_missing_required_column_fails_a_run_without_rows_too(tmp_path: Path) -> None:
    """A page with another header and nothing below it is no good delivery."""
    inbox = Inbox(tmp_path, columns=STAFF)
    inbox.put("name,city\n")
    run = inbox.poll().run
    assert (run.status, run.error_message) == (RunStatus.FAILED, "column email is agreed and not in the file")


def test_whole_numbers_are_compared_as_numbers(tmp_path: Path) -> None:
    """A spreadsheet drops the zeros before an id in one column and not in the other."""
    columns = {"employee_id": {"type": "integer", "unique": "true"}, "manager_id": {"type": "integer", "refers_to": "employee_id"}}  # fmt: skip
    inbox = Inbox(tmp_path, columns=columns)
    inbox.put("employee_id,manager_id\n001,\n2,1\n3,0002\n02,\n4,10\n")
    assert inbox.poll().broken() == [(5, "unique"), (6, "refers_to")]


def test_a_column_without_a_name_is_told_by_its_place(tmp_path: Path) -> None:
    """A delimiter at the end of the header makes one."""
    inbox = Inbox(tmp_path, columns={"a": {}}, unknown="report")
    inbox.put("a;\n1;\n")
    assert [one.error_message for one in inbox.poll().failed] == ["column 2 has no name in the header and is not agreed"]  # fmt: skip


def test_a_header_below_a_title_is_told_by_its_line(tmp_path: Path) -> None:
    """A report has its name and period above the table: all columns are missing, and it is said why."""
    inbox = Inbox(tmp_path, columns=STAFF, delimiter=[";"])
    inbox.put(
        "Staff report\nNovember 2026\n\nname;E-mail;Email;manager_id\nA;;a@example.com;\n".encode("utf-16")
    )
    brought = inbox.poll()
    assert brought.run.status is RunStatus.FAILED
    (told,) = [one.error_message for one in brought.failed if one.error_code == "header_below"]
    assert told == (
        "the header stands in line 4; write `first_line: 4` in the contract, or export without what is above"
    )


def test_a_file_without_header_takes_the_agreed_names(tmp_path: Path) -> None:
    """`header: false`: the first row is a row."""
    inbox = Inbox(tmp_path, header="false", columns={"id": {"type": "integer"}, "mail": {"type": "email"}})
    inbox.put("1,a@example.com\nx,b@example.com\n")
    brought = inbox.poll()
    assert (brought.file.rows_ok, brought.broken()) == (1, [(2, "type_integer")])


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("integer", ["0", "-12", "+3"], ["1.0", "1e3", "", "٣", "1 000"]),
        ("number", ["1", "-1.5", "1,5", ".5", "1e-3"], ["a", "1.5.2", "NaN", "inf"]),
        ("number", ["1 234,50", "-12\u00a0345", "1\u202f234\u202f567.5", "1,234,567.50", "1.234,5", "1'234"], ["1 23", "1 2345", "1,23,456.7", " 234", "1 234\u00a0567"]),
        ("date", ["2026-11-24", "24.11.2026", "20261124", "11/24/2026", "24.11.2026 0:00:00", "2026-11-24T00:00:00"], ["24.11.2026 1:00:00", "2026-02-30", "24.13.2026", "24.11.26"]),
        ("datetime", ["2026-11-24T10:00:00Z", "24.11.2026 10:00", "2026-11-24"], ["2026-11-24 25:00", "now"]),
        ("email", ["a@b.co", "иван@почта.рф", "a.b+c@d-e.com"], ["a@b", "@b.co", "a b@c.de", "a@b..co", "a@-b.co"]),
        ("boolean", ["true", "Нет", "1", "Y"], ["maybe", "2"]),
        ("phone", ["+7 (999) 123-45-67", "84951234567", "+1 555 123 4567 ext. 9"], ["12345", "call me", "1" * 16]),
        ("uuid", ["6f9619ff-8b86-d011-b42d-00cf4fc964ff"], ["6f9619ff", "g" * 32]),
        ("text", ["anything"], []),
    ],
)  # fmt: skip
def test_types_accept_what_they_mean(kind: str, good: list[str], bad: list[str]) -> None:
    """Real days only, digits of ASCII only, both decimal signs."""
    assert [value for value in good if not accepts(kind, value)] == []
    assert [value for value in bad if accepts(kind, value)] == []


@pytest.mark.parametrize(
    ("cell", "formula"),
    [
        ("=1+1", True),
        ('=HYPERLINK("http://x")', True),
        ("+cmd|' /C calc'!A0", True),
        ("@SUM(A1)", True),
        ("-5", False),
        ("+7 (999) 123-45-67", False),
        ("@ivan", False),
        ("=", False),
    ],
)
def test_formulas_are_told_from_signed_numbers(cell: str, formula: bool) -> None:
    """Only what a spreadsheet computes."""
    assert is_formula(cell) is formula


def test_shapes_tell_no_person() -> None:
    """Letters and digits are taken out; a short id in a column that is not personal stays."""
    names = FieldNames()
    assert shown("Ivanov 1990-02-31", "note", names) == '"xxxxxx 0000-00-00"'
    assert shown("E-17", "manager_id", names) == '"E-17"'
    assert shown("79991234567", "manager_id", names) == '"00000000000"'
    assert len(shown("x" * 500, "note", names)) < 50


def test_rules_of_text_columns(tmp_path: Path) -> None:
    """values, max_length and pattern."""
    columns = {"a": {"values": ["x", "y"]}, "b": {"max_length": "3"}, "c": {"pattern": "[A-Z]{2}"}}
    inbox = Inbox(tmp_path, columns=columns)
    inbox.put("a,b,c\nx,abc,AB\nz,abc,AB\nx,abcd,AB\nx,abc,ABC\n")
    assert inbox.poll().broken() == [(3, "values"), (4, "max_length"), (5, "pattern")]


@pytest.mark.parametrize(
    "contract",
    [
        {"delimiter": ["::"]},
        {"encoding": ["utf-9"]},
        {"arrive_by": "25:00"},
        {"max_per_day": "0"},
        {"columns": {"a": {"type": "mail"}}},
        {"columns": {"a": {"pattern": "("}}},
        {"header": "false"},
        {"timezone": "Mars/Base"},
    ],
)
def test_wrong_contracts_are_refused(contract: dict[str, Any]) -> None:
    """A contract that cannot be meant stops the start."""
    with pytest.raises(ValidationError):
        Inbox("x", **contract)


def test_a_column_is_text_unless_told() -> None:
    """`columns: {a: {}}` only says that it is there."""
    assert ColumnSettings().type == "text"


PAYROLL = {"EMPLID": {"required": "true", "unique": "true"}, "NAME": {}}
PAID = "EMPLID|NAME\n000123|Smith, John\n000124|Doe, Jane\n"


def test_nothing_as_databases_write_it_is_an_empty_cell(tmp_path: Path) -> None:
    r"""`\N` of PostgreSQL's COPY and MariaDB's INTO OUTFILE: fine where nothing may stand, told where something must."""
    inbox = Inbox(
        tmp_path,
        header="false",
        columns={
            "id": {"required": "true"},
            "name": {"required": "true"},
            "hired": {"type": "date"},
            "pay": {"type": "number"},
        },
    )
    inbox.put("0001\tИванов Иван\t2020-02-01\t85000.5\n0003\tJane\t\\N\t\\N\n0004\t\\N\t\\N\t1\n")
    brought = inbox.poll()
    assert brought.broken() == [(3, "required")]


@pytest.mark.parametrize(
    ("text", "broken", "status"),
    [
        (f"HDR|20261124|STAFF\n{PAID}TRL|000002\n", [], "succeeded"),
        (f'a title with a "quote\r\n{PAID}TRL|2|', [], "succeeded"),
        (f"HDR\n{PAID}TRL|000003\n", [(None, "trailer_rows")], "partial"),
        (f"HDR\n{PAID}", [(None, "no_trailer")], "partial"),
        (f"HDR\n{PAID}000124|Again\nTRL|3\n", [(5, "unique")], "partial"),
        (f"HDR\n{PAID}TRL|2\n000124|Again\nTRL|4\n", [(6, "unique")], "partial"),
        (f"HDR\n{PAID}TRL|{'9' * 5000}\n", [(None, "trailer_rows")], "partial"),
    ],
    ids=[
        "counted",
        "ragged",
        "another number",
        "cut off",
        "bad rows count",
        "a row like it",
        "very many digits",
    ],
)
def test_lines_above_and_below_the_table_are_no_rows(
    tmp_path: Path, text: str, broken: list[tuple[int | None, str]], status: str
) -> None:
    """The contract says where the table begins and what ends it; a file whose end is missing is partial."""
    inbox = Inbox(tmp_path, columns=PAYROLL, first_line="2", trailer=r"TRL\|(?P<rows>\d+)")
    inbox.put(text)
    found = inbox.poll()
    assert list(found.file.header) == ["EMPLID", "NAME"]
    rows_ok = 3 if "TRL|4" in text else 2
    assert (found.file.rows_ok, found.broken(), found.run.status.value) == (rows_ok, broken, status)


def test_sums_below_the_table_are_no_rows(tmp_path: Path) -> None:
    """As 1C writes them, with dates at their midnight; without a group nothing is counted."""
    inbox = Inbox(
        tmp_path, first_line=3, trailer="Итого", columns={"Номер": {"unique": "true"}, "Дата": {"type": "date"}, "Оклад": {"type": "number"}},
    )  # fmt: skip
    inbox.put(
        'Отчёт "по" персоналу\n\nНомер;Дата;Оклад\n1;24.11.2026 0:00:00;1 234,50\nИтого;;1 234,50\n'.encode(
            "cp1251"
        )
    )
    found = inbox.poll()
    assert (found.file.rows_ok, found.broken()) == (1, [])


def test_what_counts_the_rows_need_not_be_the_last_line_below_them(tmp_path: Path) -> None:
    """A signature, a legend: each a trailer by an alternative of the pattern."""
    inbox = Inbox(tmp_path, trailer=r"Строк: (?P<rows>\d+)|Подпись", columns={"Номер": {"unique": "true"}})
    inbox.put("Номер;Имя\n1;Анна\n2;Пётр\nСтрок: 3;\nПодпись: Иванов;\n")
    found = inbox.poll()
    assert (found.file.rows_ok, found.broken()) == (2, [(None, "trailer_rows")])


@pytest.mark.parametrize("row", ["1;Анна", "1;Анна;", "1;Анна;;"])
def test_a_delimiter_at_the_end_of_the_header_alone_makes_no_column(tmp_path: Path, row: str) -> None:
    """As some exporters write one behind each name; what stands in such a column is read all the same."""
    inbox = Inbox(tmp_path, columns={"Номер": {"type": "integer"}, "Имя": {"required": "true"}})
    inbox.put(f"Номер;Имя;\n{row}\n2\n3;Пётр;x\n")
    found = inbox.poll()
    assert (found.file.rows_ok, found.broken()) == (2, [(3, "columns")])


def test_a_trailer_knows_one_group_only() -> None:
    """And is a regular expression."""
    for pattern in ("TRL|(?P<count>1)", "("):
        with pytest.raises(ValidationError):
            Inbox("x", trailer=pattern)
