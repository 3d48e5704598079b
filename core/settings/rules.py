"""The model of a rule: from which reading of an indicator on an integration is degraded or failing."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Self

from pydantic import Field, PlainSerializer, ValidationInfo, WithJsonSchema, field_validator, model_validator

from core.settings.base import SettingsModel, context_of, in_our_quotes, problem, suggestion
from core.settings.fields import Key, NonEmpty, WindowField, Words
from core.settings.integrations import Integration
from core.units import Threshold, Unit

ThresholdField = Annotated[
    Threshold,
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["> 5%", ">= 10m", "> 3"]}),
]
"""A comparison, a number and the unit of the rule's indicator."""

SCOPES = ("integration", "method", "tag", "criticality", "system")


class RuleSettings(SettingsModel):
    """A rule on one indicator: from which reading on an integration is degraded, and failing.

    window, min_events: None means as the built-in rule of that indicator has it.
    where: the integrations it is for, by `integration`, `method`, `tag`, `criticality` or `system`.
    """

    later: ClassVar = frozenset({"resolve", "for", "keep_firing_for", "no_data", "repeat", "notify"})
    key: Key = Field(description="its identity, for good")
    name: NonEmpty = Field(description="the name shown to people")
    indicator: NonEmpty = Field(description="what is measured")
    window: WindowField | None = Field(
        None, description="what it looks back over: a duration, or so many runs"
    )
    warning: ThresholdField | None = Field(None, description='degraded from here on, such as "> 5%"')
    critical: ThresholdField | None = Field(None, description='failing from here on, such as "> 20%"')
    min_events: int | None = Field(None, ge=0, description="with fewer events than this there is no reading")
    where: dict[str, Words] = Field(
        default_factory=dict, description="which integrations it is for; default: all"
    )
    renamed_from: Key | None = Field(None, description="its former key, so that its history goes on")

    @field_validator("indicator")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        context = context_of(info)
        if context is not None and value not in context.registries.indicators:
            raise problem(f'"{value}" is unknown; {suggestion(value, context.registries.indicators)}')
        return value

    @field_validator("warning", "critical", mode="before")
    @classmethod
    def _in_its_unit(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str):
            return value
        context = context_of(info)
        unit = context.registries.indicators.get(info.data.get("indicator", "")) if context else None
        try:
            return Threshold.parse(value, unit) if unit else _in_any_unit(value)
        except ValueError as error:
            raise problem(in_our_quotes(str(error), value)) from None

    @field_validator("where", mode="before")
    @classmethod
    def _known_scope(cls, value: object) -> object:
        if isinstance(value, Mapping):
            for name in value:
                if name not in SCOPES:
                    raise problem(f'"{name}" is unknown; {suggestion(str(name), SCOPES)}')
        return value

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.warning is None and self.critical is None:
            raise problem('got no threshold; write warning, critical or both, such as warning: "> 5%"')
        if self.window and self.window.runs and (self.min_events or 0) > self.window.runs:
            raise problem(
                f"min_events is {self.min_events}, but the window holds {self.window}; it can never be met: lower min_events or widen the window"
            )
        return self

    def covers(self, integration: Integration) -> bool:
        """Whether the rule is for this integration: every name in `where` must match one of its values."""
        has = {
            "integration": (integration.key,),
            "method": (integration.method,),
            "tag": integration.tags,
            "criticality": (integration.criticality,),
            "system": (integration.source_system, integration.target_system),
        }
        return all(set(wanted) & set(has[name]) for name, wanted in self.where.items())


def _in_any_unit(text: str) -> Threshold:
    for unit in Unit:
        try:
            return Threshold.parse(text, unit)
        except ValueError:
            continue
    raise ValueError(f'got {text!r}; write a comparison and a number, such as "> 5%"')
