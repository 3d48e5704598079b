"""The agreed contract bound to the header of one file: what the header breaks, and what a row breaks (pure)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from collectors.sources._csv_dialect import column_name
from collectors.sources._csv_rows import Row, Trouble
from collectors.sources._csv_settings import ColumnSettings, ContractSettings
from collectors.sources._csv_values import ACCEPTS, accepts, compared, is_formula, shown
from core.personal import FieldNames
from core.records import ErrorClass

MOST_BROKEN = 20
"""Rules that are told of one row; a row that breaks more is beyond telling."""

_LONGEST_MATCHED = 4096
_TROUBLES = {
    Trouble.OPEN_QUOTE: "a quote is opened in this line and never closed; reading goes on in the next line",
    Trouble.LONG_LINE: "the line is longer than 1 MiB; it is passed over",
    Trouble.LONG_FIELD: "a cell is longer than 128 KiB; the row is passed over",
}


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that a row, or (as a breach) a file, does not keep.

    rule: a short stable word; column: the column's name, "" where it is about the whole; root: the key
    that is referred to and missing.
    """

    rule: str
    column: str
    message: str
    error_class: ErrorClass = ErrorClass.VALIDATION
    root: str | None = None


@dataclass(slots=True)
class Column:
    """A column of the contract that the file has. index: its place in a row."""

    name: str
    index: int
    agreed: ColumnSettings
    pattern: re.Pattern[str] | None = None
    values: frozenset[str] = frozenset()

    def value(self, cells: Sequence[str]) -> str:
        """The cell's value, without spaces around it."""
        return cells[self.index].strip()

    def compared(self, cells: Sequence[str]) -> str:
        """The value as values are compared."""
        return compared(self.agreed.type, self.value(cells))


@dataclass(slots=True)
class Bound:
    """A contract bound to a header.

    names: the header's columns, each unique; columns: the agreed ones there are; unique, referring:
    those among them; least: how many cells a row must have, as the header may end in columns without a name; targets: the place of each column that is referred to; key: the place of the
    column that names a row; breaches: what the header breaks; incomplete: a required column is missing, so no row is good; personal: decides whose values are shown.
    """

    names: list[str]
    columns: list[Column]
    targets: dict[str, int]
    key: int | None
    breaches: list[Broken] = field(default_factory=list)
    incomplete: bool = False
    personal: FieldNames = field(default_factory=FieldNames)
    least: int = 0
    unique: list[Column] = field(init=False)
    referring: list[Column] = field(init=False)
    _kinds: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.unique = [column for column in self.columns if column.agreed.unique]
        refers = [(one, column_name(one.agreed.refers_to)) for one in self.columns if one.agreed.refers_to]
        self.referring = [column for column, target in refers if target in self.targets]
        self._kinds = {target: column.agreed.type for column, target in refers}

    def target_values(self, cells: Sequence[str]) -> Iterator[tuple[str, str]]:
        """The values of the columns that are referred to, as they are compared, by the column's name."""
        for name, place in self.targets.items():
            if value := cells[place].strip():
                yield name, compared(self._kinds.get(name, "text"), value)

    def fitted(self, cells: list[str]) -> list[str] | None:
        """The row's cells at the header's width; None where there are too few, or too many."""
        width = len(self.names)
        if len(cells) == width:
            return cells
        if self.least <= len(cells) < width:
            return [*cells, *[""] * (width - len(cells))]
        return cells[:width] if len(cells) > width and not any(map(str.strip, cells[width:])) else None

    def broken(self, row: Row, cells: list[str] | None) -> list[Broken]:
        """What a row breaks by itself; cells: as `fitted`."""
        if row.trouble is not None:
            return [Broken(row.trouble.value, "", _TROUBLES[row.trouble], ErrorClass.PARSE)]
        if cells is None:
            text = f"the row has {len(row.cells)} cells where the header has {len(self.names)} columns"
            return [Broken("columns", "", text, ErrorClass.PARSE)]
        found = [broken for column in self.columns if (broken := self._of_value(column, cells)) is not None]
        for index, cell in enumerate(cells):
            if cell and cell[0] in "=+-@ \t" and is_formula(cell):
                text = f"a formula stands where a value is expected (column {self.names[index]})"
                found.append(Broken("formula", self.names[index], text))
        unread = [name for name, cell in zip(self.names, cells, strict=True) if "\ufffd" in cell]
        if unread:
            text = f"a character cannot be read in the file's encoding (column {', '.join(unread[:5])}); write the whole file in one"
            found.append(Broken("encoding", unread[0], text, ErrorClass.PARSE))
        return found[:MOST_BROKEN]

    def _of_value(self, column: Column, cells: Sequence[str]) -> Broken | None:
        value, agreed = cells[column.index].strip(), column.agreed
        if not value:
            if agreed.required:
                return Broken("required", column.name, f"a value is required (column {column.name})")
            return None
        told = None
        if not accepts(agreed.type, value):
            told = f"type_{agreed.type}", f"is not {ACCEPTS[agreed.type][1]}"
        elif column.values and value not in column.values:
            told = "values", "is none of the values agreed"
        elif agreed.max_length is not None and len(value) > agreed.max_length:
            told = "max_length", f"is longer than {agreed.max_length} characters"
        elif column.pattern is not None and not (
            len(value) <= _LONGEST_MATCHED and column.pattern.fullmatch(value)
        ):
            told = "pattern", "does not match the pattern agreed"
        return self.about(column, value, *told) if told else None

    def about(
        self,
        column: Column,
        value: str,
        rule: str,
        what: str,
        error_class: ErrorClass = ErrorClass.VALIDATION,
        root: str | None = None,
    ) -> Broken:
        """A rule that a value breaks, told with the value masked."""
        text = shown(value, column.name, self.personal)
        return Broken(rule, column.name, f"{text} {what} (column {column.name})", error_class, root)


