"""Batches stored together leave what the same batches leave that are stored one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import NamedTuple

import msgspec
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.records import ApiCalls, Batch, CountReading, CredentialReading, QuotaReading
from storage import schema
from storage.codes import decode_histogram
from storage.keys import Brought, SourceKey, Written
from storage.rollups import bucketed
from storage.store import Store
from storage.verify import verify
from storage.writer import Writer
from tests.storage.storage_samples import NOW, at, configuration
from tests.storage.test_storage_writer_properties import batches

SOURCES = (("x", "log"), ("x", "api"), ("y", "log"))
TOO_LARGE = 2**70
"""A number that no database takes."""

_examples = count()

quotas = st.builds(
    lambda scope, quota, seconds, remaining, limited: QuotaReading(
        scope=scope,
        quota=quota,
        observed_at=NOW - timedelta(seconds=seconds),
        limit=100,
        remaining=remaining,
        limited=limited,
    ),
    st.sampled_from(["a key", "another key"]),
    st.sampled_from(["hourly", "daily"]),
    st.sampled_from([0, 30, 4000]),
    st.one_of(st.none(), st.integers(0, 100)),
    st.booleans(),
)
credentials = st.builds(
    lambda minute, valid: CredentialReading(observed_at=at(minute), valid=valid),
    st.integers(0, 2),
    st.booleans(),
)
counts = st.builds(
    lambda minute, number: CountReading(entity="person", count=number, observed_at=at(minute)),
    st.integers(0, 2),
    st.integers(0, 9),
)


class Sent(NamedTuple):
    """A batch for a source. behind: by so many batches its cursor is too old; poisoned: it cannot be stored."""

    source: tuple[str, str]
    batch: Batch
    behind: int
    poisoned: bool


sent = st.builds(
    lambda source, batch, quotas, credentials, counts, behind, poisoned: Sent(
        source,
        msgspec.structs.replace(batch, quotas=quotas, credentials=credentials, counts=counts),
        behind,
        poisoned,
    ),
    st.sampled_from(SOURCES),
    batches,
    st.lists(quotas, max_size=3),
    st.lists(credentials, max_size=2),
    st.lists(counts, max_size=2),
    st.sampled_from([0, 0, 0, 0, 0, 1]),
    st.sampled_from([False, False, False, False, False, True]),
)


@given(st.lists(st.lists(sent, min_size=1, max_size=6), min_size=1, max_size=4))
@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_together_or_one_by_one_the_same_is_stored(store: Store, rounds: list[list[Sent]]) -> None:
    """The same answers, rows and sums in every table, whatever comes twice, too late or broken."""
    example, writer = next(_examples), Writer(store)
    together, apart = f"together-{example}", f"apart-{example}"
    writer.configure(configuration(_configured(together, apart)), NOW)
    answers: dict[str, list[object]] = {together: [], apart: []}
    for side in (together, apart):
        revisions: Counter[tuple[str, str]] = Counter()
        for number, one in enumerate(rounds):
            now = NOW + timedelta(minutes=number)
            brought = [_brought(side, sent, revisions, now) for sent in one]
            wrote = writer.save_together(brought, ())[0] if side is together else _alone(writer, brought)
            answers[side] += [type(answer) if isinstance(answer, Exception) else answer for answer in wrote]
    assert answers[together] == answers[apart]
    ours, theirs = _stored(store, together), _stored(store, apart)
    assert [table for table in ours if ours[table] != theirs[table]] == []
    assert verify(store) == []


def _configured(*sides: str) -> str:
    sources = "[{type: sample, name: log}, {type: sample, name: api}]"
    lines = [
        f"  - {{key: {side}-{key}, name: X, method: api, source_system: X, sources: {sources}}}"
        for side in sides
        for key in ("x", "y")
    ]
    text = "\n".join(["", "timezone: Asia/Kolkata", "integrations:", *lines, ""])
    return text.replace("{", "{{").replace("}", "}}")


def _brought(side: str, sent: Sent, revisions: Counter[tuple[str, str]], now: datetime) -> Brought:
    """A batch as one side brings it: limits are told of scopes of its own, for sources share them."""
    key, name = sent.source
    revision = revisions[sent.source] - sent.behind
    revisions[sent.source] += not sent.behind and not sent.poisoned
    batch = msgspec.structs.replace(
        sent.batch,
        quotas=[msgspec.structs.replace(one, scope=f"{side} {one.scope}") for one in sent.batch.quotas],
    )
    if sent.poisoned:
        poison = ApiCalls(minute=NOW, method="GET", endpoint="/", status=599, calls=TOO_LARGE)
        batch = msgspec.structs.replace(batch, calls=[*batch.calls, poison])
    return Brought(SourceKey(f"{side}-{key}", name), batch, revision, now, at(200))


def _alone(writer: Writer, brought: Sequence[Brought]) -> list[Written | Exception]:
    found: list[Written | Exception] = []
    for one in brought:
        try:
            found.append(
                writer.write(one.source, one.batch, revision=one.revision, now=one.now, horizon=one.horizon)
            )
        except Exception as error:  # noqa: BLE001 - whatever it is, both ways are to say the same
            found.append(error)
    return found


def _stored(store: Store, side: str) -> dict[str, list[tuple[object, ...]]]:
    """The rows of one side in every table, less what only numbers them, with its names for its own ids."""
    with store.read() as connection:
        names = _names(connection, side)
        found = {}
        for table in schema.metadata.sorted_tables:
            owner = next((key for key in ("source_id", "integration_id", "scope_id") if key in table.c), None)
            if owner is None or table.name == "source":
                continue
            mine = sa.select(table).where(table.c[owner].in_(names[owner]))
            found[table.name] = sorted(
                (_row(dict(row._mapping), names) for row in connection.execute(mine)), key=repr
            )
        source = schema.source.c
        cursors = sa.select(source.id, source.revision, source.last_record_at).where(
            source.id.in_(names["source_id"])
        )
        found["source"] = sorted(
            (names["source_id"][one], revision, at) for one, revision, at in connection.execute(cursors)
        )
    return found


def _names(connection: sa.Connection, side: str) -> dict[str, dict[int, str]]:
    """What the ids of one side mean, by column."""
    integrations, sources, texts = schema.integration.c, schema.source.c, schema.text.c
    of_side = integrations.key.startswith(f"{side}-")
    rows = connection.execute(sa.select(integrations.id, integrations.key).where(of_side))
    found = {"integration_id": {row[0]: row[1].removeprefix(side) for row in rows}}
    named = sa.select(sources.id, integrations.key, sources.name).join(
        schema.integration, integrations.id == sources.integration_id
    )
    found["source_id"] = {
        row[0]: f"{row.key.removeprefix(side)} {row.name}" for row in connection.execute(named.where(of_side))
    }
    rows = connection.execute(sa.select(texts.id, texts.value).where(texts.value.startswith(f"{side} ")))
    found["scope_id"] = {row[0]: row[1].removeprefix(side) for row in rows}
    return found


_NUMBERS = frozenset({"id", "group_id", "identity"})


def _row(row: Mapping[str, object], names: Mapping[str, Mapping[int, str]]) -> tuple[object, ...]:
    return tuple(_named(column, value, names) for column, value in row.items() if column not in _NUMBERS)


def _named(column: str, value: object, names: Mapping[str, Mapping[int, str]]) -> object:
    if column in names:
        return names[column][value]  # type: ignore[index]
    if column == "histogram":  # its values may have come in any order
        return sorted(bucketed(decode_histogram(value)).items())  # type: ignore[arg-type]
    return value
