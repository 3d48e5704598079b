"""Times in every notation that the watched systems write."""

from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.times import Hints, parse_time
from collectors.times_spoken import DateOrder


def _naive(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001  naive on purpose


MOSCOW = ZoneInfo("Europe/Moscow")
AT = datetime(2026, 11, 24, 13, 30, 50, tzinfo=UTC)
INSTANTS = st.datetimes(min_value=_naive(2000, 1, 2), max_value=_naive(2200, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-24T13:30:50Z", "2026-11-24T13:30:50+00:00", "2026-11-24 13:30:50+00", "2026-11-24T16:30:50+03:00",
        "2026-11-24 16:30:50", "2026-11-24 16:30:50.000", "2026-11-24T16:30:50,000000", "2026/11/24 16:30:50",
        "2026-11-24 13:30:50 UTC", "2026-11-24 16:30:50 +0300", "2026-11-24T13:30:50Z[UTC]", " 2026-11-24T13:30:50Z ",
        "20261124163050", "20261124T133050Z", 1795527050, 1795527050.0, "1795527050", "1795527050.000",
        1795527050000, "1795527050000", 1795527050000000, 1795527050000000000, "1795527050000000000",
        "Tue, 24 Nov 2026 13:30:50 GMT", "Tuesday, 24-Nov-26 13:30:50 GMT", "Tue Nov 24 16:30:50 2026",
        "24/Nov/2026:13:30:50 +0000", "[24/Nov/2026:16:30:50 +0300]", "24/Nov/2026:16:30:50",
        "24.11.2026 16:30:50", " 24.11.2026  16:30:50 ",
        20261124163050, "20261124163050.000", "20261124133050.0Z", "20261124163050+0300",
        "/Date(1795527050000)/", "/Date(1795527050000+0300)/", "24-NOV-26 04.30.50.000000 PM", "24-NOV-2026 16:30:50",
        "1795527050.000000000 1620", "1795527050.000000000 1440", "1795527050 1260", "1795527050 +0300", "1795527050 -0500",
        "Nov 24, 2026, 1:30:50,000 PM Coordinated Universal Time", "Nov 24, 2026 1:30:50,000 PM Greenwich Mean Time", "Nov 24, 2026 4:30:50,000 PM MSK",
        "Nov 24, 2026 4:30:50 PM", "Nov 24, 2026, 4:30:50\u202fPM", "2026-11-24 04:30:50 PM", "24.11.2026, 16:30:50,000",
        "2026-11-24 16:30:50 +0300 MSK", "Tue Nov 24 16:30:50 MSK 2026", "Tue Nov 24 13:30:50 UTC 2026", "Tue, 24 Nov 2026 08:30:50 EST",
        "24-Nov-2026 08:30:50 America/New_York", "2026-11-24T14:30:50[Europe/Paris]", "2026-11-24T15:30:50.000+02:00[Europe/Helsinki]",
        "24/Nov/2026 16:30:50", "Tue Nov 24 16:30:50.000000 2026",
        "Nov 24 2026  4:30:50:000PM", "Nov 24 2026 16:30:50", "Tue Nov 24 2026 16:30:50 GMT+0300 (Moscow Standard Time)",
        "Tue Nov 24 2026 13:30:50 GMT+0000 (Coordinated Universal Time)", "2026-11-24 16:30:50 GMT+03:00",
        "2026-11-24 16:30:50.000000001 +0300 MSK m=+0.5", "2026-11-24 17:30:50 +0400 +04",
        [2026, 11, 24, 16, 30, 50], [2026, 11, 24, 16, 30, 50, 1],
        "2026-11-24-16.30.50.000000", "24NOV2026:16:30:50", "24NOV26:16:30:50.00", "24-Nov-2026::16:30:50", "2026 Nov 24 16:30:50",
        "Tue 24 Nov 2026 04:30:50 PM MSK", "Tue 24 Nov 2026 01:30:50 PM UTC", "Tue Nov 24 04:30:50 PM MSK 2026", "Tue Nov 24 01:30:50 PM UTC 2026",
        "Tue, 24 Nov 2026 01:30:50 PM GMT", "Tuesday, November 24, 2026 4:30:50 PM", "Tue Nov 24 04:30:50 PM +03 2026",
        "2026 11 24 16:30:50:000", "Nov 24, 2026 @ 16:30:50.000", _naive(2026, 11, 24, 16, 30, 50), AT,
    ],
    ids=str,
)  # fmt: skip
def test_every_notation_of_one_instant_is_that_instant(value: object) -> None:
    """ISO with and without zone, epochs of four sizes, dates of HTTP, access logs, SAP, Oracle and Java, datetimes."""
    assert parse_time(value, MOSCOW) == AT


@pytest.mark.parametrize(
    "value",
    [
        None, "", "  ", "0001-01-01T00:00:00Z", "0001-01-01 00:00:00", "01.01.0001 0:00:00", "0000-00-00 00:00:00", "0000-00-00",
        "00.00.0000", "00000000", "00000000000000", "Mon, 01 Jan 0001 00:00:00 GMT", "Mon Jan  1 00:00:00 UTC 0001",
        "0001-01-01 00:00:00 +0000 UTC", "1753-01-01", "1899-12-30T00:00:00", "1900-01-01", "1900-01-01T00:00:00Z", "19000101",
        0, -1, "0", "-62135596800", -62135596800000, "/Date(-62135596800000)/", _naive(1, 1, 1), date(1900, 1, 1),
        datetime.min.replace(tzinfo=UTC), "9999-12-31", "9999-12-31T23:59:59Z", "9999-12-31 23:59:59.9999999",
        "9999-12-31T23:59:59-12:00", "9999-12-31T00:00:00+14:00", "9999-12-31 21:00:00Z", "31.12.9999", "31.12.9999 23:59:59",
        "99991231", 99991231, "99991231235959", 99991231000000, "99991231T235959Z", "Fri, 31 Dec 9999 23:59:59 GMT",
        "31-DEC-9999 11:59:59 PM", "4712-12-31 00:00:00", "31-DEC-4712 00:00:00", "2999-12-31", "2999-12-31T23:59:59-05:00",
        253402300799, 253402214400, "253402300799999", 253402300799999999, "/Date(253402300799999)/", 2**63 - 1,
        _naive(9999, 12, 31, 23, 59, 59), date(9999, 12, 31), datetime.max.replace(tzinfo=UTC), "infinity", "-infinity", "Never",
        "10000-01-01 04:59:59+00", "+010000-01-01T04:59:59.000Z",
    ],
    ids=repr,
)  # fmt: skip
@pytest.mark.parametrize("zone", [MOSCOW, ZoneInfo("America/New_York")], ids=str)
def test_no_time_is_none(value: object, zone: ZoneInfo) -> None:
    """Nothing, and what stands for it: before all time or at the end of it, in any notation and zone."""
    assert parse_time(value, zone) is None


@pytest.mark.parametrize(
    "value",
    ["2099-12-31T00:00:00Z", "2262-04-11T00:00:00Z", "2500-06-01T12:00:00Z", "1970-01-02T00:00:00Z", "2999-12-29T00:00:00Z"],
)  # fmt: skip
def test_a_far_time_is_one(value: str) -> None:
    """A key may be valid until 2099."""
    assert parse_time(value, MOSCOW) == datetime.fromisoformat(value)


@pytest.mark.parametrize(
    "value",
    ["soon", "2026-13-01", "24/Foo/2026:13:30:50 +0000", "13:30", "1e400", float("nan"), 10**40, True, [], {}, b"1",
     [2026, 13, 1], [2026, 11], [2026, 11, 24, 10, 30, 0, 10**9], [2026, 11, 24, 10, 30, 0, 0, 0], ["2026", 11, 24], [2026, 11, True], [10**40, 1, 1],
     "Tue Nov 24 2026 16:30:50 GMT+0300 (Moscow", "Nov 24 2026 13:30 PM",
     "31-FEB-2026 10:00", "Nov 24, 2026 13:30 PM", "2026-11-24 0:30 AM", "/Date(999999999999999)/", "/Date(x)/",
     "03/04/2026", "3/4/2026 13:30", "24-11-2026", "Tue Nov 24 13:30:50 CET 2026", "24 Nov 2026 13:30:50 XYZ", "24 Nov 2026 13:30:50 Moscow Standard Time",
     "24-Nov-2026 13:30:50 Europe/Atlantis", "9" * 400, "Tue, 99 Nov 2026",
     "2026-11-24 13:30:50 America/Argentina", "2026-11-24T13:30:50[Europe]", "2026-11-24T13:30:50 Ab/" + "c" * 400,
     "24 Nov 2026 13:30:50 " + "x" * 400, "Import of contact 0001 failed"],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_what_is_no_time_is_a_value_error_that_shows_it(value: object) -> None:
    """The text says what was got, briefly."""
    with pytest.raises(ValueError, match="got ") as caught:
        parse_time(value, MOSCOW)
    assert len(str(caught.value)) < 200


def test_digits_after_microseconds_are_dropped() -> None:
    """Nine digits of a fraction, as Go and Java write them."""
    assert parse_time("2026-11-24T13:30:50.123456789Z", MOSCOW) == AT + timedelta(microseconds=123456)
    assert parse_time(1795527050123456789, MOSCOW) == AT + timedelta(microseconds=123456)


@pytest.mark.parametrize("text", ["Sat Nov 28 13:05:09 CST 2026", "Sat, 28 Nov 2026 13:05:09 CST"])
@pytest.mark.parametrize(
    ("zone", "hours"), [("Asia/Shanghai", 8), ("America/Havana", -5), ("America/Chicago", -6), ("UTC", -6)]
)
def test_a_word_for_the_configured_zone_is_that_zone(text: str, zone: str, hours: int) -> None:
    """CST is China's too, as Java's dates and `date` have it there; elsewhere it is what mail knows by it."""
    expected = datetime(2026, 11, 28, 13, 5, 9, tzinfo=UTC) - timedelta(hours=hours)
    assert parse_time(text, ZoneInfo(zone)) == expected


def test_a_date_is_its_midnight_in_the_zone() -> None:
    """Dates, compact ones too."""
    midnight = datetime(2026, 11, 23, 21, tzinfo=UTC)
    assert {
        parse_time(value, MOSCOW)
        for value in ("2026-11-24", "20261124", 20261124, date(2026, 11, 24), [2026, 11, 24])
    } == {midnight}


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("03.04.2026", datetime(2026, 4, 2, 21, tzinfo=UTC)),
        ("03.04.2026 09:05", datetime(2026, 4, 3, 6, 5, tzinfo=UTC)),
        ("03.04.2026 9:05:07", datetime(2026, 4, 3, 6, 5, 7, tzinfo=UTC)),
        ("2026.04.03 09:05", datetime(2026, 4, 3, 6, 5, tzinfo=UTC)),
    ],
)
def test_with_dots_the_day_stands_first(value: str, at: datetime) -> None:
    """As most of Europe writes it; a year in front stays one."""
    assert parse_time(value, MOSCOW) == at


