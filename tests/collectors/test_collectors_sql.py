"""The `sql` source reads every row once, from a live database it cannot change, and says what is wrong."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from collectors.http import Clients
from collectors.sources import sql
from collectors.sources._sql_connection import SqlReader
from collectors.sources._sql_marks import mark_of, restored, stored
from collectors.sources._sql_query import bindable, names_cursor, refusal_of
from core.errors import SourceError
from core.records import RunStatus
from tests.collectors.collectors_sql import FIELDS, NOW, look, settings

UTC_ZONE = ZoneInfo("UTC")


def _naive(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  naive on purpose


TABLE = "CREATE TABLE runs (id TEXT, state TEXT, started_at {time}, ended_at {time}, payload TEXT, n INTEGER)"


class Database:
    """A database of another program. execute: writes to it; url: as in the file."""

    def __init__(self, url: str, time: str) -> None:
        self.url = url
        self._engine = sa.create_engine(url)
        self.execute(TABLE.format(time=time))

    def execute(self, statement: str, *rows: dict[str, Any]) -> None:
        with self._engine.begin() as connection:
            connection.execute(sa.text(statement), list(rows) or None)

    def add(self, *rows: tuple[str, str, str]) -> None:
        """Rows of (id, state, start); ended ones ended at once."""
        self.execute(
            "INSERT INTO runs (id, state, started_at, ended_at) VALUES (:id, :state, :at, :end)",
            *(
                {"id": one, "state": state, "at": at, "end": None if state == "running" else at}
                for one, state, at in rows
            ),
        )

    def close(self) -> None:
        self._engine.dispose()


@pytest.fixture
def database(engine_name: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty table of runs, on SQLite (times as text) and on a real PostgreSQL (timestamps)."""
    if engine_name == "sqlite":
        made = Database(f"sqlite:///{tmp_path}/other.db", "TEXT")
    else:
        made = Database(request.getfixturevalue("postgresql").empty(), "TIMESTAMP")
    yield made
    made.close()


async def test_reads_every_row_once_and_then_what_is_new(database: Database, clients: Clients) -> None:
    """The second poll asks from the mark on; rows at the mark itself come again, others do not."""
    database.add(("a", "succeeded", "2026-11-24 09:00:00"), ("b", "failed", "2026-11-24 10:00:00"))
    first = await look(settings(database.url, lookback="0s"), clients)
    assert (first.error, first.problems) == (None, [])
    assert [(run.external_id, run.status.value) for run in first.runs] == [
        ("a", "succeeded"),
        ("b", "failed"),
    ]
    assert first.runs[0].started_at == datetime(2026, 11, 24, 9, tzinfo=UTC)
    database.add(("c", "succeeded", "2026-11-24 10:00:00"), ("d", "succeeded", "2026-11-24 11:00:00"))
    second = await look(settings(database.url, lookback="0s"), clients, first.cursor)
    assert second.ids == ["b", "c", "d"]
    third = await look(settings(database.url, lookback="0s"), clients, second.cursor)
    assert third.ids == ["d"]
    assert third.cursor == (await look(settings(database.url, lookback="0s"), clients, third.cursor)).cursor


@pytest.mark.parametrize(
    "written",
    ["2026-11-24 {:02}:30:00.1234567 +03:00", "2026-11-24T{:02}:30:00-05:00", "202611240{}3000"],
    ids=["space before the zone", "west of Greenwich", "compact"],
)
async def test_times_as_texts_lose_no_row(tmp_path: Path, clients: Clients, written: str) -> None:
    """A database compares them by their characters, so the mark goes back in the very notation of the column."""
    database = Database(f"sqlite:///{tmp_path}/texts.db", "TEXT")
    database.add(("a", "succeeded", written.format(4)), ("b", "running", written.format(6)))
    given = settings(database.url, lookback="1h")
    first = await look(given, clients)
    database.execute("UPDATE runs SET state = 'failed' WHERE id = 'b'")
    database.add(("c", "succeeded", written.format(6)), ("d", "succeeded", written.format(8)))
    second = await look(given, clients, first.cursor)
    database.close()
    assert second.ids == ["b", "c", "d"]


