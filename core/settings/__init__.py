"""The configuration `monitor.yaml`: its models, and reading it with every problem told at once."""

from core.settings.base import SettingsModel
from core.settings.channels import ChannelSettings, DeadManSettings
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
from core.settings.models import MaskingSettings, Retention, Settings
from core.settings.muting import MaintenanceSettings, SilenceSettings
from core.settings.people import Contact, Language
from core.settings.registries import Registries
from core.settings.rules import RuleSettings
from core.settings.sources import Route, SourceSettings

__all__ = [
    "ChannelSettings",
    "Contact",
    "ContactRef",
    "DatabaseUrl",
    "DeadManSettings",
    "DurationField",
    "Expression",
    "Integration",
    "JsonField",
    "Key",
    "Language",
    "MaintenanceSettings",
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
    "SilenceSettings",
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
