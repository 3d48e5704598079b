"""Entries of several lines, a traceback or a JSON object, are read as one, whenever they are polled."""

import os
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from collectors.files.entries import LONGEST_ENTRY_BYTES, beginning, together
from collectors.files.parting import ENTRY_SECONDS
from collectors.sources.log_file import batches
from core.records import Batch, Json
from tests.collectors.test_collectors_log_file import settings_of

AT = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
PATTERN = r"(?s)^(?P<at>\S+) ERROR Sync (?P<id>\w+) (?P<state>failed)(?P<why>.*)|"
FIELDS = {"external_id": "id", "status": "state", "finished_at": "at", "error_message": "why"}


class Log:
    """A log file that is polled by a clock."""

    def __init__(self, path: Path, **more: object) -> None:
        given_ = {"format": "regex", "pattern": PATTERN, "where": "id", "fields": FIELDS, "begins": r"\d{4}-"}
        self.path, self.now = path, AT
        self.cursor: dict[str, Json] = {}
        self.settings = settings_of(path, **(given_ | more))
        path.touch()

    def write(self, text: str) -> None:
        """Appends, just now."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)
        os.utime(self.path, (self.now.timestamp(), self.now.timestamp()))

    def poll(self, after: float = 0, *, settled: bool = False) -> Sequence[Batch]:
        """A poll so many seconds later."""
        self.now += timedelta(seconds=after)
        found = list(batches(self.settings, self.cursor, self.now, settled=settled))
        self.cursor = dict(found[-1].cursor) if found else self.cursor
        assert [problem for batch in found for problem in batch.problems] == []
        return found


def told(found: Sequence[Batch]) -> list[tuple[str, str | None]]:
    return [(run.external_id, run.error_message) for batch in found for run in batch.runs]


def test_a_traceback_is_read_with_its_message(tmp_path: Path) -> None:
    """Also while it is being written; what follows an entry that was read is passed over."""
    log = Log(tmp_path / "app.log")
    log.write("2026-11-24T12:00:00Z ERROR Sync a failed\nSocketTimeoutException: Read timed out\n\tat com")
    assert told(log.poll(1)) == []
    log.write(".acme.Sync\n")
    assert told(log.poll(1)) == []
    assert told(log.poll(10)) == [("a", "\nSocketTimeoutException: Read timed out\n\tat com.acme.Sync")]
    log.write("\tat late.Frame\n2026-11-24T12:01:00Z ERROR Sync b failed\n2026-11-24T12:01:00Z INFO next\n")
    assert told(log.poll(1)) == [("b", None)]
    assert log.poll(60)[0].runs == []
    assert list(log.poll(60)) == []


def test_a_look_that_has_no_next_one_takes_what_is_there(tmp_path: Path) -> None:
    """`collect --once` waits for nothing that may still be written."""
    log = Log(tmp_path / "app.log")
    log.write("2026-11-24T12:00:00Z ERROR Sync a failed\nTimeout\n")
    assert told(log.poll(settled=True)) == [("a", "\nTimeout")]


def test_json_over_several_lines_is_an_entry(tmp_path: Path) -> None:
    """It begins with its brace in the first column."""
    log = Log(tmp_path / "app.json", format="jsonl", pattern=None, begins="{")
    log.write('{\n  "id": "1",\n  "state": "failed"\n}\n{\n  "id": "2",\n  "state": "failed"\n}\n')
    assert [name for name, _ in told(log.poll(10))] == ["1", "2"]


def test_an_entry_within_container_logs_is_told_by_the_lines_carried(tmp_path: Path) -> None:
    """Each of its lines is carried by one of its own."""
    log = Log(tmp_path / "app.log", wrapped="cri")
    lines = ["2026-11-24T12:00:00Z ERROR Sync a failed", "Timeout", "\tat x"]
    log.write("".join(f"2026-11-24T12:00:00.1Z stderr F {line}\n" for line in lines))
    assert told(log.poll(1)) == []
    assert told(log.poll(10)) == [("a", "\nTimeout\n\tat x")]


def test_a_long_entry_is_cut_and_keeps_its_place() -> None:
    """What is beyond the bound is passed over; every other place stays empty."""
    lines = [b"> one", *[b"x" * 1000] * 100, b"> two"]
    found = together(lines, beginning("> "))
    assert len(found) == len(lines)
    assert len(found[0]) <= LONGEST_ENTRY_BYTES
    assert (found[1:-1], found[-1]) == ([b""] * 100, b"> two")


def test_csv_has_quotes_for_that() -> None:
    """And says so."""
    with pytest.raises(ValidationError, match="not for csv"):
        settings_of("x", format="csv", begins="x")


@given(
    sizes=st.lists(st.integers(0, 3), min_size=1, max_size=8),
    cuts=st.lists(st.tuples(st.integers(0, 400), st.sampled_from([1, 10])), max_size=6),
)
def test_every_entry_comes_once(sizes: list[int], cuts: list[tuple[int, int]]) -> None:
    """Wherever the writing is interrupted: no entry is lost, doubled, or without a line that was written with it."""
    entries = [
        f"2026-11-24T12:00:{number:02d}Z ERROR Sync {number} failed\n" + "\tat x\n" * size
        for number, size in enumerate(sizes)
    ]
    text = "".join(entries)
    with tempfile.TemporaryDirectory() as folder:
        log, seen, done = Log(Path(folder) / "app.log"), [], 0
        for place, pause in sorted(cuts):
            if done < place <= len(text):
                log.write(text[done:place])
                done = place
            seen += told(log.poll(pause))
        log.write(text[done:])
        seen += told(log.poll(10))
    assert [name for name, _ in seen] == [str(number) for number in range(len(sizes))]
    if sum(pause for _, pause in cuts) < ENTRY_SECONDS:
        assert [(why or "").count("\tat x") for _, why in seen] == sizes
