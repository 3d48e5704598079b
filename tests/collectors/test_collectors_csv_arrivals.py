"""What counts as a delivery: complete files, copies, renamed ones, the same bytes on another day."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest

from collectors.files.finding import Found
from collectors.sources import _csv_intake, csv_drop
from collectors.sources._csv_arrivals import job_name
from core.errors import SourceError
from core.records import ErrorClass
from tests.collectors.collectors_csv import STAFF, T0, Inbox

TABLE = "employee_id,email,manager_id\n1,a@example.com,\n"


def test_a_file_still_being_written_waits(tmp_path: Path) -> None:
    """Until it was left alone for the settle time; what came so far is not looked at."""
    inbox = Inbox(tmp_path)
    path = inbox.put("a,b\n1,2", seconds_ago=2)
    assert inbox.poll().files == []
    inbox.move(seconds=9)
    path.write_text("a,b\n1,2\n3,4\n")
    inbox.touch(path, 1)
    assert inbox.poll().files == []
    inbox.move(seconds=10)
    assert inbox.poll().file.rows_ok == 2


def test_a_file_from_the_future_is_complete_by_our_clock(tmp_path: Path) -> None:
    """The clock of the other machine runs ahead: unchanged between our looks is enough."""
    inbox = Inbox(tmp_path)
    inbox.put("a,b\n1,2\n", seconds_ago=-3600)
    assert inbox.poll().files == []
    inbox.move(seconds=60)
    assert inbox.poll().file.arrived_at == inbox.now


def test_nothing_new_moves_nothing(tmp_path: Path) -> None:
    """The next poll brings no batch at all."""
    inbox = Inbox(tmp_path)
    inbox.put(TABLE)
    inbox.poll()
    inbox.move(seconds=60)
    assert inbox.poll().batches == 0


def test_the_same_bytes_twice_a_day_are_one_delivery_counted_twice(tmp_path: Path) -> None:
    """The copy brings the same identity and no second run; only the agreed frequency is broken."""
    inbox = Inbox(tmp_path, max_per_day="1")
    inbox.put(TABLE)
    first = inbox.poll()
    inbox.move(hours=1)
    inbox.put(TABLE, "staff-copy.csv")
    second = inbox.poll()
    assert second.runs == []
    assert (second.file.digest, second.file.contract_day) == (first.file.digest, first.file.contract_day)
    assert [(one.error_code, one.error_class) for one in second.failed] == [("too_many", ErrorClass.SCHEDULE)]


def test_the_same_bytes_next_day_are_a_new_unchanged_delivery(tmp_path: Path) -> None:
    """With a run of its own; other bytes on the third day are changed."""
    inbox = Inbox(tmp_path, max_per_day="1")
    first, ids = inbox.put(TABLE), []
    for content in (TABLE, TABLE, TABLE + "2,b@example.com,1\n"):
        inbox.put(content)
        brought = inbox.poll()
        ids.append(brought.run.external_id)
        assert brought.file.violations == ()
        inbox.move(days=1)
    assert len(set(ids)) == 3
    assert first.exists()


def test_unchanged_looks_at_the_day_before(tmp_path: Path) -> None:
    """The flags of three days: new, the same, another."""
    inbox, flags = Inbox(tmp_path), []
    for content in (TABLE, TABLE, "x,y\n1,2\n"):
        inbox.put(content)
        flags.append(inbox.poll().file.unchanged)
        inbox.move(days=1)
    assert flags == [False, True, False]


def test_a_renamed_file_is_no_delivery(tmp_path: Path) -> None:
    """Within the folder, or copied with its time and the original taken away."""
    inbox = Inbox(tmp_path)
    path = inbox.put(TABLE)
    inbox.poll()
    path.rename(tmp_path / "done.csv")
    assert inbox.poll().files == []
    other = inbox.put(TABLE, "elsewhere.csv")
    inbox.touch(other, 60)
    (tmp_path / "done.csv").unlink()
    assert inbox.poll().files == []


def test_the_contract_day_is_a_local_day(tmp_path: Path) -> None:
    """22:30 UTC is the next day in Moscow."""
    inbox = Inbox(tmp_path)
    inbox.move(hours=20)
    inbox.put(TABLE)
    assert inbox.poll().file.contract_day == date(2026, 11, 25)


def test_an_upload_that_keeps_its_old_time_arrived_after_the_last_look(tmp_path: Path) -> None:
    """Programs copy the original's time along; a file that was not there at the last look came later."""
    inbox = Inbox(tmp_path, arrive_by="06:00")
    assert inbox.poll().files == []
    inbox.move(hours=2)
    inbox.poll()
    inbox.put(TABLE, seconds_ago=7 * 3600)
    inbox.move(minutes=1)
    file = inbox.poll().file
    assert file.arrived_at == T0 + timedelta(hours=2)
    assert file.violations == ("late",)


def test_all_history_believes_the_files_own_time(tmp_path: Path) -> None:
    """A backfill is no storm of late files."""
    inbox = Inbox(tmp_path)
    inbox.poll()
    inbox.put(TABLE, seconds_ago=7200)
    assert inbox.poll(all_history=True).file.arrived_at == T0 - timedelta(hours=2)


