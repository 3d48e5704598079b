"""The reference of every source and channel's keys as Markdown, written from the settings' own descriptions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import Enum

from pydantic_core import PydanticUndefined

from core.settings.base import SettingsModel
from core.settings.channels import ChannelSettings
from core.settings.registries import Registries
from core.settings.schema import json_schema
from core.settings.sources import SourceSettings
from core.units import format_duration

HEAD = """# Sources

Written by `integration-monitor config reference` from the settings' own descriptions; do not edit by hand.

A source stands under `integrations[].sources`, or with a `route` under `sources`, and says where to look. Every scalar may be `${NAME}`; a secret may be
`file:/path`. JMESPath expressions are checked when the file is read. `integration-monitor check` reaches each source once
and shows the first records as they would be stored. What to write for an API, a table or a log that nobody has written down yet:
[APIs and tables](apis.md), [Logs](logs.md), [Files](files.md).
"""

PRESET = "a named mapping that fills in what is not written here, type too; see [Presets](presets.md)"

CHANNELS_HEAD = """# Channels

Written by `integration-monitor config reference channels` from the settings' own descriptions; do not edit by hand.

A channel stands under `channels`, by a key of its own, and is a way to reach people; [Alerts](alerts.md) tells who is told through which.
Every scalar may be `${NAME}`; a secret may be `file:/path`. `integration-monitor alerts test KEY` sends a message now.
"""

_Schema = Mapping[str, object]


def sources_reference(registries: Registries) -> str:
    """A section for each source type, then one for each part that several of them share."""
    shared = {
        "type": {"enum": sorted(registries.sources), "description": "kind of source"},
        "preset": {"enum": sorted(registries.presets), "description": PRESET},
    }
    heads = (HEAD, "## What every source has\n")
    return _reference(json_schema(registries), registries.sources, SourceSettings, heads, shared)


def channels_reference(registries: Registries) -> str:
    """A section for each channel type, then what all of them have."""
    shared = {"type": {"enum": sorted(registries.channels), "description": "kind of channel"}}
    heads = (CHANNELS_HEAD, "## What every channel has\n")
    return _reference(json_schema(registries), registries.channels, ChannelSettings, heads, shared)


def _reference(
    schema: _Schema,
    models: Mapping[str, type[SettingsModel]],
    base: type[SettingsModel],
    heads: tuple[str, str],
    said_here: _Schema,
) -> str:
    """A section for each model; what all have by their base under the second head, then their parts.

    said_here: keys of the base that are told otherwise than the schema of one model does.
    """
    definitions = _mapping(schema.get("$defs"))
    common = dict.fromkeys(field.alias or name for name, field in base.model_fields.items())
    first = _mapping(definitions.get(next(iter(models.values())).__name__))
    sections: list[str] = [heads[0]]
    parts: dict[str, None] = {}
    for name, model in sorted(models.items()):
        definition = _mapping(definitions.get(model.__name__))
        sections += _section(f"`{name}`", model.__name__, definition, parts, without=common)
    shared = {key: value for key, value in _properties(first).items() if key in common}
    shared.update(said_here)
    sections += [heads[1], *_table(base.__name__, shared, first.get("required"), parts)]
    done: set[str] = set()
    while left := [part for part in parts if part not in done]:
        for part in left:
            done.add(part)
            sections += _section(_title(part), part, _mapping(definitions.get(part)), parts)
    return "\n".join(sections).rstrip() + "\n"


def _section(
    title: str, name: str, definition: _Schema, parts: dict[str, None], without: _Schema | None = None
) -> Iterator[str]:
    yield f"## {title}\n"
    text = str(definition.get("description") or "").strip()
    if text:
        yield f"{text}\n"
    own = {key: value for key, value in _properties(definition).items() if key not in (without or {})}
    words = definition.get("enum")
    if isinstance(words, list):
        yield f"One of {', '.join(f'`{word}`' for word in words)}.\n"
    yield from _table(name, own, definition.get("required"), parts)


def _table(name: str, properties: _Schema, required: object, parts: dict[str, None]) -> Iterator[str]:
    if not properties:
        return
    yield "| key | value | default | |\n|---|---|---|---|"
    wanted = set(required) if isinstance(required, list | tuple) else set()
    defaults = _defaults(name)
    for key, raw in properties.items():
        value = _mapping(raw)
        default = "required" if key in wanted else defaults.get(key, "—")
        cells = (f"`{key}`", _kind(value, parts), default, str(value.get("description") or ""))
        yield "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
    yield ""


def _kind(value: _Schema, parts: dict[str, None]) -> str:
    """The value's type in words; a part of its own is linked and remembered."""
    if "$ref" in value:
        name = str(value["$ref"]).rpartition("/")[2]
        parts.setdefault(name)
        return f"[{_title(name)}](#{_title(name).lower().replace(' ', '-')})"
    for several in ("anyOf", "oneOf"):
        choice = value.get(several)
        if isinstance(choice, list):
            kinds = [_kind(_mapping(one), parts) for one in choice if _mapping(one).get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
    if "const" in value:
        return f"`{value['const']}`"
    words = value.get("enum")
    if isinstance(words, list):
        return ", ".join(f"`{word}`" for word in words)
    if value.get("type") == "array":
        return f"list of {_kind(_mapping(value.get('items')), parts)}"
    if value.get("type") == "object" and "additionalProperties" in value:
        inner = value["additionalProperties"]
        names = _mapping(value.get("propertyNames")).get("enum")
        if isinstance(names, list) and isinstance(inner, Mapping):
            return f"any of {', '.join(f'`{name}`' for name in names)} to {_kind(inner, parts)}"
        return f"names to {_kind(inner, parts)}" if isinstance(inner, Mapping) else "names to values"
    kind = value.get("format") or value.get("type") or "any value"
    return " or ".join(map(str, kind)) if isinstance(kind, list) else str(kind)


def _defaults(name: str) -> Mapping[str, str]:
    """What holds for each key of a model that is not written, as one would write it."""
    model = _models(SettingsModel).get(name)
    if model is None:
        return {}
    return {
        field.alias or key: _written(field.default)
        for key, field in model.model_fields.items()
        if field.default is not PydanticUndefined
    }


def _written(value: object) -> str:
    if value is None or value in ({}, (), frozenset(), ""):
        return "—"
    if isinstance(value, timedelta):
        return f"`{format_duration(value)}`"
    if isinstance(value, Enum):
        return f"`{value.value}`"
    if isinstance(value, tuple | frozenset | list):
        return f"`[{', '.join(sorted(map(str, value)))}]`"
    if isinstance(value, str):
        return f"`{value}`"
    return f"`{json.dumps(value)}`" if isinstance(value, bool | int | float) else "—"


def _models(base: type[SettingsModel]) -> dict[str, type[SettingsModel]]:
    """Every settings model there is, by its name."""
    found: dict[str, type[SettingsModel]] = {}
    for model in base.__subclasses__():
        found |= {model.__name__: model, **_models(model)}
    return found


def _title(name: str) -> str:
    """`OffsetPages` → `Offset pages`."""
    plain = name.removesuffix("Settings").lstrip("_")
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in plain).strip()
    return words[:1].upper() + words[1:]


def _properties(definition: _Schema) -> _Schema:
    return _mapping(definition.get("properties"))


def _mapping(value: object) -> _Schema:
    return value if isinstance(value, Mapping) else {}
