"""Makes a database with millions of ended runs in it, quickly, for what must not depend on their number."""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from storage.store import Store

_FILL = """
INSERT INTO sync_run (integration_id, source_id, job_id, external_id, status, attempt, records_read,
                      records_written, at, timing, took, seen_after)
WITH RECURSIVE n(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :last)
SELECT 1 + i % :many, 1 + i % :many, 1, printf('old-%09d', i), CASE WHEN i % 20 THEN 3 ELSE 5 END, 1, i % 500,
       i % 490, :now - (:rows - i) * :step, 0, 5000000 + i % 7000000, 60000000
FROM n
"""

_HOURS = """
INSERT INTO run_hour (integration_id, hour, source_id, succeeded, failed, records_read, read_told,
                      records_written, written_told)
SELECT integration_id, at - at % 3600000000, source_id, SUM(status = 3), SUM(status = 5), SUM(records_read),
       COUNT(*), SUM(records_written), COUNT(*)
FROM sync_run WHERE id BETWEEN :first + 1 AND :last GROUP BY 1, 2, 3
ON CONFLICT DO UPDATE SET
    succeeded = succeeded + excluded.succeeded, failed = failed + excluded.failed,
    records_read = records_read + excluded.records_read, read_told = read_told + excluded.read_told,
    records_written = records_written + excluded.records_written,
    written_told = written_told + excluded.written_told
"""


def fill(store: Store, rows: int, integrations: int, now: int) -> None:
    """Ended runs of the last 90 days up to `now` (epoch µs), dealt out evenly, and their hours."""
    step = 90 * 86_400 * 1_000_000 // rows
    chunk = 500_000

    def part(connection: sa.Connection, first: int) -> None:
        values = {"first": first, "last": min(first + chunk, rows)}
        more = {"many": integrations, "now": now, "rows": rows, "step": step}
        connection.execute(sa.text(_FILL), {**values, **more})
        connection.execute(sa.text(_HOURS), values)

    store.transact(lambda connection: connection.execute(sa.text("INSERT INTO text (value) VALUES ('')")))
    for first in range(0, rows, chunk):
        store.transact(partial(part, first=first))
