"""Which package speaks with which kind of database (pure)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

DEFAULTS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
}
"""Our choice where the address names no driver."""

_DRIVERS = {
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
    "pg8000": "pg8000",
    "pymysql": "pymysql",
    "mysqldb": "mysqlclient",
    "mysqlconnector": "mysql-connector-python",
    "mariadbconnector": "mariadb",
    "pyodbc": "pyodbc",
    "pymssql": "pymssql",
    "oracledb": "oracledb",
    "cx_oracle": "cx_Oracle",
}
_ASYNCHRONOUS = frozenset(
    {"asyncpg", "aiosqlite", "aiomysql", "asyncmy", "aioodbc", "psycopg_async", "oracledb_async"}
)
_DIALECTS = {
    "snowflake": "snowflake-sqlalchemy",
    "bigquery": "sqlalchemy-bigquery",
    "duckdb": "duckdb-engine",
    "clickhouse": "clickhouse-sqlalchemy",
    "redshift": "sqlalchemy-redshift",
    "databricks": "databricks-sqlalchemy",
    "trino": "trino[sqlalchemy]",
    "cockroachdb": "sqlalchemy-cockroachdb",
    "hana": "sqlalchemy-hana",
    "firebird": "sqlalchemy-firebird",
    "awsathena": "PyAthena[SQLAlchemy]",
    "teradatasql": "teradatasqlalchemy",
    "exa": "sqlalchemy-exasol",
    "db2": "ibm-db-sa",
    "ibm_db_sa": "ibm-db-sa",
    "vertica": "sqlalchemy-vertica-python",
    "access": "sqlalchemy-access",
}
_OWN_DRIVER = {"mssql": "pyodbc", "oracle": "oracledb"}
_BUILT_IN = frozenset({"sqlite", *DEFAULTS, *_OWN_DRIVER})


@dataclass(frozen=True, slots=True)
class Packages:
    """install: what to install for it, as pip names it; asynchronous: its driver cannot be used here."""

    install: str
    asynchronous: bool = False


def packages_for(drivername: str) -> Packages:
    """What an address such as `mysql+pymysql` needs."""
    backend, _, driver = DEFAULTS.get(drivername, drivername).partition("+")
    driver = driver or _OWN_DRIVER.get(backend, "")
    return Packages(
        _DRIVERS.get(driver) or _DIALECTS.get(backend) or driver or backend, driver in _ASYNCHRONOUS
    )


def is_known(backend: str) -> bool:
    """Whether there is such a kind of database; what is installed is looked through only for a stranger."""
    return backend in _BUILT_IN or backend in _DIALECTS or backend in known()


@cache
def known() -> frozenset[str]:
    """The kinds of databases that there are: built in, installed here, or known to be installable."""
    from importlib.metadata import entry_points

    installed = {entry.name.partition(".")[0] for entry in entry_points(group="sqlalchemy.dialects")}
    return frozenset({*_BUILT_IN, *_DIALECTS, *installed})
