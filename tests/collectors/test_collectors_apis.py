"""Every source of `docs/apis.md` reads the answers, or the table, beside it as the page says."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from collectors.arrival import Arrival
from collectors.http import Clients, HttpClient
from collectors.source import SourceContext
from composition.names import registries, sources
from core.masking import Masker
from core.records import Side
from core.settings import loads
from tests.collectors.collectors_recipes import failed_told, run_told
from tests.collectors.collectors_server import Answer, Reply, Seen, Served

Serve = Callable[[Answer], Served]

PAGE = (Path(__file__).parents[2] / "docs" / "apis.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]}
_ANSWER = re.compile(
    r"^`(GET|POST) ([^ `]+)(?: ([^`]+))?` answers(?:, with the header `([^`]+)`)?\n\n```json\n(.*?)\n```",
    re.M | re.S,
)
_HOST = re.compile(r"https://[\w.:-]+")
_DATABASE = re.compile(r'"(?:mssql|mysql|oracle|postgresql)[^"]*"')
_SCHEMA = re.compile(r"\b(?:msdb\.dbo|SSISDB\.catalog|hangfire|cron|pgboss)\.")


@dataclass(frozen=True)
class _Answer:
    """What one call answers. query, fields: what it must hold at least; text: what it is where it is no JSON."""

    method: str
    path: str
    query: Mapping[str, str]
    fields: Mapping[str, Any]
    headers: dict[str, str]
    body: str
    text: str = ""

    def fits(self, seen: Seen) -> bool:
        if (seen.method, unquote(seen.path)) != (self.method, self.path):
            return False
        if self.text:
            return seen.body.decode() == self.text
        sent = json.loads(seen.body) if seen.body.startswith(b"{") else {}
        return self.query.items() <= seen.query.items() and all(
            sent.get(name) == value for name, value in self.fields.items()
        )


def _answers(section: str) -> Answer:
    """Answers as the page shows them, the one that fits most closely; a token where one is asked for."""
    told = []
    for method, target, fields, header, body in _ANSWER.findall(section):
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query))
        headers = dict([header.split(": ", 1)]) if header else {}
        text = "" if fields.startswith("{") else fields
        given = json.loads(fields) if fields.startswith("{") else {}
        told.append(_Answer(method, parts.path, query, given, headers, body, text))
    told.sort(key=lambda one: -len(one.query) - len(one.fields))

    def answer(seen: Seen) -> Reply:
        if seen.path.endswith(("/token", "/login")):
            return Reply({"access_token": "t", "icSessionId": "s", "expires_in": 3600})
        found = next((one for one in told if one.fits(seen)), None)
        return (
            Reply({"error": "not shown"}, 404) if found is None else Reply(found.body, headers=found.headers)
        )

    return answer


def _block(section: str, kind: str) -> str:
    return section.partition(f"```{kind}\n")[2].partition("\n```")[0]


def _source(text: str) -> Any:
    indented = "".join(f"      {line}\n" for line in ("- " + text.replace("\n", "\n  ")).split("\n"))
    whole = f"integrations:\n  - key: a\n    name: A\n    method: api\n    source_system: S\n    sources:\n{indented}"
    environ = dict.fromkeys(re.findall(r"\$\{(\w+)\}", text), "secret")
    return loads(whole, "apis.md", registries(), environ=environ).integrations[0].sources[0]


def test_every_section_has_what_is_tested() -> None:
    """None is left out for its form."""
    assert len(SECTIONS) == PAGE.count("```yaml") == PAGE.count("```text")


@pytest.mark.parametrize("name", SECTIONS)
async def test_a_system_is_read_as_its_section_says(
    serve: Serve, clients: Clients, tmp_path: Path, name: str
) -> None:
    """Each run once, with its status, times, counts and error; what nobody mapped is told."""
    section = SECTIONS[name]
    with closing(sqlite3.connect(tmp_path / "table.db")) as database:
        database.executescript(_block(section, "sql"))
    text = _HOST.sub(serve(_answers(section)).url, _block(section, "yaml"))
    text = _SCHEMA.sub("", _DATABASE.sub(f"sqlite:///{tmp_path / 'table.db'}", text))
    given = _source(text)
    ctx = SourceContext("a", given.name, Side.SOURCE, clients.clock(), HttpClient(clients))
    arrival = Arrival(Side.SOURCE, Masker(b"k"), clients.clock())
    batches = [arrival.batch(batch) async for batch in sources()[given.type].collect(given, {}, ctx)]
    told = [run_told(one) for batch in batches for one in batch.runs]
    told = sorted(told, key=_place(section)) + [
        failed_told(one) for batch in batches for one in batch.failed_records
    ]
    told += [f"problem: {one.message}" for batch in batches for one in batch.problems]
    assert "\n".join(told) == _block(section, "text")


def _place(section: str) -> Callable[[str], int]:
    """Where the page shows a run: those asked about once more come after the others."""
    return lambda told: section.find(told.partition(",")[0])
