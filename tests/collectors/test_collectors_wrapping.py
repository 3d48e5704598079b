"""Lines that Docker, Kubernetes, syslog or the journal carry are read as they were written."""

import gzip
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.files.content import BLOCK_BYTES
from collectors.files.entries import beginning, beginning_in, together
from collectors.files.lines import cut
from collectors.files.parting import LONGEST_APART_BYTES, Parting
from collectors.files.wrapping import Wrapping, carried, streams_of, times_of, unwrapped
from collectors.sources.log_file import batches
from core.clock import now
from tests.collectors.test_collectors_log_file import poll, settings_of

AT = "2026-11-24T13:00:00.123456789Z"


def docker(text: str, stream: str = "stdout") -> bytes:
    return json.dumps({"log": text, "stream": stream, "time": AT}).encode()


def cri(text: str, part: str = "F", stream: str = "stdout", at: str = AT) -> bytes:
    return f"{at} {stream} {part} {text}".encode()


@pytest.mark.parametrize(
    ("wrapping", "line", "inner"),
    [
        ("docker", docker("id=1 ok\n"), b"id=1 ok"), ("docker", docker("id=1\r\n"), b"id=1"), ("docker", b"no docker", b"no docker"),
        ("docker", b'{"time": "x"}', b'{"time": "x"}'), ("cri", cri("id=1 ok"), b"id=1 ok"), ("cri", cri(""), b""),
        ("cri", b"no cri", b"no cri"), ("syslog", b"<13>Nov  4 13:00:00 host sync[12]: id=1", b"id=1"), ("syslog", b"Nov 24 13:00:00 host sync: id=1", b"id=1"),
        ("syslog", b"2026-11-24T13:00:00+03:00 host sync[1]: id=1", b"id=1"), ("syslog", b"<165>1 2026-11-24T13:00:00Z h app 1 ID [a@1 x=\"]\\\"\"][b y=\"1\"] \xef\xbb\xbfid=1", b"id=1"),
        ("syslog", b"<165>1 - - - - - -", b""), ("syslog", b"Nov 24 2026 13:00:00 host sync: id=1", b"id=1"), ("syslog", b"<30>Nov 24 13:00:00 sync[12]: id=1", b"id=1"),
        ("syslog", b"<13>2026-11-24 13:00:00 host sync[12]: id=1", b"id=1"), ("syslog", b"Nov 24 13:00:00 host HR sync[12]: id=1", b"id=1"), ("journald", b'{"MESSAGE": ["id=1", "b"]}', b"id=1 b"), ("syslog", b"id=1", b"id=1"), ("journald", b'{"MESSAGE": "id=1", "_PID": "7"}', b"id=1"),
        ("journald", b'{"MESSAGE": "id=1", "__REALTIME_TIMESTAMP": 1795525200123456}', b"id=1"), ("journald", b'{"MESSAGE": "id=1", "__REALTIME_TIMESTAMP": null}', b"id=1"),
        ("journald", b'{"MESSAGE": [105, 100, 61, 49]}', b"id=1"), ("journald", b'{"MESSAGE": null}', b'{"MESSAGE": null}'),
    ],
)  # fmt: skip
def test_what_carries_a_line_is_taken_off(wrapping: Wrapping, line: bytes, inner: bytes) -> None:
    """And a line that nothing carries stays."""
    assert unwrapped([line], wrapping) == [inner]


@pytest.mark.parametrize(
    ("wrapping", "line", "time"),
    [
        ("docker", docker("x\n"), AT),
        ("docker", b"no docker", ""),
        ("cri", cri("x", "P", "stderr"), AT),
        ("syslog", b"<13>Nov  4 13:00:00 host sync[12]: x", "Nov  4 13:00:00"),
        ("syslog", b"<165>1 2026-11-24T13:00:00.003Z h app 1 ID - x", "2026-11-24T13:00:00.003Z"),
        ("syslog", b"<165>1 - h app 1 ID - x", ""),
        ("syslog", b"2026-11-24T13:00:00+03:00 host sync[1]: x", "2026-11-24T13:00:00+03:00"),
        ("syslog", b"x", ""),
        ("journald", b'{"MESSAGE": "x", "__REALTIME_TIMESTAMP": "1795525200123456"}', "1795525200123456"),
        ("journald", b'{"MESSAGE": "x", "__REALTIME_TIMESTAMP": 1795525200123456}', "1795525200123456"),
        ("journald", b'{"MESSAGE": "x", "__REALTIME_TIMESTAMP": null}', ""),
        ("journald", b'{"MESSAGE": "x", "__REALTIME_TIMESTAMP": ["1", "2"]}', ""),
        ("journald", b'{"MESSAGE": "x"}', ""),
        ("journald", b"x", ""),
    ],
)
def test_when_a_line_was_carried_is_told_by_its_carrier(wrapping: Wrapping, line: bytes, time: str) -> None:
    """As it is written there; nothing where it does not say."""
    assert times_of(carried([line], wrapping)) == [time]


