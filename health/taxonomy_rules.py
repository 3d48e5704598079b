"""How errors are told apart: the data that `health.taxonomy` goes by, one line per way to say it.

Patterns are matched without regard to case against "code message", where `_` and camelCase of the code
are also read as separate words, and `_` of codes like ROW_LOCKED in the message. The first that matches decides, so the particular stands before the
general. Texts of Python, Java, Node, Oracle, PostgreSQL, MySQL, SQL Server, HTTP APIs, PeopleSoft, SAP
and 1C, in English and in Russian.
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

TEXTS: tuple[tuple[str, Class], ...] = (
    (
        r"rate[ -]?limit|too many requests|throttl|quota (?:exceeded|exhausted|reached)|exceeded .{0,30}\bquota\b|"
        r"request limit exceeded|request[ -]limit|abuse detection|slow down|лимит\w* (?:запрос|обращен|вызов)|"
        r"превышен\w* (?:лимит|квот|частот|количество запросов)|слишком много запросов",
        Class.RATE_LIMIT,
    ),
    (
        r"max(?:imum)? (?:\w+ )?(?:file|body|request|payload|upload|message) size|(?:payload|entity|body|file|request|message) "
        r"(?:is )?too large|exceeds the (?:maximum|allowed) (?:\w+ )?size|out ?of ?memory|"
        r"(?:файл|запрос|сообщение) слишком (?:больш|велик)|превышен\w* (?:\w+ )?размер",
        Class.TOO_LARGE,
    ),
    (
        r"unauthori[sz]ed|unauthenticated|authenticat\w* (?:failed|failure|error|required|exception)|not authenticated|"
        r"invalid (?:api[ -]?key|token|credentials?|grant|client|session|signature|login|password|username)|"
        r"(?:api[ -]?key|token|credentials?|session|password|refresh token)\b.{0,40}\b(?:expired|revoked|invalid|incorrect|not valid)|"
        r"(?:expired|revoked|wrong|bad|incorrect|missing) (?:api[ -]?key|token|credentials?|session|password|jwt)|"
        r"login (?:failed|denied|incorrect)|logon (?:failed|denied)|invalid username/password|account (?:is )?locked|"
        r"authenticationexception|badcredentials|password authentication failed|user id and password|"
        r"не ?авторизован|ошибка (?:аутентификации|авторизации)|аутентификаци\w+ не|(?:неверн|неправильн)\w+ "
        r"(?:парол|логин|имя пользовател|ключ|токен|учетн|учётн)|(?:токен|ключ|парол\w*|сессия|срок действия "
        r"(?:токена|ключа|пароля|сессии))\b.{0,40}\b(?:ист[её]к|просроч|недействит|отозван|неверн)|не удалось войти|вход не выполнен",
        Class.AUTHENTICATION,
    ),
    (
        r"forbidden|permission|access (?:is )?denied|access to .{0,60} denied|not (?:allowed|permitted|entitled) to|"
        r"insufficient (?:privileges?|rights|scope|access)|not authori[sz]ed|accessdenied|securityexception|eacces|eperm|"
        r"лицензи\w+ не|доступ\w*\b.{0,40}?\b(?:запрещ|закрыт|отказан)|отказано в доступе|(?:недостаточно|нет) прав|"
        r"нет доступа|не хватает прав|прав доступа",
        Class.PERMISSION,
    ),
    (
        r"time[ds]?[ -]?out|timeout\w*|deadline exceeded|took too long|no response (?:from|within|received)|etimedout|esockettimedout|"
        r"lock wait|canceling statement due to|did not respond|time limit (?:was )?exceeded|"
        r"exceeded (?:\w+ ){0,3}time limit|execution time .{0,30}exceeded|due to time limit|"
        r"тайм-?аут|(?:истекло|превышено|вышло) (?:\w+ )?врем|врем\w+ ожидания|не ответил\w* (?:вовремя|за)|нет ответа",
        Class.TIMEOUT,
    ),
    (
        r"connection (?:was |is |has been )?(?:refused|reset|aborted|closed|lost|failed|error|broken|dropped|terminated)|"
        r"connect(?:ion)?error|connect(?:ion)?exception|(?:could not|cannot|can't|can not|unable to|failed to|couldn't) "
        r"(?:establish (?:a )?(?:new )?connect|connect|resolve|reach)|econnrefused|econnreset|enotfound|ehostunreach|enetunreach|epipe|"
        r"eai_again|name or service not known|temporary failure in name resolution|no route to host|getaddrinfo|"
        r"network (?:is )?(?:unreachable|error|down)|host (?:is )?(?:unreachable|down|not found)|nodename nor servname|"
        r"unknownhost|broken pipe|remote end closed|server disconnected|remotedisconnected|remoteprotocolerror|socketexception|socket (?:hang up|closed|error)|"
        r"\bssl\b|\btls\b|certificate|handshake|proxyerror|connection pool|peer closed|no listener|unexpected eof on client|host key|"
        r"(?:соединени|подключени|связ)\w* .{0,30}(?:разорван|сброшен|отклонен|отклонён|отвергнут|потерян|прерван|закрыт|не установлен)|"
        r"(?:не удалось|невозможно|ошибка|отказ\w*|нет|обрыв|разрыв) (?:\w+ )?(?:подключ|соедин|связ)|"
        r"(?:сервер|узел|хост|сеть|адрес)\w* (?:\w+ )?недоступ|сертификат|сетев\w+ ошибк|ошибка сети",
        Class.CONNECTION,
    ),
    (
        r"duplicat|already (?:exists?|in use|taken|been taken|registered|used|present)|must be unique|not unique|"
        r"unique (?:constraint|violation|key|index)|uniqueviolation|is taken|conflicts? with existing|"
        r"дубл[иь]|дубликат|уже (?:существу|есть|занят|используется|зарегистрирован|заведен|заведён|создан|добавлен)|повторяющ|"
        r"не ?уникальн|нарушен\w* (?:\w+ )?уникальност",
        Class.DUPLICATE,
    ),
    (
        r"\b(?:column|relation|table|view|столб\w+|колонк\w+|таблиц\w+)\W{1,3}[\w.\"«»]{1,60}\W{1,3}"
        r"(?:does not exist|doesn't exist|not found|не существует|не найден)|"
        r"(?:поле|метод) объекта не обнаружен",
        Class.MAPPING,
    ),
    (
        r"foreign key|foreignkeyviolation|referential|missing reference|invalid (?:cross )?reference|conflicted with the reference|dangling|"
        r"(?:manager|supervisor|parent|department|position|employee|user|user ?id|record|entity|reference|customer|account|object|"
        r"location|company|role|team|template|manager_?id|id|row|resource)\b.{0,60}?\b(?:not found|(?:does|do|did) not exist|"
        r"doesn't exist|is missing|not exist|is unknown|unknown|could not be found|was not found|no longer exists|is deleted|(?:has|have) been deleted|was deleted)|"
        r"(?:unknown|no such|missing|non-?existent|cannot find|could not find|can't find|couldn't find) "
        r"(?:the |a |any )?(?:\w+ )?(?:manager|supervisor|parent|department|position|employee|user|record|entity|reference|customer|account|"
        r"location|company|role|team)|no matching (?:record|row|employee|user|manager)|objectnotfound|doesnotexist|entitynotfound|"
        r"нет (?:такого|такой|записи|сотрудника|пользовател|руководител|подразделен)|"
        r"(?:сотрудник|пользовател|руководител|менеджер|начальник|подразделени|отдел|должност|запис|объект|ссылк|родител|организаци|контрагент|элемент)\w*"
        r".{0,60}(?:не ?найд|не существует|отсутствует|не обнаруж|неизвест)|не ?найден\w* .{0,30}(?:сотрудник|пользовател|"
        r"руководител|менеджер|подразделени|должност|запис|объект|ссылк)|битая ссылка|объект не найден|внешн\w+ ключ",
        Class.MISSING_REFERENCE,
    ),
    (
        r"(?:json|xml|csv|yaml|soap|saxparse)\w*(?:decode|parse|pars|syntax)?\w*(?:error|exception)|(?:parse|parsing|syntax|decode|decoding) ?(?:error|failure|exception)|"
        r"(?:could not|cannot|unable to|failed to|can't) (?:parse|decode|deserialize|read json)|expecting value|unexpected (?:token|character|end of|eof)|"
        r"malformed|not well[- ]formed|invalid (?:json|xml|csv|yaml|utf-?8|encoding|byte|syntax)|unicode(?:decode|encode)?error|codec can't|"
        r"charmap|unterminated|truncated|premature end|(?:wrong|expected|unexpected) (?:number of )?(?:columns|fields)|delimiter|"
        r"ошибк\w* (?:разбора|парсинга|чтения (?:файла|xml|json)|формата файла|кодировки)|не удалось (?:разобрать|прочитать|распознать|декодировать)|"
        r"некорректн\w+ (?:json|xml|csv|файл|кодировк)|неверн\w+ (?:кодировк|разделител|формат файла|синтаксис)|синтаксическ\w+ ошибк",
        Class.PARSE,
    ),
    (
        r"(?:table|view|relation|column|field|attribute|property|identifier|parameter|element|procedure|function)\b.{0,60}"
        r"(?:does not exist|doesn't exist|not found|unknown|not mapped|is not recognized|cannot be resolved)|invalid (?:column|identifier|object) name|"
        r"unknown (?:column|field|attribute|property|table|parameter)|unrecogni[sz]ed field|no such (?:column|table|field|property)|"
        r"\bmapp(?:ing|ed)\b|schema (?:mismatch|changed|error|drift)|keyerror|attributeerror|nosuchfield|nosuchmethod|"
        r"typeerror|classcast|nullpointer|nonetype|object reference not set|undefined method|nil pointer|undefined (?:column|table|field)|indexerror|unmapped|no mapping|"
        r"(?:поле|колонк|столбец|столбц|таблиц|реквизит|атрибут|свойств)\w*.{0,60}(?:не ?найд|не существует|отсутствует|неизвест)|"
        r"сопоставлен|маппинг|не ?сопоставлен|изменил\w* (?:схем|структур)",
        Class.MAPPING,
    ),
    (
        r"validat|invalid|not valid|is required|required (?:field|parameter|value|property)|must (?:be|not|have|contain|match)|"
        r"cannot be (?:null|blank|empty)|can't be blank|may not be (?:null|blank|empty)|should (?:be|not)|"
        r"too (?:long|short|large)|out of range|(?:is |are )(?:inactive|not active|deactivated)|not in the list|not a valid|illegal (?:argument|value)|bad (?:request|value|format)|wrong (?:type|format)|"
        r"unprocessable|constraint|not[- ]null|null value|valueerror|illegalargument|numberformat|dateformat|datetimeparse|"
        r"unsupported (?:value|type|format)|missing (?:required|mandatory)|mandatory|inconsistent|does not match|"
        r"обязательн|некорректн|неверн|неправильн|недопустим|не ?заполнен|должн[оаы]? (?:быть|содержать|соответствовать)|пуст\w+ (?:знач|поле)|"
        r"не соответствует|не может быть (?:пуст|больше|меньше)|ошибк\w* (?:валидации|проверки|заполнения)|слишком (?:длин|корот)|"
        r"не указан|превышает (?:допустим|максимальн)|значение вне",
        Class.VALIDATION,
    ),
    (
        r"\bmisfire|missed (?:run|schedule|execution)|not scheduled|schedule[rd]? (?:error|failed|is (?:down|disabled|paused))|"
        r"(?:already|still) running|overlap|previous run|no heartbeat|zombie|"
        r"по расписанию не|регламентн\w+ задани|уже выполняется|предыдущ\w+ (?:запуск|выполнени)",
        Class.SCHEDULE,
    ),
    (
        r"internal (?:server )?error|server error|service (?:is )?(?:temporarily )?unavailable|bad gateway|unavailable|maintenance|overloaded|"
        r"unexpected (?:error|exception)|unhandled|fatal|panic|segfault|segmentation fault|core dumped|disk full|no space left|insufficient (?:system )?storage|too many (?:connections|clients)|database is locked|"
        r"resource (?:busy|temporarily)|unable to lock|could not serialize|system error|exit(?:ed)? (?:with )?(?:exit )?(?:code|status) [1-9]|killed|sigkill|"
        r"внутренн\w+ ошибк|ошибка сервера|(?:сервис|сервер|служба|система)\w* (?:\w+ )?недоступ|технически\w+ работ|непредвиденн|"
        r"нет места|переполнен|сбой",
        Class.SERVER_ERROR,
    ),
    (
        r"not found|no such file|cannot find the (?:file|path)|does not exist|filenotfound|не ?найден|не существует|отсутствует",
        Class.MISSING_REFERENCE,
    ),
)
"""Ways of saying it, the particular first."""

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
