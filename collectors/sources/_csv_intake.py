"""One poll of a `csv_drop` source: each new, complete file becomes a delivery, a run and its failed records."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from collectors.files.finding import Found, look_again, matching_files, no_folder
from collectors.problems import Problems
from collectors.source import SourceContext
from collectors.sources._csv_arrivals import Arrival, Arrivals, Memory, job_name, state_of
from collectors.sources._csv_contract import Broken
from collectors.sources._csv_delivery import Delivery
from collectors.sources._csv_outcome import Outcome, Told
from collectors.sources._csv_packed import MOST_UNPACKED, opened
from collectors.sources._csv_records import FATAL, delivery_of, run_of
from collectors.sources._csv_settings import CsvDropSettings
from collectors.sources._csv_survey import Survey, survey_delivered
from core.errors import SourceError
from core.records import (
    Batch,
    BatchMode,
    Cursor,
    ErrorClass,
    FailedRecord,
    FileDelivery,
    SyncRun,
)
from core.settings.fields import zone_named

RECORDS_PER_BATCH = 10_000


@dataclass(slots=True)
class Intake:
    """One poll. now: by when a file must have been left alone to be complete."""

    settings: CsvDropSettings
    cursor: Cursor
    context: SourceContext
    now: datetime

    def batches(self) -> Iterator[Batch]:
        """A batch per file, more for one with many failed records. Raises SourceError."""
        settings, problems = self.settings, Problems()
        found = matching_files(settings.path, problems, settings.storage)
        if not found and (trouble := no_folder(settings.path)) is not None:
            raise SourceError(trouble)
        arrivals = Arrivals(Memory.of(self.cursor), found, self.now, settings.settle)
        read = 0
        for file in [one for one in found if arrivals.is_new(one)]:
            if not arrivals.is_complete(file):
                arrivals.wait(file)
                continue
            if self._is_too_old(file):
                arrivals.take(file, "")
                continue
            try:
                yield from self._taken_in(file, arrivals)
                read += 1
            except OSError as error:
                if not isinstance(error, FileNotFoundError):
                    why = f"{error.strerror or error}; let the monitor read it"
                    problems.add("unreadable_file", str(file.path), why)
        if problems.count and not read and not arrivals.memory.seen:
            first = problems.listed()[0]
            raise SourceError(
                f"none of the files of {settings.path} can be read; {first.where}: {first.message}"
            )
        arrivals.looked()
        if problems.count or arrivals.moved:
            yield Batch(cursor=arrivals.memory.cursor(), mode=BatchMode.DELTA, problems=problems.take())

    def _is_too_old(self, file: Found) -> bool:
        """Whether storage would refuse what it holds; it is not read then."""
        horizon = self.context.horizon
        return horizon is not None and 0 < file.mtime_ns < horizon.timestamp() * 1e9

    def _taken_in(self, file: Found, arrivals: Arrivals) -> Iterator[Batch]:
        contract = self.settings.contract
        found = survey_delivered(_opened(file), self._most(), contract.encoding)
        if (again := _changed(file)) is not None:
            arrivals.wait(again)
            return
        if arrivals.is_renamed(file, found.digest):
            arrivals.take(file, found.digest)
            return
        counted = arrivals.memory.delivered
        try:
            yield from self._read(file, found, arrivals)
        except OSError:
            # What could not be read to its end comes again, and is no copy of itself then.
            arrivals.memory.delivered = counted
            raise

    def _read(self, file: Found, found: Survey, arrivals: Arrivals) -> Iterator[Batch]:
        before, counted, problems = arrivals.memory.cursor(), arrivals.memory.delivered, Problems()
        known = arrivals.memory.known_values()
        arrival, told = self._arrival(file, found, arrivals)
        delivery = Delivery(
            self.settings, told, found, lambda: opened(_opened(file), self._most()), known, problems
        )
        records, in_parts = [delivery.breach(one) for one in self._breaches_of_arrival(arrival)], False
        if arrival.times == 1:
            for record in delivery.failed_records():
                records.append(record)
                if len(records) >= RECORDS_PER_BATCH:
                    delivery.batch_ended()
                    in_parts = True
                    yield self._part(before, records, problems)
                    records = []
            if (again := _changed(file)) is not None:
                if not in_parts:
                    arrivals.memory.delivered = counted
                    arrivals.wait(again)
                    return
                problems.add(
                    "changed_while_read",
                    str(file.path),
                    "was written to while it was read; it will be read again",
                )
            records += [delivery.breach(one) for one in self._breaches_of_form(found, delivery.outcome)]
            arrivals.memory.known = {name: values.stored() for name, values in known.items()}
        arrivals.take(file, found.digest)
        outcome = delivery.outcome
        runs = [run_of(told, found, outcome)] if arrival.times == 1 else []
        yield self._last(arrivals, delivery_of(told, found, outcome, arrival), runs, records, problems)

    def _arrival(self, file: Found, found: Survey, arrivals: Arrivals) -> tuple[Arrival, Told]:
        first = self.context.all_history or not self.cursor
        arrived_at = arrivals.arrived_at(file, first=first)
        day = arrived_at.astimezone(self._zone()).date()
        arrival = arrivals.arrival(found.digest, arrived_at, day)
        name = file.path.name
        run_id = f"{found.digest[:16]}:{day.isoformat()}"
        return arrival, Told(str(file.path), name, job_name(name), run_id, day, arrived_at)

    def _most(self) -> int:
        """Bytes that are unpacked of an archive at most."""
        return self.settings.contract.max_bytes or MOST_UNPACKED

    def _zone(self) -> ZoneInfo:
        named = self.settings.contract.timezone
        return zone_named(named) if named else self.context.zone

    def _breaches_of_arrival(self, arrival: Arrival) -> Iterator[Broken]:
        contract = self.settings.contract
        local = arrival.arrived_at.astimezone(self._zone())
        if contract.arrive_by is not None and arrival.times == 1 and local.time() > contract.arrive_by:
            text = f"arrived at {local:%H:%M}, agreed is by {contract.arrive_by:%H:%M}"
            yield Broken("late", "", text, ErrorClass.SCHEDULE)
        if contract.max_per_day is not None and arrival.of_day > contract.max_per_day:
            copy = ", the same bytes again" if arrival.times > 1 else ""
            text = (
                f"delivery {arrival.of_day} of the day{copy}; agreed are {contract.max_per_day} a day at most"
            )
            yield Broken("too_many", "", text, ErrorClass.SCHEDULE)

    def _breaches_of_form(self, found: Survey, outcome: Outcome) -> Iterator[Broken]:
        contract = self.settings.contract
        if contract.max_bytes is not None and found.bytes > contract.max_bytes:
            text = f"the file has {found.bytes} bytes, agreed are {contract.max_bytes} at most"
            yield Broken("too_large", "", text, ErrorClass.TOO_LARGE)
        if any(one.rule in FATAL for one in outcome.breaches):
            return
        if contract.delimiter and outcome.delimiter and outcome.delimiter not in contract.delimiter:
            agreed = " or ".join(map(_sign, contract.delimiter))
            text = f"columns are separated by {_sign(outcome.delimiter)}, agreed is {agreed}"
            yield Broken("delimiter", "", text)
        if contract.encoding and not _fits(found, contract.encoding):
            text = f"the encoding is {found.encoding}, agreed is {' or '.join(contract.encoding)}"
            yield Broken("encoding", "", text)

    def _part(self, before: Cursor, records: list[FailedRecord], problems: Problems) -> Batch:
        """Failed records in the middle of a file: the cursor stays before it, so a kill reads it again."""
        return Batch(
            cursor=before, mode=BatchMode.DELTA, failed_records=records, problems=problems.take(),
        )  # fmt: skip

    def _last(
        self,
        arrivals: Arrivals,
        file: FileDelivery,
        runs: list[SyncRun],
        records: list[FailedRecord],
        problems: Problems,
    ) -> Batch:
        """The end of a file, with the cursor behind it."""
        return Batch(
            cursor=arrivals.memory.cursor(),
            mode=BatchMode.DELTA,
            runs=runs,
            failed_records=records,
            files=[file],
            problems=problems.take(),
            items=file.rows_ok + file.rows_bad,
            bytes=file.bytes,
        )


def _opened(file: Found) -> BinaryIO:
    return file.path.open("rb")


def _changed(file: Found) -> Found | None:
    """The file as it is now, if it is another than it was; None while it is the same. Raises OSError if it is gone."""
    again = look_again(file)
    if again is None:
        raise FileNotFoundError(str(file.path))
    return again if state_of(again) != state_of(file) else None


def _sign(delimiter: str) -> str:
    return "a tab" if delimiter == "\t" else f'"{delimiter}"'


def _fits(found: Survey, agreed: tuple[str, ...]) -> bool:
    """Whether the file is in one of the encodings; UTF-16 in either order of bytes, a mark or none."""
    names = {codecs.lookup(name).name.removesuffix("-sig") for name in agreed}
    if found.plain and any(not name.startswith(("utf-16", "utf-32")) for name in names):
        return True
    wide = found.encoding.removesuffix("-le").removesuffix("-be")
    return not names.isdisjoint({codecs.lookup(found.encoding).name, wide})
