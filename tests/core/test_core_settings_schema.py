"""The JSON Schema for editors: valid itself, and right about right and wrong files."""

import json
from datetime import timedelta

import jsonschema
import pytest
import yaml

from core.settings import ChannelSettings, Registries, SettingsModel, SourceSettings
from core.settings.schema import json_schema, schema_text
from core.units import Unit


class Nested(SettingsModel):
    at: timedelta | None = None


class Rest(SourceSettings):
    url: str
    more: Nested | None = None


class Hook(ChannelSettings):
    secret: str | None = None


REGISTRIES = Registries(
    {"rest": Rest, "probe": type("Probe", (SourceSettings,), {"__module__": __name__})},
    {"missed_runs": Unit.COUNT},
    channels={"webhook": Hook},
)
RULE = "alerts: [{key: r, name: R, indicator: missed_runs, warning: '> 5', where: {tag: [a]}}]"


def integration(source: str) -> str:
    return f"integrations: [{{key: a, name: A, method: api, source_system: S, sources: [{source}]}}]"


def errors(text: str) -> list[str]:
    validator = jsonschema.Draft202012Validator(json_schema(REGISTRIES))
    return [error.message for error in validator.iter_errors(yaml.safe_load(text))]


def test_it_is_a_schema_of_its_dialect() -> None:
    """It says its dialect and describes its keys."""
    schema = json.loads(schema_text(REGISTRIES))
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"].endswith("2020-12/schema")
    assert schema["properties"]["timezone"]["description"]


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "retention: {raw: 90d, day: forever}",
        integration("{type: rest, name: s, url: 'https://x', every: 1m}"),
        integration("{type: probe, name: s}"),
        RULE,
        "masking: {deny: a, allow: [b]}",
        "channels: {chat: {type: webhook, secret: s, min_severity: critical}}\nnotify: chat",
        RULE.replace("where", "resolve: '< 5', for: 5m, no_data: ok, repeat: 1h, notify: [chat], where"),
        "silences: [{key: a, where: {rule: r}, from: '2027-01-01 10:00', until: '2027-01-02', why: x}]",
        "maintenance: [{key: a, name: A, cron: '0 2 * * *', duration: 1h, where: {tag: [hr]}}]",
        "dead_man: {url: 'https://x', every: 1m}\naddress: https://x",
    ],
)
def test_right_files_pass(text: str) -> None:
    """What the loader accepts, the editor does too."""
    assert errors(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "timezon: UTC",
        "retention: {raw: [1]}",
        integration("{type: rest, name: s}"),
        integration("{type: sql, name: s}"),
        integration("{type: probe, name: s, url: x}"),
        RULE.replace("missed_runs", "mised_runs"),
        RULE.replace("tag", "tags"),
        "channels: {chat: {type: webhok}}",
        "channels: {chat: {type: webhook, group_weight: 1m}}",
        RULE.replace("where", "no_data: perhaps, where"),
        "silences: [{key: a, where: {rules: r}, from: '2027-01-01', until: '2027-01-02', why: x}]",
        "maintenance: [{key: a}]",
        "dead_man: {every: 1m}",
    ],
)
def test_wrong_files_get_red_lines(text: str) -> None:
    """Unknown keys, kinds and indicators are marked while one types."""
    assert errors(text)
