"""The CSV files that daily integrations drop, and the importer that reads them as agreed."""

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sandbox.catalogue import Feed
from sandbox.history import file_name
from sandbox.people import MANAGERS, person

COLUMNS = ("employee_id", "first_name", "last_name", "email", "department", "position", "manager_id")
_KEPT = 40


@dataclass(frozen=True)
class Agreement:
    """How a feed's file is written."""

    delimiter: str
    encoding: str


AGREED = {"workday-csv": Agreement(",", "utf-8"), "zup": Agreement(";", "cp1251")}


def inbox_of(directory: Path, feed: Feed) -> Path:
    """Where a feed drops its files."""
    return directory / "inbox" / feed.key


def deliver(
    directory: Path, feed: Feed, due: datetime, seed: int, rows: int, *, swapped: bool = False
) -> Path:
    """Drop the file of a day. swapped: written with the other delimiter than agreed."""
    agreed = AGREED[feed.key]
    delimiter = {",": ";", ";": ","}[agreed.delimiter] if swapped else agreed.delimiter
    folder = inbox_of(directory, feed)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(feed, due)
    temporary = path.with_suffix(".part")
    with temporary.open("w", encoding=agreed.encoding, errors="replace", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(COLUMNS)
        for index in range(rows):
            someone = person(seed, MANAGERS + (due.toordinal() * 3 + index * 7) % 1000)
            payload = someone.payload()
            writer.writerow([payload[column] for column in COLUMNS])
    temporary.replace(path)
    for old in sorted(folder.glob("*.csv"))[:-_KEPT]:
        old.unlink()
    return path


def read(path: Path, feed: Feed) -> tuple[list[str], list[dict[str, str | None]]]:
    """The header and the rows of a file, read with the agreed delimiter."""
    agreed = AGREED[feed.key]
    with path.open(encoding=agreed.encoding, errors="replace", newline="") as file:
        reader = csv.DictReader(file, delimiter=agreed.delimiter)
        rows = list(reader)
        return list(reader.fieldnames or ()), rows
