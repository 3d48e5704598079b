"""Butterboard's own records: users, their onboarding tasks and their progress, with the rules they obey."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.people import FIRST_USER_ID, person

USERS_AT_FIRST = 1060
MOST_USERS = 5000
TASKS = (
    "sign the contract",
    "read the safety rules",
    "meet the team",
    "set up the workplace",
    "first review",
)

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_OPTIONAL = ("employee_id", "department", "position", "phone", "start_date")


class Refusal(Exception):
    """A request that breaks a rule: the status, a stable code, the field and a sentence."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        field: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """headers: what the answer must carry besides."""
        super().__init__(message)
        self.status, self.code, self.message, self.field = status, code, message, field
        self.headers = dict(headers or {})


@dataclass
class User:
    """One user. done: the numbers of the onboarding tasks that are done."""

    id: int
    first_name: str
    last_name: str
    email: str
    manager_id: int | None = None
    extra: dict[str, str] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)

    def view(self) -> dict[str, object]:
        """The user as the API shows it."""
        return {
            "id": self.id, "first_name": self.first_name, "last_name": self.last_name, "email": self.email,
            "manager_id": self.manager_id, **self.extra,
        }  # fmt: skip

    def progress(self) -> dict[str, object]:
        """How far the onboarding is."""
        return {
            "user_id": self.id,
            "done": len(self.done),
            "total": len(TASKS),
            "percent": 20 * len(self.done),
        }

    def task(self, number: int) -> dict[str, object]:
        """One onboarding task as the API shows it."""
        status = "done" if number in self.done else "open"
        return {"id": self.id * 10 + number, "user_id": self.id, "title": TASKS[number], "status": status}


class Butterboard:
    """The users; the first ones are invented from the seed."""

    def __init__(self, seed: int) -> None:
        self.users: dict[int, User] = {}
        self._by_email: dict[str, int] = {}
        for number in range(USERS_AT_FIRST):
            someone = person(seed, number)
            user = User(
                someone.user_id, someone.first_name, someone.last_name, someone.email, someone.manager_id,
                {"employee_id": someone.employee_id, "department": someone.department}, set(range(number % 6)),
            )  # fmt: skip
            self.users[user.id], self._by_email[user.email] = user, user.id
        self._next = FIRST_USER_ID + 20_000

    def create(self, fields: Mapping[str, object]) -> User:
        """A new user; Refusal 422 for a field that is missing or wrong, 409 for a known address."""
        first, last, email = (_required(fields, name) for name in ("first_name", "last_name", "email"))
        email = _email(email)
        manager_id = self._manager(fields.get("manager_id"))
        if email in self._by_email:
            raise Refusal(409, "duplicate", f"user with email '{email}' already exists", "email")
        user = User(self._next, first, last, email, manager_id, _optional(fields))
        self._next += 1
        self.users[user.id], self._by_email[email] = user, user.id
        if len(self.users) > MOST_USERS:
            self._forget(next(key for key in self.users if key >= FIRST_USER_ID + 20_000))
        return user

    def update(self, user_id: int, fields: Mapping[str, object]) -> User:
        """Change what is given of a user; nothing is changed when anything is wrong."""
        user = self.user(user_id)
        changes = {
            name: _required(fields, name) for name in ("first_name", "last_name", "email") if name in fields
        }
        email = _email(changes.get("email", user.email))
        if self._by_email.get(email, user.id) != user.id:
            raise Refusal(409, "duplicate", f"user with email '{email}' already exists", "email")
        if "manager_id" in fields:
            user.manager_id = self._manager(fields["manager_id"], of=user_id)
        del self._by_email[user.email]
        self._by_email[email] = user.id
        user.first_name = changes.get("first_name", user.first_name)
        user.last_name = changes.get("last_name", user.last_name)
        user.email = email
        user.extra.update(_optional(fields))
        return user

    def user(self, user_id: int) -> User:
        """One user; Refusal 404."""
        if user_id not in self.users:
            raise Refusal(404, "not_found", f"user {user_id} does not exist")
        return self.users[user_id]

    def set_task(self, task_id: int, status: object) -> dict[str, object]:
        """Open or close a task; Refusal 404 or 422."""
        user, number = self.user(task_id // 10), task_id % 10
        if number >= len(TASKS):
            raise Refusal(404, "not_found", f"task {task_id} does not exist")
        if status not in ("open", "done"):
            raise Refusal(422, "invalid_status", f"status {status!r} is unknown; use open or done", "status")
        (user.done.add if status == "done" else user.done.discard)(number)
        return user.task(number)

    def _manager(self, value: object, of: int | None = None) -> int | None:
        if value is None or value == "":
            return None
        if isinstance(value, str) and value.isdecimal():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise Refusal(422, "invalid_manager", f"manager_id {value!r} is not a user's id", "manager_id")
        if value == of:
            raise Refusal(422, "invalid_manager", "nobody is their own manager", "manager_id")
        if value not in self.users:
            raise Refusal(422, "manager_not_found", f"manager_id {value} does not exist", "manager_id")
        return value

    def _forget(self, user_id: int) -> None:
        del self._by_email[self.users.pop(user_id).email]


def _required(fields: Mapping[str, object], name: str) -> str:
    value = fields.get(name)
    if value is None or value == "":
        raise Refusal(422, "required_field", f"{name} is required", name)
    if not isinstance(value, str) or len(value) > 200:
        raise Refusal(422, "invalid_field", f"{name} must be text of at most 200 characters", name)
    return value.strip()


def _email(value: str) -> str:
    if not _EMAIL.fullmatch(value):
        raise Refusal(422, "invalid_email", f"email '{value}' is not an address", "email")
    return value.lower()


def _optional(fields: Mapping[str, object]) -> dict[str, str]:
    return {name: str(fields[name])[:200] for name in _OPTIONAL if fields.get(name) is not None}
