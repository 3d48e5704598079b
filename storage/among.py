"""The condition that a column holds one of many ids: one parameter, however many they are.

SQLAlchemy's own `in_` writes a placeholder for each value and puts the statement's text together anew at each
use, which takes longer than the question itself where hundreds of integrations are asked for.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Ids(sa.types.TypeDecorator[list[int]]):
    """A list of ids as one parameter: an array on PostgreSQL, JSON text on SQLite."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """The array type where there is one."""
        array = dialect.name == "postgresql"
        return dialect.type_descriptor(ARRAY(sa.BigInteger()) if array else sa.Text())

    def process_bind_param(self, value: list[int] | None, dialect: sa.Dialect) -> object:
        """The list as the driver takes it."""
        return value if value is None or dialect.name == "postgresql" else json.dumps(value)


class _Among(FunctionElement[Any]):
    """`column` is one of `ids`."""

    name = "among"
    inherit_cache = True


@compiles(_Among)
def _by_json(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, ids = (compiler.process(one, **how) for one in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - both are compiled


@compiles(_Among, "postgresql")
def _by_array(element: _Among, compiler: SQLCompiler, **how: Any) -> str:
    column, ids = (compiler.process(one, **how) for one in element.clauses)
    return f"{column} = ANY ({ids})"


def among(column: sa.ColumnElement[int], ids: Collection[int] | str) -> sa.ColumnElement[bool]:
    """The condition that `column` is one of these; ids: the values, or the name of the parameter that has them."""
    if isinstance(ids, str):
        return _Among(column, sa.bindparam(ids, type_=_Ids()))
    return _Among(column, sa.bindparam(None, list(ids), type_=_Ids(), unique=True))
