"""Whatever bytes a CSV file holds, it is read to its end: no error but an unreadable file's escapes."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collectors.sources._csv_dialect import delimiter_of
from collectors.sources._csv_rows import Rows
from collectors.sources._csv_survey import survey
from tests.collectors.collectors_csv import STAFF, Inbox

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "150"))
"""10,000 of them with FUZZ_EXAMPLES=10000."""

fuzzed = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
pieces = st.lists(
    st.sampled_from(
        [b'"', b'""', b",", b";", b"\t", b"|", b"\n", b"\r\n", b"\r", b"\x00", b"a", b"1", b"=x(", b" ",
         b"\xff\xfe", b"\xef\xbb\xbf", b"\xcf\xf0", "ё".encode(), "é".encode("utf-16-le"), b"sep=;\n", b"email", b"employee_id", b"manager_id",
         b"\xef\xbf\xbd", b"\xf4\x90", b"\xed\xa0\x80", b"x@y.zz"]
    ),
    max_size=60,
).map(b"".join)  # fmt: skip
contents = st.binary(max_size=200) | pieces
cells = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufdd0\ufdd1\ufeff"),
    min_size=1,
    max_size=8,
)


@given(contents)
@fuzzed
def test_any_bytes_are_a_delivery(content: bytes) -> None:
    """One file, one delivery, one run; its rows are counted once each."""
    with tempfile.TemporaryDirectory() as folder:
        inbox = Inbox(Path(folder), columns=STAFF, delimiter=[","], encoding=["utf-8", "cp1251"])
        inbox.put(content)
        brought = inbox.poll()
    assert len(brought.files) == len(brought.runs) == 1
    assert brought.run.records_read == brought.file.rows_ok + brought.file.rows_bad


@given(contents, st.sampled_from(["utf-8", "utf-16-le", "cp1251"]), st.sampled_from([",", ";", None]))
@fuzzed
def test_rows_begin_in_ascending_lines(content: bytes, encoding: str, delimiter: str | None) -> None:
    """Each row has a line of its own, and reading ends."""
    with Rows(io.BytesIO(content), encoding, delimiter, 2) as rows:
        lines = [row.line for row in rows]
    assert lines == sorted(set(lines))


@given(contents)
@fuzzed
def test_survey_and_dialect_take_anything(content: bytes) -> None:
    """An encoding is always found; a delimiter or none."""
    found = survey(io.BytesIO(content))
    delimiter_of(content, found.encoding)


@given(st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=8), st.sampled_from(",;\t|"))
@fuzzed
def test_what_the_standard_library_writes_is_read_back(table: list[list[str]], delimiter: str) -> None:
    """Quoted cells, delimiters and line ends within them; only what databases write for no value is an empty cell."""
    import csv

    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(table)
    with Rows(io.BytesIO(text.getvalue().encode()), "utf-8", delimiter, 3) as rows:
        read = [row.cells for row in rows]
    assert read == [["" if cell == "\\N" else cell for cell in cells] for cells in table]
