"""How one alert is worded: its headline, its reading against its threshold, its times (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.content import Content, unpacked
from alerts.letter import Tone
from alerts.reader import Reader, offset
from core.alert_states import Reason, Severity
from core.alerting import Notice, NoticeKind
from core.i18n import N_, Message, Translator, counted
from core.said import said
from core.units import Threshold, Unit
from health.registry import indicators

OVER = frozenset({NoticeKind.RECOVERED, NoticeKind.PASSED})
ENDED = OVER | {NoticeKind.CLOSED}
"""Kinds after which there is nothing to mend."""

_WITHOUT_MEASURE = frozenset({"credential_invalid", "poll_staleness_seconds"})
"""Their sentence says it all: a "1" or the age of a poll beside a threshold says nothing to people."""

_ALIVE: Mapping[NoticeKind, tuple[str, str]] = {
    NoticeKind.FIRED: (N_("Critical"), N_("Warning")),
    NoticeKind.WORSENED: (N_("Now critical"), N_("Warning")),
    NoticeKind.EASED: (N_("Critical"), N_("Better, still a warning")),
    NoticeKind.REPEATED: (N_("Still critical"), N_("Still a warning")),
    NoticeKind.ESCALATED: (N_("Critical, nobody has taken it up"), N_("Warning, nobody has taken it up")),
    NoticeKind.FLAPPING: (N_("Flapping"), N_("Flapping")),
}
_ENDED: Mapping[NoticeKind, str] = {
    NoticeKind.RECOVERED: N_("Back to normal"),
    NoticeKind.PASSED: N_("Already over"),
    NoticeKind.CLOSED: N_("No longer watched"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One notice with its content unpacked."""

    notice: Notice
    content: Content

    @classmethod
    def of(cls, notice: Notice) -> Told:
        """Raises MonitorError for a content that cannot be read."""
        return cls(notice, unpacked(notice.content))

    @property
    def severity(self) -> Severity:
        """How bad it is, or was at its end."""
        return self.notice.severity or self.content.severity or Severity.WARNING

    @property
    def rank(self) -> tuple[int, datetime]:
        """The worst first; of equally bad ones the oldest."""
        alive = 2 if self.notice.kind in ENDED else 0
        mild = self.severity is not Severity.CRITICAL
        return alive + mild, self.content.since or self.notice.created_at

    @property
    def tone(self) -> Tone:
        """The colour of it alone."""
        if self.notice.kind in OVER:
            return Tone.OVER
        if self.notice.kind is NoticeKind.CLOSED:
            return Tone.NEUTRAL
        return Tone.CRITICAL if self.severity is Severity.CRITICAL else Tone.WARNING

    @property
    def lasted(self) -> timedelta | None:
        """From its beginning to its end; None while it goes on, or where the beginning is not known."""
        begun, ended = self.content.since or self.content.fired_at, self.content.ended_at
        return max(ended - begun, timedelta()) if begun and ended else None


def rule_of(told: Told, says: Translator) -> str:
    """The rule's name, with the source or limit that it is about."""
    name, label = says.text(told.content.rule_name), told.notice.key.label
    return f"{name} ({label})" if label and label not in detail_of(told, says) else name


def detail_of(told: Told, says: Translator) -> str:
    """The reading as a sentence; "" without one."""
    return says.render(said(told.content.detail)) if told.content.detail else ""


def status_of(told: Told, says: Translator) -> str:
    """How it stands, in a word or two: `Critical`, `Still a warning`, `Recovered`."""
    if told.notice.kind in ENDED:
        return says.text(_ENDED[told.notice.kind])
    critical, warning = _ALIVE[told.notice.kind]
    return says.text(critical if told.severity is Severity.CRITICAL else warning)


def headline(told: Told, integration: str, says: Translator) -> str:
    """One line: how bad, where, what."""
    text = N_("{status}: {integration} — {what}")
    return says.text(text, status=status_of(told, says), integration=integration, what=what_of(told, says))


