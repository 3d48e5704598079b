"""Measures everything, shows it, and writes docs/benchmarks.md: `python -m benchmarks [--rows N]`."""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.busy import readers_beside_a_writer, retention_beside_a_writer
from benchmarks.end_to_end import json_lines
from benchmarks.evaluating import evaluation
from benchmarks.front_page import front_page
from benchmarks.health_rerun import health_rerun
from benchmarks.kills import kills
from benchmarks.measure import Measured
from benchmarks.notes import BY_HAND, NOTES
from benchmarks.pages import deep_pages, search
from benchmarks.polls import polls
from benchmarks.rerun import reruns
from benchmarks.starting import starting
from benchmarks.storing import disk, insert_ratio, large_table_ratio

REPORT = Path(__file__).parent.parent / "docs" / "benchmarks.md"


def measured(folder: Path, rows: int) -> Iterator[Measured]:
    """Each budget in turn; rows: how many runs a large table holds."""
    yield health_rerun(folder)
    yield reruns(folder)
    yield starting(folder)
    yield evaluation(folder)
    yield insert_ratio(folder)
    whole = json_lines()
    each = 1_000_000 / whole.rows
    yield Measured(
        "JSON lines → rows, rollups, histograms, cursor, against a raw insert",
        "≥ 0.5; aim 0.65",
        f"{whole.ratio:.2f} (µs a row: raw {whole.raw_seconds * each:.1f}, reading {whole.read_seconds * each:.1f},"
        f" the whole way {whole.seconds * each:.1f})",
        whole.ratio >= 0.5,
    )
    yield disk(folder)
    large, store = large_table_ratio(folder, rows)
    yield large
    yield front_page(folder, store, rows)
    yield deep_pages(folder, store, rows)
    store.close()
    yield search(folder)
    yield readers_beside_a_writer(folder)
    yield retention_beside_a_writer(folder)
    yield polls(folder)
    yield kills(folder)


def report(found: list[Measured], rows: int, load: tuple[float, float]) -> str:
    """The page of the documentation; load: the machine's, a minute's mean before and after."""
    lines = [
        "# Benchmarks",
        "",
        f"Written by `make bench` ({rows:,} runs in the large table); budgets from the design. CPU time, except where"
        " readers and the writer wait for each other.",
        "",
        f"Measured with Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores,"
        f" load {load[0]:.1f} before and {load[1]:.1f} after: above {os.cpu_count()}, other programs took their part,"
        " and times (not ratios) are that much too long.",
        "",
        "| what | budget | found | kept |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {one.what} | {one.budget} | {one.found} | {'yes' if one.kept else '**no**'} |" for one in found
    ]
    missed = [note for part, note in NOTES.items() if any(part in one.what and not one.kept for one in found)]
    if missed:
        lines += ["", "## What is not kept, and why", "", *(f"- {note}" for note in missed)]
    lines += ["", "## Measured by hand", "", *(f"- {note}" for note in BY_HAND)]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run all of it; 1 if a budget is not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="runs in the large table")
    rows = parser.parse_args().rows
    console = Console()
    found: list[Measured] = []
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name, console.status("measuring"):
        for one in measured(Path(name), rows):
            found.append(one)
            console.print(f"{'kept  ' if one.kept else 'missed'}  {one.what}: {one.found}")
    table = Table("what", "budget", "found", "kept", title="Benchmarks")
    for one in found:
        table.add_row(one.what, one.budget, one.found, "yes" if one.kept else "no")
    console.print(table)
    REPORT.write_text(report(found, rows, (before, os.getloadavg()[0])), encoding="utf-8")
    return 0 if all(one.kept for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
