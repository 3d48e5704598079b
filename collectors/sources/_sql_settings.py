"""What stands in `monitor.yaml` for a `sql` source."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo, model_validator

from collectors.mapping_settings import (
    CountsSettings,
    FailedRecordsSettings,
    RecordEventsSettings,
    RunFields,
    StatusMap,
    TimeSettings,
    check_mapped,
)
from collectors.source import COUNTS, FAILED_RECORDS, RECORD_EVENTS, RUNS
from collectors.sources._sql_drivers import is_known, known, packages_for
from collectors.sources._sql_query import names_cursor, refusal_of
from core.database_address import address_meant
from core.records import Json
from core.settings import DurationField, Expression, JsonField, NonEmpty, SettingsModel, SourceSettings
from core.settings.base import context_of, problem, suggestion
from core.settings.fields import at_least, not_text
from core.settings.secrets import password_in, read_secret

if TYPE_CHECKING:
    import sqlalchemy as sa

SQL_BRINGS = frozenset({RUNS, FAILED_RECORDS, RECORD_EVENTS, COUNTS})


def _url(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str):
        return value
    try:
        text = address_meant(read_secret(value))
        url = _parts(text)
    except ValueError as error:
        raise problem(str(error)) from None
    if context := context_of(info):
        for secret in (text if text != value else None, password_in(text), url.password):
            if secret:
                context.secrets.add(str(secret))
    _check_kind(url)
    return text


def _parts(text: str) -> sa.URL:
    """Raises ValueError, with what to write."""
    import sqlalchemy as sa

    try:
        return sa.make_url(text)
    except ValueError:  # of a number
        raise ValueError(
            "its port is no number; write it as in postgresql://user:${PASSWORD}@host:5432/name"
        ) from None
    except sa.exc.ArgumentError:
        raise ValueError(
            "is no address of a database; write sqlite:///path/to.db or postgresql://user:${PASSWORD}@host/name"
        ) from None


def _check_kind(url: sa.URL) -> None:
    backend = url.drivername.partition("+")[0]
    if not is_known(backend):
        raise problem(f'kind of database "{backend}" is unknown; {suggestion(backend, known())}')
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise problem("names no file; write sqlite:///path/to.db")
    if packages_for(url.drivername).asynchronous:
        raise problem(f'driver "{url.drivername}" is an asynchronous one; leave it out, or write another')


def _query(text: str) -> str:
    refusal = refusal_of(text)
    if refusal is not None:
        raise problem(refusal)
    return text


SqlUrl = Annotated[SecretStr, not_text("an address"), BeforeValidator(_url)]
"""A SQLAlchemy address of any database; neither it nor its password can be printed."""


def _one_value(start: Json) -> Json:
    if isinstance(start, bool) or not isinstance(start, str | int | float):
        raise problem("is no text and no number; write the column's first value")
    return start


class SqlCursorSettings(SettingsModel):
    """`cursor:`: which column says how far the table was read."""

    field: NonEmpty = Field(
        description="column of the result that grows: a time, a number or a sortable text; `:cursor` in the query is its value, bound as the column gave it"
    )
    start: Annotated[JsonField, AfterValidator(_one_value)] = Field(
        description="what `:cursor` is the first time, written as the column has it"
    )


class SqlSettings(SourceSettings):
    """`type: sql`: rows of any database that SQLAlchemy reaches, read only."""

    url: SqlUrl = Field(
        description="SQLAlchemy address: `sqlite:///path`, `postgresql://user:${PASSWORD}@host/name`, `mysql+pymysql://…`; SQLite and PostgreSQL need nothing more, for others install their driver"
    )
    query: Annotated[NonEmpty, AfterValidator(_query)] = Field(
        description="one SELECT (or WITH … SELECT); `:cursor` stands for how far it was read, as in `WHERE started_at > :cursor`"
    )
    where: Expression | None = Field(default=None, description="JMESPath that a row must satisfy")
    fields: RunFields | None = Field(
        default=None,
        description="of a run: our name → JMESPath of the row; a column's name, or a path into one that holds JSON, such as `payload.error`",
    )
    status_map: StatusMap = Field(
        default_factory=dict,
        description="the table's word → our status; case is ignored, but in codes of one letter",
    )
    cursor: SqlCursorSettings | None = Field(
        default=None,
        description="reads on from where the last complete reading ended; without it all is read each time",
    )
    failed_records: FailedRecordsSettings | None = Field(
        default=None, description="failed records: the row itself, or a list in a JSON column"
    )
    record_events: RecordEventsSettings | None = Field(
        default=None, description="steps of single records: the row itself, or a list in a JSON column"
    )
    counts: CountsSettings | None = Field(
        default=None, description="how many records this side holds: a row for each entity"
    )
    time: TimeSettings = Field(
        default_factory=TimeSettings, description="how times are read that name no zone"
    )
    lookback: DurationField = Field(
        default=timedelta(hours=1),
        description="read again so far behind the mark, where the cursor is a time",
    )
    stale_after: DurationField | None = Field(
        default=None, description="a run still running then has failed, until its end is seen after all"
    )
    timeout: Annotated[DurationField, AfterValidator(at_least(timedelta(seconds=1)))] = Field(
        default=timedelta(seconds=30),
        description="a statement that takes longer is stopped (by SQLite, PostgreSQL, MySQL, MariaDB; others have their own limits)",
    )

    @property
    def first_mark(self) -> str | int | float | None:
        """What `:cursor` is the first time; None without a cursor."""
        start = self.cursor.start if self.cursor is not None else None
        return start if isinstance(start, str | int | float) else None

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        check_mapped(self.fields, self.failed_records, self.record_events, self.counts)
        if self.cursor is None and names_cursor(self.query):
            raise problem(
                "query has :cursor and there is no cursor; write cursor: {field: the column, start: its first value}"
            )
        self.brings_only(SQL_BRINGS)
        return self
