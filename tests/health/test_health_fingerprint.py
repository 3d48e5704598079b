"""Fingerprints: the same cause has the same one whatever its ids, different causes have different ones."""

import string
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from health.fingerprint import fingerprint, template

SAME = {
    "numbers": ("User 123 not found", "User 9 not found"),
    "a number that looks like a status": ("User 404 not assigned", "User 12 not assigned"),
    "prefixed ids": ("EMP-1042: no manager", "EMP-7: no manager"),
    "uuids": (
        "task 550e8400-e29b-41d4-a716-446655440000 failed",
        "task 6ba7b810-9dad-11d1-80b4-00c04fd430c8 failed",
    ),
    "hexadecimal": ("object at 0x7f3a21 lost", "object at 0xDEADBEEF lost"),
    "mails": ("no such user anna@example.com", "no such user ivan.petrov@corp.example.org"),
    "masked mails": ("no such user j***@b***.com", "no such user a***@c***.org"),
    "quoted values": ("value 'Anna' is invalid", "value 'Пётр Иванов' is invalid"),
    "quotation marks of another kind": ('value "Anna" is invalid', "value «Пётр» is invalid"),
    "Cyrillic names in quotes": ("Сотрудник «Иванов» не найден", "Сотрудник «Кузнецова Анна» не найден"),
    "Cyrillic names": ("Сотрудник Иванов Иван не найден", "Сотрудник Кузнецова-Петрова Анна не найден"),
    "Cyrillic names in another case": ("для руководителя Иванова", "для руководителя Анны Петровой"),
    "a full Russian name": (
        "Не создан Иванов Иван Иванович: занят",
        "Не создан Петрова Анна Сергеевна: занят",
    ),
    "a Russian name with initials": ("не принят Иванов И.И.: занят", "не принят А. С. Петрова: занят"),
    "two capitals in a Russian sentence": ("нет записи Иванов Иван", "нет записи Кузнецова Анна"),
    "English names": ("Employee John Smith not found", "Employee Mary O'Brien not found"),
    "names with letters of other languages": (
        "Employee José García-López has no work email",
        "Employee Łukasz Żak has no work email",
    ),
    "a name in brackets after an id": (
        "Employee 1001 (Olga Kuznetsova): grade is not mapped",
        "Employee 22 (Zoë Müller-Ost): grade is not mapped",
    ),
    "a Russian name in brackets after an id": (
        "Сотрудник 1001 (Кузнецова Ольга): нет оклада",
        "Сотрудник 22 (Ли Иван): нет оклада",
    ),
    "a login": ("User i.petrov is locked", "User a.sidorova2 is locked"),
    "a login in Russian": ("Запись с логином i.petrov занята", "Запись с логином a.sidorova2 занята"),
    "a folder named by its day": (
        "File /data/in/2026-12-01/staff.csv: too few columns",
        r"File C:\in\staff_20261130.csv: too few columns",
    ),
    "a value without quotes": ("Invalid value Анна for field city", "Invalid value Berlin for field city"),
    "dates": ("failed at 2026-11-24T13:30:43Z", "failed at 2025-01-02 03:04:05.678+03:00"),
    "written dates": ("failed Tue, 24 Nov 2026 13:46:22 GMT", "failed Wed, 25 Nov 2026 01:02:03 GMT"),
    "Russian dates": ("сбой 24.11.2026 13:30", "сбой 02.01.2025 03:04:05"),
    "paths": ("cannot read /var/in/a.csv", "cannot read /srv/data/x/b.csv"),
    "Windows paths": (r"cannot read C:\in\a.csv", r"cannot read D:\data\b.csv"),
    "a URL's query and ids": ("GET https://h.io/users/1?a=1 failed", "GET https://h.io/users/22?b=2 failed"),
    "addresses": ("cannot reach 10.0.0.1:5432", "cannot reach 192.168.1.20:6000"),
    "lists": ("missing ids: 1, 2, 3", "missing ids: 4, 5"),
    "durations": ("gave up after 15ms", "gave up after 2s"),
    "white space": ("first  line\n second", "first line second"),
    "members of JSON": ('{"error": "invalid_grant", "id": 1}', '{"id": 2, "error": "invalid_grant"}'),
    "JSON after a text": ('400: {"error":"bad","id":"a1"}', '400: {"error":"bad","id":"b2"}'),
    "PostgreSQL's detail": ("Key (name)=(Anna) already exists", "Key (name)=(Пётр) already exists"),
}
DIFFERENT = {
    "a field's path after a role": ("User profile.email is required", "User profile.phone is required"),
    "what stands in brackets and is no name": ("Employee 7 (Not Found)", "Employee 7 (Already Exists)"),
    "Oracle codes": ("ORA-00942: failed", "ORA-00001: failed"),
    "HTTP statuses": ("HTTP 404 for https://h.io/u", "HTTP 503 for https://h.io/u"),
    "statuses with their phrase": ("Client error '404 Not Found'", "Client error '403 Forbidden'"),
    "statuses named": ("failed with status code 500", "failed with status code 502"),
    "SQLSTATE": ("SQLSTATE[42S02]: error", "SQLSTATE[23000]: error"),
    "errno": ("[Errno 111] error", "[Errno 113] error"),
    "exit codes": ("ended with exit code 1", "ended with exit code 137"),
    "PeopleSoft message numbers": ("Data is inconsistent. (18,1)", "Data is inconsistent. (18,2)"),
    "words": ("manager not found", "department not found"),
    "Russian words": ("руководитель не найден", "подразделение не найдено"),
    "quoted columns": ('column "email" does not exist', 'column "phone" does not exist'),
    "members of JSON that tell": ('{"error": "invalid_grant"}', '{"error": "invalid_scope"}'),
    "messages inside an exception": ("ValueError('no manager')", "ValueError('no department')"),
    "hosts": ("cannot reach https://a.example", "cannot reach https://b.example"),
    "paths of a URL": ("POST /api/v1/users failed", "POST /api/v1/tasks failed"),
    "required properties": ("'email' is a required property", "'phone' is a required property"),
    "required fields in Russian": ("«Почта» обязательна", "«Должность» обязательна"),
    "title case": ("User Not Found", "User Already Exists"),
    "title case within a sentence": ("User Not Found in the list", "User Already Exists in the list"),
    "what a Russian sentence begins with": ("Руководитель не найден", "Подразделение не найдено"),
    "Russian roles": ("Сотрудник Иванов не найден", "Руководитель Иванов не найден"),
    "what is said of a Russian name": ("Сотрудник Иванов не найден", "Сотрудник Иванов уволен"),
    "Russian codes": ("код ошибки 17", "код ошибки 18"),
}


