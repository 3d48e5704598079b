"""Every source of `docs/files.md` takes in the file beside it as the page says."""

import re
from pathlib import Path

import pytest
import yaml

from collectors.registry import sources
from collectors.sources._csv_settings import CsvDropSettings
from tests.collectors.collectors_csv import Inbox

PAGE = (Path(__file__).parents[2] / "docs" / "files.md").read_text(encoding="utf-8")
_SECTION = re.compile(
    r"^### (?P<name>[^\n]+)\n.*?```csv\n(?P<rows>.*?)```\n\n```yaml\n(?P<source>.*?)\n```\n\n```text\n(?P<told>.*?)\n```\n",
    re.MULTILINE | re.DOTALL,
)
SECTIONS = [found.groupdict() for found in _SECTION.finditer(PAGE)]


def test_every_section_is_read() -> None:
    """None is left out for its form."""
    assert len(SECTIONS) == PAGE.count("\n### ") == PAGE.count("```yaml")


@pytest.mark.parametrize("section", SECTIONS, ids=[one["name"] for one in SECTIONS])
def test_a_documented_file_is_taken_in(section: dict[str, str], tmp_path: Path) -> None:
    """The rows that are good, those that are not by line and rule, and what the file as a whole breaks."""
    given = yaml.load(section["source"], Loader=yaml.BaseLoader)
    inbox = Inbox(tmp_path)
    inbox.settings = CsvDropSettings.model_validate(given | {"path": str(tmp_path / "*.csv")})
    assert sources()[given["type"]].settings.model_validate(given).name == given["name"]
    inbox.put(section["rows"])
    found = inbox.poll()
    rules: dict[str, list[str]] = {}
    for one in found.failed:
        rules.setdefault("the file" if one.line is None else f"line {one.line}", []).append(
            one.error_code or ""
        )
    told = [f"{found.file.rows_ok} rows good, {found.file.rows_bad} bad"]
    told += [f"{where}: {', '.join(broken)}" for where, broken in rules.items()]
    assert "\n".join(told) == section["told"]
