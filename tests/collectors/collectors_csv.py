"""A folder of CSV files, and what polling it brings."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from collectors.http import HttpClient
from collectors.source import SourceContext
from collectors.sources._csv_settings import CsvDropSettings
from collectors.sources.csv_drop import batches
from core import clock
from core.records import Cursor, FailedRecord, FileDelivery, Problem, Side, SyncRun

T0 = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
"""05:30 in Moscow."""

STAFF = {
    "email": {"type": "email", "required": "true", "unique": "true"},
    "manager_id": {"type": "integer", "refers_to": "employee_id"},
}


@dataclass
class Brought:
    """What one poll brought, of all its batches."""

    runs: list[SyncRun] = field(default_factory=list)
    files: list[FileDelivery] = field(default_factory=list)
    failed: list[FailedRecord] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    batches: int = 0

    @property
    def file(self) -> FileDelivery:
        """The one delivery there is."""
        (one,) = self.files
        return one

    @property
    def run(self) -> SyncRun:
        """The one run there is."""
        (one,) = self.runs
        return one

    def broken(self) -> list[tuple[int | None, str | None]]:
        """Line and rule of each failed record."""
        return [(one.line, one.error_code) for one in self.failed]


class Inbox:
    """A folder, a clock and a cursor."""

    def __init__(self, folder: Path | str, **contract: Any) -> None:
        self.folder, self.now = Path(folder), T0
        self.zone = ZoneInfo("Europe/Moscow")
        self.cursor: Cursor = {}
        self.settings = self.configured(path=str(Path(folder) / "*.csv"), contract=contract)

    def configured(self, **more: Any) -> CsvDropSettings:
        """Settings of a source, with these keys."""
        return CsvDropSettings.model_validate({"type": "csv_drop", "name": "staff", **more})

    def put(self, content: bytes | str, name: str = "staff.csv", *, seconds_ago: float = 60) -> Path:
        """Writes a file whose last change is so long ago."""
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        self.touch(path, seconds_ago)
        return path

    def touch(self, path: Path, seconds_ago: float = 60) -> None:
        """Sets a file's time by the inbox's clock."""
        at = (self.now - timedelta(seconds=seconds_ago)).timestamp()
        os.utime(path, (at, at))

    def move(self, **parts: float) -> None:
        """Lets time pass."""
        self.now += timedelta(**parts)

    def context(self, **more: Any) -> SourceContext:
        """What a poll hands to the source."""
        http = cast("HttpClient", None)
        return SourceContext("hr", "staff", Side.TARGET, self.now, http, zone=self.zone, **more)

    def poll(self, **more: Any) -> Brought:
        """Polls, and keeps the cursor."""
        brought = Brought()
        for batch in batches(self.settings, self.cursor, self.context(**more), self.now):
            self.cursor = batch.cursor
            brought.batches += 1
            brought.runs += batch.runs
            brought.files += batch.files
            brought.failed += batch.failed_records
            brought.problems += batch.problems
        return brought

    def taken_in_once(self) -> Brought:
        """What the only file there brings, which nobody writes to any more: not at first sight, and not again."""
        self.now = clock.now()
        assert self.poll().files == []
        self.move(seconds=30)
        brought = self.poll()
        assert self.poll().files == []
        return brought
