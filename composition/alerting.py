"""Alerting: the evaluator bound to the configuration at work, as the worker is given it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from core import clock
from core.routing import UNROUTED
from core.settings import Settings

if TYPE_CHECKING:
    from alerts.evaluate import Evaluator
    from storage.store import Store
    from storage.writer import Writer
    from worker.alarm import AlarmDuties


def evaluator(settings: Callable[[], Settings], store: Store, writer: Writer, begun: datetime) -> Evaluator:
    """Evaluates by the settings of the moment. begun: since when this process looks at its sources."""
    from alerts.evaluate import Evaluator

    return Evaluator(settings, store, writer, begun)


def alarm(settings: Callable[[], Settings], store: Store, writer: Writer) -> AlarmDuties:
    """What the worker does about alerts."""
    from alerts.evaluate import LATELY
    from composition.delivering import delivering
    from storage.queries.routes import feeds
    from worker.alarm import AlarmDuties

    sending = delivering(settings, store, writer)
    evaluating = evaluator(settings, store, writer, clock.now())

    def changed(integrations: frozenset[str]) -> frozenset[str]:
        if UNROUTED not in integrations:
            return integrations
        # A shared source was read: whatever it feeds may have changed.
        with store.read() as connection:
            return integrations | {key for _, key in feeds(connection).fed}

    def evaluate(integrations: frozenset[str] | None, now: datetime) -> None:
        if integrations is None:
            evaluating.evaluate(now, unless_within=LATELY)
        else:
            evaluating.evaluate(now, changed(integrations))

    def evaluate_with(integrations: frozenset[str], now: datetime) -> None:
        evaluating.evaluate(now, unless_within=LATELY, certainly=changed(integrations))

    return AlarmDuties(
        evaluate=evaluate,
        evaluate_with=evaluate_with,
        deliver=sending.dispatcher.deliver,
        dead_man=sending.ring,
        close=sending.close,
    )
