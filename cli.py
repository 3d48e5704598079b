"""The command `integration-monitor`: parses words, calls one room, answers with an exit code.

Every import of a room stands inside its command, so that `status` does not wait for what only the
pages need.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from composition.alerts_commands import alerts_app
from composition.command_options import Config, Integration, settings_of, speaking
from composition.config_commands import config_app
from core.errors import ConfigurationError, MonitorError, StorageError, UsageError
from core.i18n import translator

NO_COLLECTION_AT_START = 200_000
"""After so many new objects the garbage collector looks at them, which is more than a start makes: with
Python's own 700 it costs a tenth of the start."""

USAGE = 64
"""Exit code of a wrong configuration or call (EX_USAGE of sysexits.h)."""

app = typer.Typer(
    name="integration-monitor",
    help="Watches integrations: syncs, API errors, limits and keys.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(config_app, name="config")
app.add_typer(alerts_app, name="alerts")

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")]


@app.command()
def run(config: Config = None, port: Port = 8501) -> None:
    """Run the dashboard and the worker in one process."""
    from composition.serving import serve

    serve(settings_of(config).path, port)


@app.command()
def demo(
    port: Port = 8501,
    folder: Annotated[Path, typer.Option("--dir", help="Where the sandbox and its database live.")] = Path(
        "data/demo"
    ),
    scenario: Annotated[
        list[str] | None, typer.Option("--scenario", help="A fault to switch on; may be given again.")
    ] = None,
) -> None:
    """Run the same on the sandbox: a small Butterboard and HR systems that misbehave."""
    from composition.serving import serve_sandbox

    raise typer.Exit(serve_sandbox(folder, port, scenario or []))


@app.command()
def worker(config: Config = None) -> None:
    """Run the worker alone, until SIGTERM or Ctrl-C."""
    from composition.collecting import work

    work(settings_of(config))


@app.command()
def collect(
    config: Config = None,
    once: Annotated[bool, typer.Option("--once", help="Look at every source once, then end.")] = False,
) -> None:
    """Look at every source once, whatever its interval, and store what it brings.

    Exit code: 0 all were read, 1 a source failed, 64 configuration or usage.
    """
    if not once:
        raise typer.BadParameter("write --once; to go on collecting, use `worker`", param_hint="--once")
    from composition.collecting import collect_once
    from reports.terminal import show_polls

    settings = settings_of(config)
    raise typer.Exit(show_polls(collect_once(settings), speaking(settings)))


@app.command()
def check(config: Config = None, integration: Integration = None) -> None:
    """Check the file, then reach each source once and show the first records as they would be stored.

    Nothing is written. Exit code: 0 all is well, 1 a source has a problem, 64 configuration or usage.
    """
    from composition.collecting import check_sources
    from reports.checks import show_checks

    settings = settings_of(config)
    raise typer.Exit(show_checks(check_sources(settings, integration), speaking(settings)))


@app.command()
def status(
    config: Config = None,
    json: Annotated[bool, typer.Option("--json", help="As one JSON document.")] = False,
) -> None:
    """Tell how every integration is.

    Exit code: 0 healthy, 1 degraded, 2 failing, 3 unknown, 64 configuration or usage.
    """
    from composition.handing_out import status_document
    from reports.piping import while_somebody_reads
    from reports.status import EXIT_CODES, write_status_json

    settings = settings_of(config)
    try:
        document = (
            status_document(settings) if json else status_document(settings, settings.language, settings.zone)
        )
    except StorageError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(EXIT_CODES["unknown"]) from None
    with while_somebody_reads():
        if json:
            write_status_json(document, sys.stdout)
        else:
            from reports.terminal import show_status

            show_status(document, settings.language, settings.zone)
    raise typer.Exit(EXIT_CODES[str(document["verdict"])])


@app.command()
def export(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="runs, failed-records, record-events, counts, calls, quotas, credentials, files, polls or alerts.",
        ),
    ],
    config: Config = None,
    integration: Integration = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="ISO 8601, or how long ago: 24h, 7d.")
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar="FORMAT", help="jsonl, csv or xlsx.")] = "jsonl",
) -> None:
    """Write stored records to standard output, times in UTC."""
    from composition.handing_out import export as write
    from reports.piping import while_somebody_reads

    with while_somebody_reads():
        write(settings_of(config), kind, form, integration=integration, since=since)


@app.command()
def verify(config: Config = None) -> None:
    """Recompute every sum from the raw rows and tell each difference. Exit code: 0 none, 1 some."""
    from composition.handing_out import verify as differences
    from reports.terminal import show_differences

    settings = settings_of(config)
    raise typer.Exit(show_differences(differences(settings), speaking(settings)))


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="TARGET", help="The file to write; it must not exist.")],
    config: Config = None,
) -> None:
    """Copy the live database consistently into one file."""
    from composition.handing_out import backup as copy
    from reports.terminal import say

    settings = settings_of(config)
    size = copy(settings, target)
    say(speaking(settings).plural("{file}: {count} byte", "{file}: {count} bytes", size, file=str(target)))


@app.command()
def migrate(config: Config = None) -> None:
    """Bring the database's schema up to date."""
    from composition.handing_out import migrate as upgrade
    from reports.terminal import say

    settings = settings_of(config)
    for step in upgrade(settings) or [speaking(settings).text("the schema is up to date")]:
        say(step)


@app.command()
def doctor(config: Config = None) -> None:
    """Tell what this installation runs on and what it lacks. Exit code: 0 all is well, 1 not."""
    from composition.examining import examine
    from composition.language import language_for
    from composition.names import config_path
    from reports.doctor import show_findings

    path = config or config_path()
    raise typer.Exit(show_findings(examine(path), translator(language_for(path, os.environ))))


def main() -> None:
    """Run the command; every error of ours is one clear text and a code, never a traceback."""
    gc.set_threshold(NO_COLLECTION_AT_START)
    # pydantic would read the metadata of every installed package, looking for plugins.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    try:
        code = app(standalone_mode=False)
    except typer.TyperException as wrong:
        # Ends usage errors with 64 and not typer's own 2, which `status` means "failing" by.
        typer.echo(f"error: {wrong.format_message()} (see --help)", err=True)
        code = USAGE
    except (ConfigurationError, UsageError) as wrong:
        typer.echo(str(wrong), err=True)
        code = USAGE
    except MonitorError as error:
        typer.echo(f"error: {error}", err=True)
        code = 1
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:
        from reports.piping import write_nowhere

        write_nowhere()
        code = 0
    # The interpreter would look through all that was loaded once more, only to throw it away: a seventh of it all.
    gc.freeze()
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
