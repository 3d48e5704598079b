"""nginx's log through rename, reopening, gzip and half a line: every line once."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

NGINX = Path(__file__).parents[1] / "samples" / "nginx"

CONFIG = """
integrations:
  - key: gateway
    name: Gateway
    method: api
    source_system: Shop
    target_system: Butterboard
    sources:
      - {{type: access_log, name: nginx, path: "logs/access.log*", format: {format}}}
"""


def _class_of(status: int) -> str:
    return "499" if status == 499 else f"{status // 100}xx"


def _wanted(form: str, lines: list[str]) -> Counter[str]:
    if form == "json":
        return Counter(_class_of(json.loads(line)["status"]) for line in lines)
    found = (re.search(r'(?<=" )(\d{3}) (?:\d+|-) "', line) for line in lines)
    return Counter(_class_of(int(match[1])) if match else "invalid" for match in found)


def _seen(monitor: Any) -> Counter[str]:
    seen: Counter[str] = Counter()
    for row in monitor.run("export", "calls").lines():
        seen[row["status_class"]] += row["calls"]
    return seen


@pytest.mark.parametrize(("form", "file"), [("combined", "access.log"), ("json", "access.json")])
def test_each_line_is_counted_once_through_rotation(monitor: Any, form: str, file: str) -> None:
    """Looked at before, between and after each step of a rotation, the sums are the file's."""
    lines = (NGINX / file).read_text(encoding="utf-8", errors="surrogateescape").splitlines(keepends=True)
    logs = monitor.folder / "logs"
    logs.mkdir()
    log = logs / "access.log"
    monitor.configure(CONFIG.format(format=form))

    def write(text: str, path: Path = log) -> None:
        with path.open("a", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(text)

    def look(upto: int) -> None:
        assert monitor.run("collect", "--once").code == 0
        assert _seen(monitor) == _wanted(form, lines[:upto])

    write("".join(lines[:200]) + lines[200][:30])
    look(200)
    write(lines[200][30:] + "".join(lines[201:300]))
    log.rename(logs / "access.log.1")
    write("".join(lines[300:310]), logs / "access.log.1")
    look(310)
    write("".join(lines[310:400]))
    look(400)
    (logs / "access.log.2.gz").write_bytes(gzip.compress((logs / "access.log.1").read_bytes()))
    (logs / "access.log.1").unlink()
    log.rename(logs / "access.log.1")
    look(400)
    write("".join(lines[400:]))
    look(600)
    look(600)
    assert monitor.run("verify").code == 0


def test_a_broken_line_is_counted_and_named_and_changes_no_health(lite: Any) -> None:
    """A line that nobody can read is an `invalid` call and a problem by file and line."""
    logs = lite.folder / "logs"
    logs.mkdir()
    good = '10.0.0.1 - - [24/Nov/2026:13:30:50 +0000] "GET /a HTTP/1.1" 200 12 "-" "x"\n'
    (logs / "access.log").write_text(good * 40, encoding="utf-8")
    lite.configure(CONFIG.format(format="combined"))
    assert lite.run("collect", "--once").code == 0
    before = lite.run("status", "--json").json()["integrations"][0]["health"]
    with (logs / "access.log").open("ab") as file:
        file.write(b"Traceback (most recent call last):\n\x00\xff\xfe\n" + good.encode())
    done = lite.run("collect", "--once")
    assert done.code == 0
    assert "access.log" in done.out
    assert _seen(lite) == Counter({"2xx": 41, "invalid": 2})
    assert lite.run("status", "--json").json()["integrations"][0]["health"] == before
