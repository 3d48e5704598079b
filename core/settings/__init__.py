"""The configuration `monitor.yaml`: its models, and reading it with every problem told at once."""

from core.settings.base import SettingsModel
from core.settings.fields import (
    DatabaseUrl,
    DurationField,
    Expression,
    JsonField,
    Key,
    NonEmpty,
    RatioField,
    Secret,
    SizeField,
    Url,
    WindowField,
    Words,
    ZoneName,
)
from core.settings.integrations import ContactRef, Integration, Schedule, Slo
from core.settings.loading import load, loads
from core.settings.models import Contact, MaskingSettings, Retention, Settings
from core.settings.registries import Registries
from core.settings.rules import RuleSettings
from core.settings.sources import Route, SourceSettings

__all__ = [
    "Contact",
    "ContactRef",
    "DatabaseUrl",
    "DurationField",
    "Expression",
    "Integration",
    "JsonField",
    "Key",
    "MaskingSettings",
    "NonEmpty",
    "RatioField",
    "Registries",
    "Retention",
    "Route",
    "RuleSettings",
    "Schedule",
    "Secret",
    "Settings",
    "SettingsModel",
    "SizeField",
    "Slo",
    "SourceSettings",
    "Url",
    "WindowField",
    "Words",
    "ZoneName",
    "load",
    "loads",
]
