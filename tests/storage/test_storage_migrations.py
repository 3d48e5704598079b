"""The chain of migrations: complete on every engine, and forward only."""

import importlib
import pkgutil

import pytest

from core.errors import StorageError
from storage.migrations import versions

NAMES = [f"{versions.__name__}.{found.name}" for found in pkgutil.iter_modules(versions.__path__)]


def test_every_migration_is_found() -> None:
    """So that the tests below look at something."""
    assert len(NAMES) >= 6


@pytest.mark.parametrize("name", NAMES)
def test_the_way_back_is_refused_with_its_remedy(name: str) -> None:
    """It would drop what was stored; the text says what is lost, and what to do."""
    with pytest.raises(StorageError, match=r"would lose .+; restore a backup"):
        importlib.import_module(name).downgrade()