def bind(contract: ContractSettings, header: Sequence[str]) -> Bound:
    """The contract for a file with this header. header: as it stands, or the agreed names where there is none."""
    names = _unique_names(header)
    places = {column_name(name): index for index, name in reversed(list(enumerate(header)))}
    columns = [
        Column(
            name=header[place].strip(),
            index=place,
            agreed=agreed,
            pattern=re.compile(agreed.pattern) if agreed.pattern else None,
            values=frozenset(agreed.values),
        )
        for name, agreed in contract.columns.items()
        if (place := places.get(column_name(name))) is not None
    ]
    wanted = {column_name(one.refers_to) for one in contract.columns.values() if one.refers_to}
    targets = {name: places[name] for name in wanted if name in places}
    bound = Bound(names, columns, targets, _key_of(contract, places, targets, columns))
    bound.least = max((place for place, name in enumerate(header, 1) if name.strip()), default=len(header))
    bound.breaches.extend(_header_breaches(contract, header, places))
    bound.incomplete = contract.missing == "report" and any(
        agreed.required and column_name(name) not in places for name, agreed in contract.columns.items()
    )
    return bound


def _key_of(
    contract: ContractSettings, places: Mapping[str, int], targets: Mapping[str, int], columns: list[Column]
) -> int | None:
    if contract.key is not None:
        return places.get(column_name(contract.key))
    if targets:
        return min(targets.values())
    return next((column.index for column in columns if column.agreed.unique), None)


def _header_breaches(
    contract: ContractSettings, header: Sequence[str], places: Mapping[str, int]
) -> list[Broken]:
    found = []
    for name, count in Counter(map(column_name, header)).items():
        if count > 1:
            shown_name = header[places[name]].strip() or "(no name)"
            found.append(
                Broken(
                    "duplicate_header",
                    shown_name,
                    f"column {shown_name} stands {count} times in the header; the first is read",
                )
            )
    agreed = {column_name(name): name for name in contract.columns}
    if contract.missing == "report":
        refers = {one.refers_to for one in contract.columns.values() if one.refers_to}
        for name in [*contract.columns, *sorted(refers - set(contract.columns))]:
            if column_name(name) not in places:
                found.append(Broken("missing_column", name, f"column {name} is agreed and not in the file"))
    if contract.unknown == "report":
        found += [
            Broken("unknown_column", name.strip(), f"column {name.strip()} is in the file and not agreed")
            for name in dict.fromkeys(header)
            if name.strip() and column_name(name) not in agreed
        ]
        found += [
            Broken("unknown_column", "", f"column {place} has no name in the header and is not agreed")
            for place, name in enumerate(header, 1)
            if not name.strip()
        ][:1]
    there = [name for name in map(column_name, header) if name in agreed]
    if contract.order == "exact" and there != [name for name in agreed if name in places]:
        found.append(Broken("header_order", "", "the columns do not stand in the order agreed"))
    return found


def _unique_names(header: Sequence[str]) -> list[str]:
    """The header's names, the second of a name as `name#2`, a missing one by its place."""
    found: dict[str, None] = {}
    for place, name in enumerate(header, 1):
        plain = base = name.strip() or f"column {place}"
        number = 2
        while plain in found:
            plain, number = f"{base}#{number}", number + 1
        found[plain] = None
    return list(found)
