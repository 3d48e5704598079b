"""The OpenAPI document as one page that loads nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from html import escape
from typing import cast

from api.openapi import document

_STYLE = """
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
code{font-family:ui-monospace,monospace}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #8886}
pre{overflow:auto;padding:.75rem;border:1px solid #8886;border-radius:6px}
"""
_EXAMPLE = """curl -H "Authorization: Bearer $PUSH_TOKEN" -H "Content-Type: application/json" \\
  -d '{"id": "42", "kind": "runs", "external_id": "42", "job": "users", "status": "succeeded",
       "started_at": "2026-11-24T13:30:00Z", "finished_at": "2026-11-24T13:31:00Z"}' \\
  http://127.0.0.1:8501/api/v1/events

curl -H "Authorization: Bearer $PUSH_TOKEN" "http://127.0.0.1:8501/api/v1/heartbeat/crm-jobs/start?rid=7"
curl -H "Authorization: Bearer $PUSH_TOKEN" "http://127.0.0.1:8501/api/v1/heartbeat/crm-jobs?rid=7"
"""
_Node = Mapping[str, object]


@cache
def page() -> str:
    """The page as HTML."""
    described = document()
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width"><title>Integration Monitor: API</title>',
        f"<style>{_STYLE}</style></head><body><main><h1>Integration Monitor: API</h1>",
        f"<p>{escape(str(_node(described['info'])['description']))} ",
        'The same for programs: <a href="/api/v1/openapi.json">openapi.json</a>.</p>',
        f'<h2>Pushing, in short</h2><pre tabindex="0"><code>{escape(_EXAMPLE)}</code></pre>',
        *_routes(_node(described["paths"])),
        *_kinds(_node(_node(described["components"])["schemas"])),
        "</main></body></html>",
    ]
    return "\n".join(parts)


def _routes(paths: _Node) -> Iterator[str]:
    yield "<h2>Routes</h2><table><thead><tr><th>Call</th><th>What it does</th><th>Answers</th></tr></thead><tbody>"
    for path, methods in paths.items():
        for method, operation in _node(methods).items():
            one = _node(operation)
            text = ". ".join(str(one[name]) for name in ("summary", "description") if name in one)
            answers = "<br>".join(
                f"<code>{status}</code> {escape(str(_node(answer)['description']))}"
                for status, answer in sorted(_node(one["responses"]).items())
            )
            call = f"<code>{method.upper()} {escape(path)}</code>"
            yield f"<tr><td>{call}</td><td>{escape(text)}</td><td>{answers}</td></tr>"
    yield "</tbody></table>"


def _kinds(schemas: _Node) -> Iterator[str]:
    for name, schema in schemas.items():
        if "required" not in _node(schema):
            continue
        required = cast(list[str], _node(schema)["required"])
        yield f"<h2>Events of the kind <code>{escape(name)}</code></h2>"
        yield "<table><thead><tr><th>Field</th><th>What it holds</th><th></th></tr></thead><tbody>"
        for field, shape in _node(_node(schema)["properties"]).items():
            needed = "required" if field in required else ""
            yield f"<tr><td><code>{escape(field)}</code></td><td>{escape(_shape(_node(shape)))}</td><td>{needed}</td></tr>"
        yield "</tbody></table>"


def _shape(shape: _Node) -> str:
    if "const" in shape:
        return str(shape["const"])
    if "enum" in shape:
        return ", ".join(cast(list[str], shape["enum"]))
    kind = shape.get("type", "any JSON")
    words = " or ".join(kind) if isinstance(kind, list) else str(kind)
    words = "time (ISO 8601)" if shape.get("format") == "date-time" else words
    return f"{words}: {shape['description']}" if "description" in shape else words


def _node(value: object) -> _Node:
    return cast(_Node, value)
