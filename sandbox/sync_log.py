"""Every run that the sandbox remembers: in memory by integration, on disk as JSON lines."""

import base64
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from sandbox.runs import ABORTED, IN_PROGRESS, LoggedRun

_MOST_KEPT = 12_000


class BadCursorError(ValueError):
    """A page's cursor that this log never gave out."""


class SyncLog:
    """Runs in the order they changed, one list per integration and one entry per run in it."""

    def __init__(self, path: Path) -> None:
        """path: where runs are appended, each change a line; the last line of a run counts."""
        self._path = path
        self._runs: dict[str, list[LoggedRun]] = {}
        self._encoder = msgspec.json.Encoder()

    def exists(self) -> bool:
        """Whether an earlier start left runs."""
        return self._path.exists()

    def load(self) -> None:
        """Read what an earlier start left; a half-written last line is passed over."""
        decoder = msgspec.json.Decoder(LoggedRun)
        latest: dict[str, LoggedRun] = {}
        for line in self._path.read_bytes().splitlines():
            try:
                run = decoder.decode(line)
            except msgspec.DecodeError:
                continue
            latest[run.id] = run
        self._insert(latest.values())

    def fill(self, runs: Iterable[LoggedRun]) -> None:
        """Add many ended runs at once."""
        added = list(runs)
        self._insert(added)
        self._append(added)

    def save(self, run: LoggedRun) -> None:
        """Add a run, or replace it by how it stands now."""
        runs = self._runs.setdefault(run.integration, [])
        for index in range(len(runs) - 1, max(-1, len(runs) - 50), -1):
            if runs[index].id == run.id:
                del runs[index]
                break
        runs.insert(bisect_right(runs, _place(run), key=_place), run)
        if len(runs) > _MOST_KEPT:
            del runs[: len(runs) - _MOST_KEPT]
        self._append([run])

    def abort_open(self, now: datetime) -> list[LoggedRun]:
        """End the runs that an earlier start left open: its process died under them."""
        left = [run for runs in self._runs.values() for run in runs if run.state == IN_PROGRESS]
        ended = [
            msgspec.structs.replace(
                run, state=ABORTED, updated_at=now, finished_at=now,
                error_code="aborted", error_message="The process ended before the run did",
            )
            for run in left
        ]  # fmt: skip
        for run in ended:
            self.save(run)
        return ended

    def last_end(self) -> datetime | None:
        """When the newest run of all ended or changed."""
        return max((runs[-1].updated_at for runs in self._runs.values() if runs), default=None)

    def count(self) -> int:
        """How many runs are remembered."""
        return sum(map(len, self._runs.values()))

    def get(self, integration: str, run_id: str) -> LoggedRun | None:
        """One run by its id."""
        return next((run for run in self._runs.get(integration, []) if run.id == run_id), None)

    def page(
        self, integration: str | None, since: datetime | None, cursor: str | None, limit: int
    ) -> tuple[list[LoggedRun], str | None]:
        """Runs changed at or after `since` in that order, and the cursor of the next page."""
        runs = self._of(integration)
        start = 0 if since is None else bisect_left(runs, (since, ""), key=_place)
        if cursor:
            start = max(start, bisect_right(runs, _opened(cursor), key=_place))
        found = runs[start : start + limit]
        more = start + limit < len(runs)
        return found, _closed(found[-1]) if more else None

    def slice(
        self, integration: str, since: datetime | None, offset: int, limit: int
    ) -> tuple[list[LoggedRun], int]:
        """The same by offset, and how many runs there are in all."""
        runs = self._of(integration)
        start = 0 if since is None else bisect_left(runs, (since, ""), key=_place)
        return runs[start + offset : start + offset + limit], len(runs) - start

    def _of(self, integration: str | None) -> list[LoggedRun]:
        if integration is not None:
            return self._runs.get(integration, [])
        return sorted((run for runs in self._runs.values() for run in runs), key=_place)

    def _insert(self, runs: Iterable[LoggedRun]) -> None:
        for run in runs:
            self._runs.setdefault(run.integration, []).append(run)
        for listed in self._runs.values():
            listed.sort(key=_place)

    def _append(self, runs: list[LoggedRun]) -> None:
        with self._path.open("ab") as file:
            file.write(self._encoder.encode_lines(runs))


def _place(run: LoggedRun) -> tuple[datetime, str]:
    return run.updated_at, run.id


def _closed(run: LoggedRun) -> str:
    return base64.urlsafe_b64encode(f"{run.updated_at.isoformat()}|{run.id}".encode()).decode()


def _opened(cursor: str) -> tuple[datetime, str]:
    try:
        at, _, run_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        return datetime.fromisoformat(at).astimezone(UTC), run_id
    except ValueError:
        raise BadCursorError(f"cursor {cursor!r} was not given out by this log") from None
