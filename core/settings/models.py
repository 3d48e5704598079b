"""The configuration's models: what may stand in `monitor.yaml`, with its defaults and units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    SerializeAsAny,
    ValidationInfo,
    field_validator,
    model_validator,
)

from core.i18n import languages
from core.records import Side
from core.settings.base import SettingsModel, context_of, one_of, problem, suggestion
from core.settings.fields import (
    DatabaseUrl,
    DurationField,
    Key,
    NonEmpty,
    RatioField,
    Url,
    WindowField,
    Words,
    ZoneName,
    at_least,
    zone_named,
)
from core.settings.secrets import SecretValues
from core.units import Threshold, Unit

Method = Literal["api", "csv", "custom", "partner"]
Criticality = Literal["low", "normal", "high"]
Stage = Literal["requested", "assessed", "agreed", "testing", "live", "retired"]
SOURCE_TYPES_LATER = frozenset({"sql", "csv_drop", "prometheus", "push"})
SCOPES = ("integration", "method", "tag", "criticality", "system")


def _language(value: object) -> object:
    if isinstance(value, str) and value not in languages():
        raise problem(f'got "{value}"; use {one_of(sorted(languages()))}')
    return value


Language = Annotated[str, BeforeValidator(_language)]


class Retention(SettingsModel):
    """How long each kind of row is kept; `day: forever` (None) is never pruned."""

    raw: Annotated[DurationField, AfterValidator(at_least(timedelta(days=1)))] = Field(
        timedelta(days=90), description="runs, events and polls"
    )
    failed_records: Annotated[DurationField, AfterValidator(at_least(timedelta(days=1)))] = Field(
        timedelta(days=180), description="failed records"
    )
    minute: Annotated[DurationField, AfterValidator(at_least(timedelta(days=1)))] = Field(
        timedelta(days=14), description="sums by minute"
    )
    hour: Annotated[DurationField, AfterValidator(at_least(timedelta(days=1)))] = Field(
        timedelta(days=400), description="sums by hour"
    )
    day: Annotated[DurationField, AfterValidator(at_least(timedelta(days=1)))] | None = Field(
        None, description="sums by day; `forever` keeps them"
    )

    @field_validator("day", mode="before")
    @classmethod
    def _forever(cls, value: object) -> object:
        return None if isinstance(value, str) and value.strip().lower() == "forever" else value


class Contact(SettingsModel):
    """A person or a group that is called."""

    later: ClassVar = frozenset({"channels"})
    name: NonEmpty = Field(description="the name shown to people")
    email: str | None = Field(None, description="mail address")
    phone: str | None = Field(None, description="telephone, as people dial it")
    telegram: str | None = Field(None, description="Telegram name")
    language: Language | None = Field(
        None, description="language of their messages; default: the installation's"
    )
    timezone: ZoneName | None = Field(None, description="their time zone; default: the installation's")


class ContactRef(SettingsModel):
    """Whom to call about an integration, and how long after the problem began."""

    who: Key = Field(description="a key of `contacts`")
    after: DurationField = Field(timedelta(0), description="how long a problem stands before they are called")


class Schedule(SettingsModel):
    """When runs are due: `cron` in a time zone, or `every` so long. Without one nothing is late."""

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

    success: RatioField = Field(description="promised share, such as 99.5%")
    of: Literal["runs", "records"] = Field("runs", description="what is counted")
    window: DurationField = Field(timedelta(days=30), description="over how long")


class SourceSettings(SettingsModel):
    """What every source has; each source type adds its own."""

    type: NonEmpty = Field(description="kind of source")
    name: Key = Field(description="its name within the integration, for good")
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
    if kind in SOURCE_TYPES_LATER:
        text = f'"{kind}" is not available yet; use {one_of(sorted(models)) if models else "another type"}'
    else:
        text = f'"{kind}" is unknown; {suggestion(kind, models)}'
    return _Misnamed.model_validate({"type": text}, context=context)


class _Misnamed(SettingsModel):
    type: str

    @field_validator("type")
    @classmethod
    def _always(cls, value: str) -> str:
        raise problem(value)


class Integration(SettingsModel):
    """One integration: what it joins, when it runs, what was promised, whom to call, who watches it."""

    later: ClassVar = frozenset({"preset"})
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
    sources: tuple[Annotated[SerializeAsAny[SourceSettings], BeforeValidator(_chosen_source)], ...] = Field(
        (), description="what watches it"
    )
    paused: bool = Field(False, description="not polled and not judged for now")
    partial_is_failure: bool = Field(False, description="a run with failed records counts as failed")
    labels: dict[str, str] = Field(default_factory=dict, description="free names and values")
    renamed_from: Key | None = Field(None, description="its former key, so that its history goes on")


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
    warning: Threshold | None = Field(None, description='degraded from here on, such as "> 5%"')
    critical: Threshold | None = Field(None, description='failing from here on, such as "> 20%"')
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
            raise problem(str(error)) from None

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


class MaskingSettings(SettingsModel):
    """Names of fields that are masked besides the built-in ones, or left readable despite them."""

    deny: Words = Field((), description="also masked")
    allow: Words = Field((), description="left readable")


class Settings(SettingsModel):
    """The whole configuration. Read it with `load`; `path` and `digest` tell what was read."""

    later: ClassVar = frozenset(
        {"sources", "silences", "maintenance", "reports", "dead_man", "channels", "access", "payloads"}
    )
    database: DatabaseUrl = Field(
        SecretStr("sqlite:///data/monitor.db"), description="where everything is stored: SQLite or PostgreSQL"
    )
    timezone: ZoneName = Field(
        "UTC", description="zone that times are shown in, and cron expressions default to"
    )
    language: Language = Field("en", description="language of the pages until a viewer chooses another")
    retention: Retention = Field(default_factory=Retention, description="how long rows are kept")
    contacts: dict[Key, Contact] = Field(default_factory=dict, description="people and groups, by key")
    integrations: tuple[Integration, ...] = Field((), description="what is watched")
    alerts: tuple[RuleSettings, ...] = Field(
        (), description="rules besides, or instead of, the built-in ones"
    )
    masking: MaskingSettings = Field(default_factory=MaskingSettings, description="which fields are personal")

    _path: Path = PrivateAttr(default=Path("monitor.yaml"))
    _digest: str = PrivateAttr(default="")
    _secrets: SecretValues = PrivateAttr(default_factory=SecretValues)

    @property
    def path(self) -> Path:
        """The file it was read from."""
        return self._path

    @property
    def digest(self) -> str:
        """SHA-256 of the file's bytes, in hex."""
        return self._digest

    @property
    def zone(self) -> ZoneInfo:
        """The installation's time zone."""
        return zone_named(self.timezone)

    def integration(self, key: str) -> Integration | None:
        """The integration of that key."""
        return next((one for one in self.integrations if one.key == key), None)

    def redact(self, text: str) -> str:
        """The text without any secret of this configuration."""
        return self._secrets.redact(text)

    def read_from(self, path: Path, digest: str, secrets: SecretValues) -> Self:
        """Note where it came from, and what may never be shown. Only the loader calls it."""
        self._path, self._digest, self._secrets = path, digest, secrets
        return self
