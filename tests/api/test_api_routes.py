"""Programs get plain answers, and nobody gets any from a wrong host or another site's page."""

from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.context import ApiContext, Readiness
from api.guard import Guard, content_security_policy
from api.routes import routes
from storage.queries.page import Page

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
STATUS = {
    "as_of": "2026-11-24T12:00:00+00:00",
    "verdict": "failing",
    "integrations": [
        {
            "key": "peoplesoft",
            "health": "failing",
            "late": None,
            "runs_24h": 10,
            "failed_runs_24h": 3,
            "run_failure_ratio_24h": 0.3,
            "failed_records_open": 42,
            "api_calls_24h": None,
            "quotas": [{"scope": 'the "one"', "quota": "core", "used_ratio": 0.5}],
            "sources": [{"name": "log", "age_seconds": 12.5}],
        }
    ],
}

ALERTS = {
    "as_of": NOW.isoformat(),
    "firing": {"warning": 2, "critical": 0},
    "alerts": [],
    "evaluation": {"at": NOW.isoformat(), "age_seconds": 4.0, "duration_seconds": 0.05},
    "outbox": {"waiting": 3, "retrying": 1, "dead": 0, "oldest_waiting_seconds": 12.0},
    "channels": [{"key": "chat", "enabled": False, "delivered": 7, "failed": 1, "dead": 0}],
}


def _client(ready: bool = True, **options: object) -> TestClient:
    context = ApiContext(
        clock=lambda: NOW,
        readiness=lambda now: Readiness(ready, {"database": "ok" if ready else "locked"}),
        status=lambda now: STATUS,
        alerts=lambda now, everything, integration: {**ALERTS, "asked": [everything, integration]},
        records=lambda kind, asked, now: Page(({"kind": kind},)),
    )

    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        await socket.send_text("hello")
        await socket.close()

    app = Starlette(
        routes=[*routes(lambda: context), WebSocketRoute("/stream", echo)],
        middleware=[Middleware(Guard, policy="default-src 'self'")],
    )
    return TestClient(app, base_url="http://127.0.0.1:8501")


def test_liveness_is_plain_text() -> None:
    """A probe that reads the body sees that this is not the page."""
    answer = _client().get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)], ids=["ready", "not ready"])
def test_readiness_names_each_part(ready: bool, status: int) -> None:
    """503 with the part that is not ready, 200 when all are."""
    answer = _client(ready).get("/readyz")
    assert answer.status_code == status
    assert answer.json()["ready"] is ready
    assert "database" in answer.json()["checks"]


def test_integrations_are_the_status_document() -> None:
    """The route answers what `status --json` prints."""
    assert _client().get("/api/v1/integrations").json() == STATUS


def test_metrics_leave_out_what_is_not_known() -> None:
    """Unknown numbers have no sample; labels are escaped; health is one of four."""
    text = _client().get("/metrics").text
    assert 'integration_monitor_health{integration="peoplesoft",health="failing"} 1' in text
    assert 'integration_monitor_health{integration="peoplesoft",health="healthy"} 0' in text
    assert 'integration_monitor_failed_runs_24h{integration="peoplesoft"} 3' in text
    assert 'scope="the \\"one\\""' in text
    assert "api_calls_24h{" not in text
    assert "integration_monitor_late{" not in text


def test_an_unknown_api_path_is_not_the_page() -> None:
    """A program that mistypes a path is told so."""
    answer = _client().get("/api/v1/nope")
    assert answer.status_code == 404
    assert "not served" in answer.json()["error"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "127.0.0.1:8501"}, 200),
        ({"host": "localhost:9"}, 200),
        ({"host": "[::1]:8501"}, 200),
        ({"host": "evil.example"}, 403),
        ({"host": "127.0.0.1.evil.example:8501"}, 403),
        ({"host": "["}, 403),
        ({"host": ""}, 403),
        ({"host": "127.0.0.1:8501", "origin": "http://127.0.0.1:8501"}, 200),
        ({"host": "127.0.0.1:8501", "origin": "http://127.0.0.1:9999"}, 403),
        ({"host": "127.0.0.1:8501", "origin": "https://evil.example"}, 403),
        ({"host": "127.0.0.1:8501", "origin": "null"}, 403),
        ({"host": "127.0.0.1:8501", "origin": "http://[::1"}, 403),
    ],
)
def test_host_and_origin_are_checked(headers: dict[str, str], status: int) -> None:
    """Only this server's own names and its own pages get through, on every route."""
    for path in ("/healthz", "/readyz", "/metrics", "/api/v1/integrations", "/api/v1/alerts", "/api/v1/runs"):
        assert _client().get(path, headers=headers).status_code == status


def test_sockets_are_guarded_as_well() -> None:
    """The page's own socket opens; another site's does not."""
    client = _client()
    with client.websocket_connect(
        "ws://127.0.0.1:8501/stream", headers={"origin": "http://127.0.0.1:8501", "host": "127.0.0.1:8501"}
    ) as socket:
        assert socket.receive_text() == "hello"
    refused = {"origin": "https://evil.example", "host": "127.0.0.1:8501"}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/stream", headers=refused):
        pass


def test_answers_carry_the_policy() -> None:
    """Every answer forbids framing, sniffing and foreign code."""
    headers = _client().get("/healthz").headers
    assert headers["content-security-policy"] == "default-src 'self'"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_policy_hashes_inline_scripts_only() -> None:
    """A script with a src needs no hash; one without gets exactly its own."""
    policy = content_security_policy(b'<script src="a.js"></script><script>let a = 1</script>')
    assert policy.count("'sha256-") == 1
    assert "'sha256-LAfYd7pbFUgwfQu8b4q135PeTG2z+/coPEUYCd74eCQ='" in policy
    assert "'unsafe-inline'" not in policy.split("style-src")[0]


def test_alerts_are_the_alerts_document() -> None:
    """With what is asked for; a word that means nothing is told so."""
    client = _client()
    assert client.get("/api/v1/alerts").json() == {**ALERTS, "asked": [False, None]}
    assert client.get("/api/v1/alerts?all=yes&integration=crm").json()["asked"] == [True, "crm"]
    refused = client.get("/api/v1/alerts?all=perhaps")
    assert (refused.status_code, refused.json()["error"]) == (400, "all: got 'perhaps'; write yes or no")


def test_metrics_tell_of_alerting_itself() -> None:
    """What fires, whether it is looked at, and whether messages leave."""
    text = _client().get("/metrics").text
    for line in (
        'integration_monitor_alerts_firing{severity="warning"} 2',
        'integration_monitor_alerts_firing{severity="critical"} 0',
        "integration_monitor_alert_evaluation_age_seconds 4",
        "integration_monitor_alert_evaluation_duration_seconds 0.05",
        "integration_monitor_outbox_waiting 3",
        "integration_monitor_outbox_dead 0",
        "integration_monitor_outbox_oldest_seconds 12",
        "# TYPE integration_monitor_deliveries_total counter",
        'integration_monitor_deliveries_total{channel="chat",outcome="delivered"} 7',
        'integration_monitor_channel_enabled{channel="chat"} 0',
    ):
        assert line in text
