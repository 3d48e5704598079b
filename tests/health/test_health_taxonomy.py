"""Classes and origins of errors as real systems word them, in English and Russian."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.i18n import translator
from core.records import ErrorClass, ErrorOrigin, Side
from health.taxonomy import classify
from health.taxonomy_rules import MESSAGES

CASES: list[tuple[str, str | None, str | None, int | None]] = [
    ("authentication", None, "requests.HTTPError: 401 Client Error: Unauthorized for url: https://x", None),
    ("authentication", None, "ORA-01017: invalid username/password; logon denied", None),
    ("authentication", None, 'FATAL: password authentication failed for user "sync"', None),
    ("authentication", "INVALID_SESSION_ID", "Session expired or invalid", None),
    ("authentication", None, "Токен просрочен", None),
    ("authentication", None, "Неверный логин или пароль", None),
    ("permission", None, "", 403),
    ("permission", None, "ORA-01031: insufficient privileges", None),
    ("permission", None, "You are not authorized for this component. (40,20)", None),
    ("permission", None, "Недостаточно прав для записи", None),
    ("rate_limit", None, "API rate limit exceeded for user ID 1", 403),
    ("rate_limit", "429", "", None),
    ("rate_limit", "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", None),
    ("rate_limit", None, "Превышен лимит запросов", None),
    ("rate_limit", None, "REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded.", None),
    ("server_error", None, "UNABLE_TO_LOCK_ROW: unable to obtain exclusive access to this record", None),
    ("server_error", None, 'FATAL: too many connections for role "etl"', None),
    ("server_error", None, "452 4.3.1 Insufficient system storage", None),
    ("validation", None, "STRING_TOO_LONG: First Name: data value too large", None),
    ("validation", None, "STORAGE_LIMIT_EXCEEDED: a value must be shorter", None),
    ("validation", None, "Cannot assign role: role 'Admin' is not active", None),
    ("missing_reference", None, "ENTITY_IS_DELETED: entity is deleted", None),
    ("missing_reference", None, "550 /in/users.csv: The system cannot find the file specified.", None),
    ("mapping", None, "Object reference not set to an instance of an object.", None),
    ("mapping", None, "undefined method `email' for nil:NilClass", None),
    ("connection", None, "Host key verification failed.", None),
    ("timeout", None, "java.net.SocketTimeoutException: Read timed out", None),
    ("timeout", None, "httpx.ReadTimeout", None),
    ("timeout", None, "", 504),
    ("timeout", None, "http://hr.test/log sent nothing for 30 s", None),
    ("timeout", None, "http://hr.test/log could not be connected to within 10 s", None),
    ("connection", None, "http://hr.test/log broke off the answer: Received a half", None),
    ("connection", None, "http://hr.test/log refused the connection", None),
    ("connection", None, "http://hr.test/log has a host name that is not known (-2)", None),
    ("timeout", None, "Превышено время ожидания ответа сервера", None),
    ("connection", None, "[Errno 111] Connection refused", None),
    ("connection", None, "ORA-12541: TNS:no listener", None),
    ("connection", "ECONNRESET", "", None),
    ("connection", None, "Нет подключения к серверу", None),
    ("connection", None, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired", None),
    ("duplicate", None, "ORA-00001: unique constraint (HR.PK_EMP) violated", None),
    ("duplicate", None, 'psycopg.errors.UniqueViolation: duplicate key value violates "users_email"', None),
    ("duplicate", None, "(1062, \"Duplicate entry 'x' for key 'users.email'\")", None),
    ("duplicate", None, "Email уже занят", 400),
    ("duplicate", None, "", 409),
    ("missing_reference", None, "manager_id 17 does not exist", 422),
    ("missing_reference", None, "Manager E-100017 not found in Butterboard", None),
    (
        "missing_reference",
        None,
        "ORA-02291: integrity constraint (HR.FK) violated - parent key not found",
        None,
    ),
    ("missing_reference", None, "Сотрудник с табельным номером 12 не найден", None),
    ("missing_reference", None, "insert violates foreign key constraint", None),
    ("mapping", None, "ORA-00942: table or view does not exist", None),
    ("mapping", None, 'relation "users" does not exist', None),
    ("mapping", None, "KeyError: 'manager_id'", None),
    ("mapping", None, "java.lang.NullPointerException", None),
    ("mapping", None, "Поле объекта не обнаружено (Табельный)", None),
    ("missing_reference", "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", None),
    (
        "missing_reference",
        None,
        'The DELETE statement conflicted with the REFERENCE constraint "FK_1".',
        None,
    ),
    ("timeout", None, "Apex CPU time limit exceeded", None),
    ("timeout", None, "Maximum execution time of 30 seconds exceeded", None),
    ("timeout", None, "the job exceeded its time limit", None),
    ("timeout", None, "CANCELLED AT 2026-11-24T13:30:50 DUE TO TIME LIMIT", None),
    (
        "validation",
        None,
        "String or binary data would be truncated in table 'hr.dbo.staff', column 'name'.",
        None,
    ),
    ("validation", None, "Data truncated for column 'status' at row 1", None),
    ("validation", None, "Cannot insert the value NULL into column 'email', table 'hr.dbo.staff'", None),
    ("validation", None, "Conversion failed when converting date and/or time from character string.", None),
    ("validation", None, "Error converting data type nvarchar to int.", None),
    ("validation", None, "Incorrect integer value: 'x' for column 'age' at row 1", None),
    ("parse", None, "the file was truncated", None),
    ("validation", None, "email: value is not a valid email address", 422),
    ("validation", None, "ORA-01400: cannot insert NULL into (HR.EMP.EMAIL)", None),
    ("validation", None, "Invalid value -- press the prompt button for a list of valid values (15,11)", None),
    ("validation", None, "Поле «Email» обязательно для заполнения", None),
    ("validation", None, "Bad Request", 400),
    ("parse", None, "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)", None),
    ("parse", None, "org.xml.sax.SAXParseException: Content is not allowed in prolog", None),
    ("parse", None, "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xef", None),
    ("parse", None, "Не удалось прочитать файл: неверная кодировка", None),
    ("too_large", None, "", 413),
    ("too_large", None, "Файл слишком большой", None),
    ("server_error", None, "RuntimeError: HTTP 503 from billing gateway", None),
    ("server_error", None, "Internal Server Error", 500),
    ("server_error", "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", None),
    ("server_error", None, "Внутренняя ошибка сервера", None),
    ("missing_reference", None, "user 23505 not found", None),
    ("duplicate", "23505", "insert failed", None),
    ("unknown", None, "500 records were left over", None),
    ("server_error", None, "500: try later", None),
    ("schedule", None, "Previous run is still running, skipped", None),
    ("unknown", None, "something odd", None),
    ("unknown", None, None, None),
]


RUSSIAN = {
    ErrorClass.AUTHENTICATION: "Ошибка авторизации: неверный токен",
    ErrorClass.PERMISSION: "Доступ к разделу запрещён",
    ErrorClass.VALIDATION: "Некорректное значение поля «Дата приёма»",
    ErrorClass.MISSING_REFERENCE: "Руководитель с кодом 17 не найден",
    ErrorClass.DUPLICATE: "Пользователь с такой почтой уже существует",
    ErrorClass.MAPPING: "Колонка «Отдел» не сопоставлена",
    ErrorClass.RATE_LIMIT: "Слишком много запросов, повторите позже",
    ErrorClass.TIMEOUT: "Сервер не ответил за 30 секунд",
    ErrorClass.CONNECTION: "Не удалось подключиться к серверу",
    ErrorClass.SERVER_ERROR: "Сервис временно недоступен, идут технические работы",
    ErrorClass.TOO_LARGE: "Превышен размер файла",
    ErrorClass.PARSE: "Ошибка разбора XML в строке 4",
    ErrorClass.SCHEDULE: "Предыдущий запуск ещё выполняется",
}


@pytest.mark.parametrize(
    ("expected", "code", "message", "status"), CASES, ids=[f"{c[0]}: {c[1] or c[2] or c[3]}" for c in CASES]
)
def test_errors_are_classed_as_a_person_would(
    expected: str, code: str | None, message: str | None, status: int | None
) -> None:
    """By code, status, name of the exception or wording."""
    assert classify(code, message, None, status).error_class == expected


@pytest.mark.parametrize(
    ("message", "side", "origin"),
    [
        ("Connection refused", Side.TARGET, ErrorOrigin.NETWORK),
        ("Read timed out", Side.SOURCE, ErrorOrigin.NETWORK),
        ("manager_id 17 does not exist", Side.TARGET, ErrorOrigin.SOURCE),
        ("Internal Server Error", Side.TARGET, ErrorOrigin.BUTTERBOARD),
        ("Internal Server Error", Side.SOURCE, ErrorOrigin.SOURCE),
        ("PeopleSoft: internal error", Side.TARGET, ErrorOrigin.SOURCE),
        ("Butterboard: internal error", Side.SOURCE, ErrorOrigin.BUTTERBOARD),
        ("something odd", Side.TARGET, ErrorOrigin.UNKNOWN),
    ],
)
def test_the_origin_follows_from_class_wording_and_side(
    message: str, side: Side, origin: ErrorOrigin
) -> None:
    """The network's faults are the network's, wrong data is the source's, else who told of it."""
    assert classify(None, message, side).origin is origin


