"""Finds the modules of a package by their one typed constant: dropping a file in is all it takes."""

import importlib
import pkgutil
from types import ModuleType
from typing import TypeVar

from core.errors import MonitorError

T = TypeVar("T")


class DiscoveryError(MonitorError):
    """A module in a discovered package does not export what its package promises."""


def discover(package: ModuleType, constant: str, kind: type[T]) -> dict[str, T]:
    """Import every public module of a package and collect its constant, keyed by module name.

    package: for example `collectors.sources`; constant: for example "SOURCE"; kind: the class it
    must be an instance of. Modules whose name starts with "_" are helpers and passed over. Raises
    DiscoveryError for a module without the constant or with one of another type.
    """
    found: dict[str, T] = {}
    for module_info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        if module_info.name.startswith("_"):
            continue
        name = f"{package.__name__}.{module_info.name}"
        module = importlib.import_module(name)
        value = getattr(module, constant, None)
        if not isinstance(value, kind):
            got = "nothing" if value is None else type(value).__name__
            raise DiscoveryError(
                f"{name}: expected {constant} to be a {kind.__name__}, found {got}; "
                f"export one, or start the module's name with an underscore"
            )
        found[module_info.name] = value
    return found