@pytest.mark.parametrize(
    "value", ["03/04/2026", "03-04-2026", "04.13.2026", "32.01.2026", "03.04.26", "03.04.2026 25:00"]
)
def test_a_date_that_could_be_another_is_refused(value: str) -> None:
    """Day and month are never guessed, nor swapped."""
    with pytest.raises(ValueError, match="got "):
        parse_time(value, MOSCOW)


@pytest.mark.parametrize(
    "value",
    [46350.5625, "46350.5625", 639_000_000_000_000_000, 134_078_034_500_000_000, "134078034500000000", 817219850, 86_400, 1, "3600"],
)  # fmt: skip
def test_a_number_that_would_be_an_epoch_of_long_ago_is_none(value: object) -> None:
    """Excel counts days, .NET and Windows ticks, Apple from 2001: none is taken for a time decades away."""
    with pytest.raises(ValueError, match=r"as an epoch it would be of 19\d\d-"):
        parse_time(value, MOSCOW)


def test_the_error_says_what_is_supported() -> None:
    """So that one sees what to change."""
    with pytest.raises(ValueError, match=r"ISO 8601 .*dd\.mm\.yyyy hh:mm:ss \(dots only\).*epoch"):
        parse_time("soon", MOSCOW)


@pytest.mark.parametrize(
    "value",
    [
        "11/24/2026 13:30:50.000 UTC", "11/24/2026 01:30:50 PM UTC", "11/24/2026 16:30:50 +0300", "11/24/2026 16:30:50 +03:00",
        "11/24/2026 16:30:50 MSK", "11/24/2026 13:30:50Z", "Nov 24, 2026 1:30:50 PM UTC", "Nov 24, 2026 4:30:50 PM MSK",
        "Nov 24, 2026, 1:30:50 PM GMT", "24-NOV-26 04.30.50.000000 PM +03:00", "24-NOV-2026 13:30:50 UTC",
    ],
)  # fmt: skip
def test_a_zone_behind_a_time_for_people_is_read(value: str) -> None:
    """As NiFi, Talend and Oracle write it."""
    assert parse_time(value, MOSCOW, Hints(order="mdy")) == AT


