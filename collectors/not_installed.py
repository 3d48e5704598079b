"""What is told where a package is wanted that not everybody installs."""

from __future__ import annotations

from core.errors import SourceError


def not_installed(what: str, package: str, error: Exception) -> SourceError:
    """The error that a missing package is. what: such as "auth of type aws"; package: as pip takes it; error: of its import."""
    name = getattr(error, "name", None)
    module = f" ({name} cannot be imported)" if name else ""
    return SourceError(
        f"{what} needs the package {package}, which is not installed here{module}; "
        f'install it beside this program: pip install "{package}"',
        permanent=True,
    )
