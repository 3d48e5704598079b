"""What `check` shows of each source: what it reached, its first records as stored, every problem."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from collectors.check import Checked

_SHOWN_CHARACTERS = 60


def show_checks(checks: Sequence[Checked]) -> int:
    """One block a source. Exit code: 0 when each was reached and everything in it could be read."""
    console = Console(highlight=False)
    for checked in checks:
        _show(console, checked)
    wrong = [checked for checked in checks if not checked.ok]
    if not checks:
        console.print("the configuration names no source yet; add one under `integrations[].sources`")
    elif wrong:
        console.print(f"[red]{len(wrong)} of {len(checks)} sources have a problem[/red]")
    else:
        console.print(f"[green]all {len(checks)} sources were reached and read[/green]")
    return int(bool(wrong))


def _show(console: Console, checked: Checked) -> None:
    mark = "[green]✓[/green]" if checked.ok else "[red]✗[/red]"
    poll = checked.poll
    cost = f"{poll.duration.total_seconds():.2f} s, {poll.requests} requests, {poll.items} items"
    console.print(
        f"{mark} [bold]{escape(checked.integration)}/{escape(checked.name)}[/bold] ({checked.type}): {cost}"
    )
    if poll.error:
        console.print(f"  [red]{escape(poll.error)}[/red]", soft_wrap=True)
    for problem in poll.problems:
        times = f" ({problem.count} times)" if problem.count > 1 else ""
        text = f"  {problem.where}: {problem.message}{times}"
        console.print(f"[yellow]{escape(text)}[/yellow]", soft_wrap=True)
    for kind, records in checked.first.items():
        console.print(f"  {kind}: {checked.counts[kind]} read; the first as they would be stored")
        console.print(_records(records))
    if poll.error is None and not checked.first:
        console.print("  nothing to bring yet")
    console.print()


def _records(records: Sequence[object]) -> Table:
    """A column for each field that any of the records has a value in."""
    rows = [msgspec.to_builtins(record, builtin_types=(), enc_hook=str) for record in records]
    columns = [name for name in rows[0] if any(row.get(name) not in (None, "", [], {}) for row in rows)]
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    table.add_column("")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row("   ", *_cells(row.get(name) for name in columns))
    return table


def _cells(values: Iterable[object]) -> Iterable[str]:
    for value in values:
        text = "" if value is None else str(value)
        yield escape(text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…")
