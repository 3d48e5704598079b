"""The options that commands share, and what each of them means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.i18n import Translator, translator

if TYPE_CHECKING:
    from core.settings import Settings

Config = Annotated[
    Path | None,
    typer.Option("--config", "-c", metavar="FILE", help="The configuration.  [default: monitor.yaml]"),
]
Integration = Annotated[str | None, typer.Option("--integration", metavar="KEY", help="Only this one.")]


def settings_of(config: Path | None) -> Settings:
    """The configuration that a command is to use."""
    from composition.names import config_path, load_settings

    return load_settings(config or config_path())


def speaking(settings: Settings) -> Translator:
    """Says texts in the language and zone of the installation."""
    return translator(settings.language, settings.zone)
