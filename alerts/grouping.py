"""When a notice may leave: messages of one integration to one target go together, not one by one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from core.alerting import Notice, NoticeState, Target
from core.settings import ChannelSettings


class Groups:
    """The groups of one evaluation: what waits already, and what joins it."""

    def __init__(
        self, notices: Iterable[Notice], last_sent: Mapping[tuple[Target, str], datetime], now: datetime
    ) -> None:
        """notices: those stored; last_sent: see `AlertInputs`."""
        self._last_sent, self._now = last_sent, now
        self._leaving: dict[tuple[Target, str], datetime] = {}
        for one in notices:
            if one.state is NoticeState.WAITING and not one.batch and not one.attempts:
                self._join((one.target, one.key.integration), one.not_before)

    def leaves_at(self, target: Target, integration: str, channel: ChannelSettings) -> datetime:
        """When a new notice may leave: with those that wait, an interval after the last message, or soon."""
        group = (target, integration)
        waiting, sent = self._leaving.get(group), self._last_sent.get(group)
        if waiting is not None:
            return max(waiting, self._now)
        if sent is not None and self._now - sent < channel.group_interval:
            return self._join(group, sent + channel.group_interval)
        return self._join(group, self._now + channel.group_wait)

    def _join(self, group: tuple[Target, str], at: datetime) -> datetime:
        self._leaving[group] = min(self._leaving.get(group, at), at)
        return at
