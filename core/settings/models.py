"""The top of the configuration: what may stand at the left margin of `monitor.yaml`."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, PrivateAttr, SecretStr, field_validator

from core.alerting import ThresholdOverride
from core.routing import UNROUTED
from core.settings.base import SettingsModel
from core.settings.channels import AnyChannel, DeadManSettings
from core.settings.fields import (
    DatabaseUrl,
    DurationField,
    Key,
    Url,
    Words,
    ZoneName,
    at_least,
    zone_named,
)
from core.settings.integrations import Integration
from core.settings.muting import MaintenanceSettings, SilenceSettings
from core.settings.people import Contact, Language
from core.settings.proxy import AnyProxy, ProxySettings
from core.settings.rules import RuleSettings
from core.settings.secrets import HIDDEN, SecretValues
from core.settings.sources import AnySource


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


class MaskingSettings(SettingsModel):
    """Names of fields that are masked besides the built-in ones, or left readable despite them."""

    deny: Words = Field((), description="also masked")
    allow: Words = Field((), description="left readable")


class Settings(SettingsModel):
    """The whole configuration. Read it with `load`; `path` and `digest` tell what was read."""

    later: ClassVar = frozenset({"reports", "access", "payloads"})
    database: DatabaseUrl = Field(
        SecretStr("sqlite:///data/monitor.db"), description="where everything is stored: SQLite or PostgreSQL"
    )
    timezone: ZoneName = Field(
        "UTC", description="zone that times are shown in, and cron expressions default to"
    )
    language: Language = Field(
        "en", description="language of the command line, and of the pages until a viewer chooses another"
    )
    retention: Retention = Field(default_factory=Retention, description="how long rows are kept")
    contacts: dict[Key, Contact] = Field(default_factory=dict, description="people and groups, by key")
    integrations: tuple[Integration, ...] = Field((), description="what is watched")
    sources: tuple[AnySource, ...] = Field((), description="what feeds many integrations, each by its route")
    alerts: tuple[RuleSettings, ...] = Field(
        (), description="rules besides, or instead of, the built-in ones"
    )
    notify: Words | None = Field(
        None,
        description="channels told by rules that name none; default: those of the integration's contacts, else all",
    )
    channels: dict[Key, AnyChannel] = Field(default_factory=dict, description="ways to reach people, by key")
    silences: tuple[SilenceSettings, ...] = Field((), description="stretches of time without messages")
    maintenance: tuple[MaintenanceSettings, ...] = Field((), description="planned work, once or recurring")
    dead_man: DeadManSettings | None = Field(None, description="who notices when the monitor itself is down")
    address: Url = Field(
        "http://127.0.0.1:8501", description="where people reach the dashboard, for links in messages"
    )
    proxy: AnyProxy | None = Field(
        None, description="HTTP proxy that everything sent over HTTP goes through; a source may name its own"
    )
    masking: MaskingSettings = Field(default_factory=MaskingSettings, description="which fields are personal")

    _path: Path = PrivateAttr(default=Path("monitor.yaml"))
    _digest: str = PrivateAttr(default="")
    _secrets: SecretValues = PrivateAttr(default_factory=SecretValues)
    _overrides: tuple[ThresholdOverride, ...] = PrivateAttr(default=())
    _by_key: tuple[tuple[Integration, ...], dict[str, Integration]] = PrivateAttr(default=((), {}))

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

    @property
    def overrides(self) -> tuple[ThresholdOverride, ...]:
        """Thresholds that people tuned on the page, over those of the file and the built-in ones."""
        return self._overrides

    def tuned_by(self, overrides: Iterable[ThresholdOverride]) -> Self:
        """The same configuration under these overrides, in the place of those it had."""
        tuned = self.model_copy()
        tuned._overrides = tuple(overrides)
        return tuned

    def notified(self, integration: Integration) -> tuple[str, ...]:
        """The channels that a rule tells about an integration if it names none.

        Those of `notify` at the top; else none where a contact of the integration has a channel (what is
        `unrouted` concerns everybody's); else every channel that can write without a contact, or to its own.
        """
        if self.notify is not None:
            return self.notify
        called = {reference.who for reference in integration.contacts}
        asked = self.contacts if integration.key == UNROUTED else called & set(self.contacts)
        if any(self.contacts[who].channels for who in asked):
            return ()
        return tuple(key for key, channel in self.channels.items() if called or not channel.personal)

    def integration(self, key: str) -> Integration | None:
        """The integration of that key."""
        of, known = self._by_key
        if of is not self.integrations:
            # Each poll asks. A copy of the settings with other integrations brings the older ones' along.
            known = {one.key: one for one in reversed(self.integrations)}
            self._by_key = (self.integrations, known)
        return known.get(key)

    def proxy_of(self, source: SettingsModel | None = None) -> ProxySettings | None:
        """What calls go through: those of a source, or (None) those of channels; None: nothing."""
        own = getattr(source, "proxy", None)
        found = self.proxy if own is None else own
        return found if isinstance(found, ProxySettings) else None

    def redact(self, text: str) -> str:
        """The text without any secret of this configuration."""
        return self._secrets.redact(text)

    def shown(self, part: SettingsModel | None = None) -> dict[str, object]:
        """The configuration, or a part of it, as plain values to show people: secrets are `***`."""
        model = part or self
        return {
            key: self._visible(value) for key, value in model.model_dump(mode="json", by_alias=True).items()
        }

    def _visible(self, value: object) -> object:
        if isinstance(value, str):
            return HIDDEN if value and not value.strip("*") else self.redact(value)
        if isinstance(value, dict):
            return {str(key): self._visible(item) for key, item in value.items()}
        return [self._visible(item) for item in value] if isinstance(value, list) else value

    def read_from(self, path: Path, digest: str, secrets: SecretValues) -> Self:
        """Note where it came from, and what may never be shown. Only the loader calls it."""
        self._path, self._digest, self._secrets = path, digest, secrets
        return self
