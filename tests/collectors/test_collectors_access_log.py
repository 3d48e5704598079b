"""Access logs become calls by minute: every line counts once, whatever is done to the files."""

import gzip
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from collectors.endpoints import LONGEST_ENDPOINT, template
from collectors.files.formats import BadLine
from collectors.registry import sources
from collectors.sources import _access_log_count as counting
from collectors.sources._access_log_lines import CombinedFormat, request_of
from collectors.sources._access_log_settings import AccessLogSettings
from collectors.sources.access_log import batches
from core.clock import now
from core.records import ApiCalls, Batch
from core.settings.fields import zone_named

SAMPLES = Path(__file__).parents[1] / "samples" / "nginx"
STATUSES = {
    200: 56, 201: 5, 204: 5, 301: 5, 304: 5, 400: 8, 401: 15, 403: 5, 404: 10, 409: 5, 414: 1, 418: 5, 422: 5,
    429: 443, 499: 1, 500: 5, 502: 10, 503: 5, 504: 6,
}  # fmt: skip
CLASSES = {"2xx": 66, "3xx": 10, "4xx": 497, "499": 1, "5xx": 26}
LINE = '10.0.0.1 - ann [24/Nov/2026:13:30:50 +0000] "GET /users/17 HTTP/1.1" 200 12 "-" "curl"'


def settings_of(path: Path | str, **more: object) -> AccessLogSettings:
    return AccessLogSettings.model_validate(
        {"type": "access_log", "name": "gateway", "path": str(path), **more}
    )


class Polls:
    """Polls one source again and again, adding up what they bring as storage does."""

    def __init__(self, settings: AccessLogSettings) -> None:
        self.settings, self.cursor = settings, dict[str, Any]()
        self.batches: list[Batch] = []

    def __call__(self, stop_after: int | None = None) -> None:
        for number, batch in enumerate(batches(self.settings, self.cursor, now()), start=1):
            self.batches.append(batch)
            self.cursor = json.loads(json.dumps(batch.cursor))
            if number == stop_after:
                return

    def by(self, key: Callable[[ApiCalls], object]) -> dict[object, int]:
        found: Counter[object] = Counter()
        for batch in self.batches:
            for calls in batch.calls:
                found[key(calls)] += calls.calls
        return dict(found)

    @property
    def calls(self) -> list[ApiCalls]:
        return [calls for batch in self.batches for calls in batch.calls]


def read(path: Path, **more: object) -> Polls:
    polls = Polls(settings_of(path, **more))
    polls()
    return polls


@pytest.mark.parametrize(("name", "notation"), [("access.log", "combined"), ("access.json", "json")])
def test_calls_by_status_are_the_file_s_lines(name: str, notation: str) -> None:
    """A real nginx log: every line counts, garbage requests under their status, 499 in a class of its own."""
    polls = read(SAMPLES / name, format=notation)
    assert polls.by(lambda calls: calls.status) == STATUSES
    assert polls.by(lambda calls: calls.status_class.value) == CLASSES
    garbage = polls.by(lambda calls: (calls.method, calls.endpoint, calls.status))
    assert garbage[("", "{invalid}", 400)] >= 2
    assert sum(batch.items for batch in polls.batches) == 600
    assert not any(batch.problems for batch in polls.batches)


def test_json_lines_bring_latency() -> None:
    """`request_time` of nginx, in seconds."""
    polls = read(SAMPLES / "access.json", format="json")
    assert sum(calls.latency.count for calls in polls.calls) == 600
    assert max(calls.latency.quantile(1.0) or 0 for calls in polls.calls) > 0.5


