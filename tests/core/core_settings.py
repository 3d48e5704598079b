"""A small configuration: its registries, and reading it or its problems."""

from typing import Annotated, Literal

import pytest
from pydantic import Field

from core.errors import ConfigurationError
from core.settings import (
    Expression,
    JsonField,
    Registries,
    Secret,
    Settings,
    SettingsModel,
    SizeField,
    SourceSettings,
    Url,
    loads,
)
from core.units import Unit


class Bearer(SettingsModel):
    type: Literal["bearer"]
    token: Secret


class Nobody(SettingsModel):
    type: Literal["none"]


class Rest(SourceSettings):
    url: Url = "https://example.com"
    records: Expression = "@"
    max_bytes: SizeField = 10
    json_body: JsonField = None
    body: JsonField = Field(None, alias="json")
    headers: dict[str, str] = Field(default_factory=dict)
    auth: Annotated[Bearer | Nobody, Field(discriminator="type")] | None = None


REGISTRIES = Registries(
    sources={"rest": Rest, "probe": SourceSettings},
    indicators={"run_failure_ratio": Unit.RATIO, "api_error_ratio": Unit.RATIO, "missed_runs": Unit.COUNT},
    run_indicators=frozenset({"run_failure_ratio"}),
)


INTEGRATION = "{key: a, name: A, method: api, source_system: S, %s}"


def read(text: str, **environ: str) -> Settings:
    return loads(text, "monitor.yaml", REGISTRIES, environ=environ)


def problems(text: str, **environ: str) -> dict[str, str]:
    with pytest.raises(ConfigurationError) as caught:
        read(text, **environ)
    assert caught.value.__context__ is None
    return dict(caught.value.problems)


def with_source(source: str) -> str:
    return f"integrations:\n  - {INTEGRATION % f'sources: [{source}]'}\n"


def source_of(text: str, **environ: str) -> Rest:
    found = read(with_source(text), **environ).integrations[0].sources[0]
    assert isinstance(found, Rest)
    return found
