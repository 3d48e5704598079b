"""Sync logs of four notations become runs, failed records, events and counts, each line once."""

import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from collectors.problems import Problems
from collectors.sources._log_file_parse import LogParser
from collectors.sources._log_file_settings import LogFileSettings
from collectors.sources.log_file import batches
from core.clock import now
from core.records import Batch, BatchMode, RunStatus

FIELDS = {
    "external_id": "id",
    "job": "job",
    "status": "state",
    "started_at": "start",
    "finished_at": "end",
    "records_read": "n",
    "error_message": "err",
}
AT = datetime(2026, 11, 24, 13, 30, 50, tzinfo=UTC)


def settings_of(path: Path | str, **more: object) -> LogFileSettings:
    given_ = {
        "type": "log_file",
        "name": "log",
        "path": str(path),
        "format": "jsonl",
        "fields": FIELDS,
    } | more
    return LogFileSettings.model_validate({key: value for key, value in given_.items() if value is not None})


def poll(settings: LogFileSettings, cursor: dict | None = None) -> tuple[list[Batch], dict]:
    found = list(batches(settings, cursor or {}, now()))
    return found, dict(found[-1].cursor) if found else (cursor or {})


def test_json_lines_among_tracebacks_and_progress_bars_are_found(tmp_path: Path) -> None:
    """Each line that is none is a problem by file and line; the runs are all there."""
    path = tmp_path / "sync.jsonl"
    path.write_bytes(
        b'{"id": 1, "state": "succeeded", "n": "5"}\r\n'
        b"Traceback (most recent call last):\n"
        b'  File "x.py", line 1, in <module>\n'
        b"\n"
        b' 10%|#   | 1/10\r100%|####| 10/10\r{"id": 2, "state": "failed", "err": "boom"}\n'
        b'{"id": 3, "state": "succeeded", "n": NaN}\n'
        b'["no", "object"]\n'
        b"\xef\xbb\xbf"
        + '{"id": 4, "state": "failed", "err": "нет связи"}\n'.encode("cp1251")
        + b'{"id": 5, "state": "run'
    )
    found, cursor = poll(settings_of(path))
    runs = {run.external_id: run for batch in found for run in batch.runs}
    assert {key: run.status.value for key, run in runs.items()} == {
        "1": "succeeded",
        "2": "failed",
        "3": "succeeded",
        "4": "failed",
    }
    assert runs["4"].error_message == "нет связи"
    assert runs["1"].records_read == 5
    problems = [(p.kind, Path(p.where).name) for p in found[0].problems]
    assert problems == [
        ("bad_line", "sync.jsonl: line 2"), ("bad_line", "sync.jsonl: line 3"), ("bad_line", "sync.jsonl: line 5"),
        ("bad_number", "sync.jsonl: line 6: records_read"), ("bad_line", "sync.jsonl: line 7"),
    ]  # fmt: skip
    assert found[0].mode is BatchMode.DELTA
    with path.open("ab") as log:
        log.write(b'ning"}\n')
    found, _ = poll(settings_of(path), cursor)
    assert [(run.external_id, run.status) for run in found[0].runs] == [("5", RunStatus.RUNNING)]


def test_an_other_encoding_is_guessed_or_named(tmp_path: Path) -> None:
    """cp1251 without a word about it, and named."""
    path = tmp_path / "sync.jsonl"
    path.write_bytes(
        '{"id": 4, "state": "failed", "err": "сервер не отвечает на запросы"}\n'.encode("cp1251")
    )
    for encoding in ("auto", "cp1251"):
        found, _ = poll(settings_of(path, encoding=encoding))
        assert found[0].runs[0].error_message == "сервер не отвечает на запросы"


def test_the_last_object_without_a_line_end_is_read_once(tmp_path: Path) -> None:
    """A complete object is no half-written line; its line end, when it comes, is none either."""
    path = tmp_path / "sync.jsonl"
    path.write_bytes(b'{"id": 1, "state": "failed"}')
    found, cursor = poll(settings_of(path))
    assert len(found[0].runs) == 1
    with path.open("ab") as log:
        log.write(b'\n{"id": 2, "state": "failed"}\n')
    found, _ = poll(settings_of(path), cursor)
    assert [run.external_id for run in found[0].runs] == ["2"]
    assert found[0].items == 1


