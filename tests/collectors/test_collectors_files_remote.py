"""Files of a remote storage are found, read on and taken in as local ones are."""

from __future__ import annotations

import gzip
import io
import json
import logging
import sys
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from collectors.files.finding import matching_files
from collectors.problems import Problems
from collectors.sources import access_log, log_file
from collectors.sources._access_log_settings import AccessLogSettings
from collectors.sources._log_file_settings import LogFileSettings
from core import clock
from core.errors import SourceError
from core.records import Cursor
from core.settings import Registries
from core.settings.loading import loads
from tests.collectors.collectors_csv import Inbox


@pytest.fixture
def memory() -> Iterator[Any]:
    """An empty storage in memory."""
    system = fsspec.filesystem("memory")
    system.store.clear()
    yield system
    system.store.clear()


def _runs(settings: LogFileSettings, cursor: Cursor) -> tuple[list[str], Cursor]:
    found = list(log_file.batches(settings, cursor, clock.now()))
    return [run.external_id for batch in found for run in batch.runs], found[-1].cursor if found else cursor


def test_a_remote_log_is_read_on(memory: Any) -> None:
    """New lines only; a file renamed by rotation is the same file."""
    settings = LogFileSettings.model_validate(
        {"type": "log_file", "name": "log", "path": "memory://logs/sync*.jsonl", "format": "jsonl",
         "fields": {"external_id": "id", "status": "s"}, "status_map": {"ok": "succeeded"}}
    )  # fmt: skip
    lines = [json.dumps({"id": str(number), "s": "ok"}) + "\n" for number in range(4)]
    memory.pipe("/logs/sync.jsonl", "".join(lines[:2]).encode())
    ids, cursor = _runs(settings, {})
    assert ids == ["0", "1"]
    memory.pipe("/logs/sync.jsonl", "".join(lines[:3]).encode())
    ids, cursor = _runs(settings, cursor)
    assert ids == ["2"]
    memory.mv("/logs/sync.jsonl", "/logs/sync-1.jsonl")
    memory.pipe("/logs/sync.jsonl", lines[3].encode())
    ids, cursor = _runs(settings, cursor)
    assert ids == ["3"]
    assert _runs(settings, cursor)[0] == []


def test_a_remote_access_log_is_counted(memory: Any) -> None:
    """The same reader serves it."""
    settings = AccessLogSettings.model_validate(
        {"type": "access_log", "name": "a", "path": "memory://logs/access.log"}
    )
    line = b'1.2.3.4 - - [24/Nov/2026:13:30:50 +0000] "GET /x HTTP/1.1" 200 5 "-" "-"\n'
    memory.pipe("/logs/access.log", line * 3)
    found = list(access_log.batches(settings, {}, clock.now()))
    assert sum(calls.calls for batch in found for calls in batch.calls) == 3


def test_remote_deliveries_follow_the_same_contract(memory: Any) -> None:
    """Taken in once; replaced content is a new delivery; a file that stays is none."""
    inbox = Inbox("x", max_per_day="1")
    inbox.settings = inbox.settings.model_copy(update={"path": "memory://in/*.csv"})
    memory.pipe("/in/staff.csv", b"a,b\n1,2\n")
    brought = inbox.taken_in_once()
    assert (brought.file.name, brought.file.rows_ok) == ("staff.csv", 1)
    memory.pipe("/in/staff.csv", b"a,b\n1,2\n3,4\n")
    inbox.move(seconds=30)
    brought = inbox.poll()
    assert (brought.file.rows_ok, brought.file.violations[-1:]) == (2, ("too_many",))


@pytest.mark.parametrize(
    ("path", "text", "permanent"),
    [
        ("s3://bucket/*.csv", "needs s3fs", True),
        ("gs://bucket/*.csv", "needs gcsfs", True),
        ("nowhere://host/*.csv", "no kind of storage", True),
    ],
)
def test_a_storage_that_is_not_installed_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, path: str, text: str, permanent: bool
) -> None:
    """It names what to install."""
    for protocol, package in (("s3", "s3fs"), ("gs", "gcsfs")):
        monkeypatch.delitem(sys.modules["fsspec.registry"]._registry, protocol, raising=False)
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SourceError, match=text) as caught:
        matching_files(path, Problems())
    assert caught.value.permanent is permanent


