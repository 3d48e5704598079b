"""Where runs can be read over HTTP: Butterboard's sync log, Okta's event log, Directum's journal."""

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.admission import Admission
from sandbox.answers import answer, basic_only, number_in, refusing
from sandbox.butterboard import Refusal
from sandbox.catalogue import MOSCOW
from sandbox.keys import HR
from sandbox.limits import legacy
from sandbox.runs import ABORTED, DONE, DONE_WITH_ERRORS, ERROR, IN_PROGRESS, LoggedRun
from sandbox.sync_log import BadCursorError
from sandbox.troubles import Trouble
from sandbox.world import World

_OKTA = {
    DONE: "SUCCESS",
    DONE_WITH_ERRORS: "PARTIAL",
    ERROR: "FAILURE",
    IN_PROGRESS: "PENDING",
    ABORTED: "ABANDONED",
}
_DIRECTUM = {
    DONE: "Выполнено",
    DONE_WITH_ERRORS: "Выполнено с ошибками",
    ERROR: "Ошибка",
    IN_PROGRESS: "Выполняется",
    ABORTED: "Прервано",
}
_BAD_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></body></html>"


class Journals:
    """The three logs, each in its own words, times and pages."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def sync_log(self, request: Request) -> Response:
        """GET runs changed since `updated_since`, oldest change first: integration, limit (at most 500), cursor."""
        query = request.query_params
        limit = number_in(request, "limit", 100, 500)
        try:
            runs, cursor = self._world.runs.page(
                query.get("integration"),
                _time_in(request, "updated_since"),
                query.get("cursor"),
                max(1, limit),
            )
        except BadCursorError as error:
            raise Refusal(400, "bad_cursor", str(error), "cursor") from None
        return answer({"data": [_sync_log_item(run, _link(request)) for run in runs], "next_cursor": cursor})

    async def one_run(self, request: Request) -> Response:
        """GET one run of the sync log."""
        run = self._world.runs.get(request.path_params["integration"], request.path_params["run"])
        if run is None:
            raise Refusal(404, "not_found", "no such run")
        return answer(_sync_log_item(run, _link(request)))

    async def okta(self, request: Request) -> Response:
        """GET Okta's log: limit (at most 200), after (a number), since; the next page's address in Link."""
        if request.headers.get("authorization") != f"SSWS {self._world.keys.of('okta').secret}":
            raise Refusal(401, "E0000011", "Invalid token provided")
        limit, after = number_in(request, "limit", 100, 200), number_in(request, "after", 0, 10**9)
        runs, total = self._world.runs.slice("okta", _time_in(request, "since"), after, limit)
        following = request.url.include_query_params(after=after + limit, limit=limit)
        headers = {"Link": f'<{request.url}>; rel="self"'}
        if after + limit < total:
            headers["Link"] += f', <{following}>; rel="next"'
        return answer([_okta_item(run) for run in runs], headers=headers)

    async def directum(self, request: Request) -> Response:
        """GET Directum's journal: from, skip, take (at most 200); Basic, naive Moscow times, 502 when it is silent."""
        if self._world.troubles.on(Trouble.SILENT_JOURNAL, "directum"):
            return HTMLResponse(_BAD_GATEWAY, 502)
        basic_only(request, self._world.keys.of(HR).secret)
        take, skip = number_in(request, "take", 50, 200), number_in(request, "skip", 0, 10**9)
        runs, total = self._world.runs.slice("directum", _time_in(request, "from"), skip, take)
        return answer({"Items": [_directum_item(run) for run in runs], "Total": total})


def _link(request: Request) -> str:
    return f"{request.base_url}api/v1/sync-log/"


def _time_in(request: Request, name: str) -> datetime | None:
    text = request.query_params.get(name)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(
            400, "bad_parameter", f"{name} must be an ISO 8601 time, got {text[:40]!r}", name
        ) from None
    return at.replace(tzinfo=at.tzinfo or (MOSCOW if name == "from" else UTC)).astimezone(UTC)


def _sync_log_item(run: LoggedRun, link: str) -> dict[str, object]:
    error = None if run.error_code is None else {"code": run.error_code, "message": run.error_message}
    return {
        "id": run.id, "integration": run.integration, "job": run.job, "state": run.state, "reason": run.reason,
        "started_at": run.started_at, "finished_at": run.finished_at, "updated_at": run.updated_at,
        "counts": {"read": run.read, "written": run.written, "skipped": run.skipped, "failed": run.failed},
        "bytes": run.bytes, "error": error, "errors": run.errors, "link": f"{link}{run.integration}/{run.id}",
    }  # fmt: skip


def _okta_item(run: LoggedRun) -> dict[str, object]:
    finished = None if run.finished_at is None else round(run.finished_at.timestamp() * 1000)
    reason = None if run.error_code is None else {"code": run.error_code, "summary": run.error_message}
    return {
        "uuid": run.id, "eventType": f"application.{run.job}.sync", "published": run.updated_at,
        "outcome": {"result": _OKTA.get(run.state, run.state.upper()), "reason": reason},
        "time": {"start": round(run.started_at.timestamp() * 1000), "end": finished},
        "stats": {"seen": run.read, "pushed": run.written, "same": run.skipped, "refused": run.failed},
        "refusals": run.errors,
    }  # fmt: skip


def _directum_item(run: LoggedRun) -> dict[str, object]:
    def local(at: datetime | None) -> str | None:
        return None if at is None else f"{at.astimezone(MOSCOW):%d.%m.%Y %H:%M:%S}"

    def iso(at: datetime | None) -> str | None:
        return (
            None
            if at is None
            else at.astimezone(MOSCOW).replace(tzinfo=None).isoformat(timespec="milliseconds")
        )

    return {
        "Id": run.id, "Job": run.job, "State": _DIRECTUM.get(run.state, run.state),
        "Started": iso(run.started_at), "Finished": iso(run.finished_at), "Changed": iso(run.updated_at),
        "Title": f"{run.job} {local(run.started_at)}", "Documents": run.read, "Stored": run.written,
        "Unchanged": run.skipped, "Failed": run.failed, "ErrorText": run.error_message, "ErrorCode": run.error_code,
    }  # fmt: skip


def journal_routes(world: World, admission: Admission) -> list[BaseRoute]:
    """The logs' routes."""
    journals = Journals(world)
    return [
        Route("/api/v1/sync-log", admission.guarded(journals.sync_log, legacy, spared=True)),
        Route(
            "/api/v1/sync-log/{integration}/{run}", admission.guarded(journals.one_run, legacy, spared=True)
        ),
        Route("/partners/okta/api/v1/logs", refusing(journals.okta)),
        Route("/partners/directum/journal", refusing(journals.directum)),
    ]
