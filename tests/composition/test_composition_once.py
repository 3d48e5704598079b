"""Commands that look once log as the worker does: troubles alone, on stderr, and without secrets."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog

from collectors.sources.log_file import SOURCE
from composition.collecting import check_sources, collect_once
from composition.names import registries
from core.records import Batch
from core.settings import Settings, loads


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """What a command sets up ends with the test."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    structlog.reset_defaults()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


async def broken(*_: Any) -> AsyncIterator[Batch]:
    """A source with a fault of ours, while it has a record in hand."""
    record = {"name": "Anna Petrova"}
    logging.getLogger("a.library").warning("connecting with %s", "hunter2")
    if record:
        raise RuntimeError("the key hunter2 does not fit")
    yield Batch(cursor={})


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """One integration whose only source breaks, and one secret."""
    found = {"log_file": replace(SOURCE, collect=broken)}
    monkeypatch.setattr("composition.collecting.sources", lambda: found)
    text = (
        f"database: sqlite:///{tmp_path / 'monitor.db'}\n"
        "integrations:\n  - key: a\n    name: A\n    method: api\n    source_system: ${SECRET}\n    sources:\n"
        f"      - {{type: log_file, name: log, path: '{tmp_path}/*.jsonl', format: jsonl, "
        "fields: {external_id: id, status: s}, status_map: {ok: succeeded}}\n"
    )
    return loads(text, "monitor.yaml", registries(), environ={"SECRET": "hunter2"})


@pytest.mark.parametrize(
    "command", [collect_once, lambda settings: check_sources(settings, None)], ids=["collect", "check"]
)
def test_a_source_that_breaks_tells_no_secret_and_no_record(
    settings: Settings, command: Callable[[Settings], object], capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither by our log nor by a library's; standard output is the answer's alone."""
    command(settings)
    said = capfd.readouterr()
    assert said.out == ""
    assert "connecting with ***" in said.err
    assert "hunter2" not in said.err
    assert "Anna" not in said.err
