"""Invented people, always the same for one seed: half of them with Russian names."""

from dataclasses import dataclass
from random import Random

FIRST_USER_ID = 1001
MANAGERS = 60

_FIRST = (
    ("Анна", "anna"), ("Борис", "boris"), ("Вера", "vera"), ("Глеб", "gleb"), ("Дарья", "darya"),
    ("Егор", "egor"), ("Жанна", "zhanna"), ("Захар", "zakhar"), ("Инна", "inna"), ("Кирилл", "kirill"),
    ("Лидия", "lidiya"), ("Марк", "mark"), ("Nora", "nora"), ("Oliver", "oliver"), ("Penelope", "penelope"),
    ("Quentin", "quentin"), ("Ruth", "ruth"), ("Simon", "simon"), ("Tessa", "tessa"), ("Umar", "umar"),
    ("Violet", "violet"), ("Wesley", "wesley"), ("Yvonne", "yvonne"), ("Zack", "zack"),
)  # fmt: skip
_LAST = (
    ("Берёзко", "berezko"), ("Ветлин", "vetlin"), ("Громыхай", "gromykhay"), ("Дубрава", "dubrava"),
    ("Ежевич", "ezhevich"), ("Журавко", "zhuravko"), ("Зимник", "zimnik"), ("Ивняк", "ivnyak"),
    ("Клеверов", "kleverov"), ("Липатко", "lipatko"), ("Мятлик", "myatlik"), ("Ashdown", "ashdown"),
    ("Briarwood", "briarwood"), ("Copperfield", "copperfield"), ("Dunmore", "dunmore"), ("Elmsworth", "elmsworth"),
    ("Fernsby", "fernsby"), ("Greenhalgh", "greenhalgh"), ("Hollowell", "hollowell"), ("Inkpen", "inkpen"),
    ("Larkspur", "larkspur"), ("Merriweather", "merriweather"), ("Nettleship", "nettleship"),
)  # fmt: skip
_DEPARTMENTS = (
    "Sales",
    "Support",
    "Logistics",
    "Finance",
    "Engineering",
    "Бухгалтерия",
    "Склад",
    "Магазин 14",
)
_POSITIONS = ("Specialist", "Senior specialist", "Engineer", "Cashier", "Кладовщик", "Бухгалтер", "Team lead")


@dataclass(frozen=True)
class Person:
    """One invented employee as an HR system holds them; pay is a month's, in roubles."""

    number: int
    first_name: str
    last_name: str
    email: str
    department: str
    position: str
    manager_id: int | None
    phone: str
    pay: int

    @property
    def employee_id(self) -> str:
        """The key that HR systems know this person by."""
        return f"E{10000 + self.number}"

    @property
    def user_id(self) -> int:
        """The id that Butterboard gave this person, were they among the first users."""
        return FIRST_USER_ID + self.number

    def payload(self) -> dict[str, str | int | None]:
        """What a sync sends to Butterboard to create this person."""
        return {
            "employee_id": self.employee_id, "first_name": self.first_name, "last_name": self.last_name,
            "email": self.email, "department": self.department, "position": self.position,
            "manager_id": self.manager_id, "phone": self.phone, "salary": self.pay,
        }  # fmt: skip


def person(seed: int, number: int) -> Person:
    """The number-th employee; the first `MANAGERS` are managers and have none themselves."""
    rng = Random(seed * 1_000_003 + number)  # noqa: S311
    first, first_latin = rng.choice(_FIRST)
    last, last_latin = rng.choice(_LAST)
    return Person(
        number=number,
        first_name=first,
        last_name=last,
        email=f"{first_latin}.{last_latin}{number}@customer.example",
        department=rng.choice(_DEPARTMENTS),
        position=rng.choice(_POSITIONS),
        manager_id=None if number < MANAGERS else FIRST_USER_ID + rng.randrange(MANAGERS),
        phone=f"+7 495 {rng.randrange(100, 999)}-{rng.randrange(10, 99)}-{rng.randrange(10, 99)}",
        pay=rng.randrange(60, 320) * 1000,
    )
