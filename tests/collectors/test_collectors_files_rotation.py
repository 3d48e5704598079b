"""Whatever happens to a log between two polls, each of its lines is read exactly once."""

import gzip
import os
import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from collectors.files.reader import LogReader
from collectors.outcome import Outcome
from collectors.problems import Problems
from core.clock import now
from core.errors import SourceError
from core.records import Batch, Problem


class Server:
    """A log written through an open handle, as a server does, and what logrotate does to it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.live = folder, folder / "access.log"
        self.handle = self.live.open("ab", buffering=0)
        self.written: list[bytes] = []
        self.half = b""
        self.making: Path | None = None

    def line(self) -> bytes:
        line = b"line %d %s" % (len(self.written), b"x" * (len(self.written) * 37 % 90))
        self.written.append(line)
        return line

    def append(self, count: int) -> None:
        self.complete()
        for _ in range(count):
            self.handle.write(self.line() + b"\n")

    def write_half(self) -> None:
        self.complete()
        line = self.line()
        self.handle.write(line[:5])
        self.half = line[5:] + b"\n"

    def complete(self) -> None:
        self.handle.write(self.half)
        self.half = b""

    def shift(self) -> None:
        self.finish_gzip()
        for number in range(9, 0, -1):
            for ending in ("", ".gz"):
                old = self.folder / f"access.log.{number}{ending}"
                if old.exists():
                    old.rename(self.folder / f"access.log.{number + 1}{ending}")

    def rename(self) -> None:
        if self.live.exists():
            self.shift()
            self.live.rename(self.folder / "access.log.1")

    def reopen(self) -> None:
        self.complete()
        self.handle.close()
        self.handle = self.live.open("ab", buffering=0)

    def copytruncate(self) -> None:
        self.complete()
        if self.live.exists() and os.fstat(self.handle.fileno()).st_ino == self.live.stat().st_ino:
            self.shift()
            shutil.copyfile(self.live, self.folder / "access.log.1")
            os.truncate(self.live, 0)

    def gzip(self) -> None:
        self.start_gzip()
        self.finish_gzip()

    def start_gzip(self) -> None:
        """Half of a compressed file is there, beside the whole of the plain one."""
        self.finish_gzip()
        own = os.fstat(self.handle.fileno()).st_ino
        plain = [p for p in self.folder.glob("access.log.*") if p.suffix != ".gz" and p.stat().st_ino != own]
        if plain:
            self.making = max(plain)
            packed = gzip.compress(self.making.read_bytes())
            self.making.with_name(self.making.name + ".gz").write_bytes(packed[: len(packed) // 2])

    def finish_gzip(self) -> None:
        if self.making is not None:
            packed = self.making.with_name(self.making.name + ".gz")
            packed.write_bytes(gzip.compress(self.making.read_bytes()))
            self.making.unlink()
            self.making = None

    def copy(self) -> None:
        """Half of a copy, as while logrotate is copying."""
        if self.live.exists():
            self.finish_gzip()
            data = self.live.read_bytes()
            if data:
                (self.folder / "access.log.0").write_bytes(data[: len(data) // 2 + 1])

    def drop_copy(self) -> None:
        (self.folder / "access.log.0").unlink(missing_ok=True)


def poll(
    folder: Path, cursor: dict, lines: list[bytes], chunks: int | None = None, at: datetime | None = None
) -> dict:
    """One poll; with `chunks`, killed after so many of them were stored."""
    try:
        reader = LogReader(str(folder / "access.log*"), cursor, at or now(), Problems())
    except SourceError:
        return cursor
    cursor = reader.cursor()
    for number, chunk in enumerate(reader.chunks(), start=1):
        lines += chunk.lines
        cursor = reader.cursor()
        if number == chunks:
            break
    return cursor


OPERATIONS = st.sampled_from(
    [
        "append",
        "append",
        "half",
        "rename",
        "reopen",
        "copytruncate",
        "gzip",
        "start_gzip",
        "poll",
        "poll",
        "killed",
    ]
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(operations=st.lists(OPERATIONS, min_size=3, max_size=40))
@example(operations=["append", "copytruncate", "half", "poll", "gzip"])
def test_each_line_is_read_once_whatever_happens_between_polls(operations: list[str]) -> None:
    """Appending, renaming, reopening, compressing, copying and truncating lose and double nothing."""
    with tempfile.TemporaryDirectory() as name:
        server, lines, cursor = Server(Path(name)), list[bytes](), dict[str, Any]()
        for operation in [*operations, "poll"]:
            match operation:
                case "append":
                    server.append(3)
                case "half":
                    server.write_half()
                case "poll":
                    cursor = poll(server.folder, cursor, lines)
                case "killed":
                    cursor = poll(server.folder, cursor, lines, chunks=1)
                case _:
                    getattr(server, operation)()
        server.complete()
        server.finish_gzip()
        cursor = poll(server.folder, cursor, lines)
        cursor = poll(server.folder, cursor, lines)
        server.handle.close()
        assert Counter(lines) == Counter(server.written)


def test_a_copy_in_the_making_is_not_read_twice(tmp_path: Path) -> None:
    """A file that begins as a living one does, and is not longer, is its copy and waits."""
    server, lines, cursor = Server(tmp_path), list[bytes](), dict[str, Any]()
    server.append(20)
    cursor = poll(tmp_path, cursor, lines)
    server.copy()
    cursor = poll(tmp_path, cursor, lines)
    assert Counter(lines) == Counter(server.written)
    server.drop_copy()
    server.append(2)
    server.copytruncate()
    server.append(1)
    cursor = poll(tmp_path, cursor, lines)
    assert Counter(lines) == Counter(server.written)


def test_a_new_file_with_a_known_header_is_no_copy_once_it_grows(tmp_path: Path) -> None:
    """Two files that begin with the same line are two files."""
    lines: list[bytes] = []
    (tmp_path / "access.log.a").write_bytes(b"id,status\n1,ok\n")
    cursor = poll(tmp_path, {}, lines)
    (tmp_path / "access.log.b").write_bytes(b"id,status\n")
    cursor = poll(tmp_path, cursor, lines)
    (tmp_path / "access.log.b").write_bytes(b"id,status\n2,ok\n")
    cursor = poll(tmp_path, cursor, lines)
    cursor = poll(tmp_path, cursor, lines)
    assert Counter(lines) == Counter([b"id,status", b"1,ok", b"id,status", b"2,ok"])


def test_a_file_renamed_out_of_the_pattern_is_read_to_its_end(tmp_path: Path) -> None:
    """What a server wrote between the last poll and the rotation is read where it went."""
    log, lines = tmp_path / "app.log", []
    log.write_bytes(b"one\n")

    def read(cursor: dict) -> dict:
        reader = LogReader(str(log), cursor, now(), Problems())
        for chunk in reader.chunks():
            lines.extend(chunk.lines)
        return reader.cursor()

    cursor = read({})
    log.write_bytes(b"one\ntwo\n")
    log.rename(tmp_path / "app.log.1")
    log.write_bytes(b"three\n")
    cursor = read(cursor)
    assert lines == [b"one", b"two", b"three"]


def test_a_container_log_rotated_behind_its_link_is_read_to_its_end(tmp_path: Path) -> None:
    """Kubernetes links to a file elsewhere, and renames that one there."""
    pods, lines = tmp_path / "pods", []
    pods.mkdir()
    (pods / "0.log").write_bytes(b"one\n")
    (tmp_path / "app.log").symlink_to(pods / "0.log")

    def read(cursor: dict) -> dict:
        reader = LogReader(str(tmp_path / "app*.log"), cursor, now(), Problems())
        for chunk in reader.chunks():
            lines.extend(chunk.lines)
        return reader.cursor()

    cursor = read({})
    with (pods / "0.log").open("ab") as log:
        log.write(b"two\n")
    (pods / "0.log").rename(pods / "0.log.20261124-130000")
    (pods / "0.log").write_bytes(b"three\n")
    read(read(cursor))
    assert lines == [b"one", b"two", b"three"]


def test_the_last_line_of_a_file_long_quiet_needs_no_end(tmp_path: Path) -> None:
    """Ten minutes without a write: what stands there is a line."""
    lines: list[bytes] = []
    (tmp_path / "access.log").write_bytes(b"one\ntwo")
    cursor = poll(tmp_path, {}, lines)
    assert lines == [b"one"]
    cursor = poll(tmp_path, cursor, lines, at=datetime(2100, 1, 1, tzinfo=UTC))
    assert lines == [b"one", b"two"]
    with (tmp_path / "access.log").open("ab") as log:
        log.write(b"\nthree\n")
    poll(tmp_path, cursor, lines)
    assert lines == [b"one", b"two", b"three"]


def read_alone(log: Path, cursor: dict, lines: list[bytes]) -> tuple[dict, list[Problem]]:
    """One poll of one file; its cursor and its problems."""
    problems = Problems()
    reader = LogReader(str(log), cursor, now(), problems)
    for chunk in reader.chunks():
        lines.extend(chunk.lines)
    return reader.cursor(), problems.listed()


@pytest.mark.parametrize("name", ["crm2.csv", "crm-prod.csv", "crm.csv.prod", "crm-2.csv"])
def test_the_log_of_another_system_beside_a_truncated_one_is_none_of_its_copies(
    tmp_path: Path, name: str
) -> None:
    """Though it begins with the same header, which is all that was read."""
    log, other, lines = tmp_path / "crm.csv", tmp_path / name, list[bytes]()
    log.write_bytes(b"id,status\n")
    cursor, _ = read_alone(log, {}, lines)
    other.write_bytes(b"id,status\n7,failed\n")
    log.write_bytes(b"")
    cursor, (told,) = read_alone(log, cursor, lines)
    assert told.kind == "begun_anew"
    assert lines == [b"id,status"]


@pytest.mark.parametrize("name", ["crm2.csv", "crm-prod.csv", "crm.csv.prod"])
def test_a_log_of_another_name_is_no_copy_whatever_it_holds(tmp_path: Path, name: str) -> None:
    """Two systems may begin with several lines that are the same."""
    log, other, lines = tmp_path / "crm.csv", tmp_path / name, list[bytes]()
    log.write_bytes(b"# export\nid,status\n")
    cursor, _ = read_alone(log, {}, lines)
    other.write_bytes(b"# export\nid,status\n7,failed\n")
    log.write_bytes(b"")
    read_alone(log, cursor, lines)
    assert lines == [b"# export", b"id,status"]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "name",
    ["app.log.1", "app.log-20261124", "app-20261124.log", "app.log.old", "app.log-2026-11-24_13.log", "app_20261124-1763980000.log"],
)  # fmt: skip
def test_a_copy_that_the_pattern_does_not_match_is_known_by_its_content(
    tmp_path: Path, name: str, packed: bool
) -> None:
    """copytruncate: what was written after the last poll is read from the copy, once, and told as nothing; strangers are not read."""
    log, copy, lines = tmp_path / "app.log", tmp_path / name, list[bytes]()
    (tmp_path / "app.log.9").write_bytes(b"one\nolder\n")
    log.write_bytes(b"one\ntwo\n")
    cursor, _ = read_alone(log, {}, lines)
    whole = b"one\ntwo\nthree\n"
    copy.write_bytes(gzip.compress(whole) if packed else whole)
    with log.open("r+b") as file:
        file.truncate(0)
        file.write(b"four\nfive\nsix\n")
    for _ in range(2):
        cursor, problems = read_alone(log, cursor, lines)
        assert problems == []
        copy.rename(copy.with_name(copy.name + ".moved"))
        copy = copy.with_name(copy.name + ".moved")
    assert Counter(lines) == Counter([b"one", b"two", b"three", b"four", b"five", b"six"])


@pytest.mark.parametrize("text", [b"four\n", b"four\nfive\nsix\nseven\n"], ids=["shorter", "grown past"])
def test_a_file_begun_anew_is_read_from_its_start_and_told(tmp_path: Path, text: bytes) -> None:
    """Truncated without a copy, also where it is longer by now than it was read: nobody knows what was lost."""
    log, lines = tmp_path / "app.log", list[bytes]()
    log.write_bytes(b"one\ntwo\n")
    cursor, _ = read_alone(log, {}, lines)
    with log.open("r+b") as file:
        file.truncate(0)
        file.write(text)
    cursor, (told,) = read_alone(log, cursor, lines)
    assert (told.kind, told.where) == ("begun_anew", str(log))
    assert "after line 2" in told.message
    assert lines == [b"one", b"two", *text.splitlines()]
    outcome = Outcome()
    outcome.took(Batch(cursor={}, problems=[told]))
    assert outcome.poll(now(), now(), None).bad_items == 0
    assert read_alone(log, cursor, lines)[1] == []


@pytest.mark.parametrize("name", ["app.log.1.gz", "app.log-20261124.gz", "app-20261124.log.gz"])
def test_a_log_renamed_and_packed_at_once_is_read_to_its_end(tmp_path: Path, name: str) -> None:
    """logrotate's `create` with `compress`: the pattern matches the live file alone, which is another one by now."""
    log, old, lines = tmp_path / "app.log", tmp_path / "app.old", list[bytes]()
    log.write_bytes(b"one\ntwo\n")
    cursor, _ = read_alone(log, {}, lines)
    log.rename(old)
    log.write_bytes(b"four\n")
    (tmp_path / name).write_bytes(gzip.compress(b"one\ntwo\nthree\n"))
    old.unlink()
    for _ in range(2):
        cursor, problems = read_alone(log, cursor, lines)
        assert problems == []
    assert Counter(lines) == Counter([b"one", b"two", b"three", b"four"])


