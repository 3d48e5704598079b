"""Brings a database's schema to this version's, through Alembic and without an alembic.ini."""

from __future__ import annotations

import sqlalchemy as sa

from core.errors import StorageError
from storage.engine import engine_of
from storage.revisions import MIGRATIONS, current_revision, head_revision


def upgrade(url: str) -> list[str]:
    """Apply every revision that is missing and name them, oldest first; [] when it was up to date.

    On SQLite this process must be able to own the file: nothing else may be writing. Raises StorageError
    where it cannot be opened, or its schema is newer than this version.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    engine, parsed = engine_of(url)
    owner = engine.own(parsed)
    writer = engine.writer(parsed)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        with writer.begin() as connection:
            before = current_revision(connection)
            if before is not None and before > head_revision():
                raise StorageError(f"schema {before} is newer than this version; install that version")
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        revisions = ScriptDirectory.from_config(config).iterate_revisions("head", before or "base")
        return [revision.revision for revision in revisions][::-1]
    except sa.exc.OperationalError as error:
        raise StorageError(f"the database cannot be opened: {error.orig}") from error
    finally:
        writer.dispose()
        owner.release()


def state(url: str) -> tuple[str | None, str]:
    """The revision the database has (None: no tables yet) and the one this version needs. Raises StorageError."""
    engine, parsed = engine_of(url)
    try:
        reader = engine.reader(parsed)
    except StorageError:
        return None, head_revision()
    try:
        with reader.connect() as connection:
            return current_revision(connection), head_revision()
    except sa.exc.OperationalError as error:
        raise StorageError(f"the database cannot be opened: {error.orig}") from error
    finally:
        reader.dispose()
