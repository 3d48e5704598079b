"""A command speaks the language of its file, or of the environment where there is no file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from composition.language import language_for, language_of_environment

RUSSIAN = {"LANG": "ru_RU.UTF-8"}


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "ru"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": ""}, "ru"),
        ({"LANGUAGE": "de:ru:en", "LANG": "en_US.UTF-8"}, "ru"),
        ({"LANGUAGE": "en:ru"}, "en"),
        ({"LANG": "de_DE@euro"}, "en"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else None,
)
def test_the_environment_is_read_as_gettext_reads_it(environ: Mapping[str, str], language: str) -> None:
    """The first variable that says anything wins; of its languages, the first that is spoken here."""
    assert language_of_environment(environ) == language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("language: ru\n", "ru"),
        ("language: ru\nintegrations: [{key: A B, methode: api}]\n", "ru"),
        ("language: en\n", "en"),
        ("integrations: []\n", "en"),
        ("language: xx\n", "en"),
        ("language: [ru]\n", "en"),
        ("- a list\n", "en"),
        ("", "en"),
        ("language: [ru\n", "ru"),
    ],
    ids=["ru", "with problems", "en", "not said", "not spoken", "a list", "no mapping", "empty", "no YAML"],
)
def test_the_file_decides_where_there_is_one(tmp_path: Path, text: str, language: str) -> None:
    """What it says, or English; the environment only where it cannot be read as YAML."""
    file = tmp_path / "monitor.yaml"
    file.write_text(text, encoding="utf-8")
    assert language_for(file, RUSSIAN) == language


def test_without_a_file_the_environment_decides(tmp_path: Path) -> None:
    """Nobody has said anything yet."""
    assert language_for(tmp_path / "none.yaml", RUSSIAN) == "ru"
    assert language_for(tmp_path / "none.yaml", {}) == "en"