@pytest.mark.parametrize(
    ("wrapping", "lines"),
    [
        ("docker", [docker("run=5 \n"), docker("run=7 own=2026-11-24T09:00:00Z \n")]),
        ("cri", [cri("run=5"), cri("run=", "P"), cri("7 own=2026-11-24T09:00:00Z")]),
        ("syslog", [b"<13>1 2026-11-24T13:00:00.123456Z h s - - - run=5", b"<13>Nov 24 13:00:00 h s: run=7 own=2026-11-24T09:00:00Z"]),
        ("journald", [
            b'{"MESSAGE": "run=5", "__REALTIME_TIMESTAMP": "1795525200123456"}',
            b'{"MESSAGE": "run=7 own=2026-11-24T09:00:00Z", "__REALTIME_TIMESTAMP": "1795525200123456"}',
        ]),
    ],
    ids=["docker", "cri", "syslog", "journald"],
)  # fmt: skip
def test_a_line_without_a_time_has_that_of_its_carrier(
    tmp_path: Path, wrapping: Wrapping, lines: list[bytes]
) -> None:
    """Where the configuration asks for it; a time of its own comes first."""
    (tmp_path / "sync.log").write_bytes(b"\n".join(lines) + b"\n")
    fields = {"external_id": "run", "status": "'succeeded'", "finished_at": "own || carried_at"}
    settings = settings_of(
        path=str(tmp_path / "sync.log"),
        format="logfmt",
        wrapped=wrapping,
        fields=fields,
        status_map={"succeeded": "succeeded"},
    )
    (batch,) = batches(settings, {}, now())
    found = {run.external_id: run.finished_at for run in batch.runs}
    assert found == {
        "5": datetime(2026, 11, 24, 13, 0, 0, 123456, tzinfo=UTC),
        "7": datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    }


def test_when_a_line_was_carried_may_be_asked_for_where_its_entries_are_found(tmp_path: Path) -> None:
    """An expression that makes entries out of a line names the carrier's time as well."""
    (tmp_path / "sync.log").write_bytes(docker("key=k1\n") + b"\n")
    settings = settings_of(
        path=str(tmp_path / "sync.log"),
        format="logfmt",
        wrapped="docker",
        fields=None,
        status_map={},
        failed_records={
            "records": "[{k: key, at: carried_at}]",
            "fields": {"record_key": "k", "occurred_at": "at"},
        },
    )
    (batch,) = batches(settings, {}, now())
    assert [one.occurred_at for one in batch.failed_records] == [
        datetime(2026, 11, 24, 13, 0, 0, 123456, tzinfo=UTC)
    ]


@pytest.mark.parametrize(
    ("wrapping", "lines"),
    [
        ("cri", [cri('{"id": ', "P"), cri('"1", ', "P"), cri('"state": "succeeded"}')]),
        ("docker", [docker('{"id": '), docker('"1", "state": '), docker('"succeeded"}\n')]),
    ],
)
def test_the_parts_of_a_long_line_are_one_wherever_a_poll_ends(
    tmp_path: Path, wrapping: Wrapping, lines: list[bytes]
) -> None:
    """Polled after each part, also within one: the run comes once, with the last."""
    path, seen = tmp_path / "sync.log", []
    cursor: dict[str, object] = {}
    settings = settings_of(path, wrapped=wrapping)
    path.write_bytes(b"")
    for part in [*b"\n".join(lines).partition(b",")[:2], b"\n".join(lines).partition(b",")[2] + b"\n"]:
        with path.open("ab") as file:
            file.write(part)
        found, cursor = poll(settings, cursor)
        seen += [run.external_id for batch in found for run in batch.runs]
        assert [problem for batch in found for problem in batch.problems] == []
    assert seen == ["1"]


@given(parts=st.lists(st.sampled_from(["F", "P"]), max_size=12), size=st.integers(1, 60))
def test_no_piece_ends_within_a_line(parts: list[str], size: int) -> None:
    """However the stream is read; only an unfinished one is left, until nobody will finish it."""
    lines = [cri(f"line {number}", part) for number, part in enumerate(parts)]
    stream = _Stream(b"".join(line + b"\n" for line in lines), size)
    pieces = list(
        cut(stream, at_start=True, skipping=False, last_is_whole=lambda _: True, parting=Parting.of("cri"))
    )
    assert [line for piece in pieces for line in piece.lines] == lines
    assert sum(piece.breaks for piece in pieces) == len(lines)
    assert all(piece.lines[-1] == lines[-1] or b" F " in piece.lines[-1] for piece in pieces)


