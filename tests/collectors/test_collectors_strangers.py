"""Systems without a preset are read right from configuration alone; bodies after their public documentation."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.arrival import Arrival
from collectors.http import Clients
from collectors.sources._rest_settings import RestSettings
from core.masking import Masker
from core.records import Side
from tests.collectors.collectors_rest import look
from tests.collectors.collectors_server import Answer, Reply, Served

Serve = Callable[[Answer], Served]

JENKINS = {
    "keys": {
        "records": "builds",
        "time": {"duration_unit": "ms"},
        "fields": {
            "external_id": "number",
            "status": "building && 'RUNNING' || result",
            "started_at": "timestamp",
            "duration_seconds": "duration",
        },
        "status_map": {
            "SUCCESS": "succeeded",
            "FAILURE": "failed",
            "UNSTABLE": "partial",
            "ABORTED": "cancelled",
        }
        | {"RUNNING": "running"},
    },
    "pages": [
        {
            "builds": [
                {"number": 9, "result": None, "building": True, "timestamp": 1795000400000, "duration": 0},
                {
                    "number": 8,
                    "result": "FAILURE",
                    "building": False,
                    "timestamp": 1795000200000,
                    "duration": 95123,
                },
                {
                    "number": 7,
                    "result": "SUCCESS",
                    "building": False,
                    "timestamp": 1795000000000,
                    "duration": 60500,
                },
            ]
        }
    ],
    "told": [
        ("9", "running", "2026-11-18T11:13:20", None, None, None),
        ("8", "failed", "2026-11-18T11:10:00", "2026-11-18T11:11:35.123000", 95.123, None),
        ("7", "succeeded", "2026-11-18T11:06:40", "2026-11-18T11:07:40.500000", 60.5, None),
    ],
}
BOOMI = {
    "keys": {
        "request": {"method": "POST", "json": {"QueryFilter": {}}},
        "records": "result",
        "time": {"duration_unit": "ms"},
        "fields": {
            "external_id": "executionId",
            "status": "status",
            "started_at": "executionTime",
            "duration_seconds": "executionDuration[1]",
            "records_failed": "inboundErrorDocumentCount[1]",
            "error_message": "message",
        },
        "status_map": {"COMPLETE": "succeeded", "ERROR": "failed", "INPROCESS": "running"},
    },
    "pages": [
        {
            "@type": "QueryResult",
            "result": [
                {
                    "executionId": f"execution-{number}",
                    "executionTime": f"2026-11-17T0{number}:00:00Z",
                    "status": status,
                    "executionDuration": ["Long", "2500"],
                    "inboundErrorDocumentCount": ["Long", failed],
                    "message": message,
                }
                for number, status, failed, message in [
                    (0, "COMPLETE", "0", ""),
                    (1, "ERROR", "5", "Connection reset"),
                    (2, "COMPLETE", "1", ""),
                    (3, "INPROCESS", "0", ""),
                    (4, "COMPLETE_WARN", "0", ""),
                ]
            ],
        }
    ],
    "told": [
        ("execution-0", "succeeded", "2026-11-17T00:00:00", "2026-11-17T00:00:02.500000", 2.5, None),
        (
            "execution-1",
            "failed",
            "2026-11-17T01:00:00",
            "2026-11-17T01:00:02.500000",
            2.5,
            "Connection reset",
        ),
        ("execution-2", "partial", "2026-11-17T02:00:00", "2026-11-17T02:00:02.500000", 2.5, None),
        ("execution-3", "running", "2026-11-17T03:00:00", None, None, None),
        ("execution-4", "unknown", "2026-11-17T04:00:00", "2026-11-17T04:00:02.500000", 2.5, None),
    ],
    "unmapped": ["COMPLETE_WARN"],
}
KUBERNETES = {
    "keys": {
        "pages": {"by": "cursor", "param": "continue", "next": "metadata.continue"},
        "records": "items",
        "fields": {
            "external_id": "metadata.uid",
            "status": "status.conditions[?status=='True' && (type=='Complete' || type=='Failed')].type | [0] || 'Active'",
            "started_at": "status.startTime",
            "finished_at": "status.completionTime || (status.conditions[?type=='Failed'].lastTransitionTime | [0])",
            "error_message": "status.conditions[?type=='Failed'].message | [0]",
        },
        "status_map": {"Complete": "succeeded", "Failed": "failed", "Active": "running"},
    },
    "pages": [
        {
            "metadata": {"continue": "n2"},
            "items": [
                {
                    "metadata": {"uid": "a"},
                    "status": {
                        "startTime": "2026-11-22T01:00:00Z",
                        "completionTime": "2026-11-22T01:01:00Z",
                        "conditions": [
                            {"type": "SuccessCriteriaMet", "status": "True"},
                            {"type": "Complete", "status": "True"},
                        ],
                    },
                },
                {
                    "metadata": {"uid": "b"},
                    "status": {
                        "startTime": "2026-11-22T02:00:00Z",
                        "conditions": [
                            {
                                "type": "Failed",
                                "status": "True",
                                "lastTransitionTime": "2026-11-22T02:05:01Z",
                                "message": "Job has reached the specified backoff limit",
                            }
                        ],
                    },
                },
            ],
        },
        {
            "metadata": {},
            "items": [
                {"metadata": {"uid": "c"}, "status": {"startTime": "2026-11-22T03:00:00Z", "active": 1}}
            ],
        },
    ],
    "told": [
        ("a", "succeeded", "2026-11-22T01:00:00", "2026-11-22T01:01:00", None, None),
        (
            "b",
            "failed",
            "2026-11-22T02:00:00",
            "2026-11-22T02:05:01",
            None,
            "Job has reached the specified backoff limit",
        ),
        ("c", "running", "2026-11-22T03:00:00", None, None, None),
    ],
}
SALESFORCE = {
    "keys": {
        "pages": {"by": "next_url", "next": "nextRecordsUrl"},
        "records": "records",
        "fields": {
            "external_id": "id",
            "status": "state",
            "started_at": "createdDate",
            "finished_at": "systemModstamp",
        },
        "status_map": {"JobComplete": "succeeded", "Failed": "failed", "InProgress": "running"},
    },
    "pages": [
        {
            "done": number == 2,
            "nextRecordsUrl": None
            if number == 2
            else f"/services/data/v62.0/jobs/ingest?queryLocator={number}",
            "records": [
                {
                    "id": f"750{number}",
                    "state": state,
                    "createdDate": f"2026-11-2{number}T17:50:19.000+0000",
                    "systemModstamp": f"2026-11-2{number}T17:51:27.000+0000",
                }
            ],
        }
        for number, state in enumerate(["JobComplete", "Failed", "InProgress"])
    ],
    "told": [
        ("7500", "succeeded", "2026-11-20T17:50:19", "2026-11-20T17:51:27", None, None),
        ("7501", "failed", "2026-11-21T17:50:19", "2026-11-21T17:51:27", None, None),
        ("7502", "running", "2026-11-22T17:50:19", None, None, None),
    ],
}
DATA_FACTORY = {
    "keys": {
        "request": {
            "method": "POST",
            "json": {"lastUpdatedAfter": "{since}", "lastUpdatedBefore": "9999-12-31T00:00:00Z"},
        },
        "pages": {"by": "cursor", "in": "body", "param": "continuationToken", "next": "continuationToken"},
        "records": "value",
        "cursor": {"field": "lastUpdated", "start": "2026-01-01T00:00:00Z"},
        "fields": {
            "external_id": "runId",
            "status": "status",
            "started_at": "runStart",
            "finished_at": "runEnd",
            "error_message": "message",
        },
        "status_map": {"Succeeded": "succeeded", "Failed": "failed", "InProgress": "running"},
    },
    "pages": [
        {
            "value": [
                {
                    "runId": f"2f7f-{number}",
                    "status": status,
                    "runStart": f"2026-11-20T0{number}:37:44.6257014Z",
                    "runEnd": end,
                    "message": message,
                    "lastUpdated": f"2026-11-20T0{number}:38:12.7314495Z",
                }
            ],
            "continuationToken": token,
        }
        for number, status, end, message, token in [
            (0, "Succeeded", "2026-11-20T00:38:12.7314495Z", "", "t1"),
            (1, "Failed", "2026-11-20T01:38:12Z", "Operation on target Copy1 failed", "t2"),
            (2, "InProgress", None, "", None),
        ]
    ],
    "told": [
        ("2f7f-0", "succeeded", "2026-11-20T00:37:44.625701", "2026-11-20T00:38:12.731449", None, None),
        (
            "2f7f-1",
            "failed",
            "2026-11-20T01:37:44.625701",
            "2026-11-20T01:38:12",
            None,
            "Operation on target Copy1 failed",
        ),
        ("2f7f-2", "running", "2026-11-20T02:37:44.625701", None, None, None),
    ],
}

SUCCESS_FACTORS = {
    "keys": {
        "pages": {"by": "next_url", "next": "d.__next"},
        "records": "d.results",
        "fields": {
            "external_id": "jobRunId",
            "status": "status",
            "started_at": "startDate",
            "finished_at": "endDate",
            "records_read": "total",
            "records_failed": "failed",
        },
        "status_map": {"Completed": "succeeded", "Running": "running"},
    },
    "pages": [
        {
            "d": {
                "results": [
                    {
                        "jobRunId": "11",
                        "status": "Completed",
                        "startDate": "/Date(1795000000000)/",
                        "endDate": "/Date(1795000060000+0000)/",
                        "total": "20",
                        "failed": "3",
                    }
                ],
                "__next": "/services/data/v62.0/jobs/ingest?$skiptoken=1",
            }
        },
        {
            "d": {
                "results": [
                    {
                        "jobRunId": "12",
                        "status": "Running",
                        "startDate": "/Date(1795000200000)/",
                        "endDate": None,
                    }
                ]
            }
        },
    ],
    "told": [
        ("11", "partial", "2026-11-18T11:06:40", "2026-11-18T11:07:40", None, None),
        ("12", "running", "2026-11-18T11:10:00", None, None, None),
    ],
}
GRAPH = {
    "keys": {
        "pages": {"by": "next_url", "next": '"@odata.nextLink"'},
        "records": "value",
        "fields": {
            "external_id": "id",
            "status": "provisioningStatusInfo.status",
            "started_at": "activityDateTime",
            "duration_seconds": "durationInMilliseconds",
            "error_message": "provisioningStatusInfo.errorInformation.reason",
        },
        "time": {"duration_unit": "ms"},
        "status_map": {
            "success": "succeeded",
            "failure": "failed",
            "skipped": "skipped",
            "warning": "partial",
        },
    },
    "pages": [
        {
            "@odata.nextLink": "?$skiptoken=x",
            "value": [
                {
                    "id": "g1",
                    "activityDateTime": "2026-11-24T10:00:00Z",
                    "durationInMilliseconds": 604,
                    "provisioningStatusInfo": {
                        "status": "failure",
                        "errorInformation": {"reason": "Manager could not be resolved"},
                    },
                }
            ],
        },
        {
            "value": [
                {
                    "id": "g2",
                    "activityDateTime": "2026-11-24T10:01:00Z",
                    "durationInMilliseconds": 1000,
                    "provisioningStatusInfo": {"status": "skipped", "errorInformation": None},
                }
            ]
        },
    ],
    "told": [
        (
            "g1",
            "failed",
            "2026-11-24T10:00:00",
            "2026-11-24T10:00:00.604000",
            0.604,
            "Manager could not be resolved",
        ),
        ("g2", "skipped", "2026-11-24T10:01:00", "2026-11-24T10:01:01", 1.0, None),
    ],
}


@pytest.mark.parametrize(
    "system",
    [JENKINS, BOOMI, KUBERNETES, SALESFORCE, DATA_FACTORY, SUCCESS_FACTORS, GRAPH],
    ids=["jenkins", "boomi", "kubernetes", "salesforce", "data factory", "successfactors", "graph"],
)
async def test_a_system_is_read_from_configuration_alone(
    serve: Serve, clients: Clients, system: Mapping[str, Any]
) -> None:
    """Every run once, with its status, times and error; words that nobody mapped are told, not guessed."""
    pages = iter(system["pages"])
    server = serve(lambda _: Reply(next(pages)))
    keys = dict(system["keys"])
    keys["request"] = {"url": f"{server.url}/services/data/v62.0/jobs/ingest", **keys.get("request", {})}
    given = RestSettings.model_validate({"type": "rest", "name": "runs", **keys})
    done = await look(given, clients)
    arrival = Arrival(Side.SOURCE, Masker(b"k"), datetime(2026, 11, 24, tzinfo=UTC))
    stored = [run for batch in done.batches for run in arrival.batch(batch).runs]
    assert done.error is None
    assert [
        (
            run.external_id,
            run.status.value,
            _written(run.started_at),
            _written(run.finished_at),
            run.duration_seconds,
            run.error_message,
        )
        for run in stored
    ] == system["told"]
    assert [problem.where for problem in done.problems] == system.get("unmapped", [])
    assert len(server.seen) == len(system["pages"])


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.replace(tzinfo=None).isoformat()
