"""What stands in the configuration for a `csv_drop` source: the files, and the contract agreed for them."""

from __future__ import annotations

import codecs
import re
from datetime import time, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from collectors.files.storage_settings import FilePath, StorageOptions
from core.settings import DurationField, NonEmpty, SettingsModel, SizeField, SourceSettings, Words, ZoneName
from core.settings.base import problem
from core.settings.fields import not_text, reading

ColumnType = Literal["text", "integer", "number", "date", "datetime", "email", "boolean", "phone", "uuid"]
DELIMITERS = (",", ";", "\t", "|")
_NAMED_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_LARGEST_COUNT = 1_000_000


def _delimiter(value: object) -> object:
    words = [value] if isinstance(value, str) else value
    if isinstance(words, list | tuple):
        return [_NAMED_DELIMITERS.get(word, word) if isinstance(word, str) else word for word in words]
    return words


def _delimiters(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if len(word) != 1 or word in '"\r\n\x00':
            raise problem(f'got "{word}"; write one character such as "," or ";", or the word tab')
    return words


def _encodings(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        try:
            b"".decode(codecs.lookup(word).name)
        except (LookupError, ValueError):
            raise problem(f'got "{word}"; write utf-8, cp1251, utf-16 or another text encoding') from None
    return words


def _clock(text: str) -> time:
    found = re.fullmatch(r"\s*([01]?\d|2[0-3]):([0-5]\d)\s*", text)
    if not found:
        raise ValueError(f"got {text!r}; write a time of day such as 06:00")
    return time(int(found[1]), int(found[2]))


def _count(value: object) -> object:
    if isinstance(value, str):
        if not re.fullmatch(r"\d{1,6}", value.strip()) or int(value) < 1:
            raise problem(f'got "{value}"; write a whole number from 1')
        return int(value)
    return value


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise problem(f"is no regular expression: {error}") from None
    return text


def _trailer(text: str) -> str:
    unknown = set(re.compile(_pattern(text)).groupindex) - {"rows"}
    if unknown:
        raise problem(f"names a group {', '.join(sorted(unknown))}; only (?P<rows>…) is known")
    return text


Count = Annotated[int, BeforeValidator(_count), Field(ge=1, le=_LARGEST_COUNT)]
Clock = Annotated[time, not_text("a time of day such as 06:00"), BeforeValidator(reading(_clock))]


class ColumnSettings(SettingsModel):
    """What was agreed for one column."""

    type: ColumnType = Field("text", description="kind of value")
    required: bool = Field(False, description="never empty")
    unique: bool = Field(False, description="no value twice in a file; case is ignored for e-mail")
    refers_to: NonEmpty | None = Field(
        None, description="a column: its values, in this file or an earlier one, hold every value of this one"
    )
    pattern: Annotated[NonEmpty, AfterValidator(_pattern)] | None = Field(
        None, description="regular expression that the whole value matches"
    )
    values: Words = Field((), description="the values allowed")
    max_length: Count | None = Field(None, description="most characters of a value")


class ContractSettings(SettingsModel):
    """What was agreed for the files; a breach is reported and never withholds a delivery."""

    delimiter: Annotated[Words, BeforeValidator(_delimiter), AfterValidator(_delimiters)] = Field(
        (), description="the delimiters allowed (a character, or tab); none: any"
    )
    encoding: Annotated[Words, AfterValidator(_encodings)] = Field(
        (), description="the encodings allowed, and believed where the bytes fit two; none: any"
    )
    columns: dict[NonEmpty, ColumnSettings] = Field({}, description="the agreed columns, by name")
    key: NonEmpty | None = Field(
        None, description="the column that names a row; default: one referred to, else a unique one"
    )
    header: bool = Field(True, description="the first row names the columns; else they stand in this order")
    first_line: Count = Field(
        1,
        description="the line in which the table begins; what stands above it (a title, a line `HDR|…`) is passed over",
    )
    trailer: Annotated[NonEmpty, AfterValidator(_trailer)] | None = Field(
        None,
        description="regular expression that a line below the rows begins with, as in `TRL\\|(?P<rows>\\d+)` or `Итого`: it is no row, "
        "a file without one is cut off, and `rows`, where it is named, is how many rows there must be",
    )
    order: Literal["any", "exact"] = Field("any", description="whether columns must stand in this order")
    unknown: Literal["allow", "report"] = Field("allow", description="columns that are not agreed")
    missing: Literal["report", "allow"] = Field("report", description="agreed columns that are not there")
    max_per_day: Count | None = Field(None, description="most deliveries on one day, copies included")
    arrive_by: Clock | None = Field(None, description="time of day by which a file is there")
    timezone: ZoneName | None = Field(
        None, description="zone of days and of arrive_by; default: the schedule's, else the installation's"
    )
    max_bytes: SizeField | None = Field(
        None,
        description="largest size of a file; an archive that holds more is not read (without it: more than 1 GiB)",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.header and not self.columns:
            raise problem("header: false needs columns; name them in their order")
        return self


class CsvDropSettings(SourceSettings):
    """Deliveries of CSV files, held against the agreed contract row by row. A file compressed by gzip, or the only one in a
    ZIP archive, is read as what it holds; its digest and size are those of the archive."""

    path: FilePath = Field(
        description="the files: a path or a pattern such as inbox/*.csv or inbox/*.csv.gz, also sftp://… or s3://…"
    )
    storage: StorageOptions = Field(
        {}, description="options of a remote storage, such as username and password"
    )
    settle: DurationField = Field(
        timedelta(seconds=10), description="a file unchanged for so long is complete; until then it waits"
    )
    entity: NonEmpty = Field("row", description="what a row is, in failed records")
    contract: ContractSettings = Field(ContractSettings(), description="what was agreed for the files")