def test_failures_of_a_storage_are_failed_polls(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the library raises."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("connection lost")

    monkeypatch.setattr(type(memory), "glob", broken)
    with pytest.raises(SourceError, match="cannot be listed: RuntimeError: connection lost"):
        matching_files("memory://in/*.csv", Problems())


class Closed(MemoryFileSystem):  # type: ignore[misc]
    """A server that lets nobody in, and whose library logs that with a traceback, as paramiko does."""

    protocol = "closed"

    def __init__(self, **options: Any) -> None:
        logging.getLogger("paramiko.transport").error("Traceback (most recent call last):")
        kind = {"who": AuthenticationException, "where": NoValidConnectionsError}[options["why"]]
        raise kind(options.get("text", "said the library"))


class AuthenticationException(Exception):
    """A refused login, or one that had no answer."""


class NoValidConnectionsError(OSError):
    """Nobody listens there."""


@pytest.mark.parametrize(
    ("why", "says", "permanent"),
    [
        (
            "who",
            "closed://files.example.com:2222: the login was refused: said the library; "
            "check username, and password or key_filename, under storage",
            True,
        ),
        (
            "where",
            "closed://files.example.com:2222: cannot connect: NoValidConnectionsError: said the library; "
            "check host and port in path",
            False,
        ),
    ],
)
def test_a_server_that_lets_nobody_in_is_told_once(
    why: str, says: str, permanent: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Where, what and the remedy; no user, and no traceback of the library's beside it."""
    fsspec.register_implementation("closed", Closed, clobber=True)
    path = "closed://somebody:hunter22@files.example.com:2222/in/*.csv"
    with pytest.raises(SourceError) as caught:
        matching_files(path, Problems(), {"why": why})
    assert (caught.value.message, caught.value.permanent) == (says, permanent)
    assert not caplog.records


@pytest.mark.parametrize(
    "text", ["Authentication timeout.", "Authentication failed: transport shut down or saw EOF"]
)
def test_a_login_that_nobody_answered_was_not_refused(text: str) -> None:
    """A busy server lets one in the next time: no key has to be changed."""
    fsspec.register_implementation("closed", Closed, clobber=True)
    with pytest.raises(
        SourceError, match="closed://h: cannot connect: AuthenticationException: Auth"
    ) as caught:
        matching_files("closed://h/in/*.csv", Problems(), {"why": "who", "text": text})
    assert not caught.value.permanent


def test_a_bucket_that_wants_credentials_has_no_user_to_be_checked() -> None:
    """Each of these storages names its keys in its own way."""
    fsspec.register_implementation("b2", Closed, clobber=True)
    with pytest.raises(
        SourceError, match=r"b2://b: the login was refused: .*; check the options under storage$"
    ):
        matching_files("b2://b/in/*.csv", Problems(), {"why": "who"})


class Buckets(MemoryFileSystem):  # type: ignore[misc]
    """A storage of buckets, which has no folders: a prefix where nothing lies is not there."""

    protocol = "b2"
    store: ClassVar[dict[str, Any]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]
    there = frozenset({"staff"})

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path.removeprefix("b2://").rstrip("/")

    def info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        if path.strip("/") in self.there:
            return {"name": path, "size": 0, "type": "directory"}
        return super().info(path, **kwargs)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("memory://in/*.csv", None), ("memory://in/staff.csv", None), ("memory://typo/*.csv", "there is no folder /typo"),
        ("memory://typo/*/staff.csv", "there is no folder /typo"), ("b2://staff/in/*.csv", None), ("b2://staff/in/staff.csv", None),
        ("b2://stuff/in/*.csv", "there is no bucket stuff"), ("b2://stuff/staff.csv", "there is no bucket stuff"),
    ],
    ids=str,
)  # fmt: skip
def test_an_empty_place_is_fine_and_a_missing_one_is_not(memory: Any, path: str, says: str | None) -> None:
    """Files are taken away after their import; the folder, or the bucket, is not."""
    fsspec.register_implementation("b2", Buckets, clobber=True)
    memory.makedirs("/in", exist_ok=True)
    inbox = Inbox("x")
    inbox.settings = inbox.settings.model_copy(update={"path": path})
    if says is None:
        assert inbox.poll().files == []
        return
    with pytest.raises(SourceError, match=says):
        inbox.poll()


def test_a_folder_that_may_not_be_listed_is_a_failed_poll(
    memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search by pattern passes over what it may not look into, and finds nothing."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    memory.pipe("/in/staff.csv", b"a\n1\n")
    monkeypatch.setattr(type(memory), "ls", refuse)
    monkeypatch.setattr(type(memory), "glob", lambda *_, **__: {})
    with pytest.raises(SourceError, match="cannot be listed: PermissionError"):
        matching_files("memory://in/*.csv", Problems())


def test_secrets_of_a_storage_are_hidden() -> None:
    """Options named like secrets and a password in the address are redacted everywhere."""
    text = """
integrations:
  - {key: a, name: A, method: csv, source_system: X, sources: [
      {type: log_file, name: l, path: "sftp://u:hunter22@host/x", format: jsonl, fields: {external_id: id, status: s},
       storage: {username: u, password: "${P}", port: 2222}}]}
"""
    settings = loads(
        text, "m.yaml", Registries(sources={"log_file": LogFileSettings}), environ={"P": "s3cret-pass"}
    )
    (source,) = settings.integrations[0].sources
    assert isinstance(source, LogFileSettings)
    assert source.storage == {"username": "u", "password": "s3cret-pass", "port": 2222}
    assert "s3cret" not in str(settings.shown())
    assert "hunter22" not in str(settings.shown())


@pytest.mark.parametrize("kind", ["gzip", "zip"])
def test_a_remote_archive_is_read_as_the_file_within(memory: Any, kind: str) -> None:
    """As a local one is."""
    rows, target = b"a,b\n1,2\n3,4\n", io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("staff.csv", rows)
    inbox = Inbox("/nowhere", columns={"a": {}, "b": {}})
    inbox.settings = inbox.settings.model_copy(update={"path": "memory://in/*"})
    memory.pipe("/in/staff", target.getvalue() if kind == "zip" else gzip.compress(rows))
    inbox.now = clock.now() + timedelta(hours=1)
    assert inbox.poll().file.rows_ok == 2
