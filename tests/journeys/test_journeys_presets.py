"""Every preset, polled twice by the command against a stand-in of its system, and what is exported then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml

from tests.collectors.collectors_server import Served
from tests.journeys.conftest import Monitor
from tests.systems.base import Told
from tests.systems.catalogue import NAMES, standins

Exported = Mapping[str, Mapping[str, Told]]


@dataclass(frozen=True)
class Journey:
    """What was exported after each poll, by integration, and what should have been; polls: how each went."""

    told: tuple[Exported, Exported]
    wanted: tuple[Exported, Exported]
    polls: list[dict[str, Any]]


def exported(lines: list[dict[str, Any]]) -> Exported:
    """The runs of an export."""
    found: dict[str, dict[str, Told]] = {name: {} for name in NAMES}
    for line in lines:
        told = (line["job"], line["status"], line["error_message"])
        found[line["integration"]][line["external_id"]] = told
    return found


@pytest.fixture(scope="module")
def journey(tmp_path_factory: pytest.TempPathFactory) -> Journey:
    """One file with a source for each preset, `collect --once`, a change in every system, and once more."""
    folder = tmp_path_factory.mktemp("presets")
    systems = standins(datetime.now(UTC), folder)
    servers = {name: Served(system.answer) for name, system in systems.items()}
    monitor = Monitor(folder, f"sqlite:///{folder}/monitor.db")
    monitor.configure(
        yaml.safe_dump(
            {
                "integrations": [
                    {
                        "key": name,
                        "name": name,
                        "method": "custom",
                        "source_system": name,
                        "sources": [
                            {"preset": system.preset, "name": "runs", **system.keys(servers[name].url)}
                        ],
                    }
                    for name, system in systems.items()
                ]
            }
        )
    )
    wanted, told = [], []
    for turn in ("first", "second"):
        if turn == "second":
            for system in systems.values():
                system.change()
        wanted.append({name: getattr(system, turn) for name, system in systems.items()})
        assert monitor.run("collect", "--once").code == 0
        told.append(exported(monitor.run("export", "runs").lines()))
    for server in servers.values():
        server.stop()
    polls = monitor.run("export", "polls").lines()
    return Journey((told[0], told[1]), (wanted[0], wanted[1]), polls)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_system_has_is_exported(journey: Journey, name: str) -> None:
    """Every page, every word of status, every error's text."""
    assert journey.told[0][name] == journey.wanted[0][name]


@pytest.mark.parametrize("name", NAMES)
def test_what_changed_is_exported_after_the_next_poll(journey: Journey, name: str) -> None:
    """A run that ended, one that was started again, one that is new; nothing twice."""
    assert journey.told[1][name] == journey.wanted[1][name]


def test_no_poll_met_anything_it_could_not_read(journey: Journey) -> None:
    """Each is ok, without a bad item."""
    assert len(journey.polls) == 2 * len(NAMES)
    assert [poll for poll in journey.polls if poll["result"] != "ok" or poll["bad_items"]] == []
