"""The month of `dashboard_database` with a quarter of an hour of alerting on top: firing, told, refused, muted."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from alerts.evaluate import Evaluator
from core.settings import ChannelSettings, Registries, Settings, loads
from health.registry import indicators, units
from storage.store import Store
from storage.writer import Writer
from tests.dashboard import dashboard_database as database

CHANNELS = """
channels:
  support-chat: {type: chat, group_wait: 0s}
  mail: {type: chat, group_wait: 0s}
"""
TICK = timedelta(seconds=50)
TICKS = 18


def settings(language: str = "en") -> Settings:
    """The twelve integrations, and two channels by which their contacts are told."""
    text = database.text_of(language)
    text = text.replace(
        "support@butterboard.online,", "support@butterboard.online, channels: [support-chat],"
    )
    text = text.replace(
        "anna.serova@butterboard.online}", "anna.serova@butterboard.online, channels: [mail]}"
    )
    registries = database.registries()
    return loads(
        text + CHANNELS,
        "monitor.yaml",
        Registries(
            sources=registries.sources,
            indicators=units(),
            run_indicators=frozenset(name for name, one in indicators().items() if one.counts_runs),
            channels={"chat": ChannelSettings},
        ),
    )


def fill(path: Path, now: datetime, language: str = "en") -> tuple[Store, Writer, Settings]:
    """The month, then alerts evaluated up to now; the first messages have arrived, one was given up."""
    store = database.fill(path, now, language)
    configuration, writer = settings(language), Writer(store)
    writer.configure(configuration, now - timedelta(days=30))
    evaluator = Evaluator(lambda: configuration, store, writer, now - timedelta(hours=1))
    for back in range(TICKS, -1, -1):
        at = now - TICK * back
        evaluator.evaluate(at)
        if back == TICKS - 2:
            _deliver(writer, at, refused=True)
        elif back == 2:
            _deliver(writer, at)
    return store, writer, configuration


def _deliver(writer: Writer, now: datetime, *, refused: bool = False) -> None:
    """All that is due arrives, but the first parcel may be refused for good."""
    parcels = writer.lease("test", now, 100, 60, lambda notices: f"b-{notices[0].notice_id}")
    for place, parcel in enumerate(parcels):
        if refused and place == 0:
            writer.failed(parcel.name, "404 Not Found: no such chat", None, now)
        else:
            writer.delivered(parcel.name, now + timedelta(seconds=1))