@pytest.mark.parametrize(("name", "notation"), [("access.log", "combined"), ("access.json", "json")])
def test_nothing_is_lost_or_doubled_by_rotation(tmp_path: Path, name: str, notation: str) -> None:
    """Polled before, between and after rename, reopening, a half-written line, gzip and copytruncate."""
    lines = (SAMPLES / name).read_bytes().splitlines(keepends=True)
    live, old = tmp_path / name, tmp_path / f"{name}.1"
    polls = Polls(settings_of(f"{live}*", format=notation))
    handle = live.open("ab", buffering=0)
    handle.writelines(lines[:100])
    handle.write(lines[100][:40])
    polls()
    live.rename(old)
    polls()
    handle.write(lines[100][40:])
    handle.writelines(lines[101:200])
    polls(stop_after=0)
    handle.close()
    handle = live.open("ab", buffering=0)
    polls()
    handle.writelines(lines[200:300])
    polls()
    (tmp_path / f"{name}.1.gz").write_bytes(gzip.compress(old.read_bytes())[:500])
    polls()
    (tmp_path / f"{name}.1.gz").write_bytes(gzip.compress(old.read_bytes()))
    old.unlink()
    polls()
    handle.writelines(lines[300:400])
    (tmp_path / f"{name}.1.gz").rename(tmp_path / f"{name}.2.gz")
    shutil.copy(live, old)
    live.write_bytes(b"")
    handle.writelines(lines[400:])
    polls()
    polls()
    handle.close()
    assert polls.by(lambda calls: calls.status) == STATUSES


def test_a_killed_poll_goes_on_where_it_stood(tmp_path: Path) -> None:
    """Batches of one poll carry their own cursors; a minute may lie in two of them."""
    body = (SAMPLES / "access.log").read_bytes()
    (tmp_path / "access.log").write_bytes(body * 100)
    polls = Polls(settings_of(tmp_path / "access.log"))
    polls(stop_after=1)
    polls(stop_after=2)
    polls()
    assert len(polls.batches) >= 3
    assert polls.by(lambda calls: calls.status) == {status: count * 100 for status, count in STATUSES.items()}


def test_a_line_that_cannot_be_read_stands_at_the_line_before(tmp_path: Path) -> None:
    """Status 0, class invalid, and a problem by file and line; in a later poll too."""
    path = tmp_path / "access.log"
    path.write_text("rubbish first\n" + LINE + "\nrubbish\n\n" + LINE.replace("13:30", "13:31") + "\n")
    polls = read(path)
    with path.open("a") as log:
        log.write("more rubbish\n")
    polls()
    minutes = polls.by(lambda calls: (calls.minute.minute, calls.status_class.value))
    assert minutes == {(30, "invalid"): 2, (30, "2xx"): 1, (31, "2xx"): 1, (31, "invalid"): 1}
    where = [Path(problem.where).name for batch in polls.batches for problem in batch.problems]
    assert where == ["access.log: line 1", "access.log: line 3", "access.log: line 6"]


def test_a_line_without_a_readable_time_keeps_its_status(tmp_path: Path) -> None:
    """It stands at the line before it, and is named."""
    (tmp_path / "access.log").write_text(
        LINE + "\n" + LINE.replace("24/Nov/2026", "99/Foo/2026").replace("200", "503") + "\n"
    )
    polls = read(tmp_path / "access.log")
    assert polls.by(lambda calls: (calls.minute.minute, calls.status)) == {(30, 200): 1, (30, 503): 1}
    assert [problem.kind for problem in polls.batches[0].problems] == ["bad_time"]