def test_a_file_in_whose_place_another_one_stands_is_told_once(tmp_path: Path) -> None:
    """Deleted and written anew, without a copy: nobody knows what was lost."""
    log, old, lines = tmp_path / "app.log", tmp_path / "elsewhere", list[bytes]()
    log.write_bytes(b"one\ntwo\n")
    cursor, _ = read_alone(log, {}, lines)
    log.rename(old)
    log.write_bytes(b"four\n")
    old.unlink()
    cursor, (told,) = read_alone(log, cursor, lines)
    assert (told.kind, told.where) == ("begun_anew", str(log))
    assert read_alone(log, cursor, lines)[1] == []
    assert lines == [b"one", b"two", b"four"]


def test_a_rotated_file_whose_number_is_another_ones_now_is_not_begun_anew(tmp_path: Path) -> None:
    """An inode that a new copy was given again proves nothing."""
    log, copy, lines = tmp_path / "access.log", tmp_path / "access.log.1", list[bytes]()
    log.write_bytes(b"three\n")
    copy.write_bytes(b"one\ntwo\n")
    cursor, problems = poll(tmp_path, {}, lines), Problems()
    copy.write_bytes(b"three\n")
    log.write_bytes(b"four\n")
    reader = LogReader(str(tmp_path / "access.log*"), cursor, now(), problems)
    lines += [line for chunk in reader.chunks() for line in chunk.lines]
    assert problems.listed() == []
    assert Counter(lines) == Counter([b"one", b"two", b"three", b"four"])