async def test_lookback_and_open_runs_are_read_again(database: Database, clients: Clients) -> None:
    """A run inside lookback may have changed; an older one is asked for only while it is open."""
    database.add(
        ("old", "succeeded", "2026-11-24 03:00:00"),
        ("open", "running", "2026-11-24 05:00:00"),
        ("done", "succeeded", "2026-11-24 06:00:00"),
        ("new", "succeeded", "2026-11-24 11:30:00"),
        ("last", "succeeded", "2026-11-24 12:00:00"),
    )
    given = settings(database.url)
    first = await look(given, clients)
    second = await look(given, clients, first.cursor)
    assert second.ids == ["done", "last", "new", "open"]
    database.execute(
        "UPDATE runs SET state = 'succeeded', ended_at = '2026-11-24 13:00:00' WHERE id = 'open'"
    )
    third = await look(given, clients, second.cursor)
    assert {run.external_id: run.status for run in third.runs}["open"] is RunStatus.SUCCEEDED
    fourth = await look(given, clients, third.cursor)
    assert fourth.ids == ["last", "new"]


async def test_what_has_no_id_is_read_once_it_has_one(database: Database, clients: Clients) -> None:
    """While the id has another name the mark stays where it is."""
    database.add(("r1", "succeeded", "2026-11-24 10:00:00"))
    given = settings(database.url, lookback="0s")
    first = await look(given, clients)
    database.execute(
        "INSERT INTO runs (id, state, started_at, payload) VALUES (NULL, 'succeeded', :at, :id)",
        *({"id": f"r{hour}", "at": f"2026-11-24 {hour}:00:00"} for hour in (11, 12, 13)),
    )
    renamed = await look(given, clients, first.cursor)
    assert {problem.kind for problem in renamed.problems} == {"missing_id"}
    database.execute("UPDATE runs SET id = payload WHERE id IS NULL")
    assert {"r11", "r12", "r13"} <= set((await look(given, clients, renamed.cursor)).ids)


async def test_rows_of_the_future_do_not_carry_the_mark_away(database: Database, clients: Clients) -> None:
    """A day's planned runs are listed first; those that start before them are still read."""
    database.add(("planned", "queued", "2026-11-25 09:00:00"), ("now", "succeeded", "2026-11-24 13:30:00"))
    first = await look(settings(database.url), clients)
    database.add(("later", "succeeded", "2026-11-24 13:59:30"))
    second = await look(settings(database.url), clients, first.cursor)
    assert second.ids == ["later", "now", "planned"]


@pytest.mark.parametrize("zone", ["Europe/Moscow", "UTC"])
async def test_naive_times_are_of_the_zone(database: Database, clients: Clients, zone: str) -> None:
    """Also the mark, which goes out again as local time."""
    database.add(("a", "succeeded", "2026-11-24 16:00:00"))
    done = await look(settings(database.url, time={"zone": zone}), clients)
    hours = 3 if zone == "Europe/Moscow" else 0
    assert done.runs[0].started_at == datetime(2026, 11, 24, 16 - hours, tzinfo=UTC)


async def test_a_boolean_of_mysql_is_a_number(tmp_path: Path, clients: Clients) -> None:
    """A BIT(1) comes as one byte, 0 or 1."""
    database = Database(f"sqlite:///{tmp_path}/bits.db", "TEXT")
    database.add(("a", "?", "2026-11-24 09:00:00"), ("b", "?", "2026-11-24 09:01:00"))
    database.execute("UPDATE runs SET state = CASE id WHEN 'a' THEN x'01' ELSE x'00' END")
    given = settings(database.url, status_map={"1": "succeeded", "0": "failed"})
    done = await look(given, clients)
    assert [(run.external_id, run.status) for run in done.runs] == [("a", "succeeded"), ("b", "failed")]
    assert done.problems == []


