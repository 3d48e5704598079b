"""Masking on arrival: personal values never get past it, what explains an error does."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.masking import MAX_DEPTH, MAX_PAYLOAD_BYTES, MAX_TEXT, Masker
from core.personal import FieldNames
from core.settings import MaskingSettings

MASKER = Masker(b"a key")

DENIED = [
    "first_name",
    "lastName",
    "SURNAME",
    "full-name",
    "email",
    "work_email",
    "workemail",
    "e-mail",
    "userEmail",
    "phone",
    "mobilePhone",
    "phone2",
    "home_phone_number",
    "passport",
    "passport_number",
    "snils",
    "inn",
    "ssn",
    "iban",
    "bank_account",
    "account_number",
    "cardNumber",
    "salary",
    "base_salary",
    "pay",
    "monthlyPay",
    "bonus",
    "birth_date",
    "dateOfBirth",
    "dateofbirth",
    "birthday",
    "dob",
    "age",
    "gender",
    "address",
    "home_address",
    "postal_code",
    "street",
    "photo",
    "password",
    "api_key",
    "apiKey",
    "access_token",
    "Authorization",
    "clientSecret",
    "name",
    "username",
    "login",
    "Имя",
    "Фамилия",
    "отчество",
    "ФИО",
    "почта",
    "Электронная_почта",
    "телефон",
    "мобильный_телефон",
    "паспорт",
    "серия_паспорта",
    "СНИЛС",
    "ИНН",
    "оклад",
    "зарплата",
    "ДатаРождения",
    "дата_рождения",
    "адрес_проживания",
    "номер_счета",
    "банк",
    "email_status",
    "ip_address",
    "emergencyContact",
    "father_name",
]

READABLE = [
    "id",
    "status",
    "code",
    "type",
    "created_at",
    "createdAt",
    "department",
    "department_name",
    "departmentName",
    "action",
    "manager_id",
    "employeeId",
    "file_name",
    "fileName",
    "job_name",
    "host",
    "hostname",
    "position",
    "title",
    "run_id",
    "external_id",
    "count",
    "rate_limit",
    "payload",
    "message",
    "error",
    "error_code",
    "entity",
    "step",
    "operation",
    "attempt",
    "amount",
    "currency",
    "start_date",
    "hire_date",
    "url",
    "method",
    "city",
    "country",
    "template_name",
    "имя_файла",
    "отдел",
    "должность",
    "статус",
    "код",
    "nickel",
    "spacing",
    "passed",
    "compass",
    "lesson",
]


@pytest.mark.parametrize("key", DENIED)
def test_personal_fields_are_masked_by_their_names(key: str) -> None:
    """In English and Russian, in any writing, at any depth, whatever stands there."""
    value = {"rows": [{key: ["Q1", {"x": "Q2"}], "id": 7}]}
    masked = MASKER.payload(value)
    assert "Q1" not in masked
    assert "Q2" not in masked
    assert json.loads(masked)["rows"][0]["id"] == 7


@pytest.mark.parametrize("key", READABLE)
def test_technical_fields_stay(key: str) -> None:
    """What an engineer needs to find the fault is not masked."""
    assert json.loads(MASKER.payload({key: "value-1"})) == {key: "value-1"}


def test_a_payload_keeps_its_shape() -> None:
    """Only the values go; names, order, numbers, nulls and structure stay."""
    payload = {
        "id": 5,
        "name": "Bob",
        "department": {"id": 1, "name": "HR"},
        "manager": "John Smith",
        "manager_id": 12,
        "employee": "E-123",
        "contact": {"tel": [1, None]},
        "phone_confirmed": True,
        "note": "call +7 999 123-45-67",
        "body": '{"email": "a@b.co", "x": 1}',
        "john@x.com": 1,
        "raw": 79991234567,
    }
    assert json.loads(MASKER.payload(payload)) == {
        "id": 5,
        "name": "***",
        "department": {"id": 1, "name": "***"},
        "manager": "***",
        "manager_id": 12,
        "employee": "E-123",
        "contact": {"tel": ["***", None]},
        "phone_confirmed": True,
        "note": "call [phone]",
        "body": '{"email": "***", "x": 1}',
        "[email]": "***",
        "raw": "***",
    }


def test_a_payload_may_be_text() -> None:
    """JSON text is read first; other text is masked as a text."""
    assert MASKER.payload('{"email": "x"}') == '{"email": "***"}'
    assert MASKER.payload(b'{"email": "x"}') == '{"email": "***"}'
    assert MASKER.payload("mail of a@b.co") == '"mail of [email]"'


def test_the_lists_can_be_changed() -> None:
    """`deny` adds, `allow` relaxes; a value that looks like a mail is masked all the same."""
    masker = Masker(b"k", MaskingSettings(deny=("badge",), allow=("name", "work email")))
    payload = {"badge_id": 1, "name": "CRM", "workEmail": "a@b.co", "home_email": "x", "full_name": "A B"}
    assert json.loads(masker.payload(payload)) == {
        "badge_id": "***",
        "name": "CRM",
        "workEmail": "[email]",
        "home_email": "***",
        "full_name": "***",
    }
    assert FieldNames(["id"], []).denied("id")
    assert not FieldNames([], ["pay"]).denied("pay")


@pytest.mark.parametrize(
    ("message", "masked"),
    [
        ("User john.smith@example.com not found", "User [email] not found"),
        ("GET /u?email=john%40x.com&page=2 answered 404", "GET /u?email=[email]&page=2 answered 404"),
        ("o'brien@x.com, 'a@b.co', <c@d.ef>", "[email], '[email]', <[email]>"),
        ("иван@почта.рф отклонён", "[email] отклонён"),
        ("call +7 (999) 123-45-67, 8-999-123-45-67", "call [phone], [phone]"),
        ("89991234567 or (202) 555-0143 or +44 20 7946 0958", "[phone] or [phone] or [phone]"),
        ("Authorization: Bearer abc.def-123", "Authorization: [hidden] [secret]"),
        ("sent Bearer abcdefgh1 and Basic dXNlcjpwYXNz", "sent Bearer [secret] and Basic [secret]"),
        ("https://x/y?api_key=abc&key=a1b2c3d4&page=2", "https://x/y?api_key=[hidden]&key=[hidden]&page=2"),
        ("postgresql://user:pw@host/db", "postgresql://[secret]@host/db"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "jwt [secret]"),
        ('{"email": "x", "salary": 1000, "id": 7}', '{"email": "[hidden]", "salary": [hidden], "id": 7}'),
        ("Key (email)=(a@b.co) already exists.", "Key (email)=([hidden]) already exists."),
        ("Key (last_name, id)=(Иванов, 5) exists", "Key (last_name, id)=([hidden]) exists"),
        ("Employee 'John Smith' not found", "Employee '[name]' not found"),
        ("user John Smith not found", "user [name] not found"),
        ("Manager: Anna Maria O'Neil is missing", "Manager: [name] is missing"),
        ("Employee John Smith Not Found (17)", "Employee [name] Not Found (17)"),
        ("сотрудник Иван Петров не найден", "сотрудник [name] не найден"),
        ("У руководителя Анны Ивановой нет отдела", "У руководителя [name] нет отдела"),
        ("Не найден Петров Иван Сергеевич", "Не найден [name]"),
        ("IBAN DE89370400440532013000", "IBAN [number]"),
        ("card 4111 1111 1111 1111", "card [number]"),
        ("СНИЛС 123-456-789 01, паспорт 4510 123456", "СНИЛС [number], паспорт [number]"),
        ("password=hunter2 rejected", "password=[hidden] rejected"),
        ("name: John Smith is taken", "name: [hidden] is taken"),
    ],
)
def test_messages_lose_what_is_personal(message: str, masked: str) -> None:
    """Mails, phones, documents, secrets and quoted names go; the sentence stays."""
    assert MASKER.text(message) == masked


@pytest.mark.parametrize(
    "message",
    [
        "HTTP 422 for record 1732451450 of run 550e8400-e29b-41d4-a716-446655440000",
        "2026-11-24T13:30:50.123456789+03:00 took 1732451450123456 ns (id 12345678901)",
        "24/Nov/2026:13:30:50 +0000 10.0.0.1:8080 503",
        "manager_id 77 does not exist; 3 of 40 records failed (7.5%)",
        "email: must not be blank; first_name: is required",
        "The token expired; Bearer authentication required",
        "TypeError: foo() takes 1 positional argument but 2 were given (line 12:34)",
        "File staff_2026-11-24.csv, line 17: column 'First Name' is missing",
        "Deadlock found when trying to get lock; try restarting transaction",
        "SQLSTATE[23000]: Duplicate entry '42' for key 'users.PRIMARY'",
        "User Not Found: user Profile Service Error, Employee Central rejects it",
        "Manager ID Missing; the user Smith is a mentor, Employee Self Service",
        "Пользователь Не Найден, сотрудник без отдела",
        "Отдел «Бухгалтерия» не найден (код 12)",
        "retry=3 status=failed ratio=0.5 version=1.2.3",
    ],
)
def test_messages_keep_what_explains_the_error(message: str) -> None:
    """Ordinary numbers, ids, times and words are left alone."""
    assert MASKER.text(message) == message


@pytest.mark.parametrize(
    "key",
    [
        "12345",
        "E-00123",
        "emp_77",
        "a/b/c",
        "550e8400-e29b-41d4-a716-446655440000",
        "hmac:0123456789abcdef x",
        "",
    ],
)
def test_a_plain_key_stays(key: str) -> None:
    """An id names nobody by itself."""
    assert MASKER.record_key(key) == key


@pytest.mark.parametrize(
    ("key", "same", "hint"),
    [
        ("john@bx.com", " John@BX.com ", "j***@b***.com"),
        ("+7 999 123-45-67", "79991234567", "***67"),
        ("Иван Петров", "иван  петров", "И*** П***"),
        ("john.smith", "JOHN.SMITH", "j***"),
    ],
)
def test_a_personal_key_becomes_a_keyed_hash_and_a_hint(key: str, same: str, hint: str) -> None:
    """Equal however it is typed, so search finds it; of no use without the key."""
    stored = MASKER.record_key(key)
    assert stored.startswith("hmac:")
    assert stored.partition(" ")[2].lower() == hint.lower()
    assert MASKER.record_key(same).split()[0] == stored.split()[0]
    assert MASKER.record_key(stored) == stored
    assert Masker(b"another key").record_key(key).split()[0] != stored.split()[0]


def test_large_and_deep_payloads_are_cut_and_say_so() -> None:
    """No payload is stored larger or deeper than the limits."""
    deep: Any = "x"
    for _ in range(5000):
        deep = {"a": [deep]}
    for value in (
        {"rows": ["y" * 100] * 50_000},
        deep,
        {f"k{n}": n for n in range(100_000)},
        "z" * 10_000_000,
        "[" * 100_000,
    ):
        masked = MASKER.payload(value)
        assert "[truncated" in masked
        assert len(masked.encode()) < 2 * MAX_PAYLOAD_BYTES
        assert MASKER.payload(masked) == masked
        json.loads(masked)
    assert MAX_DEPTH == 20


def test_values_json_does_not_know_are_named() -> None:
    """Whatever a parser yields becomes valid JSON."""
    value = {
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "n": float("nan"),
        "d": Decimal("1.5"),
        "u": UUID(int=5),
        "o": object(),
        1: {2},
    }
    masked = json.loads(MASKER.payload(value))
    assert masked["n"] == "nan"
    assert masked["o"] == "[object]"
    assert masked["1"] == [2]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.emails(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["name", "email", "id", "body"]), inner)
    ),
    max_leaves=15,
)


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_masking_a_payload_never_raises_and_is_idempotent(value: object) -> None:
    """Any JSON goes through; masking what is masked changes nothing."""
    masked = MASKER.payload(value)
    assert MASKER.payload(masked) == masked
    masked.encode()


@settings(max_examples=150, deadline=None)
@given(st.emails(), st.text(), st.text())
def test_a_mail_never_survives(mail: str, before: str, after: str) -> None:
    """Wherever a mail stands, in text, payload or key, it does not come out."""
    for spaced in (
        f"{before} {mail} {after}",
        f"<{mail}>",
        f'"{mail}"',
        f"x={mail}",
        f"({mail})",
        f"{before} {mail}, {after}",
    ):
        assert mail not in MASKER.text(spaced)
        assert mail not in MASKER.payload(
            {"note": spaced, "rows": [spaced], spaced: 1, "body": json.dumps({"a": spaced})}
        )
    assert mail not in MASKER.record_key(mail)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet=st.characters()) | st.text(alphabet="aA1.@=:'\"() +-[]7890nameИв\\"))
def test_masking_a_text_never_raises_and_is_idempotent(message: str) -> None:
    """Any text goes through; masking what is masked changes nothing."""
    masked = MASKER.text(message)
    assert MASKER.text(masked) == masked
    assert len(masked) <= max(MAX_TEXT, len(message) * 9)
    assert MASKER.record_key(MASKER.record_key(message)) == MASKER.record_key(message)
