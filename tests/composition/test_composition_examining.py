"""What `doctor` says of the Python that it runs on."""

from __future__ import annotations

import pytest

from composition.examining import interpreter
from core.i18n import Message
from reports.doctor import Level

DEBIAN = "'--enable-shared' '--prefix=/usr' '--enable-optimizations' '--with-lto'"
PYENV = "'--prefix=/root/.pyenv/versions/3.11.7' '--enable-shared'"


@pytest.mark.parametrize(
    ("built_with", "level"),
    [
        pytest.param(DEBIAN, Level.OK, id="with optimizations"),
        pytest.param(PYENV, Level.NOTE, id="without them"),
        pytest.param(None, Level.OK, id="on Windows nobody tells"),
        pytest.param("", Level.OK, id="nothing told"),
    ],
)
def test_slow_python_is_told(built_with: str | None, level: Level) -> None:
    """It works, so it is a note; what helps stands with it."""
    found = interpreter(built_with)
    assert found.level is level
    assert isinstance(found.text, Message)
    assert ("install one" in found.text.text) is (level is Level.NOTE)