def what_of(told: Told, says: Translator) -> str:
    """What is wrong, in the reading's own words where it has some; of what is over, for how long it was."""
    rule, detail = rule_of(told, says), detail_of(told, says)
    if told.notice.kind is NoticeKind.FLAPPING and told.content.turns:
        times = counted(
            "“{rule}” came and went {count} time within an hour",
            "“{rule}” came and went {count} times within an hour",
            told.content.turns,
            rule=rule,
        )
        return says.render(times)
    if told.notice.kind in OVER and told.lasted:
        text = N_("“{rule}”, it lasted {duration}")
        return says.text(text, rule=rule, duration=told.lasted)
    if told.notice.kind in ENDED:
        return says.text(N_("“{rule}”"), rule=rule)
    if told.content.reason is Reason.NO_DATA:
        text = N_("no data for “{rule}”: {detail}") if detail else N_("no data for “{rule}”")
        return says.text(text, rule=rule, detail=_lowered(detail))
    return _lowered(detail) if detail else rule


def line_of(told: Told, reader: Reader, now: datetime) -> str:
    """One alert among several in a line: the rule, what is wrong, the reading, and since when."""
    says = reader.says
    rule, when = rule_of(told, says), times(told, reader, now)
    if told.notice.kind in ENDED:
        return "; ".join(filter(None, (rule, when)))
    detail = detail_of(told, says)
    named = says.text(N_("{rule} — {detail}"), rule=rule, detail=_lowered(detail)) if detail else rule
    since = says.text(N_("since {time}"), time=when) if when else ""
    return "; ".join(filter(None, (named, measured(told, says), since)))


def measured(told: Told, says: Translator) -> str:
    """`35% (critical: > 20%)`: the reading beside what it is held against; "" where there is none to tell."""
    content = told.content
    indicator = indicators().get(content.indicator)
    if indicator is None or content.value is None or content.indicator in _WITHOUT_MEASURE:
        return ""
    value = _value(content.value, indicator.unit, says)
    try:
        threshold = Threshold.parse(content.threshold, indicator.unit) if content.threshold else None
    except ValueError:
        threshold = None
    if threshold is None or told.notice.kind in ENDED:
        return value
    critical = told.severity is Severity.CRITICAL
    text = N_("{value} (critical: {threshold})") if critical else N_("{value} (warning: {threshold})")
    return says.text(text, value=value, threshold=threshold)


def _value(value: float, unit: Unit, says: Translator) -> str:
    match unit:
        case Unit.RATIO:
            return says.percent(value)
        case Unit.SECONDS:
            return says.duration(timedelta(seconds=value))
        case Unit.COUNT | Unit.FACTOR:
            return says.number(value)


def times(told: Told, reader: Reader, now: datetime) -> str:
    """`24 Nov 2026, 17:05 (UTC+3), for 35 minutes`, or from when to when; "" where the beginning is not known."""
    begun, ended, says = told.content.since or told.content.fired_at, told.content.ended_at, reader.says
    if begun is None:
        return ""
    if ended is not None:
        return says.text(N_("{start} to {end}"), start=says.date_time(begun), end=_end(begun, ended, reader))
    so_far = max(now - begun, timedelta())
    if so_far < timedelta(minutes=1):
        return reader.instant(begun)
    return says.text(N_("{start}, for {duration}"), start=reader.instant(begun), duration=so_far)


def _end(begun: datetime, ended: datetime, reader: Reader) -> str:
    """The end's instant, without its date where that is the beginning's."""
    start, end = begun.astimezone(reader.zone), ended.astimezone(reader.zone)
    return (
        f"{end:%H:%M} ({offset(reader.zone, ended)})" if start.date() == end.date() else reader.instant(ended)
    )


def kept_sentence(message: Message | None, says: Translator) -> str:
    """A message in the reader's words; "" without one."""
    return says.render(message) if message is not None else ""


def _lowered(sentence: str) -> str:
    """A sentence to go on with after a dash: its first letter small, unless it is a name or an abbreviation."""
    if len(sentence) > 1 and sentence[0].isupper() and sentence[1].islower() and " " in sentence:
        return sentence[0].lower() + sentence[1:]
    return sentence
