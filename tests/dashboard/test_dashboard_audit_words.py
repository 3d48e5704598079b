"""The audit's details as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.i18n import translator
from core.records import Json
from dashboard.audit_words import details
from dashboard.viewer import Viewer

NOW = datetime(2026, 11, 24, tzinfo=UTC)
MOSCOW = ZoneInfo("Europe/Moscow")


def viewer_of(language: str) -> Viewer:
    return Viewer(language, MOSCOW, False, NOW, translator(language, MOSCOW))


@pytest.mark.parametrize(
    ("detail", "english", "russian"),
    [
        ({}, "", ""),
        (None, "", ""),
        (
            {"fingerprint": "1a2b", "added": ["zup/log", "sap/log"], "removed": [], "changed": []},
            "fingerprint: 1a2b; sources added: zup/log, sap/log",
            "отпечаток: 1a2b; добавлены источники: zup/log, sap/log",
        ),
        (
            {"added": [f"a/{n}" for n in range(7)]},
            "sources added: a/0, a/1, a/2, a/3, a/4 and 2 more",
            "добавлены источники: a/0, a/1, a/2, a/3, a/4 и ещё 2",
        ),
        (
            {"from": "2026-11-24T09:00:00+00:00", "until": "2026-11-24T09:05:00+00:00", "seconds": 300.0},
            "begins: 24 Nov 12:00:00; ends: 24 Nov 12:05:00",
            "начало: 24 нояб. 12:00:00; конец: 24 нояб. 12:05:00",
        ),
        ({"from": "open", "to": "resolved"}, "was: open; is now: resolved", "было: открыта; стало: устранена"),
        (
            {"scope": '{"integration": ["zup"]}', "starts_at": 1795510800000000, "duration": 7200000000, "note": ""},
            "applies to: integration zup; begins: 24 Nov 12:00; lasts: 2 hr",
            "действует на: интеграция zup; начало: 24 нояб. 12:00; длится: 2 ч",
        ),
        ({"scope": "x"}, "applies to: x", "действует на: x"),
        ({"scope": "[1]"}, "applies to: [1]", "действует на: [1]"),
        ({"since": "soon"}, "begins: soon", "начало: soon"),
        ({"scope": "{}", "id": 4}, "applies to: all integrations", "действует на: все интеграции"),
        ({"episode": "e1", "note": "звоню"}, "note: звоню", "примечание: звоню"),
        ({"anything else": [1, True, {"a": 2}]}, "anything else: 1, yes, a: 2", "anything else: 1, да, a: 2"),
    ],
)  # fmt: skip
def test_details_stand_in_words(detail: Json, english: str, russian: str) -> None:
    """No JSON, nothing empty, no number of our own; what has no words keeps its name."""
    assert details(viewer_of("en"), detail) == english
    assert details(viewer_of("ru"), detail) == russian
