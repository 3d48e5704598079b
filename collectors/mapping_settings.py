"""The configuration keys that every mapping source shares, from `fields` to `failed_records`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from collectors.mapping import FAILED_RECORD_FIELDS, RUN_FIELDS
from collectors.mapping_events import COUNT_FIELDS, RECORD_EVENT_FIELDS, RECORD_EVENT_REQUIRED
from collectors.times_spoken import DateOrder
from collectors.values import same_word
from core.records import RunStatus
from core.settings import Expression, SettingsModel, ZoneName
from core.settings.base import problem


def named(
    known: Iterable[str], required: Iterable[str] = ()
) -> Callable[[Mapping[str, str]], Mapping[str, str]]:
    """A check that a mapping gives known names only, and all of the required ones."""
    names, needed = tuple(known), tuple(required)

    def check(fields: Mapping[str, str]) -> Mapping[str, str]:
        for name in fields:
            if name not in names:
                close = get_close_matches(name, names, n=1)
                # Names are made of the same few words: what is close may still not be what is meant.
                hint = f'did you mean "{close[0]}"? The fields are' if close else "use one of"
                raise problem(f'"{name}" is no field that can be mapped; {hint} {", ".join(names)}')
        missing = [name for name in needed if name not in fields]
        if missing:
            raise problem(f"{', '.join(missing)} missing; map it to a field of the item")
        return fields

    return check


class InSchema:
    """What a mapping's names and values may be, for editors and for the reference."""

    def __init__(self, names: Iterable[str] = (), values: Iterable[str] = ()) -> None:
        self._names, self._values = list(names), list(values)

    def __get_pydantic_json_schema__(
        self, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        if self._names:
            schema["propertyNames"] = {"enum": self._names}
        if self._values:
            schema["additionalProperties"] = {"enum": self._values}
        return schema


def _statuses(status_map: Mapping[str, str]) -> Mapping[str, str]:
    known = [status.value for status in RunStatus]
    seen: dict[str, str] = {}
    for word, status in status_map.items():
        if status not in known:
            close = get_close_matches(status, known, n=1)
            hint = f'did you mean "{close[0]}"?' if close else f"use one of {', '.join(known)}"
            raise problem(f'"{status}" (for "{word}") is no run status; {hint}')
        if seen.setdefault(same_word(word), status) != status:
            raise problem(f'"{word}" stands twice (case is ignored) with different statuses; keep one')
    return status_map


RunFields = Annotated[
    dict[str, Expression], AfterValidator(named(RUN_FIELDS, ("status",))), InSchema(RUN_FIELDS)
]
"""`fields:` of runs. Whether `external_id` may be missing is for the source to say."""

RunDetailFields = Annotated[dict[str, Expression], AfterValidator(named(RUN_FIELDS)), InSchema(RUN_FIELDS)]
"""`fields:` that only add to a run."""

FailedRecordFields = Annotated[
    dict[str, Expression],
    AfterValidator(named(FAILED_RECORD_FIELDS, ("record_key",))),
    InSchema(FAILED_RECORD_FIELDS),
]
RecordEventFields = Annotated[
    dict[str, Expression],
    AfterValidator(named(RECORD_EVENT_FIELDS, RECORD_EVENT_REQUIRED)),
    InSchema(RECORD_EVENT_FIELDS),
]
CountFields = Annotated[
    dict[str, Expression], AfterValidator(named(COUNT_FIELDS, ("count",))), InSchema(COUNT_FIELDS)
]
StatusMap = Annotated[
    dict[str, str], AfterValidator(_statuses), InSchema(values=(status.value for status in RunStatus))
]
"""`status_map:`: the source's word → our status, case-insensitive."""


class TimeSettings(SettingsModel):
    """`time:`: how times are read that do not say it themselves.

    Recognised are ISO 8601 and what comes near it, epochs of s, ms, µs or ns, compact dates (20261124133050), 24.11.2026
    13:30, 24-NOV-2026 01:30 PM, Nov 24, 2026 1:30 PM, Nov 24 2026 1:30PM, /Date(1795527050000)/, HTTP and access-log dates, what
    JavaScript, Go and `date` print, Java's lists ([2026, 11, 24, 13, 30]), and months and days in English, Russian, German, French,
    Spanish, Italian, Portuguese, Ukrainian and Polish (24 нояб. 2026 г., 13:30:50); in the lines of files, Nov 24 13:30:50 (syslog) and
    1124 13:30:50.123456 (Kubernetes) are of the last such day before the file's last change; 03/04/2026 and 11-24 13:30:50 need `order`.
    No time are the years 0, 1 and 9999, 1900-01-01 and all before 1970, an epoch of 0, zeros, `infinity` and `never`.
    A number that would be an epoch of before 2000 (Excel's days, .NET's ticks) is refused.
    """

    meant: ClassVar = ("zone",)

    zone: ZoneName = Field(default="UTC", description="IANA zone of times that name none")
    order: DateOrder | None = Field(
        default=None,
        description="order of day and month in dates of three numbers, such as 03/04/2026 or 3.4.26; without it 03/04/2026 is refused",
    )
    duration_unit: Literal["s", "ms", "us", "ns"] = Field(
        default="s",
        description="unit of a duration_seconds that is a bare number; 1m2.5s, PT1M2.5S and 00:01:02.5 name their own",
    )


class FailedRecordsSettings(SettingsModel):
    """`failed_records:`: where the failed records of an item stand, and what their fields are."""

    records: Expression = Field(default="@", description="JMESPath to the list, or to one record")
    where: Expression | None = Field(default=None, description="JMESPath that a record must satisfy")
    fields: FailedRecordFields = Field(
        description="our name → JMESPath, which sees the entry's own fields, `item` and `parent`; record_key is needed"
    )


class RecordEventsSettings(SettingsModel):
    """`record_events:`: where the steps of records stand in an item, and what their fields are."""

    records: Expression = Field(default="@", description="JMESPath to the list, or to one event")
    where: Expression | None = Field(default=None, description="JMESPath that an event must satisfy")
    fields: RecordEventFields = Field(
        description="our name → JMESPath, which sees the entry's own fields, `item` and `parent`; event_id, record_key, step and outcome are needed"
    )


class CountsSettings(SettingsModel):
    """`counts:`: where the counts stand in an item, and what their fields are."""

    records: Expression = Field(default="@", description="JMESPath to the list, or to one count")
    where: Expression | None = Field(default=None, description="JMESPath that a count must satisfy")
    fields: CountFields = Field(
        description="our name → JMESPath, which sees the entry's own fields, `item` and `parent`; count is needed"
    )


def check_mapped(fields: Mapping[str, str] | None, *lists: SettingsModel | None) -> None:
    """Refuse a source that maps nothing, or runs without their id. lists: failed records, record events, counts."""
    if not (fields or any(lists)):
        raise problem("brings nothing; map fields, failed_records, record_events or counts")
    if fields is not None and "external_id" not in fields:
        raise problem(
            "fields has no external_id; map what a run is known by, or it cannot be told from others"
        )
