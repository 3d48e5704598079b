"""Measures a large CSV delivery: the most memory its reading takes, and rows a second of CPU."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from collectors.source import SourceContext
from collectors.sources._csv_intake import Intake
from collectors.sources._csv_settings import CsvDropSettings
from core.clock import now
from core.records import Side

ROWS = 1_000_000
MOST_MEGABYTES = 150
_BAD_EVERY = 100


@dataclass(frozen=True, slots=True)
class CsvDrop:
    """rows, bytes: of the file; failed: failed records; seconds: CPU; megabytes: the most that the process
    held; before_megabytes: what it held before the file was opened."""

    rows: int
    bytes: int
    failed: int
    seconds: float
    megabytes: float
    before_megabytes: float

    @property
    def rows_per_second(self) -> float:
        """Rows a second of CPU."""
        return self.rows / self.seconds


def measure(rows: int = ROWS) -> CsvDrop:
    """Takes in one file whose rows are unique, refer to each other, and are bad once in a hundred."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "staff.csv"
        _written(path, rows)
        settings = CsvDropSettings.model_validate(
            {
                "type": "csv_drop",
                "name": "staff",
                "path": str(path),
                "settle": "0s",
                "contract": {
                    "columns": {
                        "email": {"type": "email", "required": "true", "unique": "true"},
                        "employee_id": {"type": "integer", "unique": "true"},
                        "manager_id": {"type": "integer", "refers_to": "employee_id"},
                    }
                },
            }
        )
        at = now() + timedelta(minutes=1)
        context = SourceContext("bench", "staff", Side.TARGET, at, None, zone=ZoneInfo("UTC"))  # type: ignore[arg-type]
        before, began, failed, read = _held(), time.process_time(), 0, 0
        for batch in Intake(settings, {}, context, at).batches():
            failed += len(batch.failed_records)
            read += batch.items
        return CsvDrop(read, path.stat().st_size, failed, time.process_time() - began, _held(), before)


def _written(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write("employee_id;email;name;manager_id\r\n")
        for number in range(rows):
            manager = "x" if number % _BAD_EVERY == 0 else number // 50
            file.write(f'{number};person.{number}@example.com;"Иванов; Пётр {number}";{manager}\r\n')


def _held() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Say the numbers; end with 1 if the budget is not kept."""
    found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
    sys.stdout.write(
        f"csv_drop: {found.rows:,} rows ({found.bytes / 1e6:.0f} MB), {found.failed:,} failed records, "
        f"{found.rows_per_second:,.0f} rows/s of CPU, at most {found.megabytes:.0f} MB "
        f"({found.before_megabytes:.0f} MB before)\n"
    )
    sys.exit(found.megabytes > MOST_MEGABYTES)


if __name__ == "__main__":
    main()
