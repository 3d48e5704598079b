"""The description of every route for programs (OpenAPI 3.1), made from what the code reads."""

from __future__ import annotations

from functools import cache

from api.records import LIMIT, PARAMETERS
from collectors.bodies import MOST_ITEMS
from collectors.event_fields import LONGEST_ID
from collectors.event_kinds import KINDS, Kind
from core.records import Json
from storage.queries.export import EXPORTS
from storage.queries.listed import LATEST, LISTS
from storage.queries.page import MAX_LIMIT

Document = dict[str, Json]


@cache
def document() -> Document:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Integration Monitor",
            "version": "1",
            "description": "What programs may ask, and what they may push. Times are ISO 8601; without a "
            "zone they are UTC.",
        },
        "paths": {**_pushing(), **_asking()},
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`token` of a source of type push in monitor.yaml",
                }
            },
            "schemas": {**{name: _event(name, kind) for name, kind in KINDS.items()}, **_schemas()},
        },
    }


def _event(name: str, kind: Kind) -> Document:
    fields: Document = {
        "id": {"type": "string", "maxLength": LONGEST_ID, "description": "sent again, it is stored once"},
        "kind": {"const": name},
    }
    for field, one in kind.fields.items():
        fields[field] = dict(one.schema)  # type: ignore[arg-type]
    required: list[Json] = ["id", "kind", *kind.required]
    return {"type": "object", "properties": fields, "required": required}


def _schemas() -> Document:
    problem: Document = {
        "type": "object",
        "properties": {name: {"type": "string"} for name in ("where", "what", "remedy")},
    }
    return {
        "event": {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in KINDS]},
        "taken": {
            "type": "object",
            "properties": {
                "stored": {"type": "integer"},
                "duplicates": {"type": "integer", "description": "events stored before, by their id"},
                "unrouted": {"type": "integer", "description": "records that match no integration"},
                "refused": {"type": "integer"},
                "items": {
                    "type": "array",
                    "description": "the refused ones",
                    "items": {
                        "type": "object",
                        "properties": {
                            "where": {"type": "string"},
                            "id": {"type": ["string", "null"]},
                            "problems": {"type": "array", "items": problem},
                        },
                    },
                },
            },
        },
        "records": {
            "type": "object",
            "properties": {
                "as_of": {"type": "string", "format": "date-time"},
                "items": {"type": "array", "items": {"type": "object"}},
                "next": {"type": ["string", "null"]},
            },
        },
        "error": {"type": "object", "properties": {"error": {"type": "string"}}},
    }


def _pushing() -> Document:
    event: Document = {"$ref": "#/components/schemas/event"}
    content: Document = {
        "application/json": {"schema": {"oneOf": [event, {"type": "array", "items": event}]}},
        "application/x-ndjson": {"schema": {"type": "string", "description": "an event a line"}},
    }
    taken = {"200": "all were taken", "207": "some were refused", "422": "all were refused"}
    answers: Document = {status: _answer(text, "taken") for status, text in taken.items()}
    refusals = {
        "400": "a body that cannot be read",
        "413": "too large",
        "415": "compressed otherwise than by gzip",
        **_REFUSALS,
    }
    answers.update({status: _answer(text, "error") for status, text in refusals.items()})
    paths: Document = {
        "/api/v1/events": {
            "post": {
                "summary": "Push events",
                "description": f"One event, a list, or one a line; at most {MOST_ITEMS} in a call. Good ones "
                "are stored even where others are refused.",
                "security": [{"token": []}],
                "requestBody": {"required": True, "content": content},
                "responses": answers,
            }
        }
    }
    for ending, text in (
        ("", "End a run well"),
        ("/start", "Begin a run"),
        ("/fail", "End a run as failed; the body is its message"),
    ):
        paths[f"/api/v1/heartbeat/{{key}}{ending}"] = {"get": _heartbeat(text), "post": _heartbeat(text)}
    return paths


_REFUSALS = {
    "401": "no token, or a wrong one",
    "429": "too many calls; Retry-After tells when to come back",
    "503": "this process only reads the database, or it cannot be written",
}


def _heartbeat(text: str) -> Document:
    answers: Document = {"200": {"description": "stored; `run` is the run's id"}}
    answers.update({status: _answer(why, "error") for status, why in _REFUSALS.items()})
    answers["404"] = _answer("the token's source has no heartbeat of that key", "error")
    key: Document = {"name": "key", "in": "path", "required": True, "schema": {"type": "string"}}
    rid: Document = {
        "name": "rid",
        "in": "query",
        "schema": {"type": "string", "maxLength": 200},
        "description": "joins the start and the end of one run; without it an end ends the newest open run",
    }
    return {"summary": text, "security": [{"token": []}], "parameters": [key, rid], "responses": answers}


def _answer(text: str, schema: str) -> Document:
    content: Document = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": text, "content": content}


def _asking() -> Document:
    plain = {
        "/healthz": "Whether the process lives: the text ok",
        "/readyz": "Whether it does its work; 503 where it does not, with each part",
        "/metrics": "Every integration, and alerting itself, as Prometheus metrics",
        "/api/v1/integrations": "Every integration as `status --json` tells it",
        "/api/v1/openapi.json": "This document",
        "/api/v1/docs": "This document as a page",
    }
    asked: dict[str, Json] = {
        path: {"get": {"summary": text, "responses": {"200": {"description": "the answer"}}}}
        for path, text in plain.items()
    }
    return {**asked, "/api/v1/alerts": {"get": _alerts()}, **_records()}


def _records() -> Document:
    lists = dict.fromkeys(LISTS, PARAMETERS)
    latest = dict.fromkeys(LATEST, PARAMETERS[:1])
    return {
        f"/api/v1/{kind}": {
            "get": {
                "summary": f"Stored {kind}, newest first, page by page"
                if kind in LISTS
                else f"The latest {kind}",
                "description": "`items` under the names that `export` has: " + ", ".join(EXPORTS[kind][1]),
                "parameters": [
                    {
                        "name": name,
                        "in": "query",
                        "schema": _PARAMETERS[name][0],
                        "description": _PARAMETERS[name][1],
                    }
                    for name in parameters
                ],
                "responses": {
                    "200": _answer(
                        "the records; `next` is the `after` of the next page, null at the end", "records"
                    ),
                    "400": _answer("a parameter that means nothing", "error"),
                    "503": _answer("the database does not answer", "error"),
                },
            }
        }
        for kind, parameters in {**lists, **latest}.items()
    }


_PARAMETERS: dict[str, tuple[Document, str]] = {
    "integration": ({"type": "string"}, "of this one only"),
    "since": ({"type": "string"}, "at or after this time (ISO 8601), or how long ago: 24h, 7d"),
    "limit": (
        {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": LIMIT},
        "how many on a page",
    ),
    "after": ({"type": "string"}, "the `next` of the page before"),
}


def _alerts() -> Document:
    parameters: list[Json] = [
        {
            "name": "all",
            "in": "query",
            "schema": {"enum": ["yes", "no"]},
            "description": "also those about to fire, and those that ended in the last 24 hours",
        },
        {
            "name": "integration",
            "in": "query",
            "schema": {"type": "string"},
            "description": "of this one only",
        },
    ]
    return {
        "summary": "Alerts as `alerts --json` tells them",
        "parameters": parameters,
        "responses": {
            "200": {"description": "the answer"},
            "400": _answer("a parameter that means nothing", "error"),
        },
    }
