"""W3C extended logs: columns are what the last `#Fields:` names, wherever it stands."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from tests.collectors.test_collectors_access_log import Polls, settings_of

HEAD = "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n"
BEFORE = (
    "#Fields: date time cs-method cs-uri-stem cs-username sc-status time-taken\n"
    "2026-11-24 12:00:00 GET /users/17 CORP\\sync 200 15\n"
)
AFTER = (
    "#Fields: date time s-ip cs-method cs-uri-stem sc-status sc-substatus cs-username time-taken\n"
    "2026-11-24 12:01:00 10.0.0.1 POST /tasks 500 0 - 1203\n"
)
MORE = "2026-11-24 12:02:00 10.0.0.1 PUT /tasks/8 204 0 CORP\\sync 30\n"


def w3c(path: Path, **more: Any) -> Polls:
    return Polls(settings_of(path, format="w3c", request_time_unit="ms", **more))


def calls(poll: Polls) -> dict[object, int]:
    return poll.by(lambda one: (one.minute.minute, one.method, one.endpoint, one.status, one.consumer))


OLD = (0, "GET", "/users/{id}", 200, "CORP\\sync")
NEW = (1, "POST", "/tasks", 500, "")
LAST = (2, "PUT", "/tasks/{id}", 204, "CORP\\sync")


def test_fields_that_change_in_the_midst_are_followed(tmp_path: Path) -> None:
    """Lines above it are in the old columns, lines below it in the new ones."""
    path = tmp_path / "u_ex.log"
    path.write_text(HEAD + BEFORE + AFTER + MORE)
    poll = w3c(path)
    poll()
    assert calls(poll) == {OLD: 1, NEW: 1, LAST: 1}


@pytest.mark.parametrize("cut", ["before the change", "behind the change", "behind its line"])
def test_a_change_holds_from_poll_to_poll(tmp_path: Path, cut: str) -> None:
    """Also where a poll ended right behind it; and what began alike goes on alike."""
    path = tmp_path / "u_ex.log"
    whole = HEAD + BEFORE + AFTER + MORE
    at = {
        "before the change": len(HEAD + BEFORE),
        "behind the change": whole.index("2026-11-24 12:01"),
        "behind its line": len(HEAD + BEFORE + AFTER),
    }[cut]
    poll = w3c(path)
    for end in (at, len(whole)):
        path.write_text(whole[:end])
        poll()
    assert calls(poll) == {OLD: 1, NEW: 1, LAST: 1}


def test_a_change_holds_in_a_file_that_was_renamed(tmp_path: Path) -> None:
    """The columns belong to the content, whatever its name; another file has its own."""
    path = tmp_path / "u_ex.log"
    path.write_text(HEAD + BEFORE + AFTER)
    poll = w3c(tmp_path / "u_ex.log*")
    poll()
    path.rename(tmp_path / "u_ex.log.1")
    with (tmp_path / "u_ex.log.1").open("a") as old:
        old.write(MORE)
    path.write_text(HEAD + BEFORE.replace("12:00", "12:05"))
    poll()
    assert calls(poll) == {OLD: 1, NEW: 1, LAST: 1, (5, *OLD[1:]): 1}
    assert len(poll.cursor["directives"]) == 1


def test_what_fits_no_columns_is_counted_and_told(tmp_path: Path) -> None:
    """A line above any `#Fields`, and one of another length, are calls that cannot be read."""
    path = tmp_path / "u_ex.log"
    path.write_text("2026-11-24 12:00:00 GET /x 200\n" + BEFORE + "2026-11-24 12:00:01 GET\n")
    poll = w3c(path)
    poll()
    problems = [one for batch in poll.batches for one in batch.problems]
    assert [(one.kind, one.message.partition(";")[0]) for one in problems] == [
        ("bad_line", "stands before any #Fields, so nothing tells what its columns are"),
        ("bad_line", "has 3 columns where #Fields names 7"),
    ]
    assert sum(calls(poll).values()) == 3


def test_cloudfront_is_read_between_tabs_out_of_an_archive(tmp_path: Path) -> None:
    """Its columns may be empty, and hold spaces."""
    fields = "#Version: 1.0\n#Fields: date time cs-method cs-uri-stem sc-status cs(User-Agent) time-taken\n"
    line = "2026-11-24\t12:00:31\tGET\t/users\t200\tcurl 8\t0.051\n"
    (tmp_path / "x.gz").write_bytes(gzip.compress((fields + line).encode()))
    poll = Polls(settings_of(tmp_path / "x.gz", format="w3c"))
    poll()
    assert calls(poll) == {(0, "GET", "/users", 200, ""): 1}


def test_a_day_may_stand_above_and_cells_in_quotes(tmp_path: Path) -> None:
    """`#Date` is the day of lines that tell their time alone; a column of one's own is named in fields."""
    path = tmp_path / "ex.log"
    path.write_text(
        '#Date: 2026-11-24 00:00:00\n#Fields: time cs-method cs-uri sc-status "x" x-who\n'
        '12:00:00 GET /users 200 "a ""b"" c" sync\n'
    )
    poll = w3c(path, fields={"consumer": '"x-who"'})
    poll()
    assert calls(poll) == {(0, "GET", "/users", 200, "sync"): 1}


def test_a_pattern_is_for_regex_alone() -> None:
    """The columns name themselves."""
    with pytest.raises(ValidationError, match="regex needs a pattern"):
        settings_of("x", format="w3c", pattern=r"(?P<status>\d+)")


def test_a_hard_space_parts_no_columns(tmp_path: Path) -> None:
    """IIS writes what a browser sent."""
    path = tmp_path / "ex.log"
    path.write_text(
        "#Fields: date time cs-method cs-uri-stem sc-status\n2026-11-24 12:00:00 GET /a\u00a0b 200\n",
        encoding="utf-8",
    )
    poll = w3c(path)
    poll()
    assert list(calls(poll)) == [(0, "GET", "/{id}", 200, "")]