@pytest.mark.parametrize("pair", SAME.values(), ids=SAME)
def test_the_same_cause_has_the_same_fingerprint(pair: tuple[str, str]) -> None:
    """Variable parts do not make another cause."""
    assert template(pair[0]) == template(pair[1])
    assert fingerprint(pair[0]) == fingerprint(pair[1])


@pytest.mark.parametrize("pair", DIFFERENT.values(), ids=DIFFERENT)
def test_different_causes_have_different_fingerprints(pair: tuple[str, str]) -> None:
    """Words and codes are the cause itself."""
    assert fingerprint(pair[0]) != fingerprint(pair[1])


def test_the_code_is_part_of_the_cause() -> None:
    """One text under two codes is two causes; without a text the code alone stands for it."""
    assert fingerprint("failed", "E1") != fingerprint("failed", "E2")
    assert fingerprint("", "E1") != fingerprint("", "E2")
    assert fingerprint("", None, "timeout") != fingerprint("", None, "parse")
    assert fingerprint("failed", None, "timeout") == fingerprint("failed", None, "parse")


def test_a_fingerprint_is_the_same_in_another_process() -> None:
    """Nothing of it depends on the process, as Python's own hash would."""
    message = "Сотрудник «Иванов» не найден: ORA-00942 at row 17"
    code = "import sys; from health.fingerprint import fingerprint; print(fingerprint(sys.argv[1]))"
    told = subprocess.run(
        [sys.executable, "-c", code, message], capture_output=True, text=True, check=True, timeout=60
    )
    assert told.stdout.strip() == fingerprint(message)