def test_another_zone_behind_a_time_for_people_is_refused() -> None:
    """Naming it, and not asking for the order of day and month that is given."""
    with pytest.raises(ValueError, match=r"EST is not the zone that `time\.zone` names, Europe/Moscow"):
        parse_time("11/24/2026 13:30:50 EST", MOSCOW, Hints(order="mdy"))
    with pytest.raises(ValueError, match="expected ISO 8601"):
        parse_time("11/24/2026 soon", MOSCOW, Hints(order="mdy"))


@pytest.mark.parametrize(("value", "shown"), [({"@nil": "true"}, "got an object;"), ([], "got a list;")])
def test_what_is_no_text_is_named_in_plain_words(value: object, shown: str) -> None:
    """As it is called in JSON."""
    with pytest.raises(ValueError, match=shown):
        parse_time(value, MOSCOW)


def test_a_leap_second_is_the_second_before() -> None:
    """23:59:60 has no place on the time line."""
    assert parse_time("2016-12-31T23:59:60Z", MOSCOW) == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@given(at=INSTANTS)
def test_times_come_back_from_every_notation(at: datetime) -> None:
    """Written in ISO, as an epoch in µs, as an HTTP date, a time is read back."""
    micros = (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert parse_time(at.isoformat(), MOSCOW) == at
    assert parse_time(micros, MOSCOW) == at
    assert parse_time(str(micros), MOSCOW) == at
    assert parse_time(format_datetime(at, usegmt=True), MOSCOW) == at.replace(microsecond=0)
    read = parse_time(micros / 1e6, MOSCOW)
    assert read is not None
    assert abs(read - at) <= timedelta(microseconds=1)


@given(
    value=st.one_of(
        st.text(), st.floats(), st.integers(), st.from_regex(r"\d{4}[-/]\d\d[-/]\d\d.{0,20}"), st.binary()
    )
)
def test_any_value_is_a_time_nothing_or_a_value_error(value: object) -> None:
    """No other exception ever."""
    try:
        found = parse_time(value, MOSCOW)
    except ValueError:
        return
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "Tue 2026-11-24 16:30:50 MSK", "Tue, 2026-11-24 13:30:50 UTC", "Tue Nov 24 04:30:50 PM MSK 2026",
        "Tue 24 Nov 2026 04:30:50 PM MSK", "Tue 24 Nov 16:30:50 MSK 2026", "Tuesday, November 24, 2026 4:30:50 PM",
        "Tuesday, November 24, 2026 at 4:30:50\u202fPM", "Tue Nov 24 06:30:50 PM +05 2026",
        "Вт 24 ноя 2026 16:30:50 MSK", "Вт ноя 24 16:30:50 2026", "24-ноя-2026 16:30:50", "24 нояб. 2026 г., 16:30:50",
        "вторник, 24 ноября 2026 г. в 16:30:50", "нояб. 24, 2026 4:30:50 PM", "24-нояб.-26 16:30:50",
        "Di 24. Nov 16:30:50 MSK 2026", "Dienstag, 24. November 2026 um 16:30:50", "mar. 24 nov. 2026 16:30:50 MSK",
        "mardi 24 novembre 2026 à 16:30:50", "mar nov 24 16:30:50 2026", "martes, 24 de noviembre de 2026, 16:30:50",
        "nov 24, 2026 4:30:50 p.\u00a0m.", "mar 24 nov 2026, 16:30:50, MSK", "martedì 24 novembre 2026 alle ore 16:30:50",
        "terça-feira, 24 de novembro de 2026 às 16:30:50", "вт, 24-лис-2026 16:30:50 +0300", "wto, 24 lis 2026, 16:30:50 MSK",
    ],
    ids=str,
)  # fmt: skip
def test_a_time_is_read_in_the_words_of_its_locale(text: str) -> None:
    """As date(1), journalctl, Java, JavaScript and Windows print it where a language is set; the day of the week says nothing."""
    assert parse_time(text, MOSCOW) == AT


