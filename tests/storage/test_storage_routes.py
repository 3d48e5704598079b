"""Records of a shared source go to the integrations that its route names, and move when it changes."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa

from core.records import ApiCalls, Batch, FailedRecord, QuotaReading, RunStatus
from core.routing import UNROUTED
from core.settings import Registries, Settings, SourceSettings, loads
from storage import schema
from storage.facts import facts_of
from storage.keys import SourceKey, Written
from storage.queries import cursor_of, open_runs, runs, source_states
from storage.queries.export import export_failed_records, export_runs
from storage.queries.routes import feeds, unrouted_values
from storage.store import Store
from storage.verify import verify
from storage.writer import Writer
from tests.storage.storage_samples import NOW, at, run

SHARED = SourceKey(UNROUTED, "airflow")
INTEGRATIONS = """
integrations:
  - {key: crm, name: CRM, method: api, source_system: CRM, sources: [{type: sample, name: own}]}
  - {key: hr, name: HR, method: csv, source_system: HR}
"""


def settings(route: str, integrations: str = INTEGRATIONS) -> Settings:
    registries = Registries(sources={"sample": SourceSettings})
    text = f"{integrations}\nsources: [{{type: sample, name: airflow, route: {route}}}]"
    return loads(text, "monitor.yaml", registries)


def failed(key: str, job: str, minutes: float = 5, fingerprint: str = "f") -> FailedRecord:
    return FailedRecord(
        record_key=key, job=job, occurred_at=at(minutes), error_message="no", fingerprint=fingerprint
    )


def write(store: Store, writer: Writer, batch: Batch) -> Written:
    with store.read() as connection:
        revision = cursor_of(connection, SHARED)[0]
    return writer.write(SHARED, batch, revision=revision, now=NOW, horizon=None)


def jobs_by_integration(store: Store) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with store.read() as connection:
        for one in export_runs(connection):
            found.setdefault(str(one["integration"]), []).append(str(one["job"]))
    return {key: sorted(jobs) for key, jobs in found.items()}


def sample(jobs: str = "a b c crm") -> Batch:
    names = jobs.split()
    records = [run(f"{job}{n}", job=job, finished=10 + 70 * n) for job in names for n in range(3)]
    records += [run(f"{job}-open", "running", job=job, finished=None) for job in names]
    records += [run(f"{job}-bad", "failed", job=job, finished=30) for job in names]
    return Batch(cursor={}, runs=records, failed_records=[failed(f"k-{job}", job) for job in names])


def test_each_record_goes_where_its_job_says(store: Store) -> None:
    """By the map, else to the integration of that key; what matches nothing is unrouted and counted."""
    writer = Writer(store)
    writer.configure(settings("{map: {a: crm, b: hr}}"), NOW)
    written = write(store, writer, sample())
    assert written.unrouted == 6
    assert {key: set(jobs) for key, jobs in jobs_by_integration(store).items()} == {
        "crm": {"a", "crm"},
        "hr": {"b"},
        UNROUTED: {"c"},
    }
    with store.read() as connection:
        assert unrouted_values(connection) == [("airflow", "c")]
        known = facts_of(connection, NOW, [])
        assert {key: sorted(one.sources) for key, one in known.items()} == {
            "crm": ["airflow", "own"],
            "hr": ["airflow"],
            UNROUTED: ["airflow"],
        }
        assert known["crm"].failed_records_open == 2
        assert {one.external_id for one in open_runs(connection, SHARED)} == {
            f"{job}-open" for job in ("a", "b", "c", "crm")
        }
        assert [one.name for one in source_states(connection, NOW, "hr")] == ["airflow"]
    assert verify(store) == []


def test_integrations_are_made_for_new_jobs_up_to_a_limit(store: Store) -> None:
    """Their key is made of the job; beyond `max` records are unrouted; two alike jobs stay two."""
    writer = Writer(store)
    writer.configure(settings("{create: true, max: 3, map: {b: hr}}"), NOW)
    jobs = ["CRM Contacts", "crm-contacts", "Загрузка", "over", "b"]
    write(store, writer, Batch(cursor={}, runs=[run(job, job=job) for job in jobs]))
    with store.read() as connection:
        made = feeds(connection).created
    assert [one.name for one in made] == ["CRM Contacts", "crm-contacts", "over"]
    assert made[0].key == "crm-contacts"
    assert made[1].key.startswith("crm-contacts-")
    assert jobs_by_integration(store)[UNROUTED] == ["Загрузка"]
    write(store, writer, Batch(cursor={}, runs=[run("again", job="over"), run("no", job="another")]))
    assert jobs_by_integration(store)["over"] == ["over", "over"]
    assert jobs_by_integration(store)[UNROUTED] == ["another", "Загрузка"]


@pytest.mark.parametrize(
    ("first", "then", "expected"),
    [
        ("{map: {a: crm}}", "{map: {a: hr}}", {"hr": "a", "crm": "crm", UNROUTED: "bc"}),
        ("{map: {a: crm, b: hr}}", "{map: {a: hr, b: crm}}", {"hr": "a", "crm": "b crm", UNROUTED: "c"}),
        ("{create: true}", "{create: true, map: {a: hr}}", {"hr": "a", "b": "b", "c": "c", "crm": "crm"}),
        ("{create: true}", "{map: {a: hr}}", {"hr": "a", "crm": "crm", UNROUTED: "bc"}),
        ("{}", "{create: true}", {"a": "a", "b": "b", "c": "c", "crm": "crm"}),
        ("{create: true}", "{by: entity}", {UNROUTED: "a b c crm"}),
        ("{by: entity}", "{map: {a: hr}}", {"hr": "a", "crm": "crm", UNROUTED: "bc"}),
    ],
    ids=["one", "swapped", "taken in", "no more made", "now made", "other field", "back to jobs"],
)
def test_a_changed_route_moves_what_is_stored(
    store: Store, first: str, then: str, expected: dict[str, str]
) -> None:
    """Runs, rollups, failed records, causes and open runs stand where the new route says; nothing is lost."""
    writer = Writer(store)
    writer.configure(settings(first), NOW)
    write(store, writer, sample())
    writer.configure(settings(then), NOW)
    wanted = {
        key: Counter(dict.fromkeys(jobs.split() if " " in jobs or len(jobs) > 2 else jobs, 5))
        for key, jobs in expected.items()
    }
    assert {key: Counter(jobs) for key, jobs in jobs_by_integration(store).items()} == wanted
    with store.read() as connection:
        records = list(export_failed_records(connection))
        assert {(one["integration"], one["job"]) for one in records} == {
            (key, job) for key, jobs in wanted.items() for job in jobs
        }
        known = facts_of(connection, NOW, [])
        assert {key: one.failed_records_open for key, one in known.items() if one.failed_records_open} == {
            key: len(jobs) for key, jobs in wanted.items()
        }
    assert verify(store) == []
    write(store, writer, sample())
    assert {key: Counter(jobs) for key, jobs in jobs_by_integration(store).items()} == wanted
    assert verify(store) == []


def test_calls_move_with_their_latencies(store: Store) -> None:
    """Routed by consumer, calls and their histograms go along at every level."""
    writer = Writer(store)
    writer.configure(settings("{by: consumer, map: {x: crm}}"), NOW)
    calls = [
        ApiCalls(minute=at(m), method="GET", endpoint="/", status=200, calls=2, consumer=c)
        for c in "xy"
        for m in (1, 90)
    ]
    write(store, writer, Batch(cursor={}, calls=calls))
    writer.configure(settings("{by: consumer, map: {x: hr, y: hr}}"), NOW)
    assert verify(store) == []
    with store.read() as connection:
        table = schema.call_day
        query = sa.select(schema.integration.c.key, sa.func.sum(table.c.calls)).join(
            table, table.c.integration_id == schema.integration.c.id
        )
        rows = connection.execute(query.group_by(schema.integration.c.key)).all()
    assert [tuple(row) for row in rows] == [("hr", 8)]


def test_created_integrations_live_as_long_as_they_are_fed(store: Store) -> None:
    """Without its shared source a created one is retired, with its history; it comes back with it."""
    writer = Writer(store)
    writer.configure(settings("{create: true}"), NOW)
    write(store, writer, sample("a"))
    registries = Registries(sources={"sample": SourceSettings})
    writer.configure(loads(INTEGRATIONS, "monitor.yaml", registries), NOW)
    with store.read() as connection:
        assert feeds(connection).created == ()
        assert set(facts_of(connection, NOW, [])) == {"crm", "hr"}
        assert runs(connection, integration="a", statuses={RunStatus.FAILED}).items
    writer.configure(settings("{create: true}"), NOW)
    with store.read() as connection:
        assert [one.key for one in feeds(connection).created] == ["a"]


def test_a_created_integration_may_be_configured_later(store: Store) -> None:
    """The key keeps its history; the name and the rest are the file's from then on."""
    writer = Writer(store)
    writer.configure(settings("{create: true}"), NOW)
    write(store, writer, sample("a"))
    more = INTEGRATIONS + "  - {key: a, name: Mine, method: api, source_system: A}\n"
    writer.configure(settings("{create: true}", more), NOW)
    with store.read() as connection:
        assert feeds(connection).created == ()
        assert ("airflow", "a") in feeds(connection).fed
        assert len(runs(connection, integration="a").items) == 5
    assert verify(store) == []


def test_a_limit_of_a_shared_source_stands_with_each_integration_it_feeds(store: Store) -> None:
    """Asked for alone or with all the others, with the readings that a forecast goes by."""
    writer = Writer(store)
    writer.configure(settings("{by: job, map: {crm: crm, a: hr}}"), NOW)
    quotas = [QuotaReading(scope="key", quota="hour", limit=9, observed_at=at(n)) for n in (9, 6, 3)]
    write(store, writer, sample("crm a"))
    write(store, writer, Batch(cursor={"n": 2}, quotas=quotas))
    with store.read() as connection:
        alone = facts_of(connection, NOW, [], {"hr"})["hr"].quotas
        among_all = facts_of(connection, NOW, [])["hr"].quotas
    assert [[one.observed_at for one in fact.samples] for fact in alone] == [[at(3), at(6), at(9)]]
    assert alone == among_all
