"""The JSON Schema of `monitor.yaml` for editors: completion, hints and red lines while one types."""

from __future__ import annotations

import json

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core.core_schema import WithDefaultSchema

from core.settings.models import Settings
from core.settings.registries import Registries
from core.settings.rules import SCOPES
from core.settings.sources import SourceSettings

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, object]


def json_schema(registries: Registries) -> Schema:
    """The schema (draft 2020-12) with the sources and indicators that this installation has."""
    kinds: dict[str, type[BaseModel]] = dict(sorted(registries.sources.items()))
    every: list[type[BaseModel]] = [Settings, SourceSettings, *kinds.values()]
    places, schema = models_json_schema(
        [(model, "validation") for model in every],
        schema_generator=_ForEditors,
    )
    definitions: dict[str, Schema] = schema["$defs"]
    any_source = places[(SourceSettings, "validation")]["$ref"].rpartition("/")[2]
    alternatives = []
    for name, model in kinds.items():
        reference = places[(model, "validation")]["$ref"]
        definition = definitions[reference.rpartition("/")[2]]
        if model is not SourceSettings:
            properties = _properties(definition)
            properties["type"] = {"const": name, "description": "kind of source"}
            properties.pop("preset", None)
            alternatives.append({"$ref": reference})
    if registries.presets:
        definitions["PresetSource"] = _on_a_preset(registries)
        alternatives.append({"$ref": "#/$defs/PresetSource"})
    if alternatives:
        definitions[any_source] = {"oneOf": alternatives}
    rule = _properties(definitions["RuleSettings"])
    rule["indicator"] = {"enum": sorted(registries.indicators), "description": "what is measured"}
    rule["where"] = _where()
    top = definitions.pop(places[(Settings, "validation")]["$ref"].rpartition("/")[2])
    return {"$schema": DIALECT, "title": "monitor.yaml of Integration Monitor", **top, "$defs": definitions}


def schema_text(registries: Registries) -> str:
    """The same as text, ready to be written to a file."""
    return json.dumps(json_schema(registries), indent=2, ensure_ascii=False, sort_keys=False) + "\n"


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


def _where() -> Schema:
    words = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    return {
        "type": "object",
        "properties": dict.fromkeys(SCOPES, words),
        "additionalProperties": False,
        "description": "which integrations it is for; default: all",
    }


class _ForEditors(GenerateJsonSchema):
    """Leaves out defaults: an editor that fills them in would write what nobody chose."""

    def default_schema(self, schema: WithDefaultSchema) -> dict[str, object]:
        """The schema of a field with a default, without it."""
        return self.generate_inner(schema["schema"])
