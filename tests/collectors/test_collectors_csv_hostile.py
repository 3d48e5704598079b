"""A folder of hostile files is taken in: each problem named by file and line, the rest delivered."""

from __future__ import annotations

import codecs
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from core.records import RunStatus
from tests.collectors.collectors_csv import Brought, Inbox

TABLE = "id;имя;отдел\r\n1;Иванов Пётр;Бухгалтерия\r\n2;Петрова Анна;Отдел кадров\r\n"


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (TABLE.encode(), "utf-8"),
        (TABLE.encode("utf-8-sig"), "utf-8"),
        (TABLE.encode("utf-16"), "utf-16-le"),
        (codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"), "utf-16-be"),
        (TABLE.encode("utf-16-le"), "utf-16-le"),
        (TABLE.encode("utf-16-be"), "utf-16-be"),
        (TABLE.encode("utf-32"), "utf-32-le"),
        (TABLE.encode("utf-32-le"), "utf-32-le"),
        (TABLE.encode("utf-32-be"), "utf-32-be"),
        (TABLE.encode("cp1251"), "cp1251"),
        (TABLE.encode("koi8-r"), "koi8-r"),
        (TABLE.encode("cp866"), "cp866"),
        (TABLE.encode("mac-cyrillic"), "mac-cyrillic"),
        (TABLE.encode("iso8859-5"), "iso8859-5"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_encoding_is_read(tmp_path: Path, raw: bytes, encoding: str) -> None:
    """With a mark or without one."""
    inbox = Inbox(tmp_path)
    inbox.put(raw)
    file = inbox.poll().file
    assert (file.encoding, list(file.header), file.delimiter) == (encoding, ["id", "имя", "отдел"], ";")
    assert (file.rows_ok, file.rows_bad) == (2, 0)


STAFF_ROWS = [f"{number};{name};Отдел кадров" for number, name in enumerate(
    ["Иванов Иван", "Петрова Анна", "Сидоров Пётр", "Ярославцева Юлия", "ЩУКИН ЭДУАРД"] * 4)]  # fmt: skip


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5"])
def test_russian_encodings_are_told_apart_and_not_doubted(tmp_path: Path, encoding: str) -> None:
    """By which letters are frequent: capitals are the same in cp866 and on a Mac, small letters in cp1251 and on a Mac."""
    inbox = Inbox(tmp_path)
    inbox.put("\n".join(["id;имя;отдел", *STAFF_ROWS, ""]).encode(encoding))
    found = inbox.poll()
    assert (found.file.encoding, found.file.rows_ok, found.problems) == (encoding, len(STAFF_ROWS), [])
    assert list(found.file.header) == ["id", "имя", "отдел"]


@pytest.mark.parametrize(("one", "other"), [("utf-8", "cp1251"), ("cp1251", "utf-8")])
@pytest.mark.parametrize(("head", "tail"), [(12, 8), (3, 17), (18, 2)])
def test_rows_in_another_encoding_than_the_head_are_failed_records(
    tmp_path: Path, head: int, tail: int, one: str, other: str
) -> None:
    """However many they are. Each is told once, by its line; the others are read."""
    inbox = Inbox(tmp_path, columns={"имя": {"required": "true"}})
    rows = [row + "\n" for row in ["id;имя;отдел", *STAFF_ROWS]]
    inbox.put("".join(rows[: head + 1]).encode(one) + "".join(rows[head + 1 :]).encode(other))
    found = inbox.poll()
    assert (found.file.encoding, list(found.file.header)) == (one, ["id", "имя", "отдел"])
    assert (found.file.rows_ok, found.file.rows_bad) == (head, tail)
    assert found.broken() == [(head + 2 + row, "encoding") for row in range(tail)]


@pytest.mark.parametrize("agreed", ["utf-16-le", "utf-16", "utf-32"])
def test_an_agreed_wide_encoding_needs_no_mark(tmp_path: Path, agreed: str) -> None:
    """Letters of Chinese fill both bytes, so that nothing but the contract tells; what is in another one is read as that."""
    inbox = Inbox(tmp_path, encoding=[agreed, "utf-8"])
    table = "".join(f"{number},{chr(0x4E00 + 37 * number)}张伟\n" for number in range(300))
    inbox.put(("id,姓名\n" + table).encode("utf-32-le" if agreed == "utf-32" else "utf-16-le"), "wide.csv")
    inbox.put(("id,姓名\n" + table).encode(), "plain.csv")
    found = {Path(one.name).name: one for one in inbox.poll().files}
    assert found["wide.csv"].encoding in (agreed, f"{agreed}-le")
    assert found["plain.csv"].encoding == "utf-8"
    assert {(tuple(one.header), one.rows_ok) for one in found.values()} == {(("id", "姓名"), 300)}


@pytest.mark.parametrize("before", ["id,name\n", "id,имя\n"])
def test_a_nul_behind_a_line_end_makes_no_wide_file(tmp_path: Path, before: str) -> None:
    """Every byte is read as UTF-8, which no UTF-16 is but one of Latin letters, half of whose bytes are NUL."""
    inbox = Inbox(tmp_path, encoding=["utf-8", "utf-16"])
    first = before.encode() + b"1,Eve"
    inbox.put(first + b" " * (len(first) % 2) + b"\n\x00" + b"2,Ann\n" * 300)
    (found,) = inbox.poll().files
    assert (found.encoding, found.header, found.rows_ok) == ("utf-8", before.strip().split(","), 301)


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_a_wide_file_that_breaks_off_within_a_character_is_told(tmp_path: Path, missing: int) -> None:
    """Also where half a character is whole pairs of bytes."""
    found = _read(tmp_path, "id;n\n1;Ann\n".encode("utf-32")[:-missing])
    assert "encoding" in [rule for _, rule in found.broken()]


def test_a_guess_that_may_be_wrong_is_told(tmp_path: Path) -> None:
    """A few letters fit two encodings; what the contract agrees is believed."""
    raw = "id;n\n1;юрий\n".encode("cp1251")
    inbox = Inbox(tmp_path)
    inbox.put(raw)
    found = inbox.poll()
    assert [problem.kind for problem in found.problems] == ["encoding_guessed"]
    assert "koi8-r" in found.problems[0].message
    assert found.run.status is RunStatus.SUCCEEDED
    agreed = Inbox(tmp_path, encoding=["koi8-r"])
    found = agreed.poll()
    assert (found.file.encoding, found.problems) == ("koi8-r", [])


@pytest.mark.parametrize(
    ("encoding", "names", "said"),
    [
        ("shift_jis", ["山田太郎", "鈴木一郎"], "hardly makes words"), ("gbk", ["张伟", "王芳"], "hardly makes words"),
        ("mac-roman", ["José Müller", "François"], "deliver UTF-8"), ("cp1250", ["Žižka Jiří", "Černý"], "may be cp1250"),
        ("cp1250", ["Łukasz", "Wójcik"], "may be cp1250"), ("cp1252", ["José Müller", "François", "Åse"], None),
    ],
)  # fmt: skip
def test_an_encoding_that_is_not_known_is_not_silently_another(
    tmp_path: Path, encoding: str, names: list[str], said: str | None
) -> None:
    """It is read as something, and told to be a guess; the contract's own is believed."""
    raw = "".join(f"{number};{name}\n" for number, name in enumerate(["id", *names])).encode(encoding)
    inbox = Inbox(tmp_path)
    inbox.put(raw)
    told = [problem.message for problem in inbox.poll().problems if problem.kind == "encoding_guessed"]
    assert told == [] if said is None else said in told[0]


@pytest.mark.parametrize(
    ("content", "delimiter", "header"),
    [
        ("a,b\n1,2\n", ",", ["a", "b"]),
        ("a;b\n1,5;2\n1,7;3\n", ";", ["a", "b"]),
        ("a\tb\n1\t2\n", "\t", ["a", "b"]),
        ("a|b\n1|2\n", "|", ["a", "b"]),
        ("email\na@example.com\nb@example.com\n", None, ["email"]),
        ("comment\nwell, yes\nno; never, ever\n", None, ["comment"]),
        ("name\nhello\n", None, ["name"]),
        ('a;b\n"x;y";"1,2"\n"z;";2\n', ";", ["a", "b"]),
        ("sep=|\na|b\n1|2\n", "|", ["a", "b"]),
        ("a,b,c\n", ",", ["a", "b", "c"]),
    ],
)
def test_the_delimiter_is_found(
    tmp_path: Path, content: str, delimiter: str | None, header: list[str]
) -> None:
    """By the columns that it makes, quoting honoured; a file of one column has none."""
    inbox = Inbox(tmp_path)
    inbox.put(content)
    file = inbox.poll().file
    assert (file.delimiter, list(file.header)) == (delimiter, header)


def _read(tmp_path: Path, content: bytes) -> Brought:
    inbox = Inbox(tmp_path)
    inbox.put(content)
    return inbox.poll()


NOISE = random.Random(4).randbytes(100_000)
CONTROLS = bytes(one for one in range(1, 32) if one not in b"\r\n")
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x10\0\0\0\x10\x08\x06\0\0\0" + zlib.compress(NOISE[:3000])

HOSTILE: list[tuple[str, bytes, int, int, list[tuple[str, int | None]]]] = [
    ("empty", b"", 0, 0, [("empty", None)]),
    ("blank", b"\n\r\n  \n", 0, 0, [("empty", None)]),
    ("rows of nothing", b"a,b\n1,2\n,\n ,\t\n\n", 1, 0, []),
    ("nothing above", b" , \n\na,b\n1,2\n", 1, 0, []),
    ("login page", b"\xef\xbb\xbf\n<!DOCTYPE html><html><body>Log in, please</body></html>", 0, 0, [("not_csv", None)]),
    ("xml", b'<?xml version="1.0"?><staff/>', 0, 0, [("not_csv", None)]),
    ("json", b'[{"a": 1, "b": 2}]', 0, 0, [("not_csv", None)]),
    ("header only", b"a,b\n", 0, 0, []),
    ("nul bytes", b"a,b\n1,2\n1,\x002\n\x003,\x00\n", 3, 0, [("nul_bytes", 3)]),
    ("nul in the header", b"a,\x00b\r\n1,2\r\n", 1, 0, [("nul_bytes", 1)]),
    ("nothing but nul", bytes(10), 0, 0, [("nul_bytes", 1), ("empty", None)]),
    ("picture", PICTURE, 0, 0, [("not_csv", None)]),
    ("noise", NOISE, 0, 0, [("not_csv", None)]),
    ("long line of nul", b"a,b\n1,2\n" + bytes(2_000_000) + b"\n3,4\n", 2, 1, [("nul_bytes", 3), ("long_line", 3)]),
    ("noise in one cell", b"a,b\n" + b"1,Smith\n" * 900 + CONTROLS + b",x\n", 901, 0, []),
    ("separators of Hive", b"a\x01b\x02c\n" * 99, 98, 0, []),
    ("formula", b"a,b\n1,=cmd()\n2,3\n", 1, 1, [("formula", 2)]),
    ("duplicate header", b"a,b,A\n1,2,3\n", 1, 0, [("duplicate_header", 1)]),
    ("mixed ends", b"a,b\r\n1,2\r3,4\n", 2, 0, [("mixed_line_ends", None)]),
    ("quoted newlines", b'a,b\n1,"x\ny"\n2,z\n', 2, 0, []),
    ("open quote", b'a,b\n1,"x\n2,y\n3,z\n', 2, 1, [("open_quote", 2)]),
    ("stray quotes", b'a,b\n1,"x\n2,y\n3,"z"\n4,w\n', 3, 1, [("open_quote", 2)]),
    ("short row", b"a,b\n1\n2,3\n", 1, 1, [("columns", 2)]),
    ("long row", b"a,b\n1,2,3\n2,3,\n", 1, 1, [("columns", 2)]),
    ("long line", b"a,b\n" + b"x" * 2_000_000 + b"\n2,3\n", 1, 1, [("long_line", 2)]),
    ("long cell", b"a,b\n1," + b"x" * 200_000 + b"\n2,3\n", 1, 1, [("long_field", 2)]),
    ("damaged utf-8", b"a,b\n" + "1,ёжик\n".encode() * 30 + b"2,\xff\n", 30, 1, [("encoding", 32)]),
    ("archive", b"PK\x03\x04" + bytes(range(256)) * 10, 0, 0, [("broken_archive", None)]),
    ("open to the end", b'a,b\n' + b'1,2\n' * 700 + b'3,"open\n' + b"4,5\n" * 700, 1400, 1, [("open_quote", 702)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content", "good", "bad", "problems"), HOSTILE, ids=[one[0] for one in HOSTILE]
)
def test_each_hostile_file_is_taken_in(
    tmp_path: Path, name: str, content: bytes, good: int, bad: int, problems: list[tuple[str, int | None]]
) -> None:
    """Each problem by file, by line where there is one; the rest is delivered."""
    brought = _read(tmp_path, content)
    assert (brought.file.rows_ok, brought.file.rows_bad) == (good, bad)
    path = tmp_path / "staff.csv"
    places = {(one.kind, one.where) for one in brought.problems}
    assert places == {
        (kind, str(path) if line is None else f"{path}: line {line}") for kind, line in problems
    }
    told = {one.error_code for one in brought.failed}
    assert told == {kind for kind, _ in problems} - {"mixed_line_ends"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("mark", "delimiter"),
    [("sep=;", ";"), ("sep=\t", "\t"), ('"sep=\t"', "\t"), ("SEP=,", ","), ("sep=;;;", ";"), ("sep=; ", ";")],
)
def test_what_excel_says_of_its_delimiter_is_no_header(
    tmp_path: Path, mark: str, delimiter: str, end: str, encoding: str
) -> None:
    """`sep=` with a tab too, padded by the program that saved it anew, in every encoding; lines are counted with it."""
    inbox = Inbox(tmp_path, columns={"имя": {"required": "true"}, "отдел": {}})
    rows = [delimiter.join(cells) for cells in (("имя", "отдел"), ("Анна", "1"), ("", "2"), ("Пётр", "3"))]
    inbox.put(end.join([mark, *rows, ""]).encode(encoding))
    found = inbox.poll()
    assert (found.file.delimiter, list(found.file.header)) == (delimiter, ["имя", "отдел"])
    assert (found.file.rows_ok, found.broken()) == (2, [(4, "required")])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_what_powershell_writes_above_a_header_is_none(tmp_path: Path, encoding: str) -> None:
    """`Export-Csv` of Windows PowerShell names the type first."""
    inbox = Inbox(tmp_path, columns={"SamAccountName": {"required": "true"}})
    inbox.put('#TYPE Selected.ADUser\r\n"SamAccountName","mail"\r\n"a","a@x.com"\r\n'.encode(encoding))
    found = inbox.poll()
    assert (list(found.file.header), found.file.rows_ok, found.broken()) == (
        ["SamAccountName", "mail"],
        1,
        [],
    )


@pytest.mark.parametrize("end", ["\r\n\x1a", "\x1a", "\r\n\x1a\x1a"])
def test_the_sign_that_dos_ends_a_file_with_is_no_row(tmp_path: Path, end: str) -> None:
    """Nor a part of the last cell."""
    inbox = Inbox(tmp_path, columns={"n": {"type": "integer"}})
    inbox.put("name,n\r\na,1\r\nb,2" + end)
    found = inbox.poll()
    assert (found.file.rows_ok, found.broken()) == (2, [])


def test_one_bad_file_stops_no_other(tmp_path: Path) -> None:
    """All of them at once: each is a delivery and a run."""
    inbox = Inbox(tmp_path)
    for number, (_, content, *_rest) in enumerate(HOSTILE):
        inbox.put(content, f"file-{number}.csv")
    brought = inbox.poll()
    assert len(brought.files) == len(brought.runs) == len(HOSTILE)


def test_a_line_of_50_megabytes_is_passed_over(tmp_path: Path) -> None:
    """It is reported by its line, and the rows around it are delivered."""
    brought = _read(tmp_path, b"a,b\n1,2\n" + b'"' + b"x" * 50_000_000 + b"\n3,4\n")
    assert (brought.file.rows_ok, brought.broken()) == (2, [(3, "long_line")])


def test_a_long_first_line_still_lets_the_rows_through(tmp_path: Path) -> None:
    """Without a readable header the columns have numbers."""
    brought = _read(tmp_path, b"x" * 3_000_000 + b"\n1,2\n3,4\n")
    assert brought.file.rows_ok == 2


def test_unreadable_files_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that cannot be opened is a problem, and it is tried again next time."""
    inbox = Inbox(tmp_path)
    path = inbox.put("a,b\n1,2\n")
    inbox.put("a,b\n1,3\n", "other.csv")
    really: Callable[..., object] = Path.open

    def refuse(self: Path, *args: object, **more: object) -> object:
        if self == path:
            raise PermissionError(13, "Permission denied")
        return really(self, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        brought = inbox.poll()
    assert [(one.kind, one.where) for one in brought.problems] == [("unreadable_file", str(path))]
    assert len(brought.files) == 1
    assert len(inbox.poll().files) == 1
