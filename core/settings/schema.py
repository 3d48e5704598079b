"""The JSON Schema of `monitor.yaml` for editors: completion, hints and red lines while one types."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core.core_schema import WithDefaultSchema

from core.settings.channels import ChannelSettings
from core.settings.models import Settings
from core.settings.registries import Registries
from core.settings.scopes import MUTED_SCOPES, SCOPES
from core.settings.sources import SourceSettings

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, object]


def json_schema(registries: Registries) -> Schema:
    """The schema (draft 2020-12) with the sources and indicators that this installation has."""
    kinds: dict[str, type[BaseModel]] = dict(sorted(registries.sources.items()))
    ways: dict[str, type[BaseModel]] = dict(sorted(registries.channels.items()))
    every: list[type[BaseModel]] = [
        Settings,
        SourceSettings,
        ChannelSettings,
        *kinds.values(),
        *ways.values(),
    ]
    places, schema = models_json_schema(
        [(model, "validation") for model in every],
        schema_generator=_ForEditors,
    )
    definitions: dict[str, Schema] = schema["$defs"]

    def reference(model: type[BaseModel]) -> Schema:
        return places[(model, "validation")]

    alternatives = _alternatives(kinds, SourceSettings, reference, definitions, "kind of source")
    for alternative in alternatives:
        _properties(definitions[_name(alternative)]).pop("preset", None)
    if registries.presets:
        definitions["PresetSource"] = _on_a_preset(registries)
        alternatives.append({"$ref": "#/$defs/PresetSource"})
    if alternatives:
        definitions[_name(reference(SourceSettings))] = {"oneOf": alternatives}
    channels = _alternatives(ways, ChannelSettings, reference, definitions, "kind of channel")
    if channels:
        definitions[_name(reference(ChannelSettings))] = {"oneOf": channels}
    rule = _properties(definitions["RuleSettings"])
    rule["indicator"] = {"enum": sorted(registries.indicators), "description": "what is measured"}
    rule["where"] = _where(SCOPES, "which integrations it is for; default: all")
    for muting in ("SilenceSettings", "MaintenanceSettings"):
        about = "which integrations and rules it is for; default: all"
        _properties(definitions[muting])["where"] = _where(MUTED_SCOPES, about)
    top = definitions.pop(_name(reference(Settings)))
    return {"$schema": DIALECT, "title": "monitor.yaml of Integration Monitor", **top, "$defs": definitions}


def schema_text(registries: Registries) -> str:
    """The same as text, ready to be written to a file."""
    return json.dumps(json_schema(registries), indent=2, ensure_ascii=False, sort_keys=False) + "\n"


def _alternatives(
    kinds: Mapping[str, type[BaseModel]],
    base: type[BaseModel],
    reference: Callable[[type[BaseModel]], Schema],
    definitions: Mapping[str, Schema],
    description: str,
) -> list[Schema]:
    """A reference to each kind's own model, whose `type` is said to be that kind."""
    alternatives: list[Schema] = []
    for name, model in kinds.items():
        if model is not base:
            kind: Schema = {"const": name, "description": description}
            _properties(definitions[_name(reference(model))])["type"] = kind
            alternatives.append(reference(model))
    return alternatives


def _name(reference: Mapping[str, object]) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def _properties(definition: Schema) -> Schema:
    properties = definition.get("properties")
    return properties if isinstance(properties, dict) else {}


def _on_a_preset(registries: Registries) -> Schema:
    """A source on a preset: what else must be written depends on the preset, so all may."""
    words = sorted(registries.presets)
    return {
        "type": "object",
        "properties": {"preset": {"enum": words, "description": "a named mapping; see docs/presets.md"}},
        "required": ["preset", "name"],
        "description": "A source that a preset fills in; what is written here wins.",
    }


def _where(scopes: tuple[str, ...], description: str) -> Schema:
    words = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    return {
        "type": "object",
        "properties": dict.fromkeys(scopes, words),
        "additionalProperties": False,
        "description": description,
    }


class _ForEditors(GenerateJsonSchema):
    """Leaves out defaults: an editor that fills them in would write what nobody chose."""

    def default_schema(self, schema: WithDefaultSchema) -> dict[str, object]:
        """The schema of a field with a default, without it."""
        return self.generate_inner(schema["schema"])
