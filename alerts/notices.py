"""Reconciles what people know of an alert with how it stands: new notices, and waiting ones that collapse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from alerts.content import Content, packed, unpacked
from alerts.flapping import turns
from alerts.grouping import Groups
from alerts.telling import (
    CLOSING,
    Standing,
    Told,
    Want,
    of_ended,
    of_flapping,
    of_live,
    superseded,
)
from core.alert_states import AlertState, Phase
from core.alerting import Notice, NoticeKind, NoticeState, Target
from core.errors import MonitorError
from core.settings import ChannelSettings


class Reconciled(NamedTuple):
    """Notices to add, and the ids of waiting ones that are not sent any more."""

    notices: tuple[Notice, ...] = ()
    collapsed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Telling:
    """One alert with all who are told of it: their delays, and what they know (`AlertInputs.notices`)."""

    standing: Standing
    addressees: Mapping[Target, timedelta]
    known: Iterable[Notice]


def reconcile(telling: Telling, channels: Mapping[str, ChannelSettings], groups: Groups) -> Reconciled:
    """What to tell whom of one alert now.

    A target is told how the alert stands, once per change, against what last reached it; while one of its
    notices may be leaving at this moment, the decision waits for the next evaluation. What was told to a
    target goes on being told to its end, also when it is no longer among the addressees.
    """
    by_target: dict[Target, dict[str, Told]] = {target: {} for target in telling.addressees}
    for notice in telling.known:
        episodes = by_target.setdefault(notice.target, {})
        episodes.setdefault(notice.episode, Told(notice.episode)).add(notice)
    added: list[Notice] = []
    collapsed: list[int] = []
    for target, episodes in by_target.items():
        channel = channels.get(target.channel)
        for told, want in _wants(telling, target, episodes, channel):
            kept = _as_wanted(told, want)
            dropped = [one for one in told.waiting if one is not kept]
            collapsed += [one.notice_id for one in dropped if one.notice_id is not None]
            if want is not None and kept is None and channel is not None:
                leaves = _leaves_at(telling.standing, target, channel, dropped, groups)
                added.append(_notice(telling.standing, target, told, want, leaves))
    return Reconciled(tuple(added), tuple(collapsed))


def _wants(
    telling: Telling, target: Target, episodes: dict[str, Told], channel: ChannelSettings | None
) -> list[tuple[Told, Want | None]]:
    """Each episode of a target with what is to be told of it; those that cannot be decided are left out."""
    standing, state = telling.standing, telling.standing.state
    after = telling.addressees.get(target)
    if standing.live or state.flapping:
        episodes.setdefault(state.episode, Told(state.episode))
    every = list(episodes.values())
    if any(told.in_flight(standing.now) for told in every):
        return []
    if channel is None:
        return [(told, None) for told in every]
    if state.flapping:
        want, place = of_flapping(standing, every, after), _place_of_flapping(every, state.episode)
        return [(told, want if told is place else None) for told in every]
    found: list[tuple[Told, Want | None]] = []
    for told in every:
        if standing.live and told.episode == state.episode:
            found.append((told, of_live(standing, told, channel, after)))
        elif superseded(told, every) or _still_flapped(standing, told):
            found.append((told, None))
        else:
            found.append((told, of_ended(standing, told, channel)))
    return found


def _place_of_flapping(every: Sequence[Told], episode: str) -> Told:
    """Where the message of flapping waits already, else the newest episode."""
    waits = (told for told in every if any(one.kind is NoticeKind.FLAPPING for one in told.waiting))
    return next(waits, next(told for told in every if told.episode == episode))


def _still_flapped(standing: Standing, told: Told) -> bool:
    """It was told as flapping, is steady now, and not (yet) well: its recovery is not told."""
    answered = told.answered
    flapped = answered is not None and answered.kind is NoticeKind.FLAPPING
    return flapped and standing.state.phase is not Phase.NORMAL


def _as_wanted(told: Told, want: Want | None) -> Notice | None:
    """The waiting notice that says just that already."""
    if want is None:
        return None
    return next(
        (one for one in told.waiting if one.kind is want.kind and one.severity is want.severity), None
    )


def _leaves_at(
    standing: Standing, target: Target, channel: ChannelSettings, dropped: list[Notice], groups: Groups
) -> datetime:
    """A notice that takes the place of waiting ones leaves when they would have."""
    if dropped:
        return max(min(one.not_before for one in dropped), standing.now)
    return groups.leaves_at(target, standing.state.key.integration, channel)


def _notice(standing: Standing, target: Target, told: Told, want: Want, not_before: datetime) -> Notice:
    content = _content(standing, told, want)
    return Notice(
        target=target,
        key=standing.state.key,
        episode=told.episode,
        kind=want.kind,
        severity=want.severity,
        created_at=standing.now,
        not_before=not_before,
        content=packed(content),
        state=NoticeState.WAITING,
    )


def _content(standing: Standing, told: Told, want: Want) -> Content:
    state, rule = standing.state, standing.rule
    of_this = state.episode == told.episode
    if not of_this:
        earlier = _earlier(told)
        if earlier is not None:
            over = _turned_after(state, earlier) or standing.now
            # Its sentence told of the trouble; how it reads by now belongs to the later episode.
            return replace(earlier, ended_at=over, severity=want.severity, detail="")
    answered = told.answered
    return Content(
        rule_name=rule.name,
        indicator=rule.indicator,
        severity=want.severity,
        was=answered.severity if answered is not None and answered.severity is not want.severity else None,
        reason=state.reason,
        since=state.since,
        fired_at=state.fired_at,
        ended_at=_ended_at(state) if want.kind in CLOSING else None,
        value=state.value,
        threshold=state.threshold,
        detail=state.detail,
        turns=turns(state, standing.now) if want.kind is NoticeKind.FLAPPING else 0,
    )


def _turned_after(state: AlertState, earlier: Content) -> datetime | None:
    """When what fired then was over: the first turn after it."""
    began = earlier.fired_at
    return next((at for at in state.changes if began is not None and at > began), None)


def _ended_at(state: AlertState) -> datetime | None:
    return state.phase_since if state.phase is Phase.NORMAL else None


def _earlier(told: Told) -> Content | None:
    """What was told of an episode that has made room for another."""
    newest = told.answered or (told.waiting[-1] if told.waiting else None)
    if newest is None:
        return None
    try:
        return unpacked(newest.content)
    except MonitorError:
        return None
