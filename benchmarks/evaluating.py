"""Measures one evaluation of all alerts: reading, judging, stepping, and its transaction."""

from __future__ import annotations

import gc
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from alerts.evaluate import TICK, Evaluator
from assess.plan import Watch, plan_of
from benchmarks.measure import NOW, Measured, cpu_seconds
from core.facts import CredentialFact, Facts, QuotaFact, RunFact, SourceFacts, VolumeFact, WindowFacts
from core.records import CredentialReading, QuotaReading, RunStatus, Side
from core.settings import ChannelSettings, Registries, Settings, SourceSettings, loads
from health.registry import units
from storage import queries
from storage.migrate import upgrade
from storage.overview_row import OverviewSnapshot
from storage.queries.overview import NOW_ROW
from storage.store import open_store
from storage.writer import Writer

INTEGRATIONS, RULES = 500, 12
FAILING_EACH = 10
MINUTE = timedelta(minutes=1)
STEP = 3 * TICK
"""Each evaluation comes so much after the last: long enough in all for what must last before it fires."""


def evaluation(folder: Path) -> Measured:
    """Everything evaluated on the tick, with one in ten integrations firing."""
    url = f"sqlite:///{folder}/alerts.db"
    upgrade(url)
    settings = _settings()
    watches = plan_of(settings).watches
    readings = sum(len(watch.rules) + len(watch.context.sources) for watch in watches.values())
    with open_store(url, writable=True) as store:
        writer = Writer(store)
        writer.configure(settings, NOW)
        writer.save_overview([_snapshot(number, watch) for number, watch in enumerate(watches.values())])
        evaluator = Evaluator(lambda: settings, store, writer, NOW - timedelta(hours=1))
        first = cpu_seconds(lambda: evaluator.evaluate(NOW + STEP)) * 1000
        # As the house does after its start: what lives for good is not looked through again.
        gc.collect()
        gc.freeze()
        found = []
        for at in (NOW + STEP * tick for tick in range(2, 24)):
            # All anew, as after a poll of each: of facts that are the same only a part is read again.
            writer.save_overview(
                [_snapshot(number, watch, at) for number, watch in enumerate(watches.values())]
            )
            found.append(cpu_seconds(lambda at=at: evaluator.evaluate(at)) * 1000)  # type: ignore[misc]
        gc.unfreeze()
        with store.read() as connection:
            standing = len(queries.alerts(connection))
    took = median(found)
    each = took / readings * INTEGRATIONS * RULES
    text = f"{each:.0f} ms ({took:.0f} ms for all {readings:,} readings, {standing} alerts standing; the first after a start {first:.0f} ms)"
    what = f"alert evaluation, {INTEGRATIONS} integrations × {RULES} rules"
    return Measured(what, "≤ 250 ms", text, each <= 250)


def _settings() -> Settings:
    one = (
        "  - {{key: i{0}, name: I{0}, method: api, source_system: A, schedule: {{cron: '*/15 * * * *'}},"
        " slo: {{success: 99.5%}}, sources: [{{type: bench, name: log, every: 10m}}]}}"
    )
    text = "channels: {chat: {type: bench}}\nintegrations:\n"
    text += "\n".join(one.format(number) for number in range(INTEGRATIONS))
    registries = Registries(
        sources={"bench": SourceSettings}, indicators=units(), channels={"bench": ChannelSettings}
    )
    return loads(text, "bench.yaml", registries)


def _snapshot(number: int, watch: Watch, at: datetime = NOW) -> OverviewSnapshot:
    key, failing = watch.integration.key, number % FAILING_EACH == 0
    return OverviewSnapshot(
        integration=key, horizon=NOW_ROW, as_of=at, facts=_facts(key, watch, failing=failing)
    )


def _facts(key: str, watch: Watch, *, failing: bool) -> Facts:
    """Fifty runs, calls, a limit and a key; of a failing one the newest five runs failed."""
    runs = tuple(_run(place, failing=failing and place < 5) for place in range(50))
    sums = WindowFacts(
        runs={RunStatus.SUCCEEDED: 24},
        records_read=240,
        records_written=240,
        records_failed=0,
        calls={("log", 200): 100, ("log", 500): 1},
    )
    since = NOW - timedelta(days=30)
    seen = SourceFacts(
        name="log", type="bench", side=Side.TARGET, known_since=since, last_poll_at=NOW, last_ok_at=NOW
    )
    quota = QuotaReading(
        scope=key, quota="hour", observed_at=NOW, limit=100, remaining=50, resets_at=NOW + 30 * MINUTE
    )
    credential = CredentialReading(observed_at=NOW, valid=True, expires_at=NOW + timedelta(days=90))
    return Facts(
        integration=key,
        as_of=NOW,
        known_since=since,
        recent=runs,
        last_started_at=runs[0].started_at,
        last_finished_at=runs[0].finished_at,
        last_succeeded_at=next(run.finished_at for run in runs if run.status is RunStatus.SUCCEEDED),
        windows=dict.fromkeys(watch.windows, sums),
        sources={"log": seen},
        quotas=(QuotaFact(source="log", reading=quota),),
        credentials=(CredentialFact(source="log", reading=credential),),
        volumes=dict.fromkeys(watch.volumes, VolumeFact(records=240, usual=(230, 240, 250, 240))),
    )


def _run(place: int, *, failing: bool) -> RunFact:
    ended = NOW - 15 * MINUTE * place
    return RunFact(
        source="log",
        job="",
        external_id=str(place),
        status=RunStatus.FAILED if failing else RunStatus.SUCCEEDED,
        started_at=ended - MINUTE,
        finished_at=ended,
        duration_seconds=60.0,
        records_read=10,
        records_written=10,
        records_failed=0,
    )
