"""The models of one integration: what it joins, when it runs, what was promised, whom to call."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from core.settings.base import SettingsModel, problem
from core.settings.fields import DurationField, Key, NonEmpty, RatioField, Url, Words, ZoneName, at_least
from core.settings.sources import AnySource

Method = Literal["api", "csv", "custom", "partner"]
Criticality = Literal["low", "normal", "high"]
Stage = Literal["requested", "assessed", "agreed", "testing", "live", "retired"]


def readable_cron(value: str | None) -> str | None:
    """A cron expression as it is; a problem where it cannot be read or never comes due."""
    if value is not None:
        from cronsim import CronSim, CronSimError

        try:
            next(CronSim(value, datetime(2024, 1, 1, tzinfo=UTC)))
        except CronSimError as error:
            raise problem(
                f'got "{value}"; {str(error).lower()}; write five fields such as "*/15 * * * *"'
            ) from None
        except StopIteration:
            raise problem(f'got "{value}"; it never comes due; write one that does') from None
    return value


class ContactRef(SettingsModel):
    """Whom to call about an integration, and how long after the problem began."""

    meant: ClassVar = ("who",)

    who: Key = Field(description="a key of `contacts`")
    after: DurationField = Field(timedelta(0), description="how long a problem stands before they are called")


class Schedule(SettingsModel):
    """When runs are due: `cron` in a time zone, or `every` so long. Without one nothing is late."""

    meant: ClassVar = ("cron", "every")

    cron: NonEmpty | None = Field(None, description="cron expression of five fields, such as `*/15 * * * *`")
    timezone: ZoneName | None = Field(
        None, description="zone the cron expression is in; default: the installation's"
    )
    every: Annotated[DurationField, AfterValidator(at_least(timedelta(seconds=10)))] | None = Field(
        None, description="time between two runs, instead of `cron`"
    )
    grace: DurationField = Field(
        timedelta(minutes=5), description="how long after its due time a run is not late yet"
    )

    @field_validator("cron")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        return readable_cron(value)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.cron is None) == (self.every is None):
            raise problem(
                "got both cron and every; keep one" if self.cron else "got neither cron nor every; write one"
            )
        if self.timezone and self.every:
            raise problem("got a timezone beside every; it belongs to cron: remove it")
        return self


class Slo(SettingsModel):
    """What was promised: this share of runs (or records) succeeds within the window."""

    meant: ClassVar = ("success",)

    success: RatioField = Field(description="promised share, such as 99.5%")
    of: Literal["runs", "records"] = Field("runs", description="what is counted")
    window: DurationField = Field(timedelta(days=30), description="over how long")


class Integration(SettingsModel):
    """One integration: what it joins, when it runs, what was promised, whom to call, who watches it."""

    key: Key = Field(description="its identity, for good")
    name: NonEmpty = Field(description="the name shown to people")
    method: Method = Field(description="how the customer connects")
    source_system: NonEmpty = Field(description="the system data comes from")
    target_system: NonEmpty = Field("Butterboard", description="the system data goes to")
    criticality: Criticality = Field("normal", description="how much depends on it")
    tags: Words = Field((), description="words to filter by")
    stage: Stage = Field("live", description="where it stands on its way to launch")
    schedule: Schedule | None = Field(
        None, description="when its runs are due; without one lateness is not judged"
    )
    slo: Slo | None = Field(None, description="what was promised")
    contacts: tuple[ContactRef, ...] = Field((), description="whom to call, in order")
    docs: Url | None = Field(None, description="address of its documentation")
    sources: tuple[AnySource, ...] = Field((), description="what watches it")
    paused: bool = Field(False, description="not polled and not judged for now")
    partial_is_failure: bool = Field(False, description="a run with failed records counts as failed")
    labels: dict[str, str] = Field(default_factory=dict, description="free names and values")
    renamed_from: Key | None = Field(None, description="its former key, so that its history goes on")

    @classmethod
    def _refusal(cls, key: str) -> str:
        return "belongs to a source; write it in one of sources" if key == "preset" else super()._refusal(key)
