"""What the commands show on a terminal: tables for people, one line of text for the rest."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, cast

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from assess.judge import WORST_FIRST
from core.i18n import N_, Translator, translator
from core.routing import UNROUTED
from health.status import Health

if TYPE_CHECKING:
    from core.records import Poll
    from storage.keys import SourceKey

_STYLES = {
    "healthy": "green",
    "degraded": "yellow",
    "failing": "red",
    "unknown": "magenta",
    "ok": "green",
    "failed": "red",
    "deferred": "yellow",
}
_HEALTH = {
    "failing": N_("Failing"),
    "unknown": N_("Unknown"),
    "degraded": N_("Degraded"),
    "healthy": N_("Healthy"),
}
_RESULTS = {"ok": N_("Answered"), "failed": N_("Failed"), "deferred": N_("Asked to wait")}
_MARKS = {"healthy": "●", "degraded": "▲", "failing": "✖", "unknown": "?"}
_SHOWN_PROBLEMS = 12
_PIPED_WIDTH = 200


class _Terminal(Console):
    """A console that leaves a reader who has gone to the command: rich itself would end with 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """The terminal; a pipe or file gets wide lines, since nobody can widen it."""
    width = None if sys.stdout.isatty() else _PIPED_WIDTH
    return _Terminal(highlight=False, width=width)


def say(text: str) -> None:
    """One line of plain text."""
    Console(highlight=False, soft_wrap=True).print(escape(text))


def show_polls(polls: Sequence[tuple[SourceKey, Poll]], says: Translator) -> int:
    """What each look at a source brought, with the bad items by name. Exit code: 1 if one failed."""
    out, text = console(), says.text
    rows = table(
        text("Source"),
        text("Result"),
        ">" + text("Records"),
        ">" + text("Items"),
        ">" + text("Bad items"),
        ">" + text("Seconds"),
        text("Error"),
    )
    for key, poll in polls:
        rows.add_row(
            escape(str(key)),
            f"[{_STYLES[poll.result]}]{escape(text(_RESULTS[poll.result]))}[/]",
            says.number(poll.records),
            says.number(poll.items),
            says.number(poll.bad_items),
            says.number(poll.duration.total_seconds()),
            escape(poll.error or ""),
        )
    out.print(rows)
    for key, poll in polls:
        for line in _problems(poll, says):
            out.print(escape(f"{key}: {line}"), soft_wrap=True)
    return int(any(poll.result == "failed" for _, poll in polls))


def _problems(poll: Poll, says: Translator) -> Iterator[str]:
    for problem in poll.problems[:_SHOWN_PROBLEMS]:
        yield f"{problem.where}: {problem.message}{times(problem.count, says)}"
    if further := sum(problem.count for problem in poll.problems[_SHOWN_PROBLEMS:]):
        yield says.plural(
            "and {count} more; `export polls` lists it",
            "and {count} more; `export polls` lists them",
            further,
        )


def times(count: int, says: Translator) -> str:
    """How often something was met, behind what it is; nothing for once."""
    return says.plural(" ({count} time)", " ({count} times)", count) if count > 1 else ""


def show_status(document: Mapping[str, object], language: str, zone: tzinfo) -> None:
    """Every integration on a line, the worst first, in a language and with the time of a zone."""
    out, said = console(), translator(language, zone)
    text = said.text
    rows = table(
        "",
        text("Integration"),
        text("State"),
        text("Why"),
        ">" + text("Runs, 24 h"),
        ">" + text("Failed runs"),
        ">" + text("Failed records"),
        ">" + text("API errors"),
    )
    integrations = cast(Sequence[Mapping[str, object]], document["integrations"])
    for one in sorted(integrations, key=lambda one: WORST_FIRST.index(Health(str(one["health"])))):
        health = str(one["health"])
        late = " · " + text("Late") if one.get("late") else ""
        rows.add_row(
            f"[{_STYLES[health]}]{_MARKS[health]}[/]",
            escape(text("Unrouted") if one["key"] == UNROUTED else str(one["name"])),
            f"[{_STYLES[health]}]{text(_HEALTH[health])}[/]{late}",
            escape(str(one.get("reason") or "")),
            _count(one.get("runs_24h"), said),
            _count(one.get("failed_runs_24h"), said),
            _count(one.get("failed_records_open"), said),
            _ratio(one.get("api_error_ratio_24h"), said),
        )
    out.print(rows)
    verdict = str(document["verdict"])
    as_of = text("As of {time}", time=datetime.fromisoformat(str(document["as_of"])))
    out.print(f"{escape(as_of)}: [{_STYLES[verdict]}]{text(_HEALTH[verdict])}[/]")


def show_differences(differences: Iterable[object], says: Translator) -> int:
    """Every sum that is not what its raw rows say. Exit code: 1 when there is one."""
    found = [str(difference) for difference in differences]
    for text in found:
        say(text)
    if found:
        say(
            says.plural(
                "{count} sum differs from its raw rows", "{count} sums differ from their raw rows", len(found)
            )
        )
    else:
        say(says.text("every sum equals its raw rows"))
    return int(bool(found))


def table(*columns: str) -> Table:
    """An empty table without lines; a column whose name begins with `>` is aligned to the right."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        made.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left")
    return made


def _count(value: object, says: Translator) -> str:
    return says.number(value) if isinstance(value, int) else "—"


def _ratio(value: object, says: Translator) -> str:
    return says.percent(value) if isinstance(value, float) else "—"
