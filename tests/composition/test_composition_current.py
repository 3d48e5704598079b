"""The configuration at work: a change is read when its file has settled, and only if it is one."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from composition.current import Current
from composition.names import load_settings

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HEAD = "database: sqlite:///monitor.db\nintegrations:\n"
ONE = "  - {{key: {key}, name: A, method: api, source_system: S, sources: [{source}]}}\n"
PROBE = (
    "{{type: probe, name: k, request: {{url: 'https://h/'}}, auth: {{type: bearer, token: 'file:{secret}'}}}}"
)


class Scene:
    """A file, its secret's file, and looks a second apart."""

    def __init__(self, folder: Path) -> None:
        self.file, self.secret = folder / "monitor.yaml", folder / "key"
        self.secret.write_text("first")
        self.write("a")
        self.at = NOW
        self.current = Current(load_settings(self.file), NOW)

    def write(self, *keys: str, head: str = HEAD) -> None:
        source = PROBE.format(secret=self.secret)
        self.file.write_text(head + "".join(ONE.format(key=key, source=source) for key in keys))

    def look(self, times: int = 2) -> bool:
        """Whether one of the looks took something over."""
        taken = False
        for _ in range(times):
            self.at += timedelta(seconds=1)
            newer = self.current.look(self.at)
            if newer is not None:
                self.current.take(newer, self.at)
                taken = True
        return taken

    @property
    def keys(self) -> list[str]:
        return [one.key for one in self.current.settings.integrations]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_nothing_changed_is_nothing(scene: Scene) -> None:
    """Nor is a file that was only touched."""
    assert not scene.look(3)
    os.utime(scene.file, (1, 1))
    assert not scene.look(3)
    assert scene.current.loaded_at == NOW


def test_a_change_is_taken_over_once_it_has_settled(scene: Scene) -> None:
    """The first look sees it, the second finds it unchanged and reads it."""
    scene.write("a", "b")
    assert not scene.look(1)
    assert scene.look(1)
    assert (scene.keys, scene.current.loaded_at) == (["a", "b"], scene.at)
    assert not scene.look(3)


def test_a_broken_change_is_refused_whole_until_it_is_mended(scene: Scene) -> None:
    """Its problems are told; the file as it was before takes them away."""
    scene.file.write_text(HEAD + "  - {key: A, name: A, method: api, source_system: S}\n")
    assert not scene.look(3)
    assert scene.current.problems[0][0] == "integrations[0].key"
    assert "refused" in scene.current.said()
    assert scene.keys == ["a"]
    scene.write("a")
    assert not scene.look()
    assert scene.current.problems == ()
    assert scene.current.said() == "ok, taken over 2026-11-24T12:00:00Z"


def test_a_file_that_is_gone_is_a_problem_and_not_the_end(scene: Scene) -> None:
    """It may be about to be put back."""
    scene.file.unlink()
    scene.look()
    assert scene.current.problems[0][0] == "file"
    scene.write("b")
    assert scene.look()
    assert scene.keys == ["b"]


def test_another_database_needs_a_restart(scene: Scene) -> None:
    """It is refused like a broken change, and says so."""
    scene.write("b", head=HEAD.replace("monitor.db", "other.db"))
    assert not scene.look()
    assert scene.current.problems == (
        ("database", "got another database; restart to move to it, or take the change back"),
    )


def test_a_rotated_secret_is_taken_over_and_both_stay_hidden(scene: Scene) -> None:
    """A poll under way may still use the old one."""
    scene.secret.write_text("second")
    assert scene.look()
    assert scene.current.redact("first and second") == "*** and ***"


def test_a_secrets_file_that_comes_later_mends_a_refused_change(scene: Scene) -> None:
    """The refused file's secrets are watched too."""
    before, scene.secret = scene.secret, scene.secret.with_name("new")
    scene.write("b")
    assert before.exists()
    assert not scene.look()
    assert "cannot be read" in scene.current.problems[0][1]
    scene.secret.write_text("there")
    assert scene.look()
    assert scene.keys == ["b"]


def test_what_could_not_be_stored_is_found_again(scene: Scene) -> None:
    """The database refused it: the next look tries once more."""
    scene.write("b")
    scene.current.look(NOW)
    assert scene.current.look(NOW) is not None
    scene.current.look_again()
    assert scene.look()
    assert scene.keys == ["b"]
