"""One measured budget, and the clocks and configurations that measurements share."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from core.settings import Registries, Settings, SourceSettings, loads

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Measured:
    """what: in words; budget, found: as people read them; kept: whether the budget is."""

    what: str
    budget: str
    found: str
    kept: bool


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds of this process, all threads, that the work took."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def milliseconds(work: Callable[[], object], times: int = 50) -> float:
    """The median time of the work on the wall clock, in milliseconds."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        work()
        found.append(time.perf_counter() - begin)
    return median(found) * 1000


def watching(integrations: int) -> Settings:
    """A configuration of so many integrations `i0`, `i1`, … with one source `log` each."""
    one = (
        "  - {{key: i{0}, name: I{0}, method: api, source_system: A, sources: [{{type: bench, name: log}}]}}"
    )
    text = "integrations:\n" + "\n".join(one.format(number) for number in range(integrations))
    return loads(text, "bench.yaml", Registries(sources={"bench": SourceSettings}, indicators={}))