TEMPLATES = [
    "Employee {} has no manager",
    "cannot update user '{}' at step load",
    "duplicate key: id={}",
    "POST https://api.example.com/users/{}?trace={} failed with status 422",
    "Сотрудник {} не найден в подразделении «{}»",
]
NUMBERS = st.integers(min_value=0, max_value=10**12).map(str)
UUIDS = st.uuids().map(str)
HEXES = st.text("0123456789abcdef", min_size=10, max_size=40).filter(
    lambda text: any(c.isdigit() for c in text)
)
TIMES = st.integers(min_value=946_684_800, max_value=4_000_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat()
)
VALUES = st.one_of(NUMBERS, UUIDS, HEXES, TIMES)
WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
MAILS = st.builds("{}.{}@{}.example".format, WORDS, WORDS, WORDS)
DATES = st.dates().map(lambda day: day.strftime("%d.%m.%Y"))
PATHS = st.lists(WORDS, min_size=2, max_size=4).map(lambda parts: "/" + "/".join(parts) + ".csv")
CYRILLIC = st.text("абвгдежзиклмнопрстуфхцчшщэюя", min_size=2, max_size=9).map(str.capitalize)
NAMES = st.lists(CYRILLIC, min_size=1, max_size=3).map(" ".join)
KINDS = {
    "mails": (MAILS, "{} is not accepted"),
    "dates": (DATES, "hired {} is in the future"),
    "paths": (PATHS, "cannot read {} now"),
    "quoted names": (NAMES, "значение «{}» не подходит"),
    "quoted words": (st.one_of(NAMES, MAILS, NUMBERS), "value '{}' is invalid"),
    "Cyrillic names": (NAMES, "Сотрудник {} не найден"),
    "hexadecimal": (HEXES, "object {} lost"),
}
SETTINGS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SETTINGS
@given(st.sampled_from(TEMPLATES), VALUES, VALUES)
def test_any_id_in_a_template_leaves_its_fingerprint(text: str, one: str, other: str) -> None:
    """Numbers, uuids, hexadecimal ids and times are all variable."""
    count = text.count("{}")
    assert fingerprint(text.format(*[one] * count)) == fingerprint(text.format(*[other] * count))


@pytest.mark.parametrize("kind", KINDS)
@SETTINGS
@given(st.data())
def test_any_value_of_a_kind_is_taken_out(kind: str, data: st.DataObject) -> None:
    """Mails, dates, paths, quoted values, names: whichever it is, the cause is the same."""
    values, text = KINDS[kind]
    one, other = data.draw(values), data.draw(values)
    assert template(text.format(one)) == template(text.format(other))
    assert template(text.format(one)) != template("something else: " + text.format(one))


@SETTINGS
@given(st.lists(st.sampled_from(TEMPLATES), min_size=2, max_size=2, unique=True), VALUES)
def test_different_templates_differ_whatever_their_ids(pair: list[str], value: str) -> None:
    """An id never hides the words."""
    one, other = (text.replace("{}", value) for text in pair)
    assert fingerprint(one) != fingerprint(other)


@SETTINGS
@given(st.one_of(st.text(max_size=300), st.text(string.punctuation + string.digits + "aé «»", max_size=300)))
def test_any_text_has_a_fingerprint(text: str) -> None:
    """Sixteen hex digits of whatever came, the same each time."""
    assert len(fingerprint(text)) == 16
    assert fingerprint(text) == fingerprint(text)
    assert not any("\ue000" <= letter <= "\ue009" for letter in template(text))
