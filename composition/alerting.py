"""Alerting: the evaluator bound to the configuration at work, as the worker is given it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from composition.current import Current
from core import clock
from core.routing import UNROUTED

if TYPE_CHECKING:
    from storage.store import Store
    from storage.writer import Writer
    from worker.alarm import AlarmDuties


def alarm(current: Current, store: Store, writer: Writer) -> AlarmDuties:
    """What the worker does about alerts."""
    from alerts.evaluate import Evaluator
    from storage.queries.routes import feeds
    from worker.alarm import AlarmDuties

    evaluator = Evaluator(lambda: current.settings, store, writer, clock.now())

    def evaluate(integrations: frozenset[str] | None, now: datetime) -> None:
        if integrations is not None and UNROUTED in integrations:
            # A shared source was read: whatever it feeds may have changed.
            with store.read() as connection:
                integrations |= {key for _, key in feeds(connection).fed}
        evaluator.evaluate(now, integrations)

    return AlarmDuties(evaluate=evaluate)
