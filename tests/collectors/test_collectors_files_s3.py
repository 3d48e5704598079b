"""Files are read from a bucket, over real HTTP, as local ones are."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from collectors.files.finding import matching_files
from collectors.problems import Problems
from collectors.sources import log_file
from collectors.sources._log_file_settings import LogFileSettings
from core import clock
from core.errors import SourceError
from core.records import Cursor
from tests.collectors.collectors_csv import Inbox
from tests.collectors.collectors_s3 import Bucket, serving


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """An empty bucket."""
    with serving(Bucket()) as running:
        yield running


def _names(bucket: Bucket, pattern: str, **options: object) -> list[str]:
    found = matching_files(bucket.address(pattern), Problems(), bucket.options(**options))
    return sorted(file.path.name for file in found)


def _refusal(bucket: Bucket, pattern: str = "in/*.csv", **options: object) -> SourceError:
    with pytest.raises(SourceError) as caught:
        _names(bucket, pattern, **options)
    return caught.value


def test_a_log_in_a_bucket_is_read_on_also_after_its_rotation(bucket: Bucket) -> None:
    """New lines only: objects are written anew as a whole, and renamed by being copied."""
    settings = LogFileSettings.model_validate(
        {"type": "log_file", "name": "log", "path": bucket.address("logs/sync*.jsonl"), "format": "jsonl", "storage": bucket.options(),
         "fields": {"external_id": "id", "status": "s"}, "status_map": {"ok": "succeeded"}}
    )  # fmt: skip
    lines = [json.dumps({"id": str(number), "s": "ok"}).encode() + b"\n" for number in range(5)]

    def ids(before: Cursor) -> tuple[list[str], Cursor]:
        found = list(log_file.batches(settings, before, clock.now()))
        return [run.external_id for one in found for run in one.runs], found[-1].cursor if found else before

    bucket.objects["logs/sync.jsonl"] = b"".join(lines[:2])
    read, kept = ids({})
    assert read == ["0", "1"]
    bucket.objects["logs/sync.jsonl"] = b"".join(lines[:3])
    read, kept = ids(kept)
    assert read == ["2"]
    bucket.objects["logs/sync-1.jsonl"] = b"".join(lines[:4])
    bucket.objects["logs/sync.jsonl"] = lines[4]
    read, kept = ids(kept)
    assert sorted(read) == ["3", "4"]
    assert ids(kept)[0] == []


def test_deliveries_in_a_bucket_follow_the_same_contract(bucket: Bucket) -> None:
    """Once they are not written to any more; a name may hold what an address encodes."""
    inbox = Inbox("x", max_per_day="1")
    inbox.settings = inbox.settings.model_copy(
        update={"path": bucket.address("in/*.csv"), "storage": bucket.options()}
    )
    bucket.objects["in/кадры 24+11.csv"] = b"a,b\n1,2\n"
    brought = inbox.taken_in_once()
    assert (brought.file.name, brought.file.rows_ok) == ("кадры 24+11.csv", 1)


def test_a_listing_of_several_pages_is_read_to_its_end(bucket: Bucket) -> None:
    """S3 shows at most a thousand at once."""
    bucket.page = 2
    bucket.objects |= {f"in/staff-{number}.csv": b"a\n1\n" for number in range(5)}
    bucket.objects |= {"in/deeper/staff-9.csv": b"a\n1\n", "other.csv": b""}
    assert _names(bucket, "in/*.csv") == [f"staff-{number}.csv" for number in range(5)]
    assert bucket.listings >= 3


def test_one_object_by_its_name(bucket: Bucket) -> None:
    """It need not be there yet."""
    assert _names(bucket, "in/staff.csv") == []
    bucket.objects["in/staff.csv"] = b"a\n1\n"
    assert _names(bucket, "in/staff.csv") == ["staff.csv"]


def test_an_empty_bucket_is_no_fault_and_one_that_is_not_there_is(bucket: Bucket) -> None:
    """A prefix where nothing lies does not exist by itself."""
    assert _names(bucket, "in/*.csv") == []
    bucket.name = "renamed"
    bucket_before = Bucket(port=bucket.port)
    told = _refusal(bucket_before).message
    assert told == "s3: there is no bucket exchange; check path, and what the account may see"


@pytest.mark.parametrize("options", [{"key": "AKIDOTHER"}, {"secret": "wrong-secret"}], ids=["key", "secret"])
def test_wrong_credentials_are_told_as_that(bucket: Bucket, options: dict[str, str]) -> None:
    """And none of them is shown."""
    bucket.objects["in/staff.csv"] = b"a\n1\n"
    refused = _refusal(bucket, **options)
    assert refused.permanent
    assert "check key and secret under storage, and what the account may see" in refused.message
    assert "wrong-secret" not in refused.message


def test_a_storage_that_does_not_answer_is_asked_again_at_the_next_poll(bucket: Bucket) -> None:
    """What the library keeps of the connection does not stand in the way."""
    other = Bucket({"in/staff.csv": b"a\n1\n"})
    with serving(other):
        assert _names(other, "in/*.csv", config_kwargs={"retries": {"max_attempts": 1}}) == ["staff.csv"]
    gone = _refusal(other, config_kwargs={"retries": {"max_attempts": 1}})
    assert not gone.permanent
    assert "cannot be listed" in gone.message
    with serving(other):
        assert _names(other, "in/*.csv", config_kwargs={"retries": {"max_attempts": 1}}) == ["staff.csv"]
