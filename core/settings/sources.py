"""What every source's settings have, and choosing a source's model by its type."""

from collections.abc import Mapping, Set
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny, ValidationInfo, field_validator

from core.records import Side
from core.settings.base import SettingsModel, context_of, one_of, problem, suggestion
from core.settings.fields import DurationField, Key, NonEmpty, at_least


class Route(SettingsModel):
    """Which integration each record of a shared source goes to."""

    by: Literal["job", "entity", "consumer", "endpoint", "trigger"] = Field(
        "job", description="the field of a record that names its integration"
    )
    map: dict[NonEmpty, Key] = Field(
        default_factory=dict, description="that field's value: the key of an integration"
    )
    create: bool = Field(False, description="make an integration for a value that names none")
    max: int = Field(500, ge=1, le=100_000, description="so many are made at most")


class SourceSettings(SettingsModel):
    """What every source has; each source type adds its own."""

    type: NonEmpty = Field(description="kind of source")
    name: Key = Field(description="its name within the integration, for good")
    preset: Key | None = Field(
        None, description="a named mapping of a well-known system that fills in the keys not written here"
    )
    every: Annotated[DurationField, AfterValidator(at_least(timedelta(seconds=10)))] = Field(
        timedelta(seconds=60), description="time between two polls, 10s or more"
    )
    side: Side = Field(
        Side.TARGET,
        description="which end it looks at: the customer's system (source) or Butterboard (target)",
    )
    brings: frozenset[str] | None = Field(
        None, description="what it is expected to bring; default: all it can"
    )
    required: bool = Field(True, description="without its news the integration is unknown")
    renamed_from: Key | None = Field(None, description="its former name, so that its history goes on")
    route: Route | None = Field(
        None, description="of a source at the top level only: which integration gets which record"
    )

    def brings_only(self, offered: Set[str]) -> None:
        """Refuse a `brings` of what this type of source does not bring."""
        unknown = (self.brings or frozenset()) - offered
        if unknown:
            wanted = one_of(sorted(offered))
            raise problem(f"brings {', '.join(sorted(unknown))}, which {self.type} does not; use {wanted}")


def _chosen_source(value: object, info: ValidationInfo) -> object:
    """The settings model that the source's `type` names, filled in."""
    context = context_of(info)
    if not isinstance(value, Mapping) or context is None:
        return value
    models, kind = context.registries.sources, value.get("type")
    if not isinstance(kind, str):
        return SourceSettings.model_validate(
            {k: v for k, v in value.items() if k in SourceSettings.model_fields}, context=context
        )
    if kind in models:
        return models[kind].model_validate(value, context=context)
    text = f'"{kind}" is unknown; {suggestion(kind, models)}'
    return _Misnamed.model_validate({"type": text}, context=context)


class _Misnamed(SettingsModel):
    type: str

    @field_validator("type")
    @classmethod
    def _always(cls, value: str) -> str:
        raise problem(value)


AnySource = Annotated[SerializeAsAny[SourceSettings], BeforeValidator(_chosen_source)]
"""A source, with the settings of its own type."""