async def test_json_columns_are_walked(database: Database, clients: Clients) -> None:
    """A text column that holds JSON is decoded where a path looks into it; broken JSON stays text."""
    database.execute(
        "INSERT INTO runs (id, state, started_at, payload) VALUES (:id, 'failed', :at, :payload)",
        {
            "id": "a",
            "at": "2026-11-24 09:00:00",
            "payload": '{"error": "no [quota]", "bad": [{"key": "E1", "why": "x"}, {"key": "E2", "why": "y"}]}',
        },
        {"id": "b", "at": "2026-11-24 09:01:00", "payload": "{broken"},
    )
    done = await look(
        settings(
            database.url,
            fields={**FIELDS, "error_message": "payload.error"},
            failed_records={
                "records": "payload.bad",
                "fields": {"record_key": "key", "error_message": "why", "entity": "'employee'"},
            },
        ),
        clients,
    )
    assert done.problems == []
    assert [run.error_message for run in done.runs] == ["no [quota]", None]
    records = [record for batch in done.batches for record in batch.failed_records]
    assert [(one.record_key, one.run_external_id, one.error_message) for one in records] == [
        ("E1", "a", "x"),
        ("E2", "a", "y"),
    ]


@pytest.mark.parametrize(
    ("columns", "fields", "told"),
    [
        ("id, state, at", {}, ["query"]),  # a row for each event, as pgqueuer's log has it
        ("id, min(at) AS at, max(state) AS state", {}, []),
        ("id, state, at, row_number() OVER (ORDER BY at) AS n", {"attempt": "n"}, []),
        ("id, 'picked' AS state, '2026-11-24 13:30' AS at", {}, []),
    ],
    ids=["events", "grouped", "attempts", "the same twice"],
)
async def test_a_run_of_several_rows_that_differ_is_told(
    tmp_path: Path, clients: Clients, columns: str, fields: dict[str, str], told: list[str]
) -> None:
    """The last row holds, and what the others alone tell is lost: it says so, and what to write."""
    path = tmp_path / "log.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE log (id INTEGER, state TEXT, at TEXT)")
        rows = [(1, "picked", "2026-11-24 13:30"), (1, "successful", "2026-11-24 13:31")]
        made.executemany("INSERT INTO log VALUES (?, ?, ?)", rows)
    query = f"SELECT {columns} FROM log {'GROUP BY id' if 'min' in columns else ''}"
    mapped = {"external_id": "id", "status": "state", "started_at": "at"} | fields
    words = {"picked": "running", "successful": "succeeded"}
    done = await look(settings(f"sqlite:///{path}", query, fields=mapped, status_map=words), clients)
    assert [one.where for one in done.problems if one.kind == "repeated_id"] == told
    assert all("run 1 stands in several rows" in one.message and "GROUP BY" in one.message
               for one in done.problems if one.kind == "repeated_id")  # fmt: skip


async def test_events_and_counts_come_from_rows(database: Database, clients: Clients) -> None:
    """Without `records` the row itself is the event or the count."""
    database.execute(
        "INSERT INTO runs (id, state, started_at, n) VALUES ('e1', 'created', '2026-11-24 09:00:00', 201)"
    )
    events = await look(
        settings(
            database.url,
            fields=None,
            record_events={
                "fields": {
                    "event_id": "id",
                    "record_key": "id",
                    "step": "state",
                    "outcome": "'ok'",
                    "status": "n",
                    "at": "started_at",
                }
            },
        ),
        clients,
    )
    event = events.batches[0].record_events[0]
    assert (event.step, event.status, event.at) == ("created", 201, datetime(2026, 11, 24, 9, tzinfo=UTC))
    counts = await look(
        settings(
            database.url,
            "SELECT 'users' AS entity, count(*) AS total FROM runs",
            fields=None,
            counts={"fields": {"entity": "entity", "count": "total"}},
        ),
        clients,
    )
    reading = counts.batches[0].counts[0]
    assert (reading.entity, reading.count, reading.observed_at) == ("users", 1, NOW)


@pytest.mark.parametrize(
    ("password", "is_"),
    [("p@ss", "p@ss"), ("a@b@c", "a@b@c"), ("p%40ss", "p@ss"), ("p:s/s?#", "p:s/s?#"), ("50%@x", "50%@x")],
)
def test_a_password_with_an_at_sign_is_no_part_of_the_host(password: str, is_: str) -> None:
    """As it stands in a variable, or percent-encoded."""
    given = settings(f"mysql+pymysql://monitor:{password}@db.example.com:3306/hr")
    url = sa.make_url(given.url.get_secret_value())
    assert (url.username, url.password, url.host, url.port, url.database) == (
        "monitor", is_, "db.example.com", 3306, "hr",
    )  # fmt: skip


