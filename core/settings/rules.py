"""The model of a rule: from which reading of an indicator on an integration is degraded or failing."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    PlainSerializer,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from core.settings.base import SettingsModel, context_of, in_our_quotes, problem, suggestion
from core.settings.fields import DurationField, Key, NonEmpty, WindowField, Words, at_least
from core.settings.integrations import Integration
from core.settings.scopes import Where, matches
from core.units import Threshold, Unit

ThresholdField = Annotated[
    Threshold,
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "examples": ["> 5%", ">= 10m", "> 3"]}),
]
"""A comparison, a number and the unit of the rule's indicator."""

NoData = Literal["keep", "alert", "ok"]
"""What an alert does without data: stands as it is, fires for that reason, or is over."""


class RuleSettings(SettingsModel):
    """A rule on one indicator: from which reading on an integration is degraded, and failing.

    window, min_events, hold (`for`), keep_firing_for, no_data, repeat: None means as the built-in rule
    of that indicator has it.
    where: the integrations it is for, by `integration`, `method`, `tag`, `criticality` or `system`.
    """

    key: Key = Field(description="its identity, for good")
    name: NonEmpty = Field(description="the name shown to people")
    indicator: NonEmpty = Field(description="what is measured")
    window: WindowField | None = Field(
        None, description="what it looks back over: a duration, or so many runs"
    )
    warning: ThresholdField | None = Field(None, description='degraded from here on, such as "> 5%"')
    critical: ThresholdField | None = Field(None, description='failing from here on, such as "> 20%"')
    min_events: int | None = Field(None, ge=0, description="with fewer events than this there is no reading")
    resolve: ThresholdField | None = Field(
        None, description='over from here on, such as "< 2%"; default: as soon as it is no longer degraded'
    )
    hold: DurationField | None = Field(None, alias="for", description="how long it must last before it fires")
    keep_firing_for: DurationField | None = Field(
        None, description="how long it must be over before it counts as recovered"
    )
    no_data: NoData | None = Field(
        None,
        description="what no data means: nothing new (keep), an alert of its own (alert), or all is well (ok)",
    )
    repeat: Annotated[DurationField, AfterValidator(at_least(timedelta(minutes=1)))] | None = Field(
        None, description="how often it is told again while nobody has acknowledged it; default: 4h"
    )
    notify: Words | None = Field(
        None,
        description="channels told at once, besides the contacts of the integration; default: `notify` at the top",
    )
    where: Where = Field(default_factory=dict, description="which integrations it is for; default: all")
    renamed_from: Key | None = Field(None, description="its former key, so that its history goes on")

    @field_validator("indicator")
    @classmethod
    def _known(cls, value: str, info: ValidationInfo) -> str:
        context = context_of(info)
        if context is not None and value not in context.registries.indicators:
            raise problem(f'"{value}" is unknown; {suggestion(value, context.registries.indicators)}')
        return value

    @field_validator("warning", "critical", "resolve", mode="before")
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

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.warning is None and self.critical is None:
            raise problem('got no threshold; write warning, critical or both, such as warning: "> 5%"')
        if self.resolve is not None:
            _apart(self.resolve, self.warning or self.critical)
        if self.window and self.window.runs and (self.min_events or 0) > self.window.runs:
            raise problem(
                f"min_events is {self.min_events}, but the window holds {self.window}; it can never be met: lower min_events or widen the window"
            )
        return self

    def covers(self, integration: Integration) -> bool:
        """Whether the rule is for this integration: every name in `where` must match one of its values."""
        return matches(self.where, integration)


def _apart(resolve: Threshold, start: Threshold | None) -> None:
    """Refuses a resolve threshold that a reading can meet together with the one it ends."""
    if start is None:
        return
    if resolve.rises == start.rises:
        other = "<" if start.rises else ">"
        raise problem(f'resolve is "{resolve}", but it fires at "{start}"; write resolve with {other}')
    overlap = resolve.value > start.value if start.rises else resolve.value < start.value
    if overlap or (resolve.value == start.value and resolve.met(start.value) and start.met(start.value)):
        raise problem(f'resolve "{resolve}" overlaps "{start}"; write one that is milder')


def _in_any_unit(text: str) -> Threshold:
    for unit in Unit:
        try:
            return Threshold.parse(text, unit)
        except ValueError:
            continue
    raise ValueError(f'got {text!r}; write a comparison and a number, such as "> 5%"')