ONE, TWO = '{"id": "1", "state": "succeeded"}', '{"id": "2", "state": "failed"}'


@pytest.mark.parametrize(
    ("wrapping", "lines"),
    [
        ("cri", [cri(ONE[:9], "P"), cri(TWO[:5], "P", "stderr"), cri(ONE[9:]), cri(TWO[5:], "F", "stderr")]),
        ("cri", [cri(ONE[:9], "P"), cri(TWO, "F", "stderr"), cri(ONE[9:12], "P"), cri(ONE[12:])]),
        ("docker", [docker(ONE[:9]), docker(TWO[:5], "stderr"), docker(TWO[5:] + "\n", "stderr"), docker(ONE[9:] + "\n")]),
    ],
)  # fmt: skip
def test_what_two_streams_write_at_once_is_not_mixed(
    tmp_path: Path, wrapping: Wrapping, lines: list[bytes]
) -> None:
    """Each stream's parts make its lines, wherever a poll ends."""
    for ended in range(len(lines) + 1):
        path, cursor, seen = tmp_path / f"sync{ended}.log", dict[str, object](), []
        for part in (lines[:ended], lines[ended:]):
            with path.open("ab") as file:
                file.writelines(line + b"\n" for line in part)
            found, cursor = poll(settings_of(path, wrapped=wrapping), cursor)
            seen += [run.external_id for batch in found for run in batch.runs]
            assert [problem for batch in found for problem in batch.problems] == []
        assert sorted(seen) == ["1", "2"]


def test_a_traceback_belongs_to_its_own_stream(tmp_path: Path) -> None:
    """What the other stream writes between its lines is no part of it, nor it of that; parts of lines too."""
    path = tmp_path / "sync.log"
    lines = [
        cri("2026 run 1 failed", "F", "stderr"), cri("Traceback", "F", "stderr"), cri("2026 run 2 succeeded"),
        cri("Value", "P", "stderr"), cri("2026 run 3 succeeded"), cri("Error", "F", "stderr"),
    ]  # fmt: skip
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    pattern = r"(?s)^2026 run (?P<id>\d) (?P<state>\w+)\s*(?P<why>.*)"
    fields = {"external_id": "id", "status": "state", "error_message": "why"}
    settings = settings_of(path, wrapped="cri", format="regex", begins="2026", pattern=pattern, fields=fields)
    found = list(batches(settings, {}, now(), settled=True))
    runs = {run.external_id: run.error_message for batch in found for run in batch.runs}
    assert runs == {"1": "Traceback\nValueError", "2": None, "3": None}


@given(
    written=st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.sampled_from(["begin", "more", "part"])), max_size=14),
    cuts=st.sets(st.integers(1, 13)),
)  # fmt: skip
def test_entries_of_two_streams_come_whole_wherever_a_poll_ends(
    written: list[tuple[str, str]], cuts: set[int]
) -> None:
    """Each line of an entry that was begun comes with it, in the chunk in which it begins."""
    lines = [
        cri(f"{'2026 ' if kind == 'begin' else ''}{number}", "P" if kind == "part" else "F", stream)
        for number, (stream, kind) in enumerate(written)
    ]
    expected: dict[str, list[str]] = {"stdout": [], "stderr": []}
    got: dict[str, list[str]] = {"stdout": [], "stderr": []}
    rest: dict[str, str] = {}
    for number, (stream, kind) in enumerate(written):
        text = f"{'2026 ' if kind == 'begin' else ''}{number}"
        if kind == "part":
            rest[stream] = rest.get(stream, "") + text
            continue
        whole = rest.pop(stream, "") + text
        if whole.startswith("2026"):
            expected[stream].append(whole)
        elif expected[stream]:
            expected[stream][-1] += "\n" + whole
    begins = beginning_in("2026", "cri")
    data, at = b"", 0
    for stop in [*sorted(cuts), len(lines)]:
        data += b"".join(line + b"\n" for line in lines[at:stop])
        at = max(at, min(stop, len(lines)))
        pieces = list(cut(io.BytesIO(data), at_start=False, skipping=False, last_is_whole=lambda _: False,
            parting=Parting.of("cri"), begins=begins, at_rest=stop == len(lines)))  # fmt: skip
        for piece in pieces:
            data = data[len(piece.raw) :]
            streams = streams_of(carried(piece.lines, "cri"))
            found = together(unwrapped(piece.lines, "cri"), beginning("2026"), streams)
            for place, entry in enumerate(found):
                if entry:
                    got[streams[place]].append(entry.decode())
    if not rest:
        assert got == expected


LATER = "2026-11-24T13:01:30.1Z"