def test_an_address_that_a_password_breaks_says_how_to_write_it() -> None:
    """Without the password."""
    with pytest.raises(ValidationError) as caught:
        settings("mysql+pymysql://monitor:hunter@:/22@db.example.com/hr")
    (told,) = [one["msg"] for one in caught.value.errors()]
    assert told.endswith(
        "; write what has a meaning in addresses percent-encoded: @ as %40, : as %3A, / as %2F, % as %25"
    )
    assert "hunter" not in told


def test_the_drivers_of_sources_polled_together_are_loaded_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """SQLAlchemy loads a kind of database with its first engine: two that do so at once see half a module."""
    loading, most = [0], [0]

    def load(*_: object, **__: object) -> sa.Engine:
        loading[0] += 1
        most[0] = max(most[0], loading[0])
        time.sleep(0.02)
        loading[0] -= 1
        raise sa.exc.NoSuchModuleError

    monkeypatch.setattr(sa, "create_engine", load)

    def poll(number: int) -> None:
        reader = SqlReader(f"mysql+pymysql://db.example.com/{number}", "SELECT 1", timedelta(seconds=5))
        with pytest.raises(SourceError, match="needs the package pymysql"):
            list(reader.pages(None, 1))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(poll, range(4)))
    assert most[0] == 1


