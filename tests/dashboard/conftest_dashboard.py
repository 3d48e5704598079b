"""What the tests of pages share: a house to furnish, a page to draw, and the words on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from streamlit.testing.v1 import AppTest

from core.errors import StorageError
from core.settings import Settings
from dashboard import reads
from dashboard.house import ConfigurationState, House, install
from storage.store import Store
from storage.writer import Writer

NOW = datetime(2026, 11, 24, 12, 4, 30, tzinfo=UTC)
Open = Callable[..., AppTest]


class Desk(NamedTuple):
    """A database that a person at the pages may change."""

    store: Store
    writer: Writer
    settings: Settings


def no_database() -> Store:
    """What opening a database that is not there comes to."""
    raise StorageError("sqlite:///gone.db has no tables yet; make them with `integration-monitor migrate`")


def furnish(
    open_store: Callable[[], Store],
    settings: Settings,
    problems: tuple[tuple[str, str], ...] = (),
    now: datetime = NOW,
    writer: Writer | None = None,
    record_key: Callable[[str], str] = str.strip,
) -> None:
    """Give the pages a house; writer: None = another process owns the database."""
    reads.forget()
    state = ConfigurationState(NOW, problems)
    install(House(open_store, lambda: settings, lambda: state, lambda: now, lambda: writer, record_key))


def page(name: str) -> Callable[[], None]:
    """The script that draws one page: AppTest takes its source, so it imports all that it needs."""
    scripts = {"health": _health, "integration": _integration, "system": _system, "alerts": _alerts}
    return scripts[name]


def _health() -> None:
    from dashboard import frame
    from dashboard.pages import health

    health.PAGE.draw(frame.current_viewer())


def _integration() -> None:
    from dashboard import frame
    from dashboard.pages import integration

    integration.PAGE.draw(frame.current_viewer())


def _system() -> None:
    from dashboard import frame
    from dashboard.pages import system

    system.PAGE.draw(frame.current_viewer())


def _alerts() -> None:
    from dashboard import frame
    from dashboard.pages import alerts

    alerts.PAGE.draw(frame.current_viewer())


def words_of(app: AppTest) -> str:
    """All the prose on a page."""
    kinds = (
        app.title,
        app.header,
        app.markdown,
        app.caption,
        app.warning,
        app.error,
        app.info,
        app.text,
        app.code,
    )
    return "\n".join(str(one.value) for kind in kinds for one in kind)
