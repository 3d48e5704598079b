"""The tables of API calls: counts by minute, hour and local day, and their latency histograms."""

from sqlalchemy import Table

from storage.schema.base import blob, counter, metadata, number, of_integration, of_source


def _calls(name: str, bucket: str) -> Table:
    day = [number("zone_id")] if bucket == "day" else []
    return Table(
        name,
        metadata,
        of_integration(primary_key=True),
        number(bucket, primary_key=True),
        of_source(primary_key=True),
        number("status", primary_key=True),
        number("consumer_id", primary_key=True),
        number("method_id", primary_key=True),
        number("endpoint_id", primary_key=True),
        *day,
        counter("calls"),
        sqlite_with_rowid=False,
    )


def _latency(name: str, bucket: str) -> Table:
    return Table(
        name,
        metadata,
        number("integration_id", primary_key=True),
        number(bucket, primary_key=True),
        number("source_id", primary_key=True),
        number("status", primary_key=True),
        number("consumer_id", primary_key=True),
        number("method_id", primary_key=True),
        number("endpoint_id", primary_key=True),
        blob("histogram", required=True),
        sqlite_with_rowid=False,
    )


call_minute = _calls("call_minute", "minute")
"""Calls in one minute (its start); status 0 where none could be read; *_id: ids of `text`.

On PostgreSQL it is partitioned by `minute`.
"""

call_hour = _calls("call_hour", "hour")
"""The same by UTC hour (its start)."""

call_day = _calls("call_day", "day")
"""The same by local day: its first instant, and the zone (a `text` id) whose day it is."""

call_minute_latency = _latency("call_minute_latency", "minute")
"""Latencies of the calls of a `call_minute` row; no row where no call had one."""

call_hour_latency = _latency("call_hour_latency", "hour")
"""The same by hour."""

call_day_latency = _latency("call_day_latency", "day")
"""The same by local day."""