async def test_many_rows_come_in_batches_and_the_mark_moves_with_the_last(
    database: Database, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poll that is killed half-way begins anew."""
    monkeypatch.setattr(sql, "ROWS_PER_BATCH", 10)
    database.add(*((f"r{n}", "succeeded", f"2026-11-24 09:00:{n:02d}") for n in range(35)))
    done = await look(settings(database.url), clients)
    assert [len(batch.runs) for batch in done.batches] == [10, 10, 10, 5, 0]
    assert [bool(batch.cursor) for batch in done.batches] == [False, False, False, False, True]


async def test_what_writes_is_refused_by_the_database_too(database: Database, clients: Clients) -> None:
    """The settings refuse it; were they fooled, the transaction can only read."""
    if database.url.startswith("sqlite"):
        writing = "INSERT INTO runs (id) VALUES ('x') RETURNING id"
    else:
        database.execute("CREATE SEQUENCE numbers")
        writing = "SELECT nextval('numbers') AS id"
    fooled = settings(database.url, "SELECT 1 AS id").model_copy(update={"query": writing})
    done = await look(fooled, clients)
    assert done.error is not None
    assert "read" in done.error.message
    assert (await look(settings(database.url, "SELECT * FROM runs"), clients)).ids == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT * FROM nothing", "nothing"),
        ("SELECT * FORM runs", "syntax error"),
        ("SELECT missing FROM runs", "missing"),
        ("SELECT id FROM runs WHERE id > :cursor", "no column started_at; it gives id"),
    ],
)
async def test_a_wrong_query_is_a_clear_permanent_error(
    database: Database, clients: Clients, query: str, said: str
) -> None:
    """It says what the database said, and trying again is no use."""
    done = await look(settings(database.url, query), clients)
    assert done.error is not None
    assert said in done.error.message
    assert done.error.permanent


async def test_a_slow_query_is_stopped(database: Database, clients: Clients) -> None:
    """After `timeout`, whatever the database would still do."""
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) AS id FROM n"
    done = await look(settings(database.url, endless, timeout="1s"), clients)
    assert done.error is not None
    assert "took longer than 1s" in done.error.message
    assert not done.error.permanent


async def test_a_cancelled_poll_ends_its_statement(database: Database, clients: Clients) -> None:
    """The worker's stop is not held up by somebody's slow query."""
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000000) SELECT count(*) AS id FROM n"
    poll = asyncio.ensure_future(look(settings(database.url, endless), clients))
    await asyncio.sleep(0.5)
    poll.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(poll, 60)


async def test_percent_signs_colons_and_casts_go_out_as_written(database: Database, clients: Clients) -> None:
    """Only `:cursor` is bound: not what stands in texts and comments."""
    database.add(("a:b", "succeeded", "2026-11-24 09:00:00"))
    query = "SELECT *, ' :cursor 100%' AS note FROM runs /* :x :cursor */ WHERE started_at > :cursor AND id LIKE '%:b';"
    done = await look(settings(database.url, query, fields={**FIELDS, "trigger": "note"}), clients)
    assert done.error is None
    assert [run.trigger for run in done.runs] == [" :cursor 100%"]


async def test_a_live_writers_wal_is_read(tmp_path: Path, clients: Clients) -> None:
    """Rows committed to the WAL and not to the file are there, and the writer is not held up."""
    path = tmp_path / "live.db"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("PRAGMA wal_autocheckpoint=0")
    writer.execute(TABLE.format(time="TEXT"))
    writer.execute("INSERT INTO runs (id, state, started_at) VALUES ('a', 'running', '2026-11-24T09:00:00')")
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO runs (id, state, started_at) VALUES ('b', 'running', '2026-11-24T09:01:00')")
    done = await look(settings(f"sqlite:///{path}"), clients)
    assert (done.error, done.ids) == (None, ["a"])
    writer.execute("COMMIT")
    assert (await look(settings(f"sqlite:///{path}"), clients, done.cursor)).ids == ["a", "b"]
    writer.close()


@pytest.mark.parametrize(
    ("column", "values", "start"),
    [
        ("TEXT", ["1795500000.12", "1795500001.5", "1795500002.25"], "0"),
        ("INTEGER", [1, 2, 3], 0),
        ("INTEGER", [1795500000123, 1795500001123, 1795500002123], 0),
        ("TEXT", ["run-a", "run-b", "run-c"], ""),
        ("REAL", [0.5, 1.5, 2.5], 0),
    ],
    ids=["epoch as text", "number", "epoch milliseconds", "text", "real"],
)
async def test_any_growing_column_is_a_cursor(
    tmp_path: Path, clients: Clients, column: str, values: list[Any], start: Any
) -> None:
    """Bound as the column gave it; the boundary is read again, nothing after it is lost."""
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as writer:
        writer.execute(f"CREATE TABLE loads (k {column}, id TEXT, state TEXT)")
        writer.executemany(
            "INSERT INTO loads VALUES (?, ?, 'succeeded')", [(v, f"r{n}") for n, v in enumerate(values)]
        )
    given = settings(
        f"sqlite:///{path}",
        "SELECT * FROM loads WHERE k > :cursor",
        cursor={"field": "K", "start": start},
        fields={"external_id": "id", "status": "state"},
        lookback="0s",
    )
    first = await look(given, clients)
    assert first.ids == ["r0", "r1", "r2"]
    with sqlite3.connect(path) as writer:
        writer.execute("INSERT INTO loads VALUES (?, 'same', 'succeeded')", (values[-1],))
    second = await look(given, clients, first.cursor)
    assert {"r2", "same"} <= set(second.ids)
    assert "r0" not in second.ids
    third = await look(given, clients, second.cursor)
    assert {"r2", "same"} <= set(third.ids)


async def test_a_day_that_python_has_not_costs_no_row(postgresql: Any, clients: Clients) -> None:
    """PostgreSQL's infinity is no time; a day before Christ is told as one that cannot be read."""
    query = (
        "SELECT * FROM (VALUES ('1', timestamp '2026-11-24 09:00', timestamptz 'infinity', date 'infinity'),"
        " ('2', timestamp '-infinity', timestamptz '2026-11-24 12:00+03', date '2026-11-24'),"
        " ('3', timestamp '0044-03-15 12:00 BC', timestamptz '9999-12-31 23:59:59-05', date '-infinity')) runs (id, started_at, ended_at, day)"
        " WHERE started_at >= :cursor ORDER BY id"
    )
    fields = {
        "external_id": "id",
        "started_at": "started_at",
        "finished_at": "ended_at",
        "status": "'succeeded'",
    }
    given = settings(
        postgresql.empty(), query, fields=fields, cursor={"field": "ended_at", "start": "-infinity"}
    )
    done = await look(given, clients)
    assert done.error is None
    ended = {run.external_id: run.finished_at for run in done.runs}
    assert ended == {"1": None, "2": datetime(2026, 11, 24, 9, tzinfo=UTC), "3": None}
    assert [(problem.kind, problem.where) for problem in done.problems] == [("bad_time", "row 3: started_at")]
    assert done.cursor["mark"] == {"type": "datetime", "value": "2026-11-24T09:00:00+00:00"}


async def test_types_of_columns_become_json(postgresql: Any, clients: Clients) -> None:
    """Decimals, zoned times, intervals, JSONB, arrays, UUIDs, bytes."""
    query = (
        "SELECT gen_random_uuid() AS id, 'ok' AS state, timestamptz '2026-11-24 12:00+03' AS started_at,"
        " interval '90 seconds' AS took, 12::numeric AS read, '{\"a\": {\"b\": \"deep\"}}'::jsonb AS info, '\\x41'::bytea AS raw"
    )
    fields = {
        "external_id": "id", "status": "state", "started_at": "started_at", "duration_seconds": "took",
        "records_read": "read", "error_message": "info.a.b", "trigger": "raw",
    }  # fmt: skip
    done = await look(
        settings(postgresql.empty(), query, fields=fields, status_map={"OK": "succeeded"}), clients
    )
    assert (done.error, done.problems) == (None, [])
    run = done.runs[0]
    UUID(run.external_id)
    assert (run.started_at, run.duration_seconds) == (datetime(2026, 11, 24, 9, tzinfo=UTC), 90.0)
    assert (run.records_read, run.error_message, run.trigger) == (12, "deep", "A")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:sekret@127.0.0.1:1/x", "cannot be connected to"),
        ("mysql://u:sekret@127.0.0.1:1/x", 'pip install "pymysql"'),
        ("mysql+mysqldb://u:sekret@h/x", 'pip install "mysqlclient"'),
        ("snowflake://u:sekret@account/x", 'pip install "snowflake-sqlalchemy"'),
        ("mssql://u:sekret@h/x", 'pip install "pyodbc"'),
        ("sqlite:///nowhere/other.db", "does not exist"),
    ],
)
async def test_no_connection_is_an_error_without_secrets(clients: Clients, url: str, said: str) -> None:
    """It says what to install, or what the driver said; never the password."""
    done = await look(settings(url), clients)
    assert done.error is not None
    assert said in done.error.message
    assert "sekret" not in done.error.message


