"""Which readings are kept: enough to replay what was seen, not each of every ten seconds.

A reading is stored when its severity or its having data changed; when its value moved by more than one in a
hundred and a minute has passed since the stored one; and after an hour anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from core.alert_states import AlertKey, Evaluation
from core.clock import to_micros
from storage.alert_rows import evaluation_of, evaluations_query
from storage.schema import evaluation

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MOVED = 0.01


class Thinning:
    """Remembers the newest stored reading of every alert, so that a tick need not ask for thousands.

    It holds as long as the evaluation before this one was ours; else it is read anew (`of`).
    """

    def __init__(self) -> None:
        self._last: dict[AlertKey, Evaluation] = {}
        self._token = ""

    def forget(self) -> None:
        """Drop it all, after a transaction that was rolled back."""
        self._last, self._token = {}, ""

    def of(self, connection: sa.Connection, token: str, now: datetime) -> None:
        """Make ready. token: what the last evaluation, whosesoever, left behind."""
        if token and token == self._token:
            return
        newest: dict[AlertKey, Evaluation] = {}
        recent = evaluations_query().where(evaluation.c.at > to_micros(now - HOUR))
        for row in connection.execute(recent.order_by(evaluation.c.at)):
            one = evaluation_of(row)
            newest[one.key] = one
        self._last = newest

    def chosen(self, readings: Iterable[Evaluation]) -> list[Evaluation]:
        """Those of the readings that are to be stored."""
        chosen, known = [], self._last
        for one in readings:
            last = known.get(one.key)
            # Most are as they were: asked here, and not by a call for each.
            if last is not None and last.value == one.value and last.severity is one.severity:
                if one.at - last.at < HOUR:
                    continue
            elif not worth_keeping(last, one):
                continue
            chosen.append(one)
        known.update((one.key, one) for one in chosen)
        return chosen

    def done(self, token: str) -> None:
        """Remember what this evaluation leaves behind."""
        self._token = token


def worth_keeping(last: Evaluation | None, reading: Evaluation) -> bool:
    """Whether a reading says more than the one stored last."""
    if last is None or reading.severity is not last.severity or reading.at - last.at >= HOUR:
        return True
    if reading.value is None or last.value is None:
        return reading.value is not last.value
    moved = abs(reading.value - last.value) > MOVED * abs(last.value)
    return moved and reading.at - last.at >= MINUTE
