"""What a judge must know beside the facts: the hour, the timetable, and each source's settings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from core.records import RunStatus, StatusClass
from health.schedule import Timetable

if TYPE_CHECKING:
    from core.settings import Integration, SourceSettings

StatusPredicate = Callable[[int], bool]


def errors_among(errors: Iterable[str] = ("4xx", "5xx"), not_errors: Iterable[str] = ()) -> StatusPredicate:
    """Which HTTP statuses count as errors: classes (`4xx`) and codes (`404`), less `not_errors`.

    499 (the client went away) is a class of its own: `4xx` does not mean it, `499` does. Status 0 (a
    line that could not be read) is never an error.
    """
    wanted, excused = frozenset(map(str, errors)), frozenset(map(str, not_errors))

    @cache
    def is_error(status: int) -> bool:
        names = {str(status), StatusClass.of(status).value}
        return status != 0 and bool(names & wanted) and not names & excused

    return is_error


@dataclass(frozen=True, slots=True)
class SourceView:
    """What the configuration says of one source, as far as a judge cares.

    every: how often it is looked at; required: whether not seeing it makes the integration unknown;
    brings: what it was told to bring, None where it was not told; is_error: which of its calls'
    statuses are errors; max_files_per_day: how many deliveries of a file were agreed,
    None where nothing was.
    """

    name: str
    every: timedelta = timedelta(minutes=1)
    required: bool = True
    brings: frozenset[str] | None = None
    is_error: StatusPredicate = field(default_factory=errors_among)
    max_files_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """What was promised. success: share in [0, 1]; of: `runs` or `records`."""

    success: float
    of: str = "runs"


@dataclass(frozen=True, slots=True)
class IndicatorContext:
    """What an indicator is told beside the facts. sources: by name; one missing has the defaults."""

    now: datetime
    timetable: Timetable | None = None
    partial_is_failure: bool = False
    paused: bool = False
    sources: Mapping[str, SourceView] = field(default_factory=dict)
    promise: Promise | None = None

    def at(self, now: datetime) -> IndicatorContext:
        """The same at another hour; several times faster than `dataclasses.replace`."""
        return IndicatorContext(
            now, self.timetable, self.partial_is_failure, self.paused, self.sources, self.promise
        )

    def source(self, name: str) -> SourceView:
        """The view of one source; a source that is not configured (any more) has the defaults."""
        return self.sources.get(name) or SourceView(name)

    def is_failure(self, status: RunStatus) -> bool:
        """Whether a counted run with this status is a failure here."""
        return status is RunStatus.FAILED or (status is RunStatus.PARTIAL and self.partial_is_failure)


def context_of(integration: Integration, now: datetime, zone: ZoneInfo) -> IndicatorContext:
    """The context of a configured integration; zone: the installation's, for a cron without its own."""
    return IndicatorContext(
        now=now,
        timetable=timetable_of(integration, zone),
        partial_is_failure=integration.partial_is_failure,
        paused=integration.paused,
        sources={source.name: _view_of(source) for source in integration.sources},
        promise=Promise(integration.slo.success, integration.slo.of) if integration.slo else None,
    )


def timetable_of(integration: Integration, zone: ZoneInfo) -> Timetable | None:
    """When the integration's runs are due; None where it has no schedule."""
    schedule = integration.schedule
    if schedule is None:
        return None
    return Timetable(
        cron=schedule.cron,
        every=schedule.every,
        grace=schedule.grace,
        zone=ZoneInfo(schedule.timezone) if schedule.timezone else zone,
    )


def _view_of(source: SourceSettings) -> SourceView:
    errors: object = getattr(source, "errors", None)
    not_errors: object = getattr(source, "not_errors", None)
    per_day: object = getattr(getattr(source, "contract", None), "max_per_day", None)
    return SourceView(
        name=source.name,
        every=source.every,
        required=source.required,
        brings=source.brings,
        is_error=errors_among(
            _words(errors) if errors is not None else ("4xx", "5xx"),
            _words(not_errors) if not_errors is not None else (),
        ),
        max_files_per_day=per_day if isinstance(per_day, int) else None,
    )


def _words(value: object) -> tuple[str, ...]:
    """The texts of a setting that is one word, one number or a list of them."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        return tuple(str(one) for one in value)
    return (str(value),)