@pytest.mark.parametrize(
    ("line", "more", "seconds"),
    [
        (LINE + " 0.123", {}, 0.123), (LINE + ' 0.123 0.120 "x"', {}, 0.123), (LINE + " rt=0.250 uct=0.001", {}, 0.25),
        (LINE + ' "10.1.1.1" 512 0.005 [svc] [] 10.0.0.2:80 12 0.004 200 abcdef', {}, 0.005),
        (LINE, {}, None), (LINE + " 0.1.2.3", {}, None), (LINE + " 0.123", {"request_time": "none"}, None),
        (LINE + " 0.500 0.700", {"request_time": "last"}, 0.7), (LINE + " 2500", {"request_time": "last", "request_time_unit": "us"}, 0.0025),
        (LINE + ' 42 "api@docker" "http://10.0.0.5" 12ms', {}, 0.012), (LINE + ' 42 "api@docker" "-" 12ms', {"request_time": "last", "request_time_unit": "us"}, 0.012),
        (LINE + " 0.035021", {}, 0.035021), (LINE[: LINE.index(' "-"')], {}, None), (LINE + "\r", {}, None),
    ],
    ids=str,
)  # fmt: skip
def test_combined_allows_common_and_more_after_its_fields(
    tmp_path: Path, line: str, more: dict, seconds: float | None
) -> None:
    """What follows may hold the request time."""
    (tmp_path / "access.log").write_text(line + "\n")
    (calls,) = read(tmp_path / "access.log", **more).calls
    assert (calls.method, calls.endpoint, calls.status, calls.consumer) == ("GET", "/users/{id}", 200, "")
    assert calls.latency.quantile(0.5) == (pytest.approx(seconds) if seconds is not None else None)
    assert calls.minute == datetime(2026, 11, 24, 13, 30, tzinfo=UTC)


def test_the_caller_is_counted_when_asked_for(tmp_path: Path) -> None:
    """`consumer: user`; a bound keeps strangers out of the names."""
    (tmp_path / "access.log").write_text(
        "".join(LINE.replace("ann", f"user{n}") + "\n" for n in range(counting.MOST_CONSUMERS + 9))
    )
    found = read(tmp_path / "access.log", consumer="user").by(lambda calls: calls.consumer)
    assert (len(found), found["{other}"]) == (counting.MOST_CONSUMERS + 1, 9)


def test_a_pattern_names_the_fields(tmp_path: Path) -> None:
    """Groups named as a call's fields, or by their usual other names."""
    (tmp_path / "a.log").write_text("2026-11-24 13:30:50 POST /users?x=1 -> 201 in 15ms by key-7\nnoise\n")
    pattern = r"(?P<time>\S+ \S+) (?P<method>\w+) (?P<path>\S+) -> (?P<status>\d+) in (?P<latency>\d+)ms by (?P<consumer>\S+)"
    polls = read(
        tmp_path / "a.log",
        format="regex",
        pattern=pattern,
        request_time_unit="ms",
        time={"zone": "Europe/Moscow"},
    )
    call = next(calls for calls in polls.calls if calls.status)
    assert (call.minute, call.method, call.endpoint, call.status, call.consumer) == (
        datetime(2026, 11, 24, 10, 30, tzinfo=UTC), "POST", "/users", 201, "key-7",
    )  # fmt: skip
    assert call.latency.quantile(0.5) == pytest.approx(0.015)
    assert polls.by(lambda calls: calls.status_class.value) == {"2xx": 1, "invalid": 1}


@pytest.mark.parametrize(
    ("item", "more"),
    [
        ({"time_iso8601": "2026-11-24T13:30:50+00:00", "request": "GET /users/17 HTTP/1.1", "status": "200", "request_time": "0.010"}, {}),
        ({"msec": 1795527050.979, "request_method": "GET", "request_uri": "/users/17?x=y", "status": 200, "request_time": 0.01}, {}),
        ({"ts": 1795527050.1, "request": {"method": "GET", "uri": "/users/17"}, "status": 200, "duration": 0.01},
         {"fields": {"method": "request.method", "uri": "request.uri", "latency": "duration"}}),
        ({"StartUTC": "2026-11-24T13:30:50.1Z", "RequestMethod": "GET", "RequestPath": "/users/17", "DownstreamStatus": 200, "Duration": 10_000_000},
         {"fields": {"request_time": "Duration"}, "request_time_unit": "ns"}),
        ({"start_time": "2026-11-24T13:30:50.1Z", "method": "GET", "path": "/users/17", "response_code": 200, "duration": "10"},
         {"fields": {"request_time": "duration"}, "request_time_unit": "ms"}),
        ({"time": 1795527050100, "req": {"method": "GET", "url": "/users/17"}, "res": {"statusCode": 200}, "took": "10ms"}, {"fields": {"request_time": "took"}}),
    ],
    ids=["iso", "msec", "caddy", "traefik", "envoy", "pino"],
)  # fmt: skip
def test_json_fields_have_their_usual_names_or_are_mapped(tmp_path: Path, item: dict, more: dict) -> None:
    """nginx's variables are known; anything else is said in `fields`."""
    (tmp_path / "a.json").write_text(json.dumps(item) + "\n")
    (call,) = read(tmp_path / "a.json", format="json", **more).calls
    assert (call.method, call.endpoint, call.status) == ("GET", "/users/{id}", 200)
    assert call.latency.quantile(0.5) == pytest.approx(0.01)
    assert call.minute == datetime(2026, 11, 24, 13, 30, tzinfo=UTC)


