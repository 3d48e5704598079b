"""The configuration that watches the sandbox is one that the monitor accepts."""

from pathlib import Path

import pytest

from composition.names import registries
from core.clock import now
from core.settings import loads
from sandbox.config import monitor_yaml
from sandbox.feeds import FEEDS
from sandbox.world import open_world


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a sandbox."""
    found = tmp_path_factory.mktemp("sandbox")
    open_world(found, clock=now, days=1)
    return found


def test_links_lead_to_where_the_dashboard_is_served(directory: Path) -> None:
    """Also where its usual port is taken."""
    for arguments, address in (
        ([], "http://127.0.0.1:8501"),
        (["http://127.0.0.1:8600"], "http://127.0.0.1:8600"),
    ):
        settings = loads(
            monitor_yaml("http://127.0.0.1:8710", directory, *arguments),
            "monitor.yaml",
            registries(),
            environ={},
        )
        assert settings.address.rstrip("/") == address


def test_it_loads_without_any_environment(directory: Path) -> None:
    """Every integration is there, watched by at least one source that brings runs."""
    text = monitor_yaml("http://127.0.0.1:8710", directory)
    settings = loads(text, "monitor.yaml", registries(), environ={})
    assert [integration.key for integration in settings.integrations] == [feed.key for feed in FEEDS]
    kinds = {source.type for integration in settings.integrations for source in integration.sources}
    assert kinds == {"rest", "log_file", "access_log", "probe"}
    assert all(
        {source.type for source in integration.sources} & {"rest", "log_file"}
        for integration in settings.integrations
    )
