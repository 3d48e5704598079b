"""Deliveries in gzip and ZIP archives: read as the file within, bounded, and told where they are none."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from core.records import ErrorClass, RunStatus
from tests.collectors.collectors_csv import STAFF, Inbox

ROWS = "employee_id;email;manager_id\n1;a@x.example;\n2;nonsense;1\n3;c@x.example;1\n"


def zipped(**files: str | bytes) -> bytes:
    """An archive of these files; __ in a name stands for its dot."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return target.getvalue()


def inbox_of(folder: Path, **contract: object) -> Inbox:
    inbox = Inbox(folder, columns=STAFF, **contract)
    inbox.settings = inbox.configured(path=str(folder / "*"), contract={"columns": STAFF, **contract})
    return inbox


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("staff.csv.gz", lambda content: gzip.compress(content)),
        ("two-members.csv.gz", lambda content: gzip.compress(content[:20]) + gzip.compress(content[20:])),
        ("staff.zip", lambda content: zipped(staff__csv=content)),
        ("no-ending", lambda content: gzip.compress(content)),
        ("wide.csv.gz", lambda content: gzip.compress(content.decode().encode("utf-16"))),
    ],
)
def test_an_archive_is_read_as_the_file_within(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    """Rows, lines and encoding are of the file within; digest and size of what was delivered."""
    inbox, content = inbox_of(tmp_path), pack(ROWS.encode())
    inbox.put(content, name)
    brought = inbox.poll()
    assert (brought.file.rows_ok, brought.file.rows_bad) == (2, 1)
    assert brought.broken() == [(3, "type_email")]
    assert brought.file.digest == hashlib.sha256(content).hexdigest()
    assert brought.file.bytes == brought.run.bytes == len(content)
    assert brought.file.delimiter == ";"
    assert brought.run.status is RunStatus.PARTIAL
    assert inbox.poll().batches == 0


def test_what_macos_packs_beside_a_file_is_none(tmp_path: Path) -> None:
    """Folders and the Finder's own files do not count."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("out/", b"")
        archive.writestr("out/staff.csv", ROWS)
        archive.writestr("__MACOSX/out/._staff.csv", b"x")
        archive.writestr("out/.DS_Store", b"x")
    inbox = inbox_of(tmp_path)
    inbox.put(target.getvalue(), "staff.zip")
    assert inbox.poll().file.rows_ok == 2


def encrypted() -> bytes:
    """An archive that says it has a password."""
    content = bytearray(zipped(staff__csv=ROWS))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


WHOLE = gzip.compress(ROWS.encode() * 50)
FLIPPED = WHOLE[:-8] + bytes([WHOLE[-8] ^ 1]) + WHOLE[-7:]


@pytest.mark.parametrize(
    ("content", "rule", "told"),
    [
        pytest.param(WHOLE[:40], "broken_archive", "the archive is broken", id="gzip cut"),
        pytest.param(FLIPPED, "broken_archive", "deliver it again", id="gzip with another check sum"),
        pytest.param(b"\x1f\x8b" + b"nonsense" * 9, "broken_archive", "broken", id="no gzip"),
        pytest.param(zipped(a__csv=ROWS)[:60], "broken_archive", "broken", id="zip cut"),
        pytest.param(
            zipped(a__csv=ROWS, b__csv=ROWS), "archive_files", "holds 2 files (a.csv, b.csv); deliver one", id="two"
        ),
        pytest.param(zipped(), "archive_files", "holds no file", id="empty zip"),
        pytest.param(encrypted(), "broken_archive", "has a password", id="encrypted"),
        pytest.param(zipped(a__xlsx=zipped(**{"[Content_Types]__xml": b"x"})), "not_csv", "workbook", id="nested"),
        pytest.param(zipped(**{"[Content_Types]__xml": b"x", "xl": b"y"}), "not_csv", "Excel workbook", id="xlsx"),
        pytest.param(gzip.compress(b""), "empty", "empty", id="nothing within"),
    ],
)  # fmt: skip
def test_what_is_no_archive_of_one_file_is_told(tmp_path: Path, content: bytes, rule: str, told: str) -> None:
    """The delivery stands, its run has failed, and the problem says what to do; other files are read."""
    inbox = inbox_of(tmp_path)
    inbox.put(content, "bad.bin")
    inbox.put("employee_id;email;manager_id\n1;a@x.example;\n", "good.csv", seconds_ago=50)
    brought = inbox.poll()
    bad, good = sorted(brought.files, key=lambda one: one.name)
    assert bad.digest == hashlib.sha256(content).hexdigest()
    assert bad.violations == (rule,)
    assert good.rows_ok == 1
    (failed,) = (one for one in brought.failed if one.file and one.file.endswith("bad.bin"))
    assert failed.error_code == rule
    assert told in (failed.error_message or "")
    assert [run.status for run in brought.runs].count(RunStatus.FAILED) == 1
    assert inbox.poll().batches == 0


@pytest.mark.parametrize("pack", [gzip.compress, lambda content: zipped(staff__csv=content)])
def test_a_bomb_ends_at_what_was_agreed(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    """300 MB in 300 KB are not unpacked beyond `max_bytes`, and never stand in memory."""
    content = pack(b"a;b\n" * 75_000_000)
    inbox = inbox_of(tmp_path, max_bytes="2MB")
    inbox.put(content, "bomb")
    tracemalloc.start()
    brought = inbox.poll()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    (failed,) = brought.failed
    assert failed.error_code == "unpacked_too_large"
    assert failed.error_class is ErrorClass.TOO_LARGE
    assert "holds more than 2000000 bytes" in (failed.error_message or "")
    assert brought.run.status is RunStatus.FAILED
    assert peak < 20_000_000


def test_without_an_agreed_size_there_is_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A contract need not name one."""
    monkeypatch.setattr("collectors.sources._csv_intake.MOST_UNPACKED", 1000)
    inbox = inbox_of(tmp_path)
    inbox.put(gzip.compress(ROWS.encode() * 50), "staff.csv.gz")
    assert inbox.poll().file.violations == ("unpacked_too_large",)


def test_a_lying_size_in_a_zip_does_not_help_a_bomb(tmp_path: Path) -> None:
    """A directory that tells of fewer bytes than there are ends in a broken archive, not in more bytes."""
    content = bytearray(zipped(staff__csv=ROWS * 50))
    entry = content.index(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = (100).to_bytes(4, "little")
    inbox = inbox_of(tmp_path, max_bytes="1KB")
    inbox.put(bytes(content), "staff.zip")
    assert inbox.poll().file.violations == ("broken_archive",)


@pytest.mark.parametrize("zip64", [False, True])
def test_a_directory_of_very_many_files_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zip64: bool
) -> None:
    """An archive is opened for the one file in it: the names of a million others never stand in memory."""
    if zip64:
        monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 100)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for number in range(30_000):
            archive.writestr(f"{number}.csv", b"")
    content = target.getvalue()
    assert (b"PK\x06\x06" in content) is zip64
    inbox = inbox_of(tmp_path)
    inbox.put(content, "staff.zip")
    tracemalloc.start()
    brought = inbox.poll()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert brought.file.violations == ("archive_files",)
    assert "holds too many files; deliver one file in each" in (brought.failed[0].error_message or "")
    assert peak < 4_000_000


def test_a_small_archive_in_the_large_form_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some programs write every archive as one of more than 4 GiB could be."""
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 0)
    content = zipped(staff__csv=ROWS)
    assert b"PK\x06\x06" in content
    inbox = inbox_of(tmp_path)
    inbox.put(content, "staff.zip")
    assert inbox.poll().file.rows_ok == 2


@pytest.mark.parametrize(
    ("pack", "kind"), [(bz2.compress, "a bzip2 archive"), (lzma.compress, "an xz archive")]
)
def test_an_archive_that_is_not_read_is_called_what_it_is(
    tmp_path: Path, pack: Callable[[bytes], bytes], kind: str
) -> None:
    """And not binary data, or text without its mark."""
    inbox = inbox_of(tmp_path)
    inbox.put(pack(ROWS.encode()), "staff.csv.packed")
    assert inbox.poll().run.error_message == f"is {kind}, not CSV; export CSV"
