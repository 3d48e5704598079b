"""Files are read from a real SFTP server as local ones are, and only from the one that is meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from collectors.files.finding import matching_files
from collectors.files.host_keys import only
from collectors.problems import Problems
from collectors.sources import log_file
from collectors.sources._log_file_settings import LogFileSettings
from core import clock
from core.errors import SourceError
from core.records import Cursor
from tests.collectors.collectors_csv import Inbox
from tests.collectors.collectors_sftp import Server, serving

OTHER = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of an empty folder."""
    with serving(tmp_path) as running:
        yield running


def _names(server: Server, pattern: str, **options: object) -> list[str]:
    found = matching_files(server.address(pattern), Problems(), server.options(**options))  # type: ignore[arg-type]
    return sorted(file.path.name for file in found)


def _refusal(server: Server, **options: object) -> SourceError:
    with pytest.raises(SourceError) as caught:
        _names(server, "in/*.csv", **options)
    return caught.value


def test_a_log_on_another_machine_is_read_on_also_after_its_rotation_and_a_lost_connection(
    server: Server,
) -> None:
    """New lines only, wherever the file's name went, and whatever became of the connection meanwhile."""
    settings = LogFileSettings.model_validate(
        {"type": "log_file", "name": "log", "path": server.address("sync*.jsonl"), "format": "jsonl", "storage": server.options(),
         "fields": {"external_id": "id", "status": "s"}, "status_map": {"ok": "succeeded"}}
    )  # fmt: skip
    lines = [json.dumps({"id": str(number), "s": "ok"}) + "\n" for number in range(4)]
    log = server.root / "sync.jsonl"

    def ids(before: Cursor) -> tuple[list[str], Cursor]:
        found = list(log_file.batches(settings, before, clock.now()))
        return [run.external_id for one in found for run in one.runs], found[-1].cursor if found else before

    log.write_text("".join(lines[:2]))
    read, kept = ids({})
    assert read == ["0", "1"]
    log.write_text("".join(lines[:3]))
    log.rename(server.root / "sync-1.jsonl")
    log.write_text(lines[3])
    read, kept = ids(kept)
    assert sorted(read) == ["2", "3"]
    server.hang_up()
    with pytest.raises(SourceError, match="cannot be listed"):
        ids(kept)
    log.write_text(lines[3] + json.dumps({"id": "4", "s": "ok"}) + "\n")
    read, kept = ids(kept)
    assert read == ["4"]
    assert ids(kept)[0] == []


def test_deliveries_on_another_machine_follow_the_same_contract(server: Server) -> None:
    """Once they are not written to any more."""
    inbox = Inbox("x", max_per_day="1")
    inbox.settings = inbox.settings.model_copy(
        update={
            "path": server.address("in/*.csv"),
            "storage": server.options(host_fingerprint=server.fingerprint),
        }
    )
    folder = server.root / "in"
    folder.mkdir()
    (folder / "staff.csv").write_bytes(b"a,b\n1,2\n")
    brought = inbox.taken_in_once()
    assert (brought.file.name, brought.file.rows_ok) == ("staff.csv", 1)


def test_only_the_server_that_is_meant_is_talked_to(server: Server) -> None:
    """Of several keys it may have one; polls share one connection."""
    (server.root / "in").mkdir()
    (server.root / "in" / "staff.csv").write_text("a\n1\n")
    assert _names(server, "in/*.csv", host_fingerprint=server.fingerprint) == ["staff.csv"]
    assert _names(server, "in/*.csv", host_fingerprint=server.fingerprint) == ["staff.csv"]
    assert server.logins == 1
    assert _names(server, "in/*.csv", host_fingerprint=[OTHER, server.fingerprint + "="]) == ["staff.csv"]
    refused = _refusal(server, host_fingerprint=OTHER)
    assert refused.permanent
    assert refused.message == (
        f"sftp://127.0.0.1:{server.port}: its key is {server.fingerprint}, which is not among storage.host_fingerprint: "
        "another server answers, or its key was changed; ask who runs it before you take it over"
    )


def test_a_wrong_password_is_a_refused_login_and_never_reaches_another_server(server: Server) -> None:
    """The key is looked at before the password is sent."""
    assert "the login was refused" in _refusal(server, password="wrong").message
    assert "its key is" in _refusal(server, password="wrong", host_fingerprint=OTHER).message


@pytest.mark.parametrize("value", ["", "MD5:aa:bb", "SHA256:short", 5, [], [OTHER, None]], ids=repr)
def test_what_is_no_fingerprint_is_refused_with_how_to_get_one(value: object) -> None:
    """Rather than to be believed, or to keep everybody out."""
    with pytest.raises(SourceError, match=r"host_fingerprint: got .* ssh-keygen -lf") as caught:
        only(value)  # type: ignore[arg-type]
    assert caught.value.permanent
