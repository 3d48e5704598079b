"""What `doctor` found, on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.i18n import Message, Translator


class Level(StrEnum):
    """Whether a finding is fine, worth knowing, or in the way."""

    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. text: what was found and, unless it is fine, what to do.

    A plain text is one that no language changes: a version, or the words of an error.
    """

    level: Level
    subject: str | Message
    text: str | Message


_MARKS = {Level.OK: "[green]✓[/green]", Level.NOTE: "[yellow]![/yellow]", Level.BAD: "[red]✗[/red]"}


def show_findings(findings: Sequence[Finding], says: Translator) -> int:
    """Print them one a line. Returns the exit code: 1 when one is in the way."""
    from rich.markup import escape
    from rich.table import Table

    from reports.terminal import console

    table = Table.grid(padding=(0, 2))
    for finding in findings:
        subject, text = says.value(finding.subject), says.value(finding.text)
        table.add_row(_MARKS[finding.level], escape(subject), escape(text))
    console().print(table)
    return int(any(finding.level is Level.BAD for finding in findings))