def test_start_and_end_lines_are_one_run(tmp_path: Path) -> None:
    """In one batch they are merged; the end keeps the start's time."""
    path = tmp_path / "sync.jsonl"
    path.write_text(
        '{"id": 1, "state": "running", "start": "2026-11-24T13:30:50Z"}\n{"id": 1, "state": "succeeded", "end": "2026-11-24T13:30:50Z"}\n'
    )
    found, _ = poll(settings_of(path))
    assert [(run.status, run.started_at, run.finished_at) for run in found[0].runs] == [
        (RunStatus.SUCCEEDED, AT, AT)
    ]


def test_a_run_without_an_id_is_named_by_file_and_offset(tmp_path: Path) -> None:
    """The same line has the same id in another poll from the start, and after a rename."""
    path = tmp_path / "sync.jsonl"
    path.write_text('{"state": "failed"}\n{"state": "succeeded"}\n')
    settings = settings_of(tmp_path / "*", fields={"status": "state"})
    first = [run.external_id for run in poll(settings)[0][0].runs]
    assert len(set(first)) == 2
    path.rename(tmp_path / "sync.jsonl.1")
    assert [run.external_id for run in poll(settings)[0][0].runs] == first


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ('id;state;start\n7;OK;soon\n"8";bad;\n9;ok\n', {"format": "csv"}),
        ("noise\nid=7 state=OK start=x\nid=8 state=bad\n", {"format": "logfmt"}),
        (
            "run 7 ended OK at x\nnoise\nrun 8 ended bad\n",
            {"format": "regex", "pattern": r"run (?P<id>\d+) ended (?P<state>\w+)(?: at (?P<start>\S+))?"},
        ),
    ],
    ids=["csv", "logfmt", "regex"],
)
def test_other_notations_bring_the_same_runs(tmp_path: Path, text: str, more: dict[str, str]) -> None:
    """CSV under its header, logfmt, and a pattern with named groups; bad lines and times are counted."""
    path = tmp_path / "sync.log"
    path.write_text(text)
    fields = {"external_id": "id", "status": "state", "started_at": "start"}
    found, cursor = poll(
        settings_of(path, fields=fields, status_map={"ok": "succeeded", "BAD": "failed"}, **more)
    )
    assert [(run.external_id, run.status.value) for run in found[0].runs] == [
        ("7", "succeeded"),
        ("8", "failed"),
    ]
    assert sorted(p.kind for p in found[0].problems) == ["bad_line", "bad_time"]
    assert (
        poll(
            settings_of(path, fields=fields, status_map={"ok": "succeeded", "BAD": "failed"}, **more), cursor
        )[0]
        == []
    )


def test_csv_rows_read_later_stand_under_the_same_header(tmp_path: Path) -> None:
    """The header is found again at the file's start; a quoted cell may hold a line end."""
    path = tmp_path / "sync.csv"
    path.write_text('id,state,err\n1,failed,"two\nlines"\n')
    settings = settings_of(
        path, format="csv", fields={"external_id": "id", "status": "state", "error_message": "err"}
    )
    found, cursor = poll(settings)
    assert [run.error_message for run in found[0].runs] == ["two\nlines"]
    with path.open("a") as log:
        log.write("2,succeeded,\n")
    assert [run.external_id for run in poll(settings, cursor)[0][0].runs] == ["2"]


def test_a_csv_header_that_is_no_csv_is_no_fault(tmp_path: Path) -> None:
    """A lone carriage return in the header: the rows are told to be bad, and the poll goes on."""
    path = tmp_path / "sync.csv"
    path.write_bytes(b"id,\rjob,state\n1,crm,ok\n2,crm\n")
    found, _ = poll(settings_of(path, format="csv", fields={"external_id": "id", "status": "state"}))
    (batch,) = found
    assert [run.external_id for run in batch.runs] == ["1"]
    assert [(one.kind, one.where) for one in batch.problems if one.kind == "bad_line"] == [
        ("bad_line", f"{path}: line 3")
    ]


