"""What stands in the configuration for a `log_file` source."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from collectors.files.format_settings import WRAPPED, Begins, Encoding, Pattern, hoisted
from collectors.files.storage_settings import FilePath, StorageOptions
from collectors.files.wrapping import Wrapping
from collectors.mapping_settings import (
    CountsSettings,
    FailedRecordsSettings,
    RecordEventsSettings,
    RunFields,
    StatusMap,
    TimeSettings,
)
from core.settings import DurationField, Expression, SourceSettings
from core.settings.base import problem


class LogFileSettings(SourceSettings):
    """Runs and failed records out of the lines of log files."""

    path: FilePath = Field(description="the files: a path or a pattern, such as logs/sync*.jsonl")
    storage: StorageOptions = Field(
        {}, description="options of a remote storage that path names (sftp://, s3://)"
    )
    format: Literal["jsonl", "csv", "logfmt", "regex"] = Field(description="how a line is written")
    pattern: Pattern | None = Field(
        None,
        description="for regex: an expression with named groups; a line it does not find is counted as unreadable, so let it end in `|` and say `where` if the log holds other lines too",
    )
    path_pattern: Pattern | None = Field(
        None,
        description="an expression with named groups that is looked for in a file's path; what it finds stands beside the fields of each of the file's lines, as in `run=(?P<run>\\w+)/attempt=(?P<attempt>\\d+)\\.log`",
    )
    begins: Begins | None = Field(
        None,
        description="what the first line of an entry begins with, an expression such as `\\d{4}-`; a line that does not begin so belongs to the entry before (a traceback, JSON over several lines), which is read as one text with line ends in it",
    )
    wrapped: Wrapping | None = Field(
        None, description=f"{WRAPPED}; when it was carried is its field `carried_at`"
    )
    delimiter: Literal["auto", ",", ";", "\t", "|"] = Field("auto", description="for csv")
    encoding: Encoding = Field(
        "auto", description="of the text; auto: UTF-8, UTF-16 by its mark, else guessed"
    )
    where: Expression | None = Field(None, description="JMESPath that a line must satisfy to be a run")
    fields: RunFields | None = Field(None, description="of a run: our name → JMESPath of the line")
    status_map: StatusMap = Field(
        {}, description="the log's word → our status; case is ignored, but in codes of one letter"
    )
    stale_after: DurationField | None = Field(None, description="a run still open then has failed")
    time: TimeSettings = Field(TimeSettings(), description="how times are read")
    failed_records: FailedRecordsSettings | None = Field(None, description="failed records in a line")
    record_events: RecordEventsSettings | None = Field(None, description="steps of records in a line")
    counts: CountsSettings | None = Field(None, description="counts of records in a line")

    @model_validator(mode="before")
    @classmethod
    def _hoist(cls, data: object) -> object:
        return hoisted(data)

    @model_validator(mode="after")
    def _fits(self) -> LogFileSettings:
        if (self.format == "regex") != (self.pattern is not None):
            has = (
                "has no pattern; add one"
                if self.pattern is None
                else f"pattern is not for {self.format}; remove it"
            )
            raise problem(f"{has} (format: regex takes pattern)")
        if self.format == "csv" and (self.wrapped is not None or self.begins is not None):
            raise problem("wrapped and begins are not for csv, whose rows quotes hold together; remove them")
        if not (self.fields or self.failed_records or self.record_events or self.counts):
            raise problem("reads nothing; add fields, failed_records, record_events or counts")
        return self
