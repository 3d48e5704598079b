"""The commands `config …`: the schema, the references and the presets, printed."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

config_app = typer.Typer(help="The configuration file.", no_args_is_help=True, rich_markup_mode=None)


class Reference(StrEnum):
    """What `config reference` can print."""

    SOURCES = "sources"
    CHANNELS = "channels"


@config_app.command("schema")
def config_schema() -> None:
    """Print the JSON Schema of the configuration, for editors."""
    from composition.names import registries
    from core.settings.schema import schema_text

    typer.echo(schema_text(registries()))


@config_app.command("reference")
def config_reference(
    what: Annotated[
        Reference, typer.Argument(metavar="WHAT", help="sources or channels.")
    ] = Reference.SOURCES,
) -> None:
    """Print the reference of every source's or channel's keys, as docs/sources.md and docs/channels.md have it."""
    from composition.names import registries
    from core.settings.reference import channels_reference, sources_reference

    write = channels_reference if what is Reference.CHANNELS else sources_reference
    typer.echo(write(registries()), nl=False)


@config_app.command("presets")
def config_presets(
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Only this one, with all it maps.")
    ] = None,
) -> None:
    """List the presets: what each reads, what it needs, and what it cannot know."""
    from composition.names import registries
    from core.settings.preset_pages import preset_list, preset_page

    typer.echo(preset_page(registries(), name) if name else preset_list(registries()), nl=False)
