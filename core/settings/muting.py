"""The models of what holds messages back: silences and maintenance windows."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from core.settings.base import SettingsModel, problem
from core.settings.fields import DurationField, Key, NonEmpty, ZoneName, at_least, reading, zone_named
from core.settings.integrations import readable_cron
from core.settings.scopes import MutedWhere


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f'got "{text}"; write a date and a time such as 2027-01-31 22:00, or with its zone 2027-01-31T22:00+03:00'
        ) from None


Moment = Annotated[
    datetime,
    BeforeValidator(reading(_moment)),
    WithJsonSchema({"type": "string", "examples": ["2027-01-31 22:00", "2027-01-31T22:00+03:00"]}),
]
"""A date and a time; without a zone of its own it is in the entry's time zone, or the installation's."""

LONGEST_WINDOW = timedelta(days=7)
"""A recurring window is no longer than this."""


class _Muting(SettingsModel):
    key: Key = Field(description="its identity, for good")
    where: MutedWhere = Field(
        default_factory=dict, description="which integrations and rules it is for; default: all"
    )
    timezone: ZoneName | None = Field(
        None, description="zone of the times that are written without one; default: the installation's"
    )

    def instant(self, moment: datetime | None, installation: ZoneInfo) -> datetime | None:
        """A written moment as an instant in UTC."""
        if moment is None:
            return None
        zone = zone_named(self.timezone) if self.timezone else installation
        try:
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        except OverflowError:  # the last day there is, which stands for ever
            return moment.replace(tzinfo=UTC)


class SilenceSettings(_Muting):
    """No messages for a while about what it matches; alerts are evaluated and shown as ever."""

    start: Moment = Field(alias="from", description="from when on")
    until: Moment = Field(description="until when")
    why: NonEmpty = Field(description="the reason, shown beside each silenced alert")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        _ordered(self.start, self.until)
        return self


class MaintenanceSettings(_Muting):
    """Planned work, once (`from`, `until`) or recurring (`cron`, `duration`): no messages meanwhile."""

    name: NonEmpty = Field(description="the name shown to people")
    start: Moment | None = Field(None, alias="from", description="from when on; of a window that comes once")
    until: Moment | None = Field(None, description="until when; of a window that comes once")
    cron: NonEmpty | None = Field(
        None, description="when it starts each time, five fields such as `0 23 * * 6`"
    )
    duration: Annotated[DurationField, AfterValidator(at_least(timedelta(minutes=1)))] | None = Field(
        None, description="how long it lasts each time, 7d at most; belongs to `cron`"
    )

    @field_validator("cron")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        return readable_cron(value)

    @field_validator("duration")
    @classmethod
    def _not_for_good(cls, value: timedelta | None) -> timedelta | None:
        if value is not None and value > LONGEST_WINDOW:
            raise problem("is longer than 7d; pause the integration instead, or write from and until")
        return value

    @model_validator(mode="after")
    def _once_or_recurring(self) -> Self:
        once, recurring = (self.start, self.until), (self.cron, self.duration)
        if any(once) and any(recurring):
            raise problem("got both from/until and cron/duration; keep one of the two")
        if not all(once) and not all(recurring):
            raise problem("says not when; write from and until, or cron and duration")
        if self.start is not None and self.until is not None:
            _ordered(self.start, self.until)
        return self


def _ordered(start: datetime, until: datetime) -> None:
    both = [one if one.tzinfo else one.replace(tzinfo=UTC) for one in (start, until)]
    if (start.tzinfo is None) == (until.tzinfo is None) and both[0] >= both[1]:
        raise problem("ends before it begins; write an until that is later than from")