@pytest.mark.parametrize(("name", "month"), [("mar", 3), ("mars", 3), ("März", 3), ("мая", 5), ("мар", 3), ("juin", 6), ("juil.", 7), ("сент.", 9), ("Okt", 10), ("paź", 10), ("Dez", 12)])  # fmt: skip
def test_a_month_is_known_by_its_name_in_several_languages(name: str, month: int) -> None:
    """Also where a day of the week is called nearly so."""
    assert parse_time(f"mar. 24 {name} 2026 16:30:50", MOSCOW) == datetime(
        2026, month, 24, 13, 30, 50, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "text",
    ["Job 2026-11-24 16:30:50", "24 ноября 2026", "24 ноябрька 2026 16:30:50", "ноя 24 16:30:50", "24 ноя ноя 2026 16:30:50", "вт 24 2026 16:30:50",
     "вт 2026-11-24 16:30:50 mal", "24 ноя 126 16:30:50", "31 фев 2026 16:30:50", "2026 ноя 2026 16:30:50", "24 ноя 2026 16:30:50 17:30:50"],
)  # fmt: skip
def test_what_has_other_words_than_a_time_is_refused(text: str) -> None:
    """And so is one without a year, where nothing tells which."""
    with pytest.raises(ValueError, match="got "):
        parse_time(text, MOSCOW)


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("03/04/2026 13:30", "dmy", "2026-04-03T10:30"), ("03/04/2026 13:30", "mdy", "2026-03-04T10:30"),
        ("11/24/2026 1:30:50 PM", "mdy", "2026-11-24T10:30:50"), ("24-11-2026 13:30:50,5", "dmy", "2026-11-24T10:30:50.5"),
        ("24.11.26, 9:05", "dmy", "2026-11-24T06:05"), ("3/4/26", "mdy", "2026-03-03T21:00"), ("24.11.2026", "mdy", "2026-11-23T21:00"),
    ],
    ids=str,
)  # fmt: skip
def test_dates_of_three_numbers_need_their_order(text: str, order: DateOrder, expected: str) -> None:
    """Dots alone say it by themselves, where the year has four digits."""
    at = parse_time(text, MOSCOW, Hints(order=order))
    assert at == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("03/04/2026", "day or month first"),
        ("24.11.26 13:00:00", "day or month first"),
        ("11-24 13:00:00,123", "day or month first"),
        ("Tue Nov 24 13:30:50 CET 2026", "CET is not the zone"),
    ],
)
def test_a_refused_time_says_the_remedy(text: str, says: str) -> None:
    """What to write for it to be read."""
    with pytest.raises(ValueError, match=says):
        parse_time(text, MOSCOW)


