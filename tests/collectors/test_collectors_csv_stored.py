"""A folder of CSV files, polled as the worker does, ends up in storage: masked, once, resumable."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collectors.http import Clients
from collectors.outfit import Outfit
from collectors.registry import sources
from collectors.run import poll
from core.masking import Masker
from core.records import Poll, PollResult
from core.settings import Registries, SourceSettings
from core.settings.loading import loads
from storage import queries
from storage.store import Store
from storage.writer import Writer

CONFIG = """
integrations:
  - key: hr
    name: HR files
    method: csv
    source_system: HR
    sources:
      - {{type: csv_drop, name: staff, path: "{folder}/*.csv", contract: {{delimiter: [",", ";"], encoding: [utf-8, cp1251],
         columns: {{email: {{type: email, required: true, unique: true}}, manager_id: {{type: integer, refers_to: employee_id}}}},
         max_per_day: 1, arrive_by: "23:59", max_bytes: 50MB}}}}
"""


class Drop:
    """A store that watches a folder."""

    def __init__(self, store: Store, clients: Clients, hand: Any, folder: Path) -> None:
        self.store, self.hand, self.folder = store, hand, folder
        found = sources()
        registries = Registries(sources={name: one.settings for name, one in found.items()}, indicators={})
        settings = loads(CONFIG.format(folder=folder), "monitor.yaml", registries)
        self.writer = Writer(store)
        self.writer.configure(settings, hand())
        self.settings: SourceSettings = settings.integrations[0].sources[0]
        self.outfit = Outfit(
            store,
            self.writer,
            clients,
            Masker(b"key"),
            found,
            clock=hand,
            zone_of=lambda _: ZoneInfo("Europe/Moscow"),
        )

    def put(self, content: str, name: str = "staff.csv") -> None:
        path = self.folder / name
        path.write_text(content, encoding="cp1251")
        at = self.hand().timestamp() - 60
        os.utime(path, (at, at))

    async def poll(self) -> Poll:
        return await poll(self.outfit, "hr", self.settings)


@pytest.fixture
def drop(store: Store, clients: Clients, hand: Any, tmp_path: Path) -> Drop:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return Drop(store, clients, hand, folder)


async def test_a_delivery_is_a_file_a_run_and_failed_records(drop: Drop) -> None:
    """As exported, under the names of the vocabulary, with nothing personal in it."""
    drop.put("employee_id;email;manager_id;name\n1;boss@example.com;;Иванов\n2;no mail;77;Петров\n")
    done = await drop.poll()
    assert (done.result, done.error) == (PollResult.OK, None)
    with drop.store.read() as connection:
        (file,) = queries.export_files(connection)
        (run,) = queries.export_runs(connection)
        failed = list(queries.export_failed_records(connection))
    assert (file["rows_ok"], file["rows_bad"], file["encoding"]) == (1, 1, "cp1251")
    assert (run["status"], run["records_written"], run["job"]) == ("partial", 1, "staff.csv")
    assert {(one["error_code"], one["error_class"], one["root_key"], one["line"]) for one in failed} == {
        ("type_email", "validation", None, 3),
        ("refers_to", "missing_reference", "77", 3),
    }
    payload = json.loads(str(failed[0]["payload"]))
    assert (payload["email"], payload["name"], payload["employee_id"]) == ("***", "***", "2")
    assert all(
        "mail" not in str(one["error_message"]).replace("e-mail", "").replace("column email", "")
        for one in failed
    )


async def test_a_copy_is_counted_and_the_next_day_is_new(drop: Drop) -> None:
    """One row counted twice, then a second row, unchanged; three runs are two."""
    drop.put("a;b\n1;2\n")
    await drop.poll()
    drop.hand.move(hours=1)
    drop.put("a;b\n1;2\n", "copy.csv")
    await drop.poll()
    drop.hand.move(days=1)
    drop.put("a;b\n1;2\n")
    await drop.poll()
    with drop.store.read() as connection:
        rows = queries.file_deliveries(connection).items
        runs = list(queries.export_runs(connection))
    assert [(row.times, row.file.unchanged) for row in rows] == [(1, True), (2, False)]
    assert len(runs) == 2


async def test_the_known_managers_survive_in_the_cursor(drop: Drop) -> None:
    """A second poll of another process knows them."""
    drop.put("employee_id;email;manager_id\n1;a@example.com;\n")
    await drop.poll()
    drop.hand.move(days=1)
    drop.put("employee_id;email;manager_id\n2;b@example.com;1\n")
    await drop.poll()
    with drop.store.read() as connection:
        assert list(queries.export_failed_records(connection)) == []
