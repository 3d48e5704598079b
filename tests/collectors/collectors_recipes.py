"""What a source of `docs/logs.md` brings of the lines beside it, told in a few words a record."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import yaml

from collectors.registry import sources
from collectors.sources import access_log, log_file
from collectors.sources._access_log_settings import AccessLogSettings
from collectors.sources._log_file_settings import LogFileSettings
from core.records import ApiCalls, FailedRecord, SyncRun

NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)


def outcome(source: str, lines: str, file: str | None, folder: Path) -> str:
    """A line for each call, run and failed record, in order, then each problem."""
    path = folder / (file or "the.log")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(lines + "\n", encoding="utf-8")
    os.utime(path, (NOW.timestamp() - 60,) * 2)
    given = yaml.load(source, Loader=yaml.BaseLoader) | {"path": str(path)}
    settings = sources()[given["type"]].settings.model_validate(given)
    if isinstance(settings, AccessLogSettings):
        batches = list(access_log.batches(settings, {}, NOW))
    else:
        assert isinstance(settings, LogFileSettings)
        batches = list(log_file.batches(settings, {}, NOW))
    told = [_call(one) for batch in batches for one in batch.calls]
    told += [run_told(one) for batch in batches for one in batch.runs]
    told += [failed_told(one) for batch in batches for one in batch.failed_records]
    return "\n".join(told + [f"problem: {one.message}" for batch in batches for one in batch.problems])


def _call(one: ApiCalls) -> str:
    seconds = one.latency.quantile(0.5)
    took = "" if seconds is None else f" in {seconds:g} s"
    by = f" by {one.consumer}" if one.consumer else ""
    return f"{one.minute:%H:%M} {one.method or '-'} {one.endpoint} {one.status}{took}{by}"


def run_told(one: SyncRun) -> str:
    times = [
        f"{name} {at:%H:%M:%S}" for name, at in (("from", one.started_at), ("to", one.finished_at)) if at
    ]
    facts = [
        f"{name} {value}"
        for name, value in (("attempt", one.attempt), ("rows", one.records_read), ("bytes", one.bytes))
        if value is not None
    ]
    took = [f"{one.duration_seconds:g} s"] if one.duration_seconds is not None else []
    why = [f'"{one.error_message}"'] if one.error_message else []
    return ", ".join([f"run {one.external_id} {one.status.value}", *([one.job] if one.job else []), *times, *took, *facts, *why])  # fmt: skip


def failed_told(one: FailedRecord) -> str:
    return f'failed record {one.record_key} of run {one.run_external_id}, "{one.error_message}"'
