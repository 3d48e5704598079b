"""A run as the logs of four different systems tell of it: JSON lines, logfmt, CSV and plain text."""

import csv
import io
import json
from datetime import datetime

from sandbox.catalogue import MOSCOW, Feed, Trace
from sandbox.runs import ABORTED, DONE, DONE_WITH_ERRORS, ERROR, LoggedRun, RecordError

CSV_HEADER = "run;file;status;started;finished;rows;rows_ok;rows_bad;message"

_JSON_WORDS = {DONE: "ok", DONE_WITH_ERRORS: "warnings", ERROR: "failed", ABORTED: "killed"}
_LOGFMT_WORDS = {DONE: "success", DONE_WITH_ERRORS: "partial", ERROR: "failure", ABORTED: "aborted"}
_CSV_WORDS = {
    DONE: "IMPORTED",
    DONE_WITH_ERRORS: "IMPORTED WITH ERRORS",
    ERROR: "REJECTED",
    ABORTED: "STOPPED",
}
_TEXT_WORDS = {
    DONE: "COMPLETED",
    DONE_WITH_ERRORS: "COMPLETED_WITH_WARNINGS",
    ERROR: "FAILED",
    ABORTED: "STOPPED",
}


def started_lines(feed: Feed, run: LoggedRun) -> list[str]:
    """What a system writes when the run starts; most write nothing."""
    if feed.trace is Trace.JSON_LINES:
        head = {
            "event": "run.started",
            "ts": _iso(run.started_at),
            "run": run.id,
            "job": run.job,
            "state": "started",
        }
        return [
            json.dumps({**head, "started": _iso(run.started_at), "reason": run.reason}, ensure_ascii=False)
        ]
    if feed.trace is Trace.LOGFMT:
        return [f'ts={_iso(run.started_at)} level=info msg="run started" run={run.id} job={run.job}']
    if feed.trace is Trace.TEXT:
        return [f"{_local(run.started_at)} INFO  [{run.job}] run {run.id} started by {run.reason}"]
    return []


def finished_lines(feed: Feed, run: LoggedRun) -> list[str]:
    """What a system writes when the run has ended."""
    if feed.trace is Trace.JSON_LINES:
        return [_json(run)]
    if feed.trace is Trace.LOGFMT:
        return [_logfmt(run)]
    if feed.trace is Trace.CSV:
        return [_csv(run)]
    return _text(run) if feed.trace is Trace.TEXT else []


def _json(run: LoggedRun) -> str:
    item: dict[str, object] = {
        "event": "run.finished", "ts": _iso(run.updated_at), "run": run.id, "job": run.job,
        "state": _JSON_WORDS.get(run.state, run.state), "reason": run.reason,
        "started": _iso(run.started_at), "finished": _iso(run.updated_at),
        "rows": {"read": run.read, "written": run.written, "skipped": run.skipped, "failed": run.failed},
        "bytes": run.bytes,
    }  # fmt: skip
    if run.file:
        item["file"] = run.file
        item["text"] = f"Файл {run.file}: прочитано строк {run.read}"
    if run.error_code:
        item["error"] = {"code": run.error_code, "text": run.error_message}
    if run.errors:
        item["errors"] = [_record(error) for error in run.errors]
    return json.dumps(item, ensure_ascii=False)


def _record(error: RecordError) -> dict[str, object]:
    return {
        "type": error.entity, "id": error.key, "op": error.operation, "code": error.code, "text": error.message,
        "held_back_by": error.held_back_by, "at": _iso(error.at), "record": error.payload,
    }  # fmt: skip


def _logfmt(run: LoggedRun) -> str:
    level = "error" if run.error_code else "warn" if run.failed else "info"
    line = (
        f'ts={_iso(run.updated_at)} level={level} msg="run finished" run={run.id} job={run.job} '
        f"status={_LOGFMT_WORDS.get(run.state, run.state)} started={_iso(run.started_at)} read={run.read} "
        f"sent={run.written} skipped={run.skipped} failed={run.failed} duration={run.seconds:.3f}s"
    )
    return line + (f' code={run.error_code} error="{_quoted(run.error_message)}"' if run.error_code else "")


def _csv(run: LoggedRun) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="").writerow(
        [
            run.id, run.file, _CSV_WORDS.get(run.state, run.state), _local(run.started_at), _local(run.updated_at),
            run.read, run.written + run.skipped, run.failed, run.error_message or "",
        ]
    )  # fmt: skip
    return out.getvalue()


def _text(run: LoggedRun) -> list[str]:
    level = "ERROR" if run.error_code else "WARN " if run.failed else "INFO "
    word = _TEXT_WORDS.get(run.state, run.state.upper())
    line = (
        f"{_local(run.updated_at)} {level} [{run.job}] run {run.id} {word} started={_local(run.started_at)} "
        f"read={run.read} written={run.written} skipped={run.skipped} failed={run.failed}"
    )
    return [line + (f" error={run.error_code}: {run.error_message}" if run.error_code else "")]


def _quoted(text: str | None) -> str:
    return (text or "").replace("\\", "\\\\").replace('"', '\\"')


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _local(at: datetime) -> str:
    return f"{at.astimezone(MOSCOW):%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}"
