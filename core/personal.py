"""Which names of fields mark personal or secret values, in English and Russian, however they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

Words = tuple[str, ...]

_DENIED = """
name; full name; first name; last name; surname; middle name; patronymic; given name; family name; maiden name;
display name; nickname; username; user name; login; fio; familiya; imya; otchestvo;
email; e mail; mail; pochta; phone; telephone; tel; telefon; mobile; cell phone; fax; skype; telegram; whatsapp; linkedin;
passport; pasport; snils; inn; ssn; itin; nino; social security; national id; national insurance; insurance number; tax id;
taxpayer; tin; driver license; drivers license; driving licence; license number; document number; document series;
id card; identity card; visa number; residence permit;
iban; swift; bic; bank; account number; bank account; card number; bank card; cvv; cvc; sort code; routing number;
salary; wage; wages; pay; payroll; compensation; remuneration; bonus; income; stipend; hourly rate; oklad; zarplata;
birth; birthday; birthdate; dob; date of birth; born; age; gender; sex; marital; nationality; citizenship; religion;
ethnicity; race; disability; medical; diagnosis; spouse; children; emergency contact; next of kin;
address; addr; adres; street; apartment; zip; zip code; postcode; postal code; postal; residence;
photo; avatar; biometric; fingerprint; face;
password; passwd; pwd; pass; secret; token; api key; access key; private key; secret key; authorization; auth;
cookie; credential; credentials; session id; pin; otp; jwt; signature;
имя; имени; фио; инн; пол; возраст; мейл; емейл; имейл; емайл; тел; номер счета; расчетный счет; номер карты; счет; логин; улица;
индекс; место жительства; фото
"""

_ROOTS = """
email firstname lastname surname middlename fullname patronym telephone passport snils salary birthd iban password
apikey secretkey фамил отчеств почт телефон мобильн паспорт снилс оклад зарплат заработн преми доход рожден адрес прописк
проживан банк гражданств национальн семейн парол токен секрет зп
"""
"""Parts of a word that give it away even in the middle of one: `workemail`, `телефонный`."""

_ALLOWED = """
id; status; code; type; created at; updated at; deleted at; department; action; file name; job name; host name; field name;
column name; table name; event name; type name; step name; task name; entity name; status name; department name;
company name; organization name; organisation name; group name; team name; role name; position name; product name; service name;
app name; application name; class name; error name; action name; template name; plan name; location name; schema name;
source name; target name; system name; method name; queue name; tag name; index name; category name; office name;
branch name; project name; course name; checklist name; form name; key name; file path; имя файла; имя задачи; имя поля; имя таблицы;
address type; pass count; phone type; email type; token type; auth type; document type; name length
"""

_PEOPLE = """
employee; user; person; people; manager; supervisor; candidate; applicant; recipient; sender; author; owner; creator;
assignee; mentor; buddy; colleague; contact; member; worker; staff; created by; updated by; modified by; approved by; who;
сотрудник; пользователь; руководитель; менеджер; наставник; кандидат; получатель; отправитель; автор; контакт; работник
"""
"""Fields that may hold a person's name, or only an id: masked where the value is not an id."""

_BOUNDARY = re.compile(
    r"(?<=[a-zа-я0-9])(?=[A-ZА-Я])|(?<=[A-ZА-Я])(?=[A-ZА-Я][a-zа-я])|(?<=[^\W\d])(?=\d)|(?<=\d)(?=[^\W\d])"
)
_LONGEST_KEY = 200


def words_of(key: str) -> Words:
    """The words of a key in any writing: `workEmail`, `work_email`, `Work E-mail 2`."""
    plain = unicodedata.normalize("NFKC", key[:_LONGEST_KEY])
    spaced = re.sub(r"[\W_]+", " ", _BOUNDARY.sub(" ", plain))
    return tuple(spaced.lower().replace("ё", "е").split())


def _phrases(text: str) -> frozenset[Words]:
    return frozenset(words for part in text.split(";") if (words := words_of(part)))


DENIED = _phrases(_DENIED)
ALLOWED = _phrases(_ALLOWED)
PEOPLE = _phrases(_PEOPLE)
ROOTS = tuple(_ROOTS.split())


class FieldNames:
    """Decides by its name whether a field is personal: the longer phrase wins, a denied one when equal.

    deny, allow: the installation's own phrases; they win over the built-in ones of the same length.
    """

    def __init__(self, deny: Iterable[str] = (), allow: Iterable[str] = ()) -> None:
        self._own_deny = frozenset(filter(None, map(words_of, deny)))
        self._own_allow = frozenset(filter(None, map(words_of, allow)))
        self._joined = frozenset("".join(words) for words in DENIED | self._own_deny if len(words) > 1)
        self.denied = lru_cache(maxsize=4096)(self._denied)

    def _denied(self, key: str) -> bool:
        words = words_of(key)
        own_deny, own_allow = _longest(words, self._own_deny), _longest(words, self._own_allow)
        if own_deny or own_allow:
            if own_deny >= own_allow:
                return True
            return _longest(words, DENIED) > own_allow
        deny = _longest(words, DENIED)
        if not deny:
            joined = "".join(words)
            return joined in self._joined or any(root in joined for root in ROOTS)
        return deny >= _longest(words, ALLOWED)


def may_name_a_person(key: str) -> bool:
    """Whether a field of that name may hold a person's name."""
    return words_of(key) in PEOPLE


def _longest(words: Words, phrases: frozenset[Words]) -> int:
    """The length of the longest phrase that stands in the words, side by side; 0 for none."""
    for length in range(min(len(words), 4), 0, -1):
        for start in range(len(words) - length + 1):
            if words[start : start + length] in phrases:
                return length
    return 0