def test_failed_records_stand_in_the_run_s_line_or_in_their_own(tmp_path: Path) -> None:
    """Nested lists see `parent`; lines of their own are chosen by `where`; both name file and line."""
    path = tmp_path / "sync.jsonl"
    lines = [
        {
            "ev": "end",
            "id": "r1",
            "state": "failed",
            "end": "2026-11-24T13:30:50Z",
            "errors": [{"key": "e1", "msg": "no manager"}],
        },
        {"ev": "record.failed", "run": "r1", "key": "e2", "msg": "bad mail"},
        {"ev": "noise"},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    base = {"where": "ev == 'end'", "fields": {"external_id": "id", "status": "state", "finished_at": "end"}}
    nested = {
        "records": "errors",
        "fields": {"record_key": "key", "error_message": "msg", "operation": "parent.ev", "payload": "@"},
    }
    found, _ = poll(settings_of(path, **base, failed_records=nested))
    record = found[0].failed_records[0]
    assert (record.record_key, record.run_external_id, record.occurred_at, record.operation) == (
        "e1",
        "r1",
        AT,
        "end",
    )
    assert (record.line, record.file, record.payload) == (1, str(path), '{"key":"e1","msg":"no manager"}')
    own = {
        "where": "ev == 'record.failed'",
        "fields": {"record_key": "key", "run_external_id": "run", "error_message": "msg"},
    }
    found, _ = poll(settings_of(path, **base, failed_records=own))
    assert [(r.record_key, r.run_external_id, r.line) for r in found[0].failed_records] == [("e2", "r1", 2)]
    assert len(found[0].runs) == 1


def test_events_and_counts_come_from_lines_too(tmp_path: Path) -> None:
    """A log of steps needs no runs."""
    path = tmp_path / "sync.jsonl"
    path.write_text('{"id": 1, "who": "e1", "step": "post", "out": "ok", "total": 40}\n')
    settings = settings_of(
        path, fields=None,
        record_events={"fields": {"event_id": "id", "record_key": "who", "step": "step", "outcome": "out"}},
        counts={"fields": {"count": "total"}},
    )  # fmt: skip
    found, _ = poll(settings)
    assert (found[0].record_events[0].record_key, found[0].counts[0].count, found[0].runs) == ("e1", 40, [])


LINES = st.fixed_dictionaries(
    {},
    optional={
        "id": st.none() | st.text(max_size=8) | st.integers() | st.booleans() | st.floats(allow_nan=False),
        "job": st.none() | st.text(max_size=4) | st.integers(),
        "state": st.sampled_from(["ok", "OK", "failed", "odd", 3, None, True]),
        "start": st.none() | st.sampled_from(["2026-11-24T13:30:50Z", "2026-11-24T13:30:50.123456789+03:00", "2026-11-24 13:30:50", "soon", 1795527050, 1795527050.5, "1795527050", "", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.9999999-05:00", "1900-01-01T00:00:00Z", 253402300799]),
        "n": st.none() | st.integers(-5, 2**70) | st.text("0123456789", max_size=3) | st.floats(),
        "err": st.none() | st.text(max_size=10) | st.lists(st.integers(), max_size=2) | st.just("x" * 20_000),
        "ev": st.sampled_from(["end", "start", None, 5]),
    },
)  # fmt: skip


@given(items=st.lists(LINES, max_size=5), where=st.sampled_from([None, "ev == 'end'"]))
def test_the_quick_way_finds_what_the_thorough_way_finds(items: list[dict], where: str | None) -> None:
    """Line for line the same runs and the same problems."""
    from collectors.files.reader import Chunk

    lines = [json.dumps(item).encode() for item in items] + [b"noise"]
    chunk = Chunk(
        path="x",
        place=(0, 0),
        id="f",
        lines=lines,
        offset=0,
        first_line=1,
        head=b"",
        too_long=0,
        note=None,
        mtime_seconds=0,
        raw=b"\n".join(lines),
    )
    settings = settings_of("x", where=where, status_map={"ok": "succeeded", "failed": "failed"})
    results = []
    for quick in (True, False):
        parser = LogParser(settings, AT, Problems())
        assert parser._quick is not None
        if not quick:
            parser._quick = None
        parser.take(chunk)
        results.append(parser.batch({}))
    assert list(results[0].runs) == list(results[1].runs)
    assert list(results[0].problems) == list(results[1].problems)


def test_batches_carry_cursors_that_go_on_exactly(tmp_path: Path) -> None:
    """A poll killed after any batch goes on with the next line."""
    path = tmp_path / "sync.jsonl"
    path.write_text(
        "".join(json.dumps({"id": n, "state": "failed", "err": "x" * 50}) + "\n" for n in range(50_000))
    )
    settings, seen, cursor = settings_of(path), [], dict[str, Any]()
    for _ in range(10):
        batch = next(iter(batches(settings, cursor, now())), None)
        if batch is None:
            break
        assert len(batch.runs) < 40_000
        seen += [run.external_id for run in batch.runs]
        cursor = dict(batch.cursor)
    assert seen == [str(number) for number in range(50_000)]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"format": "regex"}, "pattern"), ({"format": "regex", "pattern": "("}, "no regular expression"),
        ({"format": "regex", "pattern": "x"}, "no named group"), ({"pattern": "(?P<a>x)"}, "pattern"),
        ({"fields": {"external_id": "id"}}, "status missing"), ({"fields": None}, "reads nothing"),
        ({"fields": FIELDS | {"stauts": "x"}}, 'did you mean "status"'), ({"status_map": {"ok": "suceeded"}}, 'did you mean "succeeded"'),
        ({"encoding": "klingon"}, "another text encoding"),
    ],
    ids=str,
)  # fmt: skip
def test_settings_that_cannot_work_say_what_to_do(more: dict, says: str) -> None:
    """Where, what and the remedy."""
    with pytest.raises(ValidationError, match=says):
        settings_of("x", **more)