@pytest.mark.parametrize(
    ("message", "status", "retryable"),
    [
        ("Connection reset by peer", None, True),
        ("certificate has expired", None, False),
        ("", 503, True),
        ("", 501, False),
        ("", 429, True),
        ("manager not found", None, False),
        ("", 401, False),
    ],
)
def test_only_what_may_pass_by_itself_is_retryable(message: str, status: int | None, retryable: bool) -> None:
    """Trying again helps against the passing, not against a wrong key or wrong data."""
    assert classify(None, message, None, status).retryable is retryable


def test_every_class_has_a_message_for_people() -> None:
    """No class is shown as a bare word."""
    assert set(MESSAGES) == set(ErrorClass)


@pytest.mark.parametrize("kind", ErrorClass)
def test_every_class_is_told_in_both_languages_and_is_met_by_an_example(kind: ErrorClass) -> None:
    """The meaning in English and in Russian, and at least one error of real systems that is of it."""
    english, russian = (translator(language).text(MESSAGES[kind]) for language in ("en", "ru"))
    assert english.isascii()
    assert not russian.isascii()
    assert kind.value in {case[0] for case in CASES}


@pytest.mark.parametrize("kind", sorted(set(ErrorClass) - {ErrorClass.UNKNOWN}))
def test_russian_wordings_are_classed_too(kind: ErrorClass) -> None:
    """Each class by what a Russian system says of it."""
    assert classify(None, RUSSIAN[kind]).error_class is kind


@settings(deadline=None)
@given(
    st.text(max_size=200),
    st.one_of(st.none(), st.text(max_size=20)),
    st.one_of(st.none(), st.integers(100, 599)),
)
def test_any_error_is_classed_the_same_each_time(message: str, code: str | None, status: int | None) -> None:
    """Whatever came: a class, an origin, and an error of the limit is always worth another try."""
    found = classify(code, message, Side.TARGET, status)
    assert found == classify(code, message, Side.TARGET, status)
    if status == 429:
        assert found.error_class is ErrorClass.RATE_LIMIT
        assert found.retryable or "certificate" in message.lower() or "сертификат" in message.lower()
