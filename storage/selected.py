"""The types of what a composed SELECT is and gives: its columns are named in the query's docstring."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

AnyRow = sa.Row[*tuple[Any, ...]]
"""A row; read its columns by name."""

AnySelect = sa.Select[*tuple[Any, ...]]
"""A query put together from parts."""
