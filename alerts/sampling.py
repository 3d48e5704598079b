"""Which readings are worth keeping: what changed, and one an hour of what does not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from core.alerting import AlertKey, Evaluation

AT_MOST_EVERY = timedelta(minutes=1)
AT_LEAST_EVERY = timedelta(hours=1)


class Sampled:
    """Remembers the reading that was kept last of each alert; empty after a start, so that each is kept anew."""

    def __init__(self) -> None:
        self._last: dict[AlertKey, Evaluation] = {}

    def worth_keeping(self, evaluations: Iterable[Evaluation]) -> list[Evaluation]:
        """Those of another severity, of another value a minute after the last, and of any value after an hour."""
        return [one for one in evaluations if _is_news(self._last.get(one.key), one)]

    def kept(self, evaluations: Iterable[Evaluation]) -> None:
        """These have been stored."""
        self._last.update((one.key, one) for one in evaluations)


def _is_news(last: Evaluation | None, one: Evaluation) -> bool:
    if last is None or last.severity is not one.severity:
        return True
    passed = one.at - last.at
    changed = last.value != one.value
    return passed >= AT_LEAST_EVERY or (changed and passed >= AT_MOST_EVERY)
