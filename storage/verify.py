"""Computes the rollups again from raw rows and compares; or puts the computed ones in their place."""

from __future__ import annotations

import sqlalchemy as sa

from storage.dictionary import Texts
from storage.statements import Statements


def rebuild_days(connection: sa.Connection, statements: Statements, texts: Texts) -> None:
    """Soon."""
