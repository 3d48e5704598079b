"""What every channel's settings have, and choosing a channel's model by its type."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, SerializeAsAny, ValidationInfo

from core.alert_states import Severity
from core.settings.base import SettingsModel, context_of, problem, suggestion
from core.settings.fields import DurationField, NonEmpty, Url, ZoneName
from core.settings.people import Language


class ChannelSettings(SettingsModel):
    """What every channel has; each channel type adds its own."""

    type: NonEmpty = Field(description="kind of channel")
    language: Language | None = Field(
        None, description="language of its messages; default: the contact's, then the installation's"
    )
    timezone: ZoneName | None = Field(
        None, description="time zone of its messages; default: the contact's, then the installation's"
    )
    group_wait: DurationField = Field(
        timedelta(seconds=30), description="the first message of an integration waits so long for others"
    )
    group_interval: DurationField = Field(
        timedelta(minutes=5), description="so long after a message the next one of that integration leaves"
    )
    send_recovered: bool = Field(True, description="tell of recoveries too")
    min_severity: Severity = Field(Severity.WARNING, description="milder alerts are not sent here")

    @property
    def personal(self) -> bool:
        """Whether each contact gets messages of their own by it; else all of them go to one place."""
        return False


def _chosen_channel(value: object, info: ValidationInfo) -> object:
    """The settings model that the channel's `type` names, filled in."""
    context = context_of(info)
    if not isinstance(value, Mapping) or context is None:
        return value
    models, kind = context.registries.channels, value.get("type")
    if isinstance(kind, str) and kind in models:
        return models[kind].model_validate(value, context=context)
    if isinstance(kind, str):
        return _Unknown.model_validate(
            {"type": f'"{kind}" is unknown; {suggestion(kind, models)}'}, context=context
        )
    return ChannelSettings.model_validate(
        {k: v for k, v in value.items() if k in ChannelSettings.model_fields}, context=context
    )


def _refused(value: str) -> str:
    raise problem(value)


class _Unknown(SettingsModel):
    type: Annotated[str, BeforeValidator(_refused)]


AnyChannel = Annotated[SerializeAsAny[ChannelSettings], BeforeValidator(_chosen_channel)]
"""A channel, with the settings of its own type."""


class DeadManSettings(SettingsModel):
    """Somebody else's clock that we ring while all is well: when it is not rung, the monitor itself is down."""

    meant: ClassVar = ("url",)

    url: Url = Field(description="address that is asked for, such as that of a check at healthchecks.io")
    every: DurationField = Field(timedelta(minutes=1), description="time between two rings")
