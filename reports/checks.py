"""What `check` shows of each source: what it reached, its first records as stored, every problem."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from core.histogram import Histogram
from core.i18n import Translator, counted
from reports.terminal import console, times

if TYPE_CHECKING:
    from collectors.check import Checked
    from core.records import Poll

_SHOWN_CHARACTERS = 60
_SHOWN_RECORDS = 3


def show_checks(checks: Sequence[Checked], says: Translator) -> int:
    """One block a source. Exit code: 0 when each was reached and everything in it could be read."""
    out = console()
    for checked in checks:
        _show(out, checked, says)
    wrong = sum(not checked.ok for checked in checks)
    noted = any(checked.noted for checked in checks)
    style = "red" if wrong else "yellow" if noted else "green"
    text = escape(_verdict(len(checks), wrong, noted, says))
    out.print(f"[{style}]{text}[/]" if checks else _nothing(says))
    return int(bool(wrong))


def _verdict(count: int, wrong: int, noted: bool, says: Translator) -> str:
    if wrong:
        return says.plural(
            "{wrong} of {count} source has a problem",
            "{wrong} of {count} sources have a problem",
            count,
            wrong=wrong,
        )
    read = says.plural(
        "{count} source was reached and read", "all {count} sources were reached and read", count
    )
    look = says.text("look at what is told under each !")
    return f"{read}; {look}" if noted else read


def _nothing(says: Translator) -> str:
    return escape(says.text("the configuration names no source yet; add one under `integrations[].sources`"))


def _show(out: Console, checked: Checked, says: Translator) -> None:
    mark = "[yellow]![/yellow]" if checked.noted else "[green]✓[/green]"
    if not checked.ok:
        mark = "[red]✗[/red]"
    poll = checked.poll
    title = f"{mark} [bold]{escape(checked.integration)}/{escape(checked.name)}[/bold] ({checked.type})"
    out.print(f"{title}: {escape(_cost(poll, says))}")
    if poll.error:
        out.print(f"  [red]{escape(poll.error)}[/red]", soft_wrap=True)
    for problem in poll.problems:
        text = f"  {problem.where}: {problem.message}{times(problem.count, says)}"
        out.print(f"[yellow]{escape(text)}[/yellow]", soft_wrap=True)
    for kind, records in checked.first.items():
        text = says.text(
            "{kind}: {count} read; the first as they would be stored", kind=kind, count=checked.counts[kind]
        )
        out.print(f"  {escape(text)}")
        out.print(_records(records))
        if empty := checked.empty.get(kind):
            names = ", ".join(f"{name} ({expression})" for name, expression in empty.items())
            text = says.text("no value in any of them: {names}", names=names)
            out.print(f"    [yellow]{escape(text)}[/yellow]", soft_wrap=True)
    if poll.error is None and not checked.first:
        out.print(f"  {escape(_nothing_of(poll.items, says))}", soft_wrap=True)
    out.print()


def _nothing_of(items: int, says: Translator) -> str:
    if not items:
        return says.text("nothing to bring yet")
    return says.text("lines or items were read and none became a record: look at where, pattern and records")


def _cost(poll: Poll, says: Translator) -> str:
    return says.text(
        "{seconds} s, {requests}, {items}",
        seconds=round(poll.duration.total_seconds(), 2),
        requests=counted("{count} request", "{count} requests", poll.requests),
        items=counted("{count} item", "{count} items", poll.items),
    )


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