def test_a_pattern_may_pass_over_lines_of_other_kinds(tmp_path: Path) -> None:
    """With an empty alternative and `where`, as the reference says, a text log of all kinds has no bad line."""
    path = tmp_path / "sync.log"
    path.write_text(
        "2026-11-24 13:00:00,001 INFO run a1 started\n"
        "2026-11-24 13:00:05,120 WARNING slow answer\n"
        "2026-11-24 13:01:00,501 ERROR run a1 failed after 1m0.5s: refused\n"
        "Traceback (most recent call last):\n"
    )
    pattern = r"^(?P<at>\S+ \S+) \w+ run (?P<id>\w+) (?P<state>started|failed)(?: after (?P<took>\S+): (?P<why>.*))?$|"
    fields = {"external_id": "id", "status": "state", "duration_seconds": "took", "error_message": "why"}
    fields |= {
        "started_at": "state == 'started' && at || null",
        "finished_at": "state != 'started' && at || null",
    }
    words = {"started": "running", "failed": "failed"}
    found, _ = poll(
        settings_of(path, format="regex", pattern=pattern, where="id", fields=fields, status_map=words)
    )
    assert [problem for batch in found for problem in batch.problems] == []
    [run] = [run for batch in found for run in batch.runs]
    assert (run.external_id, run.status, run.duration_seconds, run.error_message) == (
        "a1",
        RunStatus.FAILED,
        60.5,
        "refused",
    )


@pytest.mark.parametrize(("unit", "seconds"), [("s", 1500.0), ("ms", 1.5)])
def test_bare_durations_have_the_configured_unit(tmp_path: Path, unit: str, seconds: float) -> None:
    """Seconds unless `time.duration_unit` says otherwise."""
    path = tmp_path / "sync.jsonl"
    path.write_text(
        '{"id": "1", "state": "succeeded", "took": 1500}\n{"id": "2", "state": "failed", "took": "1.5s"}\n'
    )
    fields = {"external_id": "id", "status": "state", "duration_seconds": "took"}
    found, _ = poll(settings_of(path, fields=fields, time={"duration_unit": unit}))
    assert [run.duration_seconds for run in found[0].runs] == [seconds, 1.5]


def test_an_empty_alternative_hides_nothing_further_on_in_a_line(tmp_path: Path) -> None:
    """A pattern that is not tied to the line's start is looked for to its end before the `|` passes the line over."""
    path = tmp_path / "sync.log"
    path.write_text("13:00 INFO noise\n13:01 INFO run a1 failed\n")
    fields = {"external_id": "id", "status": "state"}
    pattern = r"run (?P<id>\w+) (?P<state>failed)|"
    found, _ = poll(settings_of(path, format="regex", pattern=pattern, where="id", fields=fields))
    assert [run.external_id for batch in found for run in batch.runs] == ["a1"]
    assert [problem for batch in found for problem in batch.problems] == []


@pytest.mark.parametrize(
    ("text", "count"), [("1,234", 1234), ("12\u00a0345\u00a0678", 12345678), ("1'234", 1234)]
)
def test_a_count_may_be_written_by_thousands(tmp_path: Path, text: str, count: int) -> None:
    """A count has no decimals to take them for."""
    path = tmp_path / "sync.jsonl"
    path.write_text(json.dumps({"id": "1", "state": "succeeded", "n": text}) + "\n", encoding="utf-8")
    found, _ = poll(settings_of(path))
    assert [run.records_read for run in found[0].runs] == [count]


def test_a_text_for_a_terminal_is_read_without_its_colours(tmp_path: Path) -> None:
    """As programs write them that think they speak to a person."""
    path = tmp_path / "sync.log"
    path.write_text("\x1b[32m13:00\x1b[0m \x1b[1mid=7\x1b[0m state=\x1b[31msucceeded\x1b[m\n")
    found, _ = poll(settings_of(path, format="logfmt"))
    assert [(run.external_id, run.status) for run in found[0].runs] == [("7", RunStatus.SUCCEEDED)]