def test_a_duration_without_end_is_none(tmp_path: Path) -> None:
    """Four hundred digits of seconds: the call counts, without a latency."""
    item = f'{{"time": "2026-11-24T13:30:50Z", "request": "GET /a", "status": 200, "request_time": 1{"0" * 400}}}'
    (tmp_path / "a.json").write_text(item + "\n")
    (call,) = read(tmp_path / "a.json", format="json").calls
    assert (call.status, call.latency.count) == (200, 0)


def test_json_with_nginx_s_default_escapes_is_read(tmp_path: Path) -> None:
    """`\\x22` is no JSON, and written all the same."""
    (tmp_path / "a.json").write_text(
        r'{"time":"2026-11-24T13:30:50Z","request":"\x16\x03","status":400}' + "\n"
    )
    (call,) = read(tmp_path / "a.json", format="json").calls
    assert (call.method, call.endpoint, call.status) == ("", "{invalid}", 400)


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        ("GET /users/17 HTTP/1.1", ("GET", "/users/{id}")), ("GET /a", ("GET", "/a")), ("OPTIONS * HTTP/1.1", ("OPTIONS", "*")),
        ("GET http://host/a/5 HTTP/1.1", ("GET", "/a/{id}")), ("CONNECT host:443 HTTP/1.1", ("CONNECT", "{host}")),
        ("GARBAGE", ("", "{invalid}")), (r"\x16\x03\x01", ("", "{invalid}")), ("-", ("", "{invalid}")), ("", ("", "{invalid}")),
        ("HACK / HTTP/1.1", ("", "{invalid}")), ("GET  HTTP/1.1", ("", "{invalid}")), ('GET /a"b HTTP/1.1', ("GET", "/{id}")),
    ],
    ids=str,
)  # fmt: skip
def test_request_lines_are_read_or_invalid(request_line: str, expected: tuple[str, str]) -> None:
    """Method and endpoint, or neither."""
    assert request_of(request_line) == expected


@pytest.mark.parametrize(
    ("target", "endpoint"),
    [
        ("/", "/"), ("/api/v1/users?limit=1", "/api/v1/users"), ("/api/v1/users/", "/api/v1/users"), ("//a//b", "/a/b"),
        ("/users/123", "/users/{id}"), ("/users/6f1ed002-ab5c-4b1e-9c1e-0123456789ab/tasks", "/users/{id}/tasks"),
        ("/u/ann@example.org", "/u/{id}"), ("/u/ann%40example.org", "/u/{id}"), ("/d/2026-11-24", "/d/{id}"),
        ("/c/deadbeef01", "/c/{id}"), ("/c/feedback", "/c/feedback"), ("/emp/emp-000123", "/emp/{id}"), ("/oauth2/token", "/oauth2/token"),
        ("/t/eyJhbGciOiJIUzI1NiJ9abc", "/t/{id}"), ("/f/123.json", "/f/{id}.json"), ("/f/app.js", "/f/app.js"),
        ("/s/%D0%B7%D0%B0", "/s/{id}"), ("/p;jsessionid=1/x", "/p/x"), ("/1/2/3/4/5/6/7/8/9", "/{id}" * 8 + "/{more}"),
        ("/users/ipetrov", "/users/{id}"), ("/v1/Employees/anna/tasks", "/v1/Employees/{id}/tasks"), ("/users/me", "/users/me"),
        ("/people/search?q=x", "/people/search"), ("/members/bulk", "/members/bulk"), ("/users/ipetrov.json", "/users/{id}.json"),
        ("/users/export.csv", "/users/{id}.csv"), ("/users/17.json", "/users/{id}.json"), ("/users/contacts/anna", "/users/contacts/{id}"),
        ("/photo/ivan.petrov", "/photo/{id}"), ("/users/", "/users"), ("/s/index.html", "/s/index.html"), ("/contacts/o'neil", "/contacts/{id}"),
        ("/user/profile-settings", "/user/profile-settings"), ("relative", "{invalid}"), ("/a#b", "/a"),
    ],
    ids=str,
)  # fmt: skip
def test_endpoints_hold_no_values(target: str, endpoint: str) -> None:
    """Ids, UUIDs, hex, mails, numbers, dates and free text are `{id}`; the query is gone."""
    assert template(target) == endpoint


