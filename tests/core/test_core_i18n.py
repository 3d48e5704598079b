"""Texts, numbers and times in the reader's language."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core import i18n
from core.i18n import Message, Translator, counted, translator
from core.units import Threshold, Unit, Window

NOW = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)

CATALOGUE = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"

msgid "Failing"
msgstr "Сбой"

msgid "{failed} of {total} runs failed since {time}"
msgstr "Сбоев: {failed} из {total} с {time}"

msgid "broken {place}"
msgstr "сломано {nowhere}"

msgid "{count} run"
msgid_plural "{count} runs"
msgstr[0] "{count} запуск"
msgstr[1] "{count} запуска"
msgstr[2] "{count} запусков"
"""


@pytest.fixture
def russian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Translator]:
    """A translator of a catalogue made for the test."""
    folder = tmp_path / "ru" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(CATALOGUE, encoding="utf-8")
    monkeypatch.setattr(i18n, "LOCALES", tmp_path)
    i18n.catalogue.cache_clear()
    yield Translator("ru", ZoneInfo("Europe/Moscow"))
    i18n.catalogue.cache_clear()


def plain(text: str) -> str:
    """The text with ordinary spaces."""
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_texts_are_found_in_the_catalogue(russian: Translator) -> None:
    """What is not translated, or translated with a slip, is shown in English or bare; never an error."""
    assert russian.text("Failing") == "Сбой"
    assert russian.text("Not there {a}", a=1) == "Not there 1"
    assert russian.text("broken {place}", place=1) == "сломано {nowhere}"
    assert russian.text("") == ""


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 запусков"),
        (1, "1 запуск"),
        (2, "2 запуска"),
        (5, "5 запусков"),
        (11, "11 запусков"),
        (21, "21 запуск"),
        (104, "104 запуска"),
        (1000, "1 000 запусков"),
    ],
)
def test_russian_plurals(russian: Translator, count: int, text: str) -> None:
    """The three forms of Russian are chosen by the number."""
    assert plain(russian.plural("{count} run", "{count} runs", count)) == text
    assert plain(russian.render(counted("{count} run", "{count} runs", count))) == text
    assert plain(russian.window(Window(runs=count))) == text


def test_parameters_are_written_as_the_language_writes_them(russian: Translator) -> None:
    """Numbers, instants (in the viewer's zone), lists, shares and messages inside messages."""
    message = Message(
        "{failed} of {total} runs failed since {time}", {"failed": 3, "total": 10000, "time": NOW}
    )
    assert plain(russian.render(message)) == "Сбоев: 3 из 10 000 с 24 нояб. 2026, 16:30"
    assert plain(str(message)) == "3 of 10,000 runs failed since 24 Nov 2026, 13:30"
    english = translator("en")
    assert (
        english.text("{a:percent} {b} {c} {d}", a=0.0523, b=["x", 1.5], c=None, d=Message("Failing"))
        == "5.2% x, 1.5 — Failing"
    )
    assert english.text("{x.y} {z[0]}", x=1, z=2) == "{x.y} {z[0]}"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "en",
            [
                "1,234.57",
                "5.2%",
                "1 hour 2 minutes",
                "120 milliseconds",
                "> 5%",
                "≥ 10 min",
            ],
        ),
        (
            "ru",
            [
                "1 234,57",
                "5,2 %",
                "1 час 2 минуты",
                "120 миллисекунд",
                "> 5 %",
                "≥ 10 мин",
            ],
        ),
    ],
)
def test_numbers_and_times(language: str, expected: list[str]) -> None:
    """Each language has its own comma, its own space and its own words for time."""
    says = translator(language)
    texts = [
        says.number(1234.567),
        says.percent(0.0523),
        says.duration(timedelta(seconds=3725)),
        says.duration(timedelta(milliseconds=120)),
        says.threshold(Threshold.parse("> 5%", Unit.RATIO)),
        says.threshold(Threshold.parse(">= 10m", Unit.SECONDS)),
    ]
    assert [plain(text) for text in texts] == expected


def test_an_unknown_language_speaks_english() -> None:
    """A viewer's browser may ask for anything."""
    assert Translator("xx").language == "en"
    assert translator("xx").text("Failing") == "Failing"


def test_translators_are_made_once() -> None:
    """Reading a catalogue on every rerun would cost what a page may cost."""
    assert translator("ru") is translator("ru")
    assert {"en", "ru"} <= i18n.languages()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(31, "31 секунду"), (61, "1 минуту 1 секунду"), (3660, "1 час 1 минуту"), (122, "2 минуты 2 секунды")],
)
def test_a_russian_duration_stands_after_a_preposition(seconds: int, text: str) -> None:
    """`через 31 секунду`, `за 1 минуту`: durations are in the case that sentences put them in."""
    assert translator("ru").duration(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize("at", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC)])
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Tokyo"])
def test_the_ends_of_all_time_can_be_shown(at: datetime, zone: str) -> None:
    """A silence for ever breaks no page."""
    assert translator("en").date_time(at, ZoneInfo(zone))