@pytest.mark.parametrize("where", [None, "id != '0'"], ids=["the quick way", "the thorough way"])
def test_colours_within_the_texts_of_json_are_no_part_of_them(tmp_path: Path, where: str | None) -> None:
    """winston's `colorize()` puts them there, escaped; a backslash that stands for itself escapes nothing."""
    path = tmp_path / "sync.jsonl"
    path.write_text(
        '{"id": "7", "state": "\\u001b[31mfailed\\u001B[39m", "why": "\\u001b[1;31mno\\u001b[0m \\u001b]8;;http://x\\u0007link C:\\\\u001b[1m"}\n'
    )
    fields = {"external_id": "id", "status": "state", "error_message": "why"}
    found, _ = poll(
        settings_of(
            path, fields=fields, status_map={"failed": "failed"}, **({"where": where} if where else {})
        )
    )
    (run,) = found[0].runs
    assert (run.status, run.error_message) == (RunStatus.FAILED, "no link C:\\u001b[1m")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-be", "utf-16-le"])
@pytest.mark.parametrize("begins", [r"\[\d{4}-", r"(?:\x1b\[\d+m)?\[\d{4}-"])
def test_an_entry_begins_behind_colours_and_marks(tmp_path: Path, encoding: str, begins: str) -> None:
    """log4js colours its lines, Java writes a mark before each entry in UTF-16; a pattern that names the colours still holds."""
    path = tmp_path / "sync.log"
    entries = [
        "\x1b[91m[2026-11-24] \x1b[39mrun 1 failed\n  at x\n",
        "\x1b[92m[2026-11-24] \x1b[39mrun 2 succeeded\n",
    ]
    path.write_bytes(b"".join(f"\ufeff{entry}".encode(encoding) for entry in entries))
    os.utime(path, (1, 1))
    pattern = r"(?s)^\[[^]]+\] run (?P<id>\d+) (?P<state>\w+)\s*(?P<why>.*)"
    fields = {"external_id": "id", "status": "state", "error_message": "why"}
    found, _ = poll(settings_of(path, format="regex", begins=begins, pattern=pattern, fields=fields))
    runs = [run for batch in found for run in batch.runs]
    assert [(run.external_id, run.error_message) for run in runs] == [("1", "at x"), ("2", None)]


def test_a_run_without_an_end_has_none(tmp_path: Path) -> None:
    """A last day that there is stands for no end; by the quick way too."""
    path = tmp_path / "runs.log"
    path.write_text(
        '{"id": "1", "state": "running", "start": "2026-11-24T13:30:50Z", "end": "9999-12-31T23:59:59Z"}\n'
    )
    ((batch,), _) = poll(settings_of(path))
    assert (batch.runs[0].started_at, batch.runs[0].finished_at) == (AT, None)
    assert batch.problems == []


def test_a_csv_log_that_begins_with_what_excel_says_has_its_header_below(tmp_path: Path) -> None:
    """Also where the next poll reads on."""
    path = tmp_path / "sync.csv"
    path.write_text("sep=\t\r\nid\tstate\r\n1\tsucceeded\r\n", encoding="utf-16")
    settings = settings_of(path, format="csv", fields={"external_id": "id", "status": "state"})
    found, cursor = poll(settings)
    path.write_text("sep=\t\r\nid\tstate\r\n1\tsucceeded\r\n2\tfailed\r\n", encoding="utf-16")
    later, _ = poll(settings, cursor)
    batches_ = [*found, *later]
    assert [run.external_id for batch in batches_ for run in batch.runs] == ["1", "2"]
    assert [problem for batch in batches_ for problem in batch.problems] == []