def test_files_beyond_the_horizon_are_not_read(tmp_path: Path) -> None:
    """Storage would refuse them; they are not looked at again."""
    inbox = Inbox(tmp_path)
    inbox.put(TABLE, seconds_ago=100 * 86400)
    horizon = T0 - timedelta(days=90)
    assert inbox.poll(horizon=horizon).files == []
    assert inbox.poll(horizon=horizon).batches == 0


def test_an_empty_inbox_is_fine_and_a_missing_one_is_not(tmp_path: Path) -> None:
    """Files are taken away after their import; a folder is not."""
    assert Inbox(tmp_path).poll().files == []
    with pytest.raises(SourceError, match="no file matches"):
        Inbox(tmp_path / "typo").poll()


def test_many_failed_records_come_in_batches_with_the_cursor_before(tmp_path: Path) -> None:
    """A kill in the middle reads the file again, and brings the same records under the same identity."""
    inbox = Inbox(tmp_path, columns=STAFF)
    rows = "".join(f"{number},bad,\n" for number in range(25_000))
    inbox.put("employee_id,email,manager_id\n" + rows)
    found = list(csv_drop.batches(inbox.settings, {}, inbox.context(), inbox.now))
    assert [len(batch.failed_records) for batch in found] == [10_000, 10_000, 5_000, 0]
    assert [len(batch.files) for batch in found] == [0, 0, 1, 0]
    assert dict(found[0].cursor)["delivered"] == []
    again = list(csv_drop.batches(inbox.settings, found[1].cursor, inbox.context(), inbox.now))
    assert [batch.failed_records for batch in again] == [batch.failed_records for batch in found]


async def test_a_single_look_waits_for_files_just_written(tmp_path: Path) -> None:
    """`collect --once` has no next poll to leave them to."""
    inbox = Inbox(tmp_path)
    inbox.put(TABLE, seconds_ago=0)
    inbox.settings = inbox.settings.model_copy(update={"settle": timedelta(milliseconds=50)})
    context = inbox.context(all_history=True)
    found = [batch async for batch in csv_drop.collect(inbox.settings, {}, context)]
    assert [file.rows_ok for batch in found for file in batch.files] == [1]


@pytest.mark.parametrize(
    ("name", "job"),
    [
        ("staff.csv", "staff.csv"),
        ("staff_2026-11-24.csv", "staff_*.csv"),
        ("staff-20261124.csv", "staff-*.csv"),
        ("24.11.26 staff.csv", "* staff.csv"),
        ("staff2.csv", "staff2.csv"),
    ],
)
def test_files_of_many_days_are_one_job(name: str, job: str) -> None:
    """The date is taken out of a file's name."""
    assert job_name(name) == job


def test_a_file_written_to_while_it_is_read_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of a mixture of two files is stored; the second is taken in once it is complete, and is no second delivery."""
    inbox = Inbox(tmp_path, columns=STAFF, max_per_day="1")
    path, reads = inbox.put(TABLE), []
    opened = _csv_intake._opened

    def overwriting(file: Found) -> BinaryIO:
        reads.append(file)
        if len(reads) == 2:
            path.write_text(TABLE + "2,b@example.com,1\n")
            inbox.touch(path, 0)
        return opened(file)

    monkeypatch.setattr(_csv_intake, "_opened", overwriting)
    brought = inbox.poll()
    assert (brought.files, brought.failed, brought.problems) == ([], [], [])
    inbox.move(seconds=30)
    brought = inbox.poll()
    assert (brought.file.rows_ok, brought.file.violations) == (2, ())


def test_a_file_that_breaks_off_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection lost in the middle leaves no delivery behind, which the whole file would be a copy of."""
    inbox = Inbox(tmp_path, columns=STAFF, max_per_day="1")
    inbox.put(TABLE)
    opened, reads = _csv_intake._opened, []

    def breaking(file: Found) -> BinaryIO:
        reads.append(file)
        if len(reads) == 2:
            raise OSError("connection lost")
        return opened(file)

    monkeypatch.setattr(_csv_intake, "_opened", breaking)
    with pytest.raises(SourceError, match="connection lost"):
        inbox.poll()
    brought = inbox.poll()
    assert (brought.file.rows_ok, brought.file.violations, len(brought.runs)) == (1, (), 1)


def test_a_file_that_breaks_off_beside_a_good_one_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the poll goes on, its cursor forgets the one that could not be read."""
    inbox = Inbox(tmp_path, columns=STAFF)
    inbox.put(TABLE, "a.csv", seconds_ago=90)
    inbox.put(TABLE + "2,b@example.com,1\n", "b.csv")
    opened, reads = _csv_intake._opened, []

    def breaking(file: Found) -> BinaryIO:
        reads.append(file)
        if len(reads) == 2:
            raise OSError("connection lost")
        return opened(file)

    monkeypatch.setattr(_csv_intake, "_opened", breaking)
    brought = inbox.poll()
    assert [one.name for one in brought.files] == ["b.csv"]
    assert [(one.name, one.rows_ok) for one in inbox.poll().files] == [("a.csv", 1)]
