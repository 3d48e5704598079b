"""Reads one delivered file from end to end: its failed records as they are met, then what to say of the whole."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import blake2b
from itertools import islice
from typing import BinaryIO

from collectors.files.csv_lines import excel_mark, is_preface
from collectors.problems import Problems
from collectors.sources._csv_among import Among
from collectors.sources._csv_contract import Bound, Broken, bind
from collectors.sources._csv_dialect import SAMPLE_BYTES, delimiter_of, header_line
from collectors.sources._csv_encoding import is_utf8_in
from collectors.sources._csv_keys import Known
from collectors.sources._csv_outcome import Outcome, Told
from collectors.sources._csv_rows import Row, Rows
from collectors.sources._csv_settings import CsvDropSettings
from collectors.sources._csv_survey import Survey
from collectors.sources._csv_trailer import Trailer
from core.records import ErrorClass, ErrorOrigin, FailedRecord

_LONGEST_CELL = 500
_MOST_CELLS = 200
_STRUCTURAL = frozenset({"open_quote", "long_line", "long_field", "columns", "encoding", "formula"})
"""Rules that every file keeps, agreed or not: broken, they are problems of the poll too."""


class Delivery:
    """One file, held against the contract.

    Take `failed_records()` to its end, then look at `outcome`. Memory is bounded whatever the file holds.
    """

    def __init__(
        self,
        settings: CsvDropSettings,
        told: Told,
        found: Survey,
        open_file: Callable[[], BinaryIO],
        known: dict[str, Known],
        problems: Problems,
    ) -> None:
        """known: the values delivered before, by the name of the column referred to; grows."""
        self._settings, self._told, self._survey = settings, told, found
        self._open, self._known, self._problems = open_file, known, problems
        self._tries: Counter[tuple[str, str]] = Counter()
        self.outcome = Outcome()

    def failed_records(self) -> Iterator[FailedRecord]:
        """Breaches of the file, then the broken rules of its rows, in order. Raises OSError."""
        if (trouble := self._survey.unpackable) is not None:
            kind = ErrorClass.TOO_LARGE if trouble.rule == "unpacked_too_large" else ErrorClass.PARSE
            yield self.breach(Broken(trouble.rule, "", trouble.message, kind))
            return
        if self._survey.other_kind is not None:
            yield self.breach(_parse("not_csv", f"is {self._survey.other_kind}, not CSV; export CSV"))
            return
        self._dialect()
        if (doubt := self._survey.doubt) is not None:
            self._problems.add("encoding_guessed", self._told.path, doubt)
        with self._rows(None) as rows:
            bound, first = self._header(rows)
        if bound is None:
            yield from self._nuls(rows)
            yield self.breach(_parse("empty", "the file is empty; not even a header stands in it"))
            return
        self.outcome.header, self.outcome.incomplete = bound.names, bound.incomplete
        for broken in [*bound.breaches, *self._header_below(bound)]:
            yield self.breach(broken)
        yield from self._body(bound, first)
        for broken in self._trailer.breaches(self.outcome.rows_ok + self.outcome.rows_bad):
            yield self.breach(broken)

    def breach(self, broken: Broken, line: int | None = None) -> FailedRecord:
        """Notes something that the file as a whole breaks, and tells it. line: where it is to be seen."""
        self.outcome.breaches.append(broken)
        line = 1 if broken.rule == "duplicate_header" else line
        where = f"{self._told.path}: line {line}" if line else self._told.path
        if broken.error_class is ErrorClass.PARSE or line:
            self._problems.add(broken.rule, where, broken.message)
        return self._record(broken, f"file {self._told.name}", line, None, entity="file")

    def _dialect(self) -> None:
        contract = self._settings.contract
        with self._open() as file:
            sample = file.read(SAMPLE_BYTES)
        encoding = self._survey.encoding
        text = sample.decode(encoding, "replace").removeprefix("\ufeff")
        lines = io.StringIO(text, newline="")
        first = lines.readline()
        marked = excel_mark(first)
        self._above = max(int(is_preface(first)), contract.first_line - 1)
        if self._above:
            above = len(first) + sum(len(lines.readline()) for _ in range(self._above - 1))
            sample = text[above:].encode(encoding, "replace")
        self.outcome.delimiter = marked or delimiter_of(
            sample, encoding, contract.delimiter, contract.columns
        )
        self._trailer = Trailer(contract.trailer, self.outcome.delimiter)

    def _header_below(self, bound: Bound) -> Iterator[Broken]:
        """Told where no agreed column was found: a report has its title above the table."""
        contract = self._settings.contract
        if bound.columns or not contract.columns or not contract.header:
            return
        with self._open() as file:
            sample = file.read(SAMPLE_BYTES)
        line = header_line(sample, self._survey.encoding, contract.delimiter, contract.columns)
        if line is not None:
            yield _parse(
                "header_below",
                f"the header stands in line {line}; write `first_line: {line}` in the contract, or export without what is above",
            )

    def _rows(self, width: int | None) -> Rows:
        rows = Rows(self._open(), self._survey.encoding, self.outcome.delimiter, width)
        rows.skip(self._above)
        return rows

    def _header(self, rows: Rows) -> tuple[Bound | None, bool]:
        """The contract bound to the first row; whether that row is data. (None, …) for an empty file."""
        contract = self._settings.contract
        first = next(_filled(rows), None)
        if first is None:
            return None, False
        if not contract.header:
            names = [*contract.columns, *[""] * (len(first.cells) - len(contract.columns))]
            return bind(contract, names), True
        if first.trouble is not None:
            after = next((row for row in islice(rows, 100) if row.trouble is None), None)
            return bind(contract, [""] * len(after.cells if after else [])), True
        return bind(contract, first.cells), False

    def _body(self, bound: Bound, first: bool) -> Iterator[FailedRecord]:
        among = self._among(bound, first)
        mixed = self._survey.encoding if self._survey.mixed else None
        with self._rows(len(bound.names)) as rows:
            for row in self._data(rows, first):
                cells = bound.fitted(row.cells) if row.trouble is None else None
                broken = bound.broken(row, cells)
                if mixed is not None and is_utf8_in("".join(row.cells), mixed):
                    broken.append(
                        _parse(
                            "encoding", f"the row is in UTF-8, the file in {mixed}; write all of it in one"
                        )
                    )
                if cells is not None:
                    told = {one.column for one in broken}
                    broken += [one for one in among.broken(row, cells) if one.column not in told]
                if not broken and not bound.incomplete:
                    self.outcome.rows_ok += 1
                    among.learn(cells or [])
                    continue
                self.outcome.rows_bad += 1
                self.outcome.rules.update({one.rule for one in broken})
                for one in broken:
                    yield self._failed(bound, row, cells, one)
            yield from self._nuls(rows)
            if len(rows.ends) > 1:
                ends = ", ".join(sorted(rows.ends))
                self._problems.add("mixed_line_ends", self._told.path, f"lines end in {ends}; all are read")

    def _nuls(self, rows: Rows) -> Iterator[FailedRecord]:
        if rows.nuls_from is not None:
            text = "NUL bytes stand in the file, here at first; they are left out"
            yield self.breach(_parse("nul_bytes", text), rows.nuls_from)

    def _among(self, bound: Bound, first: bool) -> Among:
        if not Among.asks(bound):
            return Among(bound, self._known)
        with self._rows(len(bound.names)) as rows:
            return Among.of(bound, self._known, self._data(rows, first))

    def _data(self, rows: Rows, first: bool) -> Iterator[Row]:
        """The rows of the table. first: whether the first of them is one."""
        return self._trailer.rows(islice(_filled(rows), 0 if first else 1, None))

    def _failed(self, bound: Bound, row: Row, cells: list[str] | None, broken: Broken) -> FailedRecord:
        if broken.rule in _STRUCTURAL:
            self._problems.add(broken.rule, f"{self._told.path}: line {row.line}", broken.message)
        key = cells[bound.key].strip() if cells is not None and bound.key is not None else ""
        named = zip(bound.names, cells if cells is not None else row.cells, strict=False)
        payload = {name: cell[:_LONGEST_CELL] for name, cell in islice(named, _MOST_CELLS)}
        return self._record(
            broken, key or f"line {row.line}", row.line, json.dumps(payload, ensure_ascii=False)
        )

    def _record(
        self, broken: Broken, key: str, line: int | None, payload: str | None, entity: str = ""
    ) -> FailedRecord:
        cause = _cause(broken)
        self._tries[cause, key] += 1
        return FailedRecord(
            record_key=key,
            occurred_at=self._told.arrived_at,
            entity=entity or self._settings.entity,
            job=self._told.job,
            run_external_id=self._told.run_id,
            root_key=broken.root,
            attempt=self._tries[cause, key],
            error_origin=ErrorOrigin.SOURCE,
            error_class=broken.error_class,
            error_code=broken.rule,
            error_message=broken.message,
            fingerprint=cause,
            payload=payload,
            file=self._told.path,
            line=line,
        )

    def batch_ended(self) -> None:
        """Forgets which keys failed before, so that memory stays bounded; call it at fixed numbers of records."""
        self._tries.clear()


def _filled(rows: Rows) -> Iterator[Row]:
    """The rows in which anything stands: a spreadsheet's export ends in rows of nothing but delimiters."""
    return (row for row in rows if row.trouble is not None or any(map(str.strip, row.cells)))


def _parse(rule: str, message: str) -> Broken:
    return Broken(rule, "", message, ErrorClass.PARSE)


def _cause(broken: Broken) -> str:
    """Sixteen hex digits for a rule and a column: the same cause in every file and at every value."""
    text = f"csv_drop\x1f{broken.rule}\x1f{broken.column.casefold()}"
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
