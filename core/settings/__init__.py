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
from core.settings.models import (
    Contact,
    ContactRef,
    Integration,
    MaskingSettings,
    Retention,
    RuleSettings,
    Schedule,
    Settings,
    Slo,
    SourceSettings,
)
from core.settings.registries import Registries

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
]
