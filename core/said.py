"""A message kept as JSON: what was read once is said later, in the language of whoever reads it then."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from core.clock import from_micros, to_micros
from core.i18n import Message
from core.records import Json
from core.units import Threshold, Unit, Window

_AS_IT_IS = "{text}"


def kept(message: Message) -> str:
    """The message as JSON: its id and its parameters, each with its kind."""
    return json.dumps(_message(message), ensure_ascii=False, separators=(",", ":"))


def said(text: str) -> Message:
    """The message that `kept` made. What is no such JSON is a text of its own, shown as it is."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        return Message(_AS_IT_IS, {"text": text})
    return _said(found) if isinstance(found, dict) else Message("")


def _message(message: Message) -> dict[str, Json]:
    found: dict[str, Json] = {"text": message.text}
    if message.params:
        found["params"] = {name: _kept(value) for name, value in message.params.items()}
    if message.count is not None:
        found |= {"many": message.many, "count": message.count}
    return found


def _kept(value: object) -> Json:
    match value:
        case None | bool() | str() | int() | float():
            return value
        case datetime():
            return {"at": to_micros(value)}
        case timedelta():
            return {"seconds": value.total_seconds()}
        case Window():
            return {"window": str(value)}
        case Threshold():
            return {"threshold": str(value), "unit": value.unit.value}
        case Message():
            return {"message": _message(value)}
        case list() | tuple() | set() | frozenset():
            return [_kept(one) for one in value]
    return str(value)


def _said(found: Mapping[str, object]) -> Message:
    params, count = found.get("params"), found.get("count")
    return Message(
        str(found.get("text", "")),
        {str(name): _value(one) for name, one in params.items()} if isinstance(params, dict) else {},
        str(found.get("many", "")),
        count if isinstance(count, int) else None,
    )


def _value(kept: object) -> object:
    match kept:
        case {"at": int(micros)}:
            return from_micros(micros)
        case {"seconds": int(seconds) | float(seconds)}:
            return timedelta(seconds=seconds)
        case {"window": str(text)}:
            return Window.parse(text)
        case {"threshold": str(text), "unit": str(unit)}:
            return Threshold.parse(text, Unit(unit))
        case {"message": dict(message)}:
            return _said(message)
        case list():
            return [_value(one) for one in kept]
    return kept
