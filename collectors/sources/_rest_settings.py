"""What stands in `monitor.yaml` for a `rest` source."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from collectors.auth_settings import AuthSettings, NoAuth
from collectors.exchange import same_origin
from collectors.mapping_settings import (
    CountsSettings,
    FailedRecordsSettings,
    RecordEventsSettings,
    RunDetailFields,
    RunFields,
    StatusMap,
    TimeSettings,
    check_mapped,
)
from collectors.marks import EPOCHS
from collectors.placeholder_names import check_address, check_names
from collectors.request import RequestSettings
from collectors.source import CALLS, COUNTS, FAILED_RECORDS, RECORD_EVENTS, RUNS
from collectors.sources._rest_each_settings import EachSettings, tells_apart
from collectors.sources._rest_pages_settings import CursorPages, NoPages, PagesSettings
from collectors.values import as_json
from core.settings import DurationField, Expression, JsonField, SettingsModel
from core.settings.base import one_of, problem
from core.settings.calling import CallingSettings

REST_BRINGS = frozenset({RUNS, FAILED_RECORDS, RECORD_EVENTS, COUNTS, CALLS})


def _notation(text: str) -> str:
    if text not in EPOCHS and "%" not in text:
        raise problem(f'got "{text}"; use {one_of(EPOCHS)}, or a pattern such as %Y-%m-%dT%H:%M:%S')
    return text


class CursorSettings(SettingsModel):
    """`cursor:`: what of an item says how far the list was read, and where to begin."""

    meant: ClassVar = ("field",)

    field: Expression
    start: JsonField | None = Field(default=None, description="the first mark; without one all is read")
    written: Annotated[str, AfterValidator(_notation)] | None = Field(
        default=None,
        description="how `{since}` goes out where the call wants another notation than the item has: epoch `s`, `ms`, `us` or `ns`, or a pattern such as `%Y-%m-%dT%H:%M:%S`, in the zone of `time`",
    )
    within: DurationField | None = Field(
        default=None,
        description="`{since}` is never longer ago, and so long ago at first: for a source that takes no longer window",
    )
    order: Literal["any", "newest_first"] = Field(
        default="any",
        description="newest_first: the list is ordered so by `field`, and is read no further than to a page that is wholly older than `{since}`; for a source that takes no `{since}` itself",
    )


class DetailSettings(SettingsModel):
    """`detail:`: one more call for each failed run. max: calls of one poll; the next poll goes on."""

    when: Literal["failed", "ended"] = Field(
        default="failed",
        description="which runs are asked about: ended where the list tells no times or counts, so that each run costs a call, once",
    )
    request: RequestSettings
    fields: RunDetailFields
    max: int = Field(default=200, ge=1, description="calls in one poll; then it goes on next time")

    @field_validator("fields")
    @classmethod
    def _adds_only(cls, fields: dict[str, str]) -> dict[str, str]:
        fixed = sorted({"external_id", "job", "status"} & set(fields))
        if fixed:
            raise problem(f"changes {', '.join(fixed)}, which the list decides; remove it here")
        return fields


class RestSettings(CallingSettings):
    """`type: rest`: a JSON API."""

    later: ClassVar = frozenset({"calls", "quota", "route"})

    request: RequestSettings = Field(
        description="the call; `{since}` in it is how far it was read, less lookback, and `{now}` the time of the poll"
    )
    auth: AuthSettings = Field(default_factory=NoAuth, description="credentials")
    pages: PagesSettings = Field(default_factory=NoPages, description="how the next page is asked for")
    records: Expression = Field(default="@", description="JMESPath to the list; @ when the root is the list")
    where: Expression | None = Field(default=None, description="JMESPath that an item must satisfy")
    fields: RunFields | None = Field(default=None, description="a run's fields, each a JMESPath of the item")
    status_map: StatusMap = Field(
        default_factory=dict,
        description="the source's word: our status; case is ignored, but in codes of one letter",
    )
    cursor: CursorSettings | None = Field(
        default=None,
        description="reads on from where the last complete reading ended; without it all is read each time",
    )
    each: EachSettings | None = Field(
        default=None, description="what the list is asked for one by one, such as jobs: they are listed first"
    )
    detail: DetailSettings | None = Field(
        default=None, description="one more call for each failed run, or each that ended"
    )
    failed_records: FailedRecordsSettings | None = Field(
        default=None, description="failed records inside an item, or beside the items"
    )
    record_events: RecordEventsSettings | None = Field(
        default=None, description="steps of single records: in an item, or beside the items"
    )
    counts: CountsSettings | None = Field(
        default=None, description="how many records this side holds: told by the answer, or by its items"
    )
    time: TimeSettings = Field(
        default_factory=TimeSettings, description="how times are read that name no zone"
    )
    lookback: DurationField = Field(
        default=timedelta(hours=1), description="read again so far behind the mark"
    )
    stale_after: DurationField | None = Field(default=None, description="a run still running then has failed")

    @property
    def counts_only(self) -> bool:
        """Whether it brings nothing but counts: then an answer may be one object instead of a list."""
        return self.counts is not None and not (self.fields or self.failed_records or self.record_events)

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        check_mapped(self.fields, self.failed_records, self.record_events, self.counts)
        self.brings_only(REST_BRINGS)
        if self.detail is not None:
            if self.fields is None:
                raise problem("detail adds to runs, and no fields are mapped; map fields")
            if not same_origin(self.detail.request.url, self.request.url):
                raise problem(
                    "detail.request.url is on another host than request.url, where credentials do not go"
                )
        _can_be_asked("pages", self.pages, "request", self.request)
        self._names_in_braces()
        if self.each is not None:
            self._one_by_one(self.each)
        return self

    def _names_in_braces(self) -> None:
        """Refuse a call that would go out braces and all."""
        one = {"each"} if self.each is not None else set()
        check_names("request", self.request, {"since", "now"} | one)
        if isinstance(self.pages, CursorPages) and self.pages.url is not None:
            check_address("pages.url", self.pages.url, {"since", "now"} | one)
        if self.detail is not None:
            check_names("detail.request", self.detail.request, {"external_id", "job"} | one)
        if self.each is not None:
            check_names("each.request", self.each.request, set())
            if isinstance(self.each.pages, CursorPages) and self.each.pages.url is not None:
                check_address("each.pages.url", self.each.pages.url, set())

    def _one_by_one(self, each: EachSettings) -> None:
        """Refuse what would ask for one list again and again, or mix up what the lists hold."""
        if not same_origin(each.request.url, self.request.url):
            raise problem("each.request.url is on another host than request.url, where credentials do not go")
        _can_be_asked("each.pages", each.pages, "each.request", each.request)
        if "{each}" not in as_json(self.request.model_dump(mode="json")):
            raise problem(
                "each lists what to ask for, and request has no {each}; write it where its name goes"
            )
        failed, events, counts = self.failed_records, self.record_events, self.counts
        tells_apart("fields", self.fields, ("job", "external_id"), default="job")
        tells_apart(
            "failed_records.fields",
            failed.fields if failed else None,
            ("job", "run_external_id"),
            default="job",
        )
        tells_apart("record_events.fields", events.fields if events else None, ("event_id",))
        tells_apart("counts.fields", counts.fields if counts else None, ("entity",))


def _can_be_asked(place: str, pages: SettingsModel, call: str, request: RequestSettings) -> None:
    """Refuse pages elsewhere, and those named in a body that nobody reads."""
    if not isinstance(pages, CursorPages):
        return
    if pages.url is not None and not same_origin(pages.url, request.url):
        raise problem(f"{place}.url is on another host than {call}.url, where credentials do not go")
    if pages.place == "text" and request.method == "GET":
        raise problem(
            f"{place}: in: text has the next page's name for a body, which a GET is answered without; "
            f"write {call}: {{method: POST, …}}, or in: query"
        )
