"""Reads pushed events into records: every field by name, every problem of an event told at once (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from collectors.event_fields import AHEAD, LONGEST_ID, EventError, text_of
from collectors.event_kinds import KINDS, SINGULAR, Kind
from core.histogram import Histogram
from core.records import ApiCalls, CredentialReading, RecordEvent
from core.settings.base import one_of, suggestion

_FUTURE_ALLOWED = frozenset({"resets_at", "expires_at"})


@dataclass(frozen=True, slots=True)
class Event:
    """An event that was read. kind: a word of `BRINGS`."""

    id: str
    kind: str
    record: object


def read_event(item: object, now: datetime, horizon: datetime | None, owned: Mapping[str, str]) -> Event:
    """The event as a record. Raises EventError with everything wrong in it.

    now: our clock; horizon: older ones are not kept any more; owned: the fields that name its source
    (integration, source, side) with the only value each may have.
    """
    if not isinstance(item, dict):
        raise EventError([("", f"is {_shape(item)}; write an object with id, kind and the kind's fields")])
    name = item.get("kind")
    kind = KINDS.get(SINGULAR.get(name, name)) if isinstance(name, str) else None
    if kind is None or not isinstance(name, str):
        what = "is missing" if name is None else f"got {_shown(name)}"
        raise EventError([("kind", f"{what}; write {one_of(KINDS)}")])
    problems: list[tuple[str, str]] = []
    event_id = _id_of(item, problems)
    values = _values(item, kind, now, owned, problems)
    problems += [
        (one, "is missing; write it")
        for one in kind.required
        if one not in values and not _told(one, problems)
    ]
    at = next((values[one] for one in kind.at if one in values), None)
    if isinstance(at, datetime) and horizon is not None and at < horizon:
        problems.append(
            (kind.at[0], f"is before {horizon.isoformat()}; older ones are not kept (retention.raw)")
        )
    if problems:
        raise EventError(problems)
    return Event(event_id, SINGULAR.get(name, name), _record(kind, event_id, values))


def _record(kind: Kind, event_id: str, values: dict[str, object]) -> object:
    if kind.record is RecordEvent:
        values.setdefault("event_id", event_id)
    if kind.record is ApiCalls:
        latency = values.pop("latency_seconds", None) or Histogram()
        values.setdefault("calls", max(1, latency.count if isinstance(latency, Histogram) else 1))
        values["latency"] = latency
    if kind.record is CredentialReading:
        values.setdefault("valid", None)
    return kind.record(**values)


def _id_of(item: Mapping[str, object], problems: list[tuple[str, str]]) -> str:
    try:
        found = text_of(item.get("id"))
    except ValueError as error:
        problems.append(("id", str(error)))
        return ""
    event_id = found if isinstance(found, str) else ""
    if not event_id:
        problems.append(
            ("id", "is missing; give every event an id of its own, and the same when it is sent again")
        )
    elif len(event_id) > LONGEST_ID:
        problems.append(("id", f"has {len(event_id)} characters; use at most {LONGEST_ID}"))
    return event_id


def _values(
    item: Mapping[str, object],
    kind: Kind,
    now: datetime,
    owned: Mapping[str, str],
    problems: list[tuple[str, str]],
) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, value in item.items():
        if name in {"id", "kind"}:
            continue
        field = kind.fields.get(name)
        if field is None:
            if name not in owned:
                problems.append((name[:100], f"is unknown; {suggestion(name[:100], kind.fields)}"))
            elif value is not None and value != owned[name]:
                problems.append((name, f"got {_shown(value)}; this token sends for {owned[name]}"))
            continue
        try:
            read = field.read(value)
            if isinstance(read, datetime) and name not in _FUTURE_ALLOWED and read > now + AHEAD:
                raise ValueError(
                    f"got {read.isoformat()}; it lies in the future: check the clock and the zone"
                )
        except ValueError as error:
            problems.append((name, str(error)))
            continue
        if read is not None:
            values[name] = read
    return values


def _told(field: str, problems: Iterable[tuple[str, str]]) -> bool:
    return any(name == field for name, _ in problems)


def _shape(value: object) -> str:
    return "a list" if isinstance(value, list) else _shown(value)


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 60 else text[:59] + "…"
