"""The life of one alert: a pure step from (rule, state, reading, now) to the next state and what happened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto
from hashlib import blake2b
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from alerts.flapping import noted, with_flapping
from core.alert_states import AlertEvent, AlertKey, AlertState, EventKind, Phase, Reason, Severity
from core.clock import to_micros
from core.i18n import Message
from core.said import kept
from health.rule import Rule

CLOSES_AFTER = timedelta(hours=24)
"""What is no longer watched is closed after this, as that, never as recovered."""

SET_BACK = timedelta(minutes=1)
"""A reading so much older than the newest one is out of order; an older one means a clock that was set back."""


class SeenKind(StrEnum):
    """What came of reading.

    value: a reading; no_data: nothing to read, or too few events; error: the reading itself failed;
    inhibited: what feeds it is not seen; vanished: the rule, the integration or the label is gone.
    """

    VALUE = "value"
    NO_DATA = "no_data"
    ERROR = "error"
    INHIBITED = "inhibited"
    VANISHED = "vanished"


class Seen(msgspec.Struct, frozen=True):
    """One reading as the machine takes it.

    severity: the worst threshold that the value meets, None = neither; cleared: it is on the good side of
    the rule's `resolve`; threshold: what it is held against; detail: a sentence (`core.said`); calm: the
    sentence of a reading that is well, written out only for an alert that lives; since: when the trouble
    began, where the reading tells.
    """

    kind: SeenKind
    value: float | None = None
    events: int = 0
    severity: Severity | None = None
    cleared: bool = False
    threshold: str = ""
    detail: str = ""
    since: datetime | None = None
    calm: Message | None = None


class Step(NamedTuple):
    """The next state, and what happened on the way to it, in order."""

    state: AlertState
    events: tuple[AlertEvent, ...] = ()


class _Verdict(Enum):
    BAD = auto()
    BETWEEN = auto()
    CLEAR = auto()
    HELD = auto()
    GONE = auto()


def step(rule: Rule, state: AlertState, seen: Seen, now: datetime, *, gap: timedelta) -> Step:
    """What becomes of an alert by one reading taken at `now`.

    gap: when more than this passed since its newest evaluation nobody was looking: that time counts
    neither toward `for` nor toward `keep_firing_for`. A reading out of order changes nothing.
    """
    last = state.evaluated_at or now
    if timedelta() < last - now < SET_BACK:
        return Step(state)
    verdict = _verdict(rule, seen)
    if verdict is _Verdict.BETWEEN and _by_former_thresholds(rule, state):
        verdict = _Verdict.CLEAR
    elapsed = now - last
    uncounted = elapsed if elapsed < timedelta() or elapsed > gap or verdict is _Verdict.HELD else timedelta()
    state = _read(_moved(state, uncounted), seen, verdict, now)
    return Step(*with_flapping(*_NEXT[state.phase](rule, state, seen, verdict, now), now))


def episode_of(key: AlertKey, began: datetime) -> str:
    """The name of the firing that began then: the same for the same, never used twice."""
    text = "\n".join((*key, str(to_micros(began))))
    return blake2b(text.encode(), digest_size=9).hexdigest()


def _verdict(rule: Rule, seen: Seen) -> _Verdict:
    match seen.kind:
        case SeenKind.VALUE:
            if seen.severity is not None:
                return _Verdict.BAD
            return _Verdict.CLEAR if seen.cleared else _Verdict.BETWEEN
        case SeenKind.NO_DATA:
            return {"alert": _Verdict.BAD, "ok": _Verdict.CLEAR}.get(rule.no_data, _Verdict.HELD)
        case SeenKind.VANISHED:
            return _Verdict.GONE
    return _Verdict.HELD


def _by_former_thresholds(rule: Rule, state: AlertState) -> bool:
    """Whether it fires by a threshold that the rule has no more: `resolve` holds up only what met the present ones."""
    present = {str(one) for one in (rule.warning, rule.critical) if one is not None}
    return bool(state.threshold) and state.threshold not in present


def _moved(state: AlertState, uncounted: timedelta) -> AlertState:
    """The state as if the phase that waits for its time had begun so much later."""
    waits = state.phase in (Phase.PENDING, Phase.RECOVERING)
    if not (waits and uncounted and state.phase_since):
        return state
    return replace(state, phase_since=state.phase_since + uncounted)


def _read(state: AlertState, seen: Seen, verdict: _Verdict, now: datetime) -> AlertState:
    """The state with what was read; why it stands changes only while there is something to stand for."""
    state = replace(state, evaluated_at=now)
    if seen.kind is SeenKind.VALUE:
        state = replace(state, value=seen.value, read_at=now)
    if verdict in (_Verdict.BAD, _Verdict.BETWEEN):
        state = replace(state, threshold=seen.threshold or state.threshold, detail=seen.detail)
    if state.phase is Phase.NORMAL or verdict is _Verdict.GONE:
        return state
    if seen.kind is SeenKind.ERROR:
        return replace(state, reason=Reason.ERROR)
    if verdict is _Verdict.BAD:
        return replace(state, reason=_reason(seen))
    stale = {Reason.VANISHED} if verdict is _Verdict.HELD else {Reason.VANISHED, Reason.ERROR}
    over = verdict is _Verdict.BETWEEN or state.reason in stale
    return replace(state, reason=Reason.THRESHOLD) if over else state


def _normal(rule: Rule, state: AlertState, seen: Seen, verdict: _Verdict, now: datetime) -> Step:
    if verdict is not _Verdict.BAD:
        return Step(state)
    begun = replace(
        state,
        phase=Phase.PENDING,
        severity=_severity(rule, state, seen),
        reason=_reason(seen),
        episode=episode_of(state.key, now),
        since=min(seen.since or now, now),
        phase_since=now,
        fired_at=None,
        acknowledged=None,
    )
    return _pending(rule, begun, seen, verdict, now)


def _pending(rule: Rule, state: AlertState, seen: Seen, verdict: _Verdict, now: datetime) -> Step:
    if verdict is _Verdict.HELD:
        return Step(state)
    if verdict is not _Verdict.BAD:
        return Step(
            AlertState(key=state.key, changes=state.changes, flapping=state.flapping, evaluated_at=now)
        )
    state = replace(state, severity=_severity(rule, state, seen))
    if now - (state.phase_since or now) < rule.hold:
        return Step(state)
    fired = replace(state, phase=Phase.FIRING, phase_since=now, fired_at=now, changes=noted(state, now))
    return Step(fired, (AlertEvent.of(fired, EventKind.FIRED, now),))


def _firing(rule: Rule, state: AlertState, seen: Seen, verdict: _Verdict, now: datetime) -> Step:
    match verdict:
        case _Verdict.BAD | _Verdict.BETWEEN:
            return _weighed(rule, state, seen, now)
        case _Verdict.CLEAR if rule.keep_firing_for:
            return Step(replace(state, phase=Phase.RECOVERING, phase_since=now))
        case _Verdict.CLEAR:
            return _over(state, EventKind.RECOVERED, now, seen)
        case _Verdict.GONE:
            return _gone(state, now)
    return Step(state)


def _recovering(rule: Rule, state: AlertState, seen: Seen, verdict: _Verdict, now: datetime) -> Step:
    match verdict:
        case _Verdict.HELD:
            return Step(state)
        case _Verdict.CLEAR if now - (state.phase_since or now) >= rule.keep_firing_for:
            return _over(state, EventKind.RECOVERED, now, seen)
        case _Verdict.CLEAR:
            return Step(state)
    return _firing(rule, replace(state, phase=Phase.FIRING, phase_since=now), seen, verdict, now)


def _weighed(rule: Rule, state: AlertState, seen: Seen, now: datetime) -> Step:
    """Still firing: perhaps worse than before, perhaps milder, and one alert all the same."""
    before, after = state.severity, _severity(rule, state, seen)
    if before is None or before is after:
        return Step(replace(state, severity=after))
    worse = after is Severity.CRITICAL
    taken_up = state.acknowledged
    if worse and taken_up is not None and taken_up.severity is not Severity.CRITICAL:
        taken_up = None
    state = replace(state, severity=after, acknowledged=taken_up)
    return Step(state, (AlertEvent.of(state, EventKind.WORSENED if worse else EventKind.EASED, now),))


def _gone(state: AlertState, now: datetime) -> Step:
    if state.reason is not Reason.VANISHED:
        return Step(replace(state, reason=Reason.VANISHED, phase_since=now))
    if now - (state.phase_since or now) < CLOSES_AFTER:
        return Step(state)
    return _over(state, EventKind.VANISHED, now)


def _over(state: AlertState, kind: EventKind, now: datetime, seen: Seen | None = None) -> Step:
    """It has ended. seen: the good reading, whose sentence takes the place of that of the trouble."""
    ended = replace(state, phase=Phase.NORMAL, severity=None, phase_since=now, acknowledged=None)
    if seen is not None:
        calm = kept(seen.calm) if seen.calm else seen.detail
        ended = replace(ended, changes=noted(state, now), detail=calm)
    return Step(ended, (AlertEvent.of(state, kind, now),))


def _reason(seen: Seen) -> Reason:
    return Reason.NO_DATA if seen.kind is SeenKind.NO_DATA else Reason.THRESHOLD


def _severity(rule: Rule, state: AlertState, seen: Seen) -> Severity:
    """How bad it is. No data is as bad as what fires already, else as mild as the rule can be."""
    if seen.severity is not None:
        return seen.severity
    mildest = Severity.WARNING if rule.warning is not None else Severity.CRITICAL
    if seen.kind is SeenKind.NO_DATA and state.phase is not Phase.NORMAL:
        return state.severity or mildest
    return mildest


_NEXT: dict[Phase, Callable[[Rule, AlertState, Seen, _Verdict, datetime], Step]] = {
    Phase.NORMAL: _normal,
    Phase.PENDING: _pending,
    Phase.FIRING: _firing,
    Phase.RECOVERING: _recovering,
}