def _five(form: str) -> list[str]:
    match form:
        case "jsonl":
            return [f'{{"id": "{number}", "state": "succeeded"}}' for number in range(5)]
        case "logfmt":
            return [f"id={number} state=succeeded" for number in range(5)]
        case "regex":
            return [f"run {number} succeeded" for number in range(5)]
        case _:
            return ["id,state", *(f"{number},succeeded" for number in range(5))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be"])
@pytest.mark.parametrize(
    ("form", "end"),
    [(form, end) for form in ("jsonl", "logfmt", "regex", "csv") for end in ("\n", "\r\n", "\r", "\0")][:-1],
)  # no table ends its rows in NULs
def test_every_line_is_read_whatever_ends_it(tmp_path: Path, form: str, end: str, encoding: str) -> None:
    """Where it is one sign alone too: none is taken for the rest of another."""
    path = tmp_path / "sync.log"
    path.write_bytes("".join(line + end for line in _five(form)).encode(encoding))
    os.utime(path, (1_795_000_000, 1_795_000_000))
    pattern = r"run (?P<id>\d+) (?P<state>\w+)" if form == "regex" else None
    fields = {"external_id": "id", "status": "state"}
    found, _ = poll(settings_of(path, format=form, pattern=pattern, fields=fields))
    assert [run.external_id for batch in found for run in batch.runs] == ["0", "1", "2", "3", "4"]
    assert [problem for batch in found for problem in batch.problems] == []


def test_json_that_nuls_end_is_read_as_it_grows(tmp_path: Path) -> None:
    """GELF in a file: packed too, each once, with its line; runs without ids of their own stay apart."""
    path, seen = tmp_path / "gelf.log", []
    cursor: dict[str, object] = {}
    fields = {"status": "state"}
    for text in ('{"state": "succeeded"}', "\0", '{"state": "failed"}\0{"state": "fai', 'led"}\0no json\0'):
        with path.open("ab") as file:
            file.write(text.encode())
        found, cursor = poll(settings_of(path, fields=fields), cursor)
        seen += [
            (run.external_id.partition(":")[2], run.status.value) for batch in found for run in batch.runs
        ]
    assert seen == [("0", "succeeded"), ("23", "failed"), ("43", "failed")]
    assert [problem.where for batch in found for problem in batch.problems] == [f"{path}: line 4"]
    (tmp_path / "gelf.log.gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
    found, _ = poll(settings_of(tmp_path / "gelf.log.gz", fields=fields))
    assert len([run for batch in found for run in batch.runs]) == 3


def test_entries_that_stand_in_one_line_are_runs_each(tmp_path: Path) -> None:
    """Between returns alone, and without ids of their own."""
    path = tmp_path / "sync.log"
    path.write_bytes(b"state=succeeded\rstate=failed\rstate=failed\n")
    found, _ = poll(settings_of(path, format="logfmt", fields={"status": "state"}))
    assert [run.status.value for batch in found for run in batch.runs] == ["succeeded", "failed", "failed"]


@pytest.mark.parametrize(
    "line", [b'{"id": "a\0b", "state": "failed"}', b'\0\0{"id": "ab", "state": "failed"}\0']
)
def test_a_nul_within_a_line_ends_none(tmp_path: Path, line: bytes) -> None:
    """A crash leaves them: they are left out."""
    path = tmp_path / "sync.log"
    path.write_bytes(line + b"\n")
    found, _ = poll(settings_of(path))
    assert [run.external_id for batch in found for run in batch.runs] == ["ab"]


def test_a_quote_that_nobody_closes_swallows_no_row_of_a_csv_log(tmp_path: Path) -> None:
    """It is told by its line, and reading goes on in the next one; cells of several lines are read."""
    path = tmp_path / "sync.csv"
    path.write_text(
        '#TYPE X\nid,state,err\n1,ok,"two\nlines, ""q"""\n2,ok,"x,\n3,ok,z\n4,ok,"y"\n5,ok,"open\n6,ok,w\n',
        encoding="utf-8",
    )
    fields = {"external_id": "id", "status": "state", "error_message": "err"}
    settings = settings_of(path, format="csv", fields=fields, status_map={"ok": "succeeded"})
    batches_ = list(batches(settings, {}, now() + timedelta(hours=1)))
    runs = [(run.external_id, run.error_message) for batch in batches_ for run in batch.runs]
    assert runs == [("1", 'two\nlines, "q"'), ("3", "z"), ("4", "y"), ("6", "w")]
    told = [problem.where for batch in batches_ for problem in batch.problems]
    assert told == [f"{path}: line 5", f"{path}: line 8"]


def test_the_mark_of_a_file_put_behind_another_is_no_part_of_a_line(tmp_path: Path) -> None:
    """`cat a b > c`, each with its mark."""
    path = tmp_path / "sync.log"
    path.write_bytes("".join(f'\ufeff{{"id": {number}, "state": "failed"}}\n' for number in (1, 2)).encode())
    found, _ = poll(settings_of(path))
    assert [run.external_id for batch in found for run in batch.runs] == ["1", "2"]
    assert [problem for batch in found for problem in batch.problems] == []
