"""The column types and the metadata that every table of the schema is made of.

Everything is an integer where it can be: instants are epoch microseconds (UTC), durations are
microseconds, enumerations are the stable codes of `storage.codes`, and text that repeats is an id of
the `text` table. Rows of records carry no foreign keys: integrations and sources are retired, never
deleted, and a check per row would cost PostgreSQL a third of its speed.
"""

from sqlalchemy import BigInteger, Column, Computed, Integer, LargeBinary, MetaData, Table, Text

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)

BIG = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit integer; on SQLite an INTEGER, so that a primary key of it is the rowid itself."""


def identity() -> Column[int]:
    """The integer primary key of a table, given out in order of arrival."""
    return Column("id", BIG, primary_key=True, autoincrement=True)


def number(name: str, *, primary_key: bool = False) -> Column[int]:
    """A whole number that is always known."""
    return Column(name, BIG, nullable=False, primary_key=primary_key, autoincrement=False)


def counter(name: str) -> Column[int]:
    """A sum that starts at 0."""
    return Column(name, BIG, nullable=False, server_default="0")


def maybe(name: str) -> Column[int | None]:
    """A whole number, or NULL where it is not known."""
    return Column(name, BIG)


def words(name: str, *, required: bool = False) -> Column[str]:
    """Text of any length."""
    return Column(name, Text, nullable=not required)


def blob(name: str, *, required: bool = False) -> Column[bytes]:
    """Bytes: a msgpack-encoded value or a compressed payload, as the table says."""
    return Column(name, LargeBinary, nullable=not required)


def computed(name: str, formula: str) -> Column[int | None]:
    """A readable column that SQLite computes when read and PostgreSQL when written."""
    return Column(name, BIG, Computed(formula))


def of_integration(*, primary_key: bool = False) -> Column[int]:
    """Which integration a row belongs to (an attribute: routing may change it)."""
    return number("integration_id", primary_key=primary_key)


def of_source(*, primary_key: bool = False) -> Column[int]:
    """Which source brought a row."""
    return number("source_id", primary_key=primary_key)


text = Table(
    "text",
    metadata,
    identity(),
    Column("value", Text, nullable=False, unique=True),
)
"""The dictionary of repeated text (jobs, endpoints, error codes, zones, …): ids never change or go."""

installation = Table(
    "installation",
    metadata,
    Column("name", Text, primary_key=True),
    words("value", required=True),
    sqlite_with_rowid=False,
)
"""What holds for the whole installation: `timezone` (of the day rollups), `configuration_digest`, …"""