async def test_a_file_that_is_no_database_is_named(tmp_path: Path, clients: Clients) -> None:
    """And so is one without the table."""
    path = tmp_path / "no.db"
    path.write_text("this is no database, whatever its name says; " * 20)
    done = await look(settings(f"sqlite:///{path}"), clients)
    assert done.error is not None
    assert "not a database" in done.error.message
    assert done.error.permanent


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"query": "DELETE FROM runs"}, 'begins with "DELETE"'),
        ({"query": "SELECT 1; DROP TABLE runs"}, "more than one statement"),
        ({"query": "WITH x AS (DELETE FROM runs RETURNING *) SELECT * FROM x"}, '"DELETE"'),
        ({"query": "SELECT * INTO copy FROM runs"}, '"INTO"'),
        ({"query": "SELECT * FROM runs FOR UPDATE"}, '"FOR UPDATE"'),
        ({"query": "SELECT * FROM r WHERE a > :cursor", "cursor": None}, "there is no cursor"),
        ({"url": "mysqll://h/x"}, 'did you mean "mysql"?'),
        ({"url": "sqlite://"}, "names no file"),
        ({"url": "postgresql+asyncpg://h/x"}, "asynchronous"),
        ({"url": "nonsense"}, "no address of a database"),
        ({"fields": {"status": "s"}}, "no external_id"),
        ({"fields": None}, "brings nothing"),
        ({"brings": ["calls"]}, "which sql does not"),
        ({"cursor": {"field": "x"}}, "Field required"),
    ],
)
def test_a_wrong_configuration_says_what_to_write(keys: dict[str, Any], said: str) -> None:
    """Where, what and the remedy, and no secret."""
    base: dict[str, Any] = {"url": "sqlite:///x.db", "query": "SELECT * FROM runs WHERE a > :cursor"}
    base["cursor"] = {"field": "a", "start": "0"}
    with pytest.raises(ValidationError, match=re.escape(said)):
        settings(**(base | keys))