def test_an_order_does_not_make_days_there_are_not() -> None:
    """The 24th month."""
    with pytest.raises(ValueError, match=r"month must be in 1\.\.12"):
        parse_time("24/11/2026", MOSCOW, Hints(order="mdy"))


@pytest.mark.parametrize(
    "name", ["Moscow Standard Time", "Central European Summer Time", "Eastern Daylight Time"]
)
def test_a_zone_in_words_is_told_with_what_to_write(name: str) -> None:
    """Java and Windows write them; several zones have one name, so it is not guessed."""
    with pytest.raises(ValueError, match=f"{name} names a zone in words; leave it out of what is read"):
        parse_time(f"Nov 24, 2026, 4:30:50,000 PM {name}", MOSCOW)


@pytest.mark.parametrize(
    "value", ["1795527050 99999", "1795527050 x", "1795527050 1795527051", "17 1620", "1795527050 5000"]
)
def test_an_epoch_with_anything_but_an_offset_behind_it_is_refused(value: str) -> None:
    """Two numbers are no time."""
    with pytest.raises(ValueError, match="got"):
        parse_time(value, MOSCOW)


@pytest.mark.parametrize(
    "value", ["13:30:50", "13:30:50 UTC", "13:30", "1:30:50 PM", "13:30:50,123", "13:30:50.5 +03:00"]
)
def test_a_clock_is_told_with_what_it_lacks(value: str) -> None:
    """NiFi's bulletins and some logs write no day: today would be guessed."""
    with pytest.raises(
        ValueError, match=r"got .*; a clock without a day: put one before it, as in join\(' ', \[day, at\]\)"
    ):
        parse_time(value, MOSCOW)