@given(target=st.text(max_size=400))
def test_any_target_has_a_short_endpoint(target: str) -> None:
    """Whatever is asked for, and without an exception."""
    assert len(template("/" + target)) <= LONGEST_ENDPOINT + len("/{more}")


def test_endpoints_are_bounded_over_polls(tmp_path: Path) -> None:
    """A scanner's thousand paths take no place from real ones; both bounds hold across polls."""
    path = tmp_path / "access.log"

    def words(kind: str, status: int) -> str:
        names = [f"{kind}{chr(97 + n // 676)}{chr(97 + n // 26 % 26)}{chr(97 + n % 26)}" for n in range(600)]
        return "".join(
            LINE.replace("/users/17", f"/{name}").replace('" 200', f'" {status}') + "\n" for name in names
        )

    path.write_text(words("scan", 404))
    polls = read(path)
    for kind in ("real", "more"):
        with path.open("a") as log:
            log.write(words(kind, 200))
        polls()
    found = polls.by(lambda calls: (calls.endpoint, calls.status))
    assert found[("{other}", 404)] == 600 - counting.MOST_NOT_FOUND
    assert found[("{other}", 200)] == 1200 - counting.MOST_ENDPOINTS
    assert len(found) == counting.MOST_NOT_FOUND + counting.MOST_ENDPOINTS + 2


@given(line=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")),
       st.from_regex(rb'\A\S* - - \[24/Nov/2026:13:30:5[0-9] \+0000\] ".{0,30}" [0-9]{3} [0-9]{1,4}.{0,20}\Z')))  # fmt: skip
def test_any_line_is_a_call_or_a_bad_line(line: bytes) -> None:
    """No exception but BadLine."""
    reads = CombinedFormat(zone_named("UTC"), "auto", "s", "user")
    try:
        call = reads.call(line.replace(b"\n", b""))
    except BadLine:
        return
    assert 0 <= call.status <= 999


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"format": "regex"}, "needs a pattern"), ({"format": "regex", "pattern": "(?P<a>x)"}, "status"),
        ({"fields": {"status": "s"}}, "fields is for json"), ({"format": "json", "fields": {"stats": "s"}}, 'did you mean "status"'),
        ({"errors": ["6xx"]}, "a status such as 404"),
    ],
    ids=str,
)  # fmt: skip
def test_settings_that_cannot_work_say_what_to_do(more: dict, says: str) -> None:
    """Where, what and the remedy."""
    with pytest.raises(ValidationError, match=says):
        settings_of("x", **more)


def test_both_sources_are_found_by_their_names() -> None:
    """A module in `collectors/sources` is all it takes."""
    found = sources()
    assert found["access_log"].settings is AccessLogSettings
    assert found["log_file"].brings >= {"runs", "failed_records"}


IIS = """#Software: Microsoft Internet Information Services 10.0
#Fields: date time cs-method cs-uri-stem cs-username sc-status time-taken
2026-11-24 12:00:00 GET /api/v1/users/17 CORP\\sync 200 15
2026-11-24 12:00:01 POST /api/v1/users - 500 1203
nonsense
"""


