"""Finds the modules of a package by their one typed constant: dropping a file in is all it takes."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import TypeVar

from core.errors import MonitorError

T = TypeVar("T")


class DiscoveryError(MonitorError):
    """A module in a discovered package does not export what its package promises."""


class Discovered(Mapping[str, T]):
    """The constants of a package's public modules by the modules' names; each is imported when asked for.

    package: for example `collectors.sources`; constant: for example "SOURCE"; kind: the class it must be
    an instance of. Modules whose name starts with "_" are helpers and passed over. Asking raises
    DiscoveryError for a module without the constant or with one of another type.
    """

    def __init__(self, package: ModuleType, constant: str, kind: type[T]) -> None:
        self._package, self._constant, self._kind = package.__name__, constant, kind
        names = (module.name for module in pkgutil.iter_modules(package.__path__))
        self._found: dict[str, T | None] = {name: None for name in sorted(names) if not name.startswith("_")}

    def __getitem__(self, name: str) -> T:
        found = self._found[name]
        if found is None:
            found = self._found[name] = self._imported(f"{self._package}.{name}")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def _imported(self, module: str) -> T:
        value = getattr(importlib.import_module(module), self._constant, None)
        if not isinstance(value, self._kind):
            got = "nothing" if value is None else type(value).__name__
            raise DiscoveryError(
                f"{module}: expected {self._constant} to be a {self._kind.__name__}, found {got}; "
                f"export one, or start the module's name with an underscore"
            )
        return value


def discover(package: ModuleType, constant: str, kind: type[T]) -> dict[str, T]:
    """Import every public module of a package and collect its constant: a whole `Discovered`."""
    return dict(Discovered(package, constant, kind))