@pytest.mark.parametrize(
    ("others", "seconds_ago", "expected"),
    [
        ([cri(TWO, stream="stderr")], 0, []),
        ([cri(TWO, stream="stderr")], 30, ["2"]),
        ([cri(TWO, stream="stderr", at=LATER)], 0, ["2"]),
        ([cri("x" * LONGEST_APART_BYTES, stream="stderr"), cri(TWO, stream="stderr")], 0, ["2"]),
    ],
    ids=["may still come", "nobody writes", "long ago", "much between"],
)
def test_a_line_whose_last_part_never_comes_holds_nobody_up(
    tmp_path: Path, others: list[bytes], seconds_ago: int, expected: list[str]
) -> None:
    """It is told as a bad line itself, and what the other stream wrote after it is read."""
    path = tmp_path / "sync.log"
    path.write_bytes(b"".join(line + b"\n" for line in [cri(ONE[:9], "P"), *others]))
    at = now().timestamp() - seconds_ago
    os.utime(path, (at, at))
    found, _ = poll(settings_of(path, wrapped="cri"))
    assert [run.external_id for batch in found for run in batch.runs] == expected
    told = [problem.where for batch in found for problem in batch.problems]
    assert (f"{path}: line 1" in told) == bool(expected)


class _Stream:
    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size = data, size

    def read(self, size: int = BLOCK_BYTES, /) -> bytes:
        taken, self._data = self._data[: self._size], self._data[self._size :]
        return taken


def test_a_run_in_the_path_stands_beside_the_lines(tmp_path: Path) -> None:
    """What a line says itself wins; a path that says nothing leaves the fields out."""
    for name, text in (
        ("run=a7/attempt=2.log", '{"state": "succeeded"}'),
        ("run=a8/attempt=1.log", '{"state": "failed", "run": "own"}'),
        ("other/plain.log", '{"state": "failed"}'),
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text + "\n", encoding="utf-8")
    fields = {"external_id": "run", "attempt": "attempt", "status": "state"}
    pattern = r"run=(?P<run>\w+)/attempt=(?P<attempt>\d+)\.log"
    found, _ = poll(settings_of(tmp_path / "*" / "*.log", path_pattern=pattern, fields=fields))
    runs = sorted((run.external_id, run.attempt) for batch in found for run in batch.runs)
    assert runs == [("a7", 2), ("own", 1)]
    assert [problem.kind for batch in found for problem in batch.problems] == ["missing_id"]


def test_files_that_their_paths_tell_apart_are_no_copies(tmp_path: Path) -> None:
    """The same line in the file of each run is a run each; the same file packed beside it is still a copy."""
    line = b'{"state": "succeeded"}\n'
    settings = settings_of(
        tmp_path / "run-*.log*",
        path_pattern=r"run-(?P<run>\d+)\.log",
        fields={"external_id": "run", "status": "state"},
    )
    (tmp_path / "run-1.log").write_bytes(line)
    found, cursor = poll(settings)
    seen = [run.external_id for batch in found for run in batch.runs]
    (tmp_path / "run-2.log").write_bytes(line)
    (tmp_path / "run-1.log.gz").write_bytes(gzip.compress(line))
    for _ in range(2):
        found, cursor = poll(settings, cursor)
        seen += [run.external_id for batch in found for run in batch.runs]
        (tmp_path / "run-1.log").unlink(missing_ok=True)
        (tmp_path / "run-3.log").write_bytes(line)
    assert seen == ["1", "2", "3"]


def test_json_within_a_text_is_looked_into_where_records_are_chosen(tmp_path: Path) -> None:
    """By the `where` of failed records too."""
    path = tmp_path / "sync.log"
    texts = [json.dumps(json.dumps({"level": level})) for level in ("error", "info")]
    path.write_text("".join(f"key={n} event={text}\n" for n, text in enumerate(texts)), encoding="utf-8")
    records = {"where": "event.level == 'error'", "fields": {"record_key": "key"}}
    found, _ = poll(settings_of(path, format="logfmt", fields=None, failed_records=records))
    assert [one.record_key for batch in found for one in batch.failed_records] == ["0"]


def test_json_within_a_text_is_looked_into(tmp_path: Path) -> None:
    """Where an expression goes further in; elsewhere a text stays what it is."""
    path = tmp_path / "sync.log"
    path.write_text(
        'job=crm summary="{\\"id\\": 7, \\"rows\\": {\\"read\\": 5}}" state=ok err={}\n', encoding="utf-8"
    )
    fields = {"external_id": "summary.id", "records_read": "summary.rows.read", "status": "state", "error_message": "err"}  # fmt: skip
    found, _ = poll(settings_of(path, format="logfmt", fields=fields, status_map={"ok": "succeeded"}))
    (run,) = (run for batch in found for run in batch.runs)
    assert (run.external_id, run.records_read, run.error_message) == ("7", 5, "{}")
