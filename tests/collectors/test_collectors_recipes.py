"""Every source of `docs/logs.md` reads the lines beside it as the page says."""

import re
from pathlib import Path

import pytest

from tests.collectors.collectors_recipes import outcome

PAGE = (Path(__file__).parents[2] / "docs" / "logs.md").read_text(encoding="utf-8")
_SECTION = re.compile(
    r"^### (?P<name>[^\n]+)\n.*?(?:^`(?P<file>[^`\n]+)`:\n\n)?```log\n(?P<lines>.*?)\n```\n\n"
    r"```yaml\n(?P<source>.*?)\n```\n\n```text\n(?P<told>.*?)\n```\n",
    re.MULTILINE | re.DOTALL,
)
SECTIONS = [found.groupdict() for found in _SECTION.finditer(PAGE)]


def test_every_section_is_read() -> None:
    """None is left out for its form."""
    assert len(SECTIONS) == PAGE.count("\n### ") == PAGE.count("```yaml")


@pytest.mark.parametrize("section", SECTIONS, ids=[one["name"] for one in SECTIONS])
def test_a_recipe_reads_its_lines(section: dict[str, str], tmp_path: Path) -> None:
    """Nothing more, nothing less, and without a problem."""
    assert outcome(section["source"], section["lines"], section["file"], tmp_path) == section["told"]
