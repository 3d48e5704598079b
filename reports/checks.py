"""What `check` shows of each source: what it reached, its first records as stored, every problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from core.histogram import Histogram
from reports.terminal import console

if TYPE_CHECKING:
    from collectors.check import Checked

_SHOWN_CHARACTERS = 60
_SHOWN_RECORDS = 3


def show_checks(checks: Sequence[Checked]) -> int:
    """One block a source. Exit code: 0 when each was reached and everything in it could be read."""
    out = console()
    for checked in checks:
        _show(out, checked)
    wrong = [checked for checked in checks if not checked.ok]
    if not checks:
        out.print("the configuration names no source yet; add one under `integrations[].sources`")
    elif wrong:
        out.print(f"[red]{len(wrong)} of {len(checks)} sources have a problem[/red]")
    else:
        out.print(f"[green]all {len(checks)} sources were reached and read[/green]")
    return int(bool(wrong))


def _show(out: Console, checked: Checked) -> None:
    mark = "[green]✓[/green]" if checked.ok else "[red]✗[/red]"
    poll = checked.poll
    cost = f"{poll.duration.total_seconds():.2f} s, {poll.requests} requests, {poll.items} items"
    out.print(
        f"{mark} [bold]{escape(checked.integration)}/{escape(checked.name)}[/bold] ({checked.type}): {cost}"
    )
    if poll.error:
        out.print(f"  [red]{escape(poll.error)}[/red]", soft_wrap=True)
    for problem in poll.problems:
        times = f" ({problem.count} times)" if problem.count > 1 else ""
        text = f"  {problem.where}: {problem.message}{times}"
        out.print(f"[yellow]{escape(text)}[/yellow]", soft_wrap=True)
    for kind, records in checked.first.items():
        out.print(f"  {kind}: {checked.counts[kind]} read; the first as they would be stored")
        out.print(_records(records))
        if empty := checked.empty.get(kind):
            names = ", ".join(f"{name} ({expression})" for name, expression in empty.items())
            out.print(f"    [yellow]no value in any of them: {escape(names)}[/yellow]", soft_wrap=True)
    if poll.error is None and not checked.first:
        out.print("  nothing to bring yet")
    out.print()


def _records(records: Sequence[object]) -> Table:
    """A line for each field that any of the first records has a value in, a column for each record."""
    rows = [
        msgspec.to_builtins(record, builtin_types=(), enc_hook=_text) for record in records[:_SHOWN_RECORDS]
    ]
    table = Table(box=None, show_header=False, padding=(0, 3, 0, 0))
    table.add_column(style="dim")
    for _ in rows:
        table.add_column(overflow="fold")
    for name in rows[0]:
        if any(row.get(name) not in (None, "", [], {}) for row in rows):
            table.add_row(f"    {name}", *(_cell(row.get(name)) for row in rows))
    return table


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return escape(text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 1] + "…")


def _text(value: object) -> str:
    if isinstance(value, Histogram):
        median = value.quantile(0.5)
        return "" if median is None else f"{median:.3f} s"
    return str(value)
