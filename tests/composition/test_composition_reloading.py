"""What polls are made with after the configuration has changed."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from composition.collecting import outfit
from composition.reloading import Collecting
from storage.keys import SourceKey
from storage.store import Store
from storage.writer import Writer
from tests.composition.test_composition_current import HEAD, NOW, Scene


async def test_a_changed_zone_holds_for_the_next_poll(store: Store, tmp_path: Path) -> None:
    """An integration's time zone, like its secrets and its way out, is that of the configuration at work."""
    scene, writer = Scene(tmp_path), Writer(store)
    writer.configure(scene.current.settings, NOW)
    collecting = Collecting(scene.current, outfit(scene.current.settings, store, writer), writer)
    assert collecting.outfit.zone_of("a") == ZoneInfo("UTC")
    scene.write(
        "a",
        head=HEAD.replace("integrations", "timezone: Asia/Almaty\nproxy: http://127.0.0.1:9\nintegrations"),
    )
    changes = [collecting.reload(NOW + timedelta(seconds=second)) for second in (1, 2)]
    assert changes[-1] is not None
    assert collecting.outfit.zone_of("a") == ZoneInfo("Asia/Almaty")
    assert collecting.outfit.proxy_of(scene.current.settings.integrations[0].sources[0]) is not None
    assert SourceKey("a", "k") in collecting.every()