def test_directives_of_a_w3c_log_are_no_calls(tmp_path: Path) -> None:
    """Lines that begin with # are passed over; "-" is nobody; what matches nothing still counts."""
    path = tmp_path / "u_ex.log"
    path.write_text(IIS)
    pattern = r"^(?P<time>\S+ \S+) (?P<method>\S+) (?P<endpoint>\S+) (?P<consumer>\S+) (?P<status>\d+) (?P<request_time>\d+)$"
    poll = Polls(settings_of(path, format="regex", pattern=pattern, request_time_unit="ms"))
    poll()
    assert poll.by(lambda calls: (calls.consumer, calls.status)) == {
        ("CORP\\sync", 200): 1,
        ("", 500): 1,
        ("", 0): 1,
    }


def test_where_leaves_other_lines_of_the_stream_out(tmp_path: Path) -> None:
    """Caddy writes access lines and its own messages into one stream; a line that is no JSON still counts."""
    path = tmp_path / "caddy.log"
    path.write_text(
        '{"ts": 1795521600.1, "logger": "http.log.access", "request": {"method": "GET", "uri": "/users/1"}, "status": 200}\n'
        '{"ts": 1795521600.2, "logger": "admin", "msg": "admin endpoint started"}\n'
        "panic\n"
    )
    fields = {"method": "request.method", "endpoint": "request.uri"}
    where = "starts_with(logger, 'http.log.access')"
    poll = Polls(settings_of(path, format="json", fields=fields, where=where))
    poll()
    assert poll.by(lambda calls: (calls.endpoint, calls.status)) == {
        ("/users/{id}", 200): 1,
        ("{invalid}", 0): 1,
    }


def test_where_is_not_for_combined() -> None:
    """Its lines have no names to ask for."""
    with pytest.raises(ValidationError, match="where is for json, w3c and regex"):
        settings_of("x", where="status")


def test_a_line_without_a_status_says_what_it_has(tmp_path: Path) -> None:
    """So that the field to name is seen at once."""
    (tmp_path / "a.json").write_text('{"ts": 1795527050, "level": "info", "result": 200}\n')
    polls = read(tmp_path / "a.json", format="json")
    (problem,) = polls.batches[0].problems
    assert "it has ts, level, result" in problem.message


@pytest.mark.parametrize("end", ["\r\n", "\r", "\0"], ids=["CRLF", "CR", "NUL"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("notation", ["combined", "json"])
def test_every_call_is_counted_whatever_ends_its_line(
    tmp_path: Path, notation: str, encoding: str, end: str
) -> None:
    """Where it is one sign alone too."""
    path = tmp_path / "access.log"
    at = "24/Nov/2026:13:00:0{} +0000"
    line = (
        '10.0.0.9 - - [{}] "GET /a HTTP/1.1" 200 2'
        if notation == "combined"
        else '{{"time": "{}", "status": 200}}'
    )
    text = "".join(line.format(at.format(number)) + end for number in range(5))
    path.write_bytes(text.encode(encoding))
    os.utime(path, (1_795_000_000, 1_795_000_000))
    counted = Counter[int]()
    for batch in batches(settings_of(path, format=notation), {}, now()):
        counted.update({call.status: call.calls for call in batch.calls})
    assert counted[200] == 5


def test_googles_latency_is_read(tmp_path: Path) -> None:
    """It stands beside the status, and names its unit."""
    path = tmp_path / "requests.json"
    path.write_text(
        '{"httpRequest": {"latency": "0.123s", "requestMethod": "GET", "requestUrl": "https://x.example.com/a", "status": 200}, '
        '"timestamp": "2026-11-24T13:00:00Z"}\n',
        encoding="utf-8",
    )
    (call,) = (call for batch in batches(settings_of(path, format="json"), {}, now()) for call in batch.calls)
    assert call.latency.quantile(0.5) == pytest.approx(0.123, rel=0.1)
