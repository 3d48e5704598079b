"""How errors are told apart by their words: of Python, Java, Node, databases, HTTP APIs, PeopleSoft, SAP and 1C.

In each class the English ways to say it come first, then the Russian ones. `health.taxonomy_rules` says what they
are matched against.
"""

from __future__ import annotations

from core.records import ErrorClass as Class

TEXTS: tuple[tuple[str, Class], ...] = (
    (
        r"rate[ -]?limit|too many requests|throttl|quota (?:exceeded|exhausted|reached)|"
        r"exceeded .{0,30}\bquota\b|request limit exceeded|request[ -]limit|abuse detection|slow down|"
        r"лимит\w* (?:запрос|обращен|вызов)|превышен\w* (?:лимит|квот|частот|количество запросов)|"
        r"слишком много запросов",
        Class.RATE_LIMIT,
    ),
    (
        r"max(?:imum)? (?:\w+ )?(?:file|body|request|payload|upload|message) size|"
        r"(?:payload|entity|body|file|request|message) (?:is )?too large|"
        r"exceeds the (?:maximum|allowed) (?:\w+ )?size|out ?of ?memory|"
        r"(?:файл|запрос|сообщение) слишком (?:больш|велик)|превышен\w* (?:\w+ )?размер",
        Class.TOO_LARGE,
    ),
    (
        r"unauthori[sz]ed|unauthenticated|authenticat\w* (?:failed|failure|error|required|exception)|"
        r"not authenticated|"
        r"invalid (?:api[ -]?key|token|credentials?|grant|client|session|signature|login|password|"
        r"username)|"
        r"(?:api[ -]?key|token|credentials?|session|password|refresh token)\b.{0,40}\b(?:expired|revoked|"
        r"invalid|incorrect|not valid)|"
        r"(?:expired|revoked|wrong|bad|incorrect|missing) (?:api[ -]?key|token|credentials?|session|"
        r"password|jwt)|"
        r"login (?:failed|denied|incorrect)|logon (?:failed|denied)|invalid username/password|"
        r"account (?:is )?locked|authenticationexception|badcredentials|password authentication failed|"
        r"user id and password|"
        r"не ?авторизован|ошибка (?:аутентификации|авторизации)|аутентификаци\w+ не|"
        r"(?:неверн|неправильн)\w+ (?:парол|логин|имя пользовател|ключ|токен|учетн|учётн)|"
        r"(?:токен|ключ|парол\w*|сессия|срок действия (?:токена|ключа|пароля|сессии))"
        r"\b.{0,40}\b(?:ист[её]к|просроч|недействит|отозван|неверн)|"
        r"не удалось войти|вход не выполнен",
        Class.AUTHENTICATION,
    ),
    (
        r"forbidden|permission|access (?:is )?denied|access to .{0,60} denied|"
        r"not (?:allowed|permitted|entitled) to|insufficient (?:privileges?|rights|scope|access)|"
        r"not authori[sz]ed|accessdenied|securityexception|eacces|eperm|"
        r"лицензи\w+ не|доступ\w*\b.{0,40}?\b(?:запрещ|закрыт|отказан)|отказано в доступе|"
        r"(?:недостаточно|нет) прав|нет доступа|не хватает прав|прав доступа",
        Class.PERMISSION,
    ),
    (
        r"time[ds]?[ -]?out|timeout\w*|deadline exceeded|took too long|"
        r"no response (?:from|within|received)|etimedout|esockettimedout|lock wait|"
        r"canceling statement due to|did not respond|"
        r"sent nothing for|(?:be connected to|take the request) within|time limit (?:was )?exceeded|"
        r"exceeded (?:\w+ ){0,3}time limit|execution time .{0,30}exceeded|due to time limit|"
        r"тайм-?аут|(?:истекло|превышено|вышло) (?:\w+ )?врем|врем\w+ ожидания|"
        r"не ответил\w* (?:вовремя|за)|нет ответа",
        Class.TIMEOUT,
    ),
    (
        r"connection (?:was |is |has been )?(?:refused|reset|aborted|closed|lost|failed|error|broken|"
        r"dropped|terminated)|"
        r"connect(?:ion)?error|connect(?:ion)?exception|"
        r"(?:could not|cannot|can't|can not|unable to|failed to|couldn't)"
        r" (?:establish (?:a )?(?:new )?connect|connect|resolve|reach)|"
        r"econnrefused|econnreset|enotfound|ehostunreach|enetunreach|epipe|eai_again|"
        r"name or service not known|temporary failure in name resolution|no route to host|getaddrinfo|"
        r"network (?:is )?(?:unreachable|error|down)|host (?:is )?(?:unreachable|down|not found)|"
        r"nodename nor servname|unknownhost|broken pipe|broke off the answer|refused the connection|"
        r"host name that is not known|could not be connected to:|remote end closed|server disconnected|"
        r"remotedisconnected|remoteprotocolerror|socketexception|socket (?:hang up|closed|error)|\bssl\b|"
        r"\btls\b|certificate|handshake|proxyerror|connection pool|peer closed|no listener|"
        r"unexpected eof on client|host key|"
        r"(?:соединени|подключени|связ)\w* .{0,30}(?:разорван|сброшен|отклонен|отклонён|отвергнут|потерян|"
        r"прерван|закрыт|не установлен)|"
        r"(?:не удалось|невозможно|ошибка|отказ\w*|нет|обрыв|разрыв) (?:\w+ )?(?:подключ|соедин|связ)|"
        r"(?:сервер|узел|хост|сеть|адрес)\w* (?:\w+ )?недоступ|сертификат|сетев\w+ ошибк|ошибка сети",
        Class.CONNECTION,
    ),
    (
        r"duplicat|already (?:exists?|in use|taken|been taken|registered|used|present)|must be unique|"
        r"not unique|unique (?:constraint|violation|key|index)|uniqueviolation|is taken|"
        r"conflicts? with existing|"
        r"дубл[иь]|дубликат|"
        r"уже (?:существу|есть|занят|используется|зарегистрирован|заведен|заведён|создан|добавлен)|"
        r"повторяющ|не ?уникальн|нарушен\w* (?:\w+ )?уникальност",
        Class.DUPLICATE,
    ),
    (
        r"\b(?:column|relation|table|view|столб\w+|колонк\w+|таблиц\w+)"
        r"\W{1,3}[\w.\"«»]{1,60}\W{1,3}(?:does not exist|doesn't exist|not found|не существует|не найден)|"
        r"(?:поле|метод) объекта не обнаружен",
        Class.MAPPING,
    ),
    (
        r"foreign key|foreignkeyviolation|referential|missing reference|invalid (?:cross )?reference|"
        r"conflicted with the reference|dangling|"
        r"(?:manager|supervisor|parent|department|position|employee|user|user ?id|record|entity|reference|"
        r"customer|account|object|location|company|role|team|template|manager_?id|id|row|resource)"
        r"\b.{0,60}?\b(?:not found|(?:does|do|did) not exist|doesn't exist|is missing|not exist|"
        r"is unknown|unknown|could not be found|was not found|no longer exists|is deleted|(?:has|have)"
        r" been deleted|was deleted)|"
        r"(?:unknown|no such|missing|non-?existent|cannot find|could not find|can't find|couldn't find)"
        r" (?:the |a |any )?(?:\w+ )?(?:manager|supervisor|parent|department|position|employee|user|"
        r"record|entity|reference|customer|account|location|company|role|team)|"
        r"no matching (?:record|row|employee|user|manager)|objectnotfound|doesnotexist|entitynotfound|"
        r"нет (?:такого|такой|записи|сотрудника|пользовател|руководител|подразделен)|"
        r"(?:сотрудник|пользовател|руководител|менеджер|начальник|подразделени|отдел|должност|запис|"
        r"объект|ссылк|родител|организаци|контрагент|элемент)\w*.{0,60}(?:не ?найд|не существует|"
        r"отсутствует|не обнаруж|неизвест)|"
        r"не ?найден\w* .{0,30}(?:сотрудник|пользовател|руководител|менеджер|подразделени|должност|запис|"
        r"объект|ссылк)|"
        r"битая ссылка|объект не найден|внешн\w+ ключ",
        Class.MISSING_REFERENCE,
    ),
    (
        r"(?:json|xml|csv|yaml|soap|saxparse)\w*(?:decode|parse|pars|syntax)?\w*(?:error|exception)|"
        r"(?:parse|parsing|syntax|decode|decoding) ?(?:error|failure|exception)|"
        r"(?:could not|cannot|unable to|failed to|can't) (?:parse|decode|deserialize|read json)|"
        r"expecting value|unexpected (?:token|character|end of|eof)|malformed|not well[- ]formed|"
        r"invalid (?:json|xml|csv|yaml|utf-?8|encoding|byte|syntax)|unicode(?:decode|encode)?error|"
        r"codec can't|charmap|unterminated|truncated|premature end|"
        r"(?:wrong|expected|unexpected) (?:number of )?(?:columns|fields)|delimiter|"
        r"ошибк\w* (?:разбора|парсинга|чтения (?:файла|xml|json)|формата файла|кодировки)|"
        r"не удалось (?:разобрать|прочитать|распознать|декодировать)|"
        r"некорректн\w+ (?:json|xml|csv|файл|кодировк)|"
        r"неверн\w+ (?:кодировк|разделител|формат файла|синтаксис)|синтаксическ\w+ ошибк",
        Class.PARSE,
    ),
    (
        r"(?:table|view|relation|column|field|attribute|property|identifier|parameter|element|procedure|"
        r"function)\b.{0,60}(?:does not exist|doesn't exist|not found|unknown|not mapped|"
        r"is not recognized|cannot be resolved)|"
        r"invalid (?:column|identifier|object) name|"
        r"unknown (?:column|field|attribute|property|table|parameter)|unrecogni[sz]ed field|"
        r"no such (?:column|table|field|property)|\bmapp(?:ing|ed)\b|"
        r"schema (?:mismatch|changed|error|drift)|keyerror|attributeerror|nosuchfield|nosuchmethod|"
        r"typeerror|classcast|nullpointer|nonetype|object reference not set|undefined method|nil pointer|"
        r"undefined (?:column|table|field)|indexerror|unmapped|no mapping|"
        r"(?:поле|колонк|столбец|столбц|таблиц|реквизит|атрибут|свойств)\w*.{0,60}(?:не ?найд|"
        r"не существует|отсутствует|неизвест)|"
        r"сопоставлен|маппинг|не ?сопоставлен|изменил\w* (?:схем|структур)",
        Class.MAPPING,
    ),
    (
        r"validat|invalid|not valid|is required|required (?:field|parameter|value|property)|"
        r"must (?:be|not|have|contain|match)|cannot be (?:null|blank|empty)|can't be blank|"
        r"may not be (?:null|blank|empty)|should (?:be|not)|too (?:long|short|large)|out of range|"
        r"(?:is |are )(?:inactive|not active|deactivated)|not in the list|not a valid|"
        r"illegal (?:argument|value)|bad (?:request|value|format)|wrong (?:type|format)|unprocessable|"
        r"constraint|not[- ]null|null value|valueerror|illegalargument|numberformat|dateformat|"
        r"datetimeparse|unsupported (?:value|type|format)|missing (?:required|mandatory)|mandatory|"
        r"inconsistent|does not match|"
        r"обязательн|некорректн|неверн|неправильн|недопустим|не ?заполнен|"
        r"должн[оаы]? (?:быть|содержать|соответствовать)|пуст\w+ (?:знач|поле)|не соответствует|"
        r"не может быть (?:пуст|больше|меньше)|ошибк\w* (?:валидации|проверки|заполнения)|"
        r"слишком (?:длин|корот)|не указан|превышает (?:допустим|максимальн)|значение вне",
        Class.VALIDATION,
    ),
    (
        r"\bmisfire|missed (?:run|schedule|execution)|not scheduled|"
        r"schedule[rd]? (?:error|failed|is (?:down|disabled|paused))|(?:already|still) running|overlap|"
        r"previous run|no heartbeat|zombie|"
        r"по расписанию не|регламентн\w+ задани|уже выполняется|предыдущ\w+ (?:запуск|выполнени)",
        Class.SCHEDULE,
    ),
    (
        r"internal (?:server )?error|server error|service (?:is )?(?:temporarily )?unavailable|"
        r"bad gateway|unavailable|maintenance|overloaded|unexpected (?:error|exception)|unhandled|fatal|"
        r"panic|segfault|segmentation fault|core dumped|disk full|no space left|"
        r"insufficient (?:system )?storage|too many (?:connections|clients)|database is locked|"
        r"resource (?:busy|temporarily)|unable to lock|could not serialize|system error|"
        r"exit(?:ed)? (?:with )?(?:exit )?(?:code|status) [1-9]|killed|sigkill|"
        r"внутренн\w+ ошибк|ошибка сервера|(?:сервис|сервер|служба|система)\w* (?:\w+ )?недоступ|"
        r"технически\w+ работ|непредвиденн|нет места|переполнен|сбой",
        Class.SERVER_ERROR,
    ),
    (
        r"not found|no such file|cannot find the (?:file|path)|does not exist|filenotfound|"
        r"не ?найден|не существует|отсутствует",
        Class.MISSING_REFERENCE,
    ),
)
"""Ways of saying it, the particular first."""
