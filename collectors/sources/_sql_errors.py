"""Says what went wrong at a database, in one line and without a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

import sqlalchemy as sa

from collectors.not_installed import not_installed
from collectors.sources._sql_drivers import packages_for
from core.errors import SourceError
from core.settings.secrets import HIDDEN
from core.units import format_duration

_LONGEST = 400
_SECRET_NAME = re.compile(r"pass|pwd|token|secret|key|credential", re.IGNORECASE)
_TIMED_OUT = re.compile(
    r"statement timeout|^interrupted$|max_statement_time|maximum statement execution time", re.IGNORECASE
)
_FOR_GOOD = re.compile(
    r"no such (table|column|function|view)|syntax error|not a database|malformed|does not exist|doesn't exist"
    r"|unknown (column|database|table)|access denied|permission denied|not authorized|invalid object name"
    r"|password authentication failed|no password supplied|incomplete input|unrecognized token",
    re.IGNORECASE,
)


def missing_driver(url: sa.URL, error: Exception) -> SourceError:
    """The error that a driver which is not installed is."""
    return not_installed(url.drivername, packages_for(url.drivername).install, error)


@contextmanager
def told(url: sa.URL, what: str, timeout: timedelta) -> Iterator[None]:
    """Turns what databases and their drivers raise into a SourceError that says what was done.

    what: such as "the query failed"; timeout: what a statement had.
    """
    try:
        yield
    except SourceError:
        raise
    except sa.exc.DBAPIError as error:
        raise _error(url, what, timeout, error.orig or error) from None
    except (sa.exc.SQLAlchemyError, OSError, ValueError, TypeError, OverflowError) as error:
        raise _error(url, what, timeout, error) from None


def _error(url: sa.URL, what: str, timeout: timedelta, error: BaseException) -> SourceError:
    if isinstance(error, SourceError):
        return error
    place = _place(url)
    said = _without_secrets(" ".join(str(error).split()) or type(error).__name__, url)
    if _TIMED_OUT.search(said):
        return SourceError(
            f"{place}: the query took longer than {format_duration(timeout)} and was stopped; "
            f"read less of it at once (an index on the cursor's column helps), or raise timeout"
        )
    said = said if len(said) <= _LONGEST else said[: _LONGEST - 1] + "…"
    return SourceError(f"{place}: {what}: {said}", permanent=bool(_FOR_GOOD.search(said)))


def _place(url: sa.URL) -> str:
    """The address without user, password and parameters."""
    bare = sa.URL.create(url.get_backend_name(), host=url.host, port=url.port, database=url.database)
    return bare.render_as_string()


def _without_secrets(text: str, url: sa.URL) -> str:
    query: Mapping[str, str | tuple[str, ...]] = url.query
    found = [url.password] if url.password else []
    for name, values in query.items():
        if _SECRET_NAME.search(name):
            found += [values] if isinstance(values, str) else list(values)
    for secret in sorted(map(str, found), key=len, reverse=True):
        text = text.replace(secret, HIDDEN) if len(secret) > 2 else text
    return text
