"""A log file rotated as logrotate does it: renamed, the older ones gzipped, the oldest dropped."""

import gzip
import os
import shutil
from datetime import datetime, timedelta
from pathlib import Path


class RotatingFile:
    """Lines appended to `path`; each new period moves it to `path.1`, and that one to `path.2.gz`.

    period: of UTC days counted from the epoch, so that a restart rotates at the same instants;
    keep: how many rotated files stay. A line older than the current period is simply appended.
    """

    def __init__(self, path: Path, *, period: timedelta, keep: int, encoding: str = "utf-8") -> None:
        self.path, self._keep, self._encoding = path, keep, encoding
        self._seconds = int(period.total_seconds())
        path.parent.mkdir(parents=True, exist_ok=True)
        written = path.stat().st_mtime if path.exists() and path.stat().st_size else None
        self._period = None if written is None else int(written) // self._seconds

    def write(self, lines: list[tuple[datetime, str]], *, dated: bool = False) -> None:
        """Append lines, each with its instant, ascending; rotates where they pass into a new period.

        dated: the files are dated by their last lines, as if they had been written then.
        """
        pending: list[str] = []
        last: datetime | None = None
        for at, line in lines:
            period = int(at.timestamp()) // self._seconds
            if self._period is not None and period > self._period:
                self._append(pending, last if dated else None)
                pending = []
                self._rotate()
            self._period = period if self._period is None else max(period, self._period)
            pending.append(line)
            last = at
        self._append(pending, last if dated else None)

    def _append(self, lines: list[str], date: datetime | None) -> None:
        if lines:
            with self.path.open("a", encoding=self._encoding, errors="replace", newline="\n") as file:
                file.write("\n".join([*lines, ""]))
            if date is not None:
                os.utime(self.path, (date.timestamp(), date.timestamp()))

    def _rotate(self) -> None:
        if not self.path.exists():
            return
        self._numbered(self._keep).unlink(missing_ok=True)
        for number in range(self._keep - 1, 1, -1):
            if self._numbered(number).exists():
                self._numbered(number).rename(self._numbered(number + 1))
        first = self._numbered(1)
        if first.exists():
            with first.open("rb") as plain, gzip.open(self._numbered(2), "wb", compresslevel=6) as packed:
                shutil.copyfileobj(plain, packed)
            shutil.copystat(first, self._numbered(2))
            first.unlink()
        self.path.rename(first)

    def _numbered(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}{'' if number == 1 else '.gz'}")
