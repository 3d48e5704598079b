"""How errors are told apart by what machines say of them: statuses and codes; and what each class means.

Patterns here and in `health.taxonomy_texts` are matched without regard to case against "code message", where
`_` and camelCase of the code are also read as separate words, and `_` of codes like ROW_LOCKED in the message.
The first that matches decides, so the particular stands before the general.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.i18n import N_
from core.records import ErrorClass as Class

HTTP_DECIDES: Mapping[int, Class] = {
    401: Class.AUTHENTICATION,
    407: Class.AUTHENTICATION,
    408: Class.TIMEOUT,
    413: Class.TOO_LARGE,
    414: Class.TOO_LARGE,
    429: Class.RATE_LIMIT,
    431: Class.TOO_LARGE,
    502: Class.SERVER_ERROR,
    503: Class.SERVER_ERROR,
    504: Class.TIMEOUT,
    522: Class.TIMEOUT,
    524: Class.TIMEOUT,
}
"""Statuses that say it all, whatever the text."""

HTTP_OTHERWISE: Mapping[int, Class] = {
    400: Class.VALIDATION,
    402: Class.PERMISSION,
    403: Class.PERMISSION,
    404: Class.MISSING_REFERENCE,
    405: Class.MAPPING,
    406: Class.MAPPING,
    409: Class.DUPLICATE,
    410: Class.MISSING_REFERENCE,
    412: Class.VALIDATION,
    415: Class.PARSE,
    422: Class.VALIDATION,
    424: Class.MISSING_REFERENCE,
    451: Class.PERMISSION,
}
"""Statuses that decide only where the text says nothing; other 5xx are server errors, other 4xx validation."""

CODES: tuple[tuple[str, Class], ...] = (
    # Oracle
    (r"\bORA-0*1\b", Class.DUPLICATE),
    (r"\bORA-0*(?:2291|2292)\b", Class.MISSING_REFERENCE),
    (r"\bORA-0*(?:1017|28000|28001|1005|28002)\b", Class.AUTHENTICATION),
    (r"\bORA-0*(?:1031|1045|990)\b", Class.PERMISSION),
    (r"\bORA-0*(?:942|904|918|6550|4043|932)\b", Class.MAPPING),
    (
        r"\bORA-0*(?:1400|1407|12899|1722|1438|2290|1401|1840|1841|1843|1847|1858|1861|6502)\b",
        Class.VALIDATION,
    ),
    (r"\bORA-0*(?:1013|12170|30006|51)\b", Class.TIMEOUT),
    (r"\bORA-0*(?:3113|3114|3135|1033|1034|1089|1090|125\d\d|12150|12151)\b|\bTNS-\d+", Class.CONNECTION),
    (r"\bORA-\d+", Class.SERVER_ERROR),
    # SQLSTATE (PostgreSQL, DB2, JDBC)
    (r"(?:\bSQLSTATE\W{0,3}|\(|^)23505\b", Class.DUPLICATE),
    (r"(?:\bSQLSTATE\W{0,3}|\(|^)23503\b", Class.MISSING_REFERENCE),
    (r"(?:\bSQLSTATE\W{0,3}|^)(?:28\w{3})\b|\b28P01\b", Class.AUTHENTICATION),
    (r"(?:\bSQLSTATE\W{0,3}|^)42501\b", Class.PERMISSION),
    (r"(?:\bSQLSTATE\W{0,3}|^)(?:22\w{3}|2350[24]|23514)\b|\b22P02\b", Class.VALIDATION),
    (r"(?:\bSQLSTATE\W{0,3}|^)42\w{3}\b|\b42P01\b", Class.MAPPING),
    (r"(?:\bSQLSTATE\W{0,3}|^)(?:08\w{3}|57P0\d)\b", Class.CONNECTION),
    (r"(?:\bSQLSTATE\W{0,3}|^)57014\b", Class.TIMEOUT),
    (r"(?:\bSQLSTATE\W{0,3}|^)(?:40\w{3}|53\w{3}|55P03|58\w{3}|XX\w{3})\b", Class.SERVER_ERROR),
    # MySQL, SQL Server, Microsoft Entra
    (r"\((?:1062),|\berror 1062\b|\b(?:2601|2627)\b.*duplicate", Class.DUPLICATE),
    (r"\((?:1216|1452),|\berror 1452\b", Class.MISSING_REFERENCE),
    (r"\((?:1045),|\berror 1045\b|\bAADSTS\d+|\berror:? 18456\b", Class.AUTHENTICATION),
    (r"\((?:1044|1142|1143),|\berror 1142\b", Class.PERMISSION),
    (r"\((?:2002|2003|2006|2013|1040),", Class.CONNECTION),
    (r"\((?:1205|3024),", Class.TIMEOUT),
    (r"\((?:1146|1054),", Class.MAPPING),
    (r"\((?:1048|1264|1265|1292|1366|1406),", Class.VALIDATION),
    (
        r"string or binary data would be truncated|data truncat(?:ed for|ion)|(?:conversion failed|\berror) (?:when )?converting|"
        r"insert the value null into|incorrect \w+ value: ",
        Class.VALIDATION,
    ),
    (r"\((?:1213),|\bdeadlock|взаимн\w+ блокировк", Class.SERVER_ERROR),
)
"""Codes that name their class."""

STATUS_IN_TEXT = (
    r"\bHTTP(?:/\d(?:\.\d)?)?\W{0,3}(?:(?:error|status|code|response|ошибка|статус|код)\W{1,3}){0,2}([1-5]\d\d)\b",
    r"\b(?:status|response)(?:[ _-]?code)?[\"']?\W{0,3}([1-5]\d\d)\b",
    r"(?:статус|код)(?:\s+(?:ответа|состояния))?\W{0,3}([45]\d\d)\b",
    r"\b([45]\d\d)\W{1,3}(?:client error|server error|bad request|unauthori[sz]ed|forbidden|not found|conflict|"
    r"payload too large|unprocessable|too many requests|internal server|bad gateway|service unavailable|gateway time)",
    r"^\W*([45]\d\d)(?=\s*(?:$|[:;,–-]))",
)
"""Where an HTTP status stands in a text; its group is the number."""

SOURCE_SYSTEMS = (
    r"peoplesoft|psappsrv|pstools|component interface|\bORA-\d|\bTNS-\d|workday|successfactors|\bsap\b|\b1[cс]\b|"
    r"1С:|bamboohr|\badp\b|integration broker"
)
BUTTERBOARD = r"butterboard"

MESSAGES: Mapping[Class, str] = {
    Class.AUTHENTICATION: N_("The key or password was not accepted"),
    Class.PERMISSION: N_("The key is valid, but lacks the right to do this"),
    Class.VALIDATION: N_("A value does not meet the rules of the receiving system"),
    Class.MISSING_REFERENCE: N_("The record points to another one that is not there"),
    Class.DUPLICATE: N_("The record is there already"),
    Class.MAPPING: N_("A field or table is not where the integration expects it"),
    Class.RATE_LIMIT: N_("More calls were made than the limit allows"),
    Class.TIMEOUT: N_("The other system did not answer in time"),
    Class.CONNECTION: N_("The other system could not be reached"),
    Class.SERVER_ERROR: N_("The other system had a fault of its own"),
    Class.TOO_LARGE: N_("The request or file is larger than allowed"),
    Class.PARSE: N_("The data could not be read: its format is not as agreed"),
    Class.SCHEDULE: N_("The run did not come as scheduled"),
    Class.UNKNOWN: N_("The cause is not recognised; read the original message"),
}
"""What each class means, for a person."""