@pytest.mark.parametrize(
    "query",
    [
        "select 1",
        "  -- what\n/* is */ SELECT 'insert into x; delete from y' AS a, \"into\" FROM t;",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "(SELECT 1) UNION (SELECT 2)",
        "SELECT replace(a, 'x', 'y'), updated, deleted_at FROM t",
        "SELECT $$ ; into $$ AS a",
    ],
)
def test_queries_that_read_are_taken(query: str) -> None:
    """Also where words of writing stand in texts, names and comments."""
    assert refusal_of(query) is None


def test_only_cursor_is_bound() -> None:
    """Casts, texts, times and other names keep their colons."""
    assert bindable("SELECT a::text, ':cursor' FROM t WHERE b > :cursor AND c = '12:30' ;") == (
        "SELECT a::text, '\\:cursor' FROM t WHERE b > :cursor AND c = '12:30'"
    )
    assert not names_cursor("SELECT ':cursor' -- :cursor")
    assert not names_cursor("SELECT a::cursor FROM t")


NAIVE = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001  naive is what is meant
VALUES = st.one_of(
    st.integers(-(2**60), 2**60),
    st.floats(allow_nan=False, allow_infinity=False, width=64),
    st.text(min_size=1),
    NAIVE,
    NAIVE.map(lambda at: at.replace(tzinfo=UTC)),
    st.dates(date(1970, 1, 2), date(2100, 1, 1)),
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.binary(),
    st.uuids(),
    NAIVE.map(lambda at: at.isoformat()),
    NAIVE.map(lambda at: str(int(at.timestamp()))),
)


@given(VALUES)
def test_a_mark_goes_through_storage_unchanged(value: Any) -> None:
    """Value and type: what is bound next time is what the column gave."""
    kept = restored(json.loads(json.dumps(stored(value))))
    assert (kept, type(kept)) == (value, type(value))


@given(VALUES, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_going_back_from_a_mark_goes_back(value: Any, lookback: timedelta) -> None:
    """Never forward, in a kind that compares with the mark, or nowhere."""
    mark = mark_of(value, UTC_ZONE)
    if mark is None:
        return
    back = mark.back(lookback, UTC_ZONE)
    if back is not None:
        assert type(back.value) is type(value)
        assert not mark < back
    assert not mark < mark.capped(NOW, UTC_ZONE)


@given(st.lists(NAIVE, min_size=1, max_size=30), st.lists(NAIVE, max_size=30))
async def test_no_order_of_rows_loses_one(before: list[datetime], after: list[datetime]) -> None:
    """What comes later than the mark less lookback is read, however the rows were ordered."""
    from collectors.sources._sql_memory import Marks, Memory

    memory = Memory("x")
    marks = Marks(memory, None, NOW, UTC_ZONE)
    for at in before:
        marks.note(at, still_open=False)
    point = Memory.of_cursor(marks.memory().cursor(), "x", UTC_ZONE).ask_from(None, timedelta(0), UTC_ZONE)
    assert point is not None
    assert isinstance(point.value, datetime)
    newest = min(max(before), NOW.replace(tzinfo=None))
    assert all(at > point.value for at in [*after, newest] if at >= newest)


def test_decimals_and_numbers_go_back_by_one() -> None:
    """So that `>` reads the boundary again."""
    for value in (7, 7.5, Decimal("7.25")):
        mark = mark_of(value, UTC_ZONE)
        assert mark is not None
        back = mark.back(timedelta(hours=1), UTC_ZONE)
        assert back is not None
        assert back.value == value - 1


@pytest.mark.parametrize("zone", [ZoneInfo("Europe/Moscow"), ZoneInfo("America/New_York")], ids=str)
def test_the_first_and_the_last_day_are_in_no_zone_s_way(zone: ZoneInfo) -> None:
    """An end that there is not is no mark; a beginning is one, before which nothing lies."""
    for last in (_naive(9999, 12, 31, 23, 59, 59), date.max, datetime.max.replace(tzinfo=UTC)):
        assert mark_of(last, zone) is None
    for first in (_naive(1, 1, 1), date.min, datetime.min.replace(tzinfo=UTC)):
        mark = mark_of(first, zone)
        assert mark is not None
        back = mark.back(timedelta(days=2), zone)
        assert back is not None
        assert back.value == first
