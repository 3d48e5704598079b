"""The commands `alerts …`: which fire, and one message now to try a channel."""

from __future__ import annotations

import sys
from datetime import UTC
from typing import Annotated

import typer

from composition.command_options import Config, Integration, settings_of, speaking
from core.errors import StorageError
from core.i18n import SOURCE_LANGUAGE

alerts_app = typer.Typer(help="Alerts.", rich_markup_mode=None)


@alerts_app.callback(invoke_without_command=True)
def alerts(
    context: typer.Context,
    config: Config = None,
    integration: Integration = None,
    json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those about to fire, and those that ended in the last day.")
    ] = False,
) -> None:
    """Tell which alerts fire, since when, and who was told.

    Exit code: 0 nothing fires, 1 a warning does, 2 a critical alert does, 3 it is not known (nobody
    evaluates), 64 configuration or usage.
    """
    if context.invoked_subcommand is not None:
        return
    from composition.handing_out import alerts_document
    from reports.alerts import UNKNOWN, exit_code
    from reports.piping import while_somebody_reads
    from reports.status import write_status_json

    settings = settings_of(config)
    try:
        language, zone = (SOURCE_LANGUAGE, UTC) if json else (settings.language, settings.zone)
        document = alerts_document(settings, language, zone, everything=everything, integration=integration)
    except StorageError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(UNKNOWN) from None
    with while_somebody_reads():
        if json:
            write_status_json(document, sys.stdout)
        else:
            from reports.alert_table import show_alerts

            show_alerts(document, settings.language, settings.zone)
    raise typer.Exit(exit_code(document))


@alerts_app.command("test")
def alerts_test(
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="A key of `channels`.")],
    config: Config = None,
    contact: Annotated[
        str | None,
        typer.Option("--contact", metavar="KEY", help="On whose behalf.  [default: the first it reaches]"),
    ] = None,
) -> None:
    """Send a test message now and tell what happened. Exit code: 0 it went, 1 it did not, 64 usage."""
    from composition.testing import send_test

    settings = settings_of(config)
    typer.echo(speaking(settings).render(send_test(settings, channel, contact)))
