"""Several looks in one transaction, and the cursors that are known without asking."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from core.errors import CursorMoved, StorageError
from core.records import Batch, Poll, PollResult, RunStatus, SyncRun
from storage import schema, writer_batch, writer_together
from storage.keys import Brought, SourceKey, Written
from storage.queries.cursors import cursor_of
from storage.queries.runs import runs
from storage.store import Store
from storage.verify import verify
from storage.writer import Writer
from storage.writer_batch import SourceRow
from storage.writing import Writing
from tests.storage.storage_samples import CRM, HR, NOW, at, configuration

POLL = Poll(started_at=NOW, finished_at=NOW, result=PollResult.OK)


@pytest.fixture
def writer(store: Store) -> Writer:
    made = Writer(store)
    made.configure(configuration(), NOW)
    return made


def brought(source: SourceKey, name: str, revision: int = 0) -> Brought:
    run = SyncRun(external_id=name, status=RunStatus.SUCCEEDED, started_at=at(5), finished_at=at(4))
    return Brought(source, Batch(cursor={"at": name}, runs=[run]), revision, NOW, None)


def stored(store: Store) -> list[str]:
    with store.read() as connection:
        return sorted(row.run.external_id for row in runs(connection, limit=100).items)


def polls_of(store: Store) -> dict[SourceKey, str]:
    """How the last look at each source went, of those that were looked at."""
    columns = (schema.integration.c.key, schema.source.c.name, schema.source.c.last_result)
    query = sa.select(*columns).join_from(schema.source, schema.integration)
    with store.read() as connection:
        return {SourceKey(*row[:2]): row[2] for row in connection.execute(query) if row[2] is not None}


def test_batches_and_polls_are_stored_at_once(store: Store, writer: Writer) -> None:
    """Each batch with its rows, sums and cursor; each poll on its source."""
    answers, unknown = writer.save_together([brought(CRM, "a"), brought(HR, "b")], [(CRM, POLL)])
    assert [one.revision for one in answers if isinstance(one, Written)] == [1, 1]
    assert (unknown, stored(store), verify(store)) == (frozenset(), ["a", "b"], [])
    with store.read() as connection:
        assert cursor_of(connection, HR) == (1, {"at": "b"})


def test_what_is_wrong_with_a_batch_undoes_it_alone(store: Store, writer: Writer) -> None:
    """One that another worker overtook leaves nothing behind, and what came with it is stored."""
    nobody = SourceKey("nobody", "here")
    answers, unknown = writer.save_together(
        [
            brought(CRM, "a"),
            brought(HR, "b", revision=7),
            brought(nobody, "c"),
            brought(CRM, "d", revision=1),
        ],
        [(nobody, POLL), (HR, POLL)],
    )
    assert [type(one) for one in answers] == [Written, CursorMoved, StorageError, Written]
    assert (unknown, stored(store)) == (frozenset({nobody}), ["a", "d"])
    assert verify(store) == []
    writer.save_together([brought(HR, "b")], ())
    assert (stored(store), verify(store)) == (["a", "b", "d"], [])


def test_looks_that_end_with_their_batch_are_told_by_what_became_of_it(store: Store, writer: Writer) -> None:
    """In the same transaction: of one that is not configured there is nothing to note."""
    asked: list[type] = []

    def ended(answer: Written | Exception) -> Poll | None:
        asked.append(type(answer))
        return None if isinstance(answer, StorageError) else POLL

    nobody = SourceKey("nobody", "here")
    given = [brought(CRM, "a"), brought(HR, "b", revision=7), brought(nobody, "c")]
    _, unknown = writer.save_together([one._replace(ended=ended) for one in given], ())
    assert (asked, unknown) == ([Written, CursorMoved, StorageError], frozenset())
    assert (polls_of(store), stored(store)) == ({CRM: "ok", HR: "ok"}, ["a"])


def refuse(monkeypatch: pytest.MonkeyPatch, which: Callable[[list[str]], bool]) -> None:
    """Batches written at once cannot be stored where their runs' names are such."""
    whole = writer_batch.write_own

    def broken(batches: Sequence[tuple[Writing, SourceRow, Batch]]) -> list[Written]:
        if which([run.external_id for _, _, batch in batches for run in batch.runs]):
            raise ValueError("cannot be stored")
        return whole(batches)

    monkeypatch.setattr(writer_together, "write_own", broken)


