"""Discovery: a file dropped into a package is found, without another line changed."""

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import pytest

from core.discovery import DiscoveryError, discover


@dataclass(frozen=True)
class Thing:
    """What the packages of this test export."""

    title: str


class Package:
    """A package in a temporary folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder / name
        self.folder.mkdir()
        self.name = name
        self.drop("__init__", "")

    def drop(self, module: str, text: str) -> None:
        """Put a module into it."""
        (self.folder / f"{module}.py").write_text(text, encoding="utf-8")
        importlib.invalidate_caches()

    def module(self) -> ModuleType:
        """The imported package."""
        return importlib.import_module(self.name)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder on the import path; what was imported from it is forgotten afterwards."""
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def exporting(constant: str, title: str) -> str:
    return f"from {__name__} import Thing\n\n{constant} = Thing({title!r})\n"


@pytest.mark.parametrize("constant", ["SOURCE", "INDICATOR", "PAGE", "CHANNEL", "ENGINE"])
def test_a_dropped_module_is_found(folder: Path, constant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The module's name is the key; helpers with an underscore are passed over."""
    monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])
    package = Package(folder, f"found_{constant.lower()}")
    package.drop("beta", exporting(constant, "second"))
    package.drop("_helper", "raise RuntimeError('helpers are not imported')")
    assert discover(package.module(), constant, Thing) == {"beta": Thing("second")}
    package.drop("alpha", exporting(constant, "first"))
    assert list(discover(package.module(), constant, Thing)) == ["alpha", "beta"]


@pytest.mark.parametrize(
    ("text", "got"), [("", "found nothing"), ("SOURCE = 5", "found int")], ids=["no constant", "wrong type"]
)
def test_a_module_that_breaks_the_promise_is_named(folder: Path, text: str, got: str) -> None:
    """The error says which module, what is expected and the way out."""
    package = Package(folder, f"broken_{len(text)}")
    package.drop("gamma", text)
    with pytest.raises(
        DiscoveryError, match=rf"broken_{len(text)}\.gamma: expected SOURCE to be a Thing, {got}"
    ):
        discover(package.module(), "SOURCE", Thing)


def test_the_real_registries_see_a_new_source_indicator_and_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The packages of the house find a module in a further folder of theirs, with its type checked."""
    for name, constant, copied in [
        ("collectors.sources", "SOURCE", "probe"),
        ("health.indicators", "INDICATOR", "run_failure_ratio"),
        ("dashboard.pages", "PAGE", "system"),
    ]:
        package = pytest.importorskip(name)
        module = f"{name}.{copied}"
        try:
            kind = type(getattr(importlib.import_module(module), constant))
        except ModuleNotFoundError:
            pytest.skip(f"{module} is not there")
        folder = tmp_path / name
        folder.mkdir()
        (folder / "brand_new.py").write_text(f"from {module} import {constant} as one\n\n{constant} = one\n")
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
        importlib.invalidate_caches()
        found = discover(package, constant, kind)
        sys.modules.pop(f"{name}.brand_new", None)
        assert {"brand_new", copied} <= set(found)