def test_look_is_told_anew_where_its_batch_is_tried_again(
    store: Store, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What breaks one batch is told to it alone, and to how its own look went."""
    answers = list[tuple[str, type]]()
    refuse(monkeypatch, lambda names: "b" in names)

    def ended(name: str) -> Callable[[Written | Exception], Poll]:
        def told(answer: Written | Exception) -> Poll:
            answers.append((name, type(answer)))
            failed = isinstance(answer, Exception)
            return msgspec.structs.replace(POLL, result=PollResult.FAILED if failed else PollResult.OK)

        return told

    given = [brought(CRM, "a"), brought(HR, "b")]
    writer.save_together([one._replace(ended=ended(one.source.source)) for one in given], ())
    assert answers == [(CRM.source, Written), (HR.source, ValueError)]
    assert (polls_of(store), stored(store)) == ({CRM: "ok", HR: "failed"}, ["a"])
    assert verify(store) == []


def test_what_breaks_a_batch_is_said_by_whoever_brought_it(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here it is only said whose it was; and he is told of his own trouble alone."""
    refuse(monkeypatch, lambda names: "b" in names)
    overtaken = brought(CRM, "c", revision=7)
    with capture_logs() as said:
        answers, _ = writer.save_together([brought(CRM, "a"), brought(HR, "b"), overtaken], ())
    assert said == [
        {
            "event": "batches stored one by one",
            "log_level": "warning",
            "batches": 3,
            "at_fault": [str(HR)],
        }
    ]
    assert isinstance(answers[1], ValueError)
    assert answers[1].__context__ is None


def test_what_breaks_batches_only_together_is_said(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each by itself is in order, so nobody else is told of it."""
    refuse(monkeypatch, lambda names: len(names) > 1)
    with capture_logs() as said:
        answers, _ = writer.save_together([brought(CRM, "a"), brought(HR, "b")], ())
    assert [type(one) for one in answers] == [Written, Written]
    assert said == [
        {
            "event": "batches stored one by one",
            "log_level": "warning",
            "batches": 2,
            "error": "cannot be stored",
        }
    ]


def test_poll_of_a_source_that_is_not_configured_is_refused(writer: Writer) -> None:
    """By itself, it says so."""
    with pytest.raises(StorageError, match="nobody/here is not configured"):
        writer.save_poll(SourceKey("nobody", "here"), POLL)


def test_cursor_is_known_where_nobody_else_writes(store: Store, writer: Writer) -> None:
    """After a write, and after it was read; on PostgreSQL another worker may have moved it."""
    assert writer.known_cursor(CRM) is None
    assert writer.cursor(CRM) == (0, {})
    alone = store.engine.single_writer
    assert writer.known_cursor(CRM) == ((0, {}) if alone else None)
    writer.save_together([brought(CRM, "a")], ())
    assert writer.known_cursor(CRM) == ((1, {"at": "a"}) if alone else None)
    assert writer.cursor(CRM) == (1, {"at": "a"})


def test_known_cursor_is_a_copy(store: Store, writer: Writer) -> None:
    """A source that changes the one it was handed changes nobody else's."""
    writer.save_together([brought(CRM, "a")], ())
    _, cursor = writer.known_cursor(CRM) or writer.cursor(CRM)
    assert isinstance(cursor, dict)
    cursor["at"] = "elsewhere"
    assert (writer.known_cursor(CRM) or writer.cursor(CRM)) == (1, {"at": "a"})


def test_cursors_are_forgotten_where_they_may_be_wrong(writer: Writer) -> None:
    """After a batch that was not stored, and when the configuration may have renamed a source."""
    writer.save_together([brought(CRM, "a")], ())
    writer.save_together([brought(CRM, "b", revision=5)], ())
    assert writer.known_cursor(CRM) is None
    writer.cursor(CRM)
    writer.configure(configuration(), NOW)
    assert writer.known_cursor(CRM) is None


def test_a_cursor_may_hold_what_is_no_text_of_utf_8(store: Store, writer: Writer) -> None:
    """The name of a file whose name is in another encoding, or a system's mark; it is read as it was written."""
    cursor = {"files": ["/logs/\udce8\udcec\udcff.jsonl", "имя"], "mark": "a\ud800\x00b"}
    batch = Batch(cursor=cursor, runs=brought(CRM, "a").batch.runs)
    written = writer.write(CRM, batch, revision=0, now=NOW, horizon=None)
    assert (writer.known_cursor(CRM) or writer.cursor(CRM)) == (written.revision, cursor)
    assert writer.cursor(CRM) == (written.revision, cursor)
    with store.read() as connection:
        assert cursor_of(connection, CRM) == (written.revision, cursor)
