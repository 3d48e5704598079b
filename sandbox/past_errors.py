"""Which records of a past run were not taken, and the words they were refused with."""

from datetime import datetime
from random import Random

from sandbox.catalogue import Feed, Work
from sandbox.people import MANAGERS, person
from sandbox.runs import RecordError
from sandbox.troubles import MISSING_MANAGER_ID, PEOPLE_HELD_BACK, Trouble

FIRST_HELD_BACK = 2000
MOST_LISTED = 25
_HEADER = "employee_id;first_name;last_name;email;department;manager_id"


def errors_of(
    feed: Feed, seed: int, trouble: Trouble | None, count: int, at: datetime, rng: Random
) -> tuple[RecordError, ...]:
    """Up to `MOST_LISTED` of a run's failed records (a file's all), `count` being all that failed."""
    listed = count if trouble is Trouble.SEMICOLON else min(count, MOST_LISTED)
    first = rng.randrange(PEOPLE_HELD_BACK)
    return tuple(_error(feed, seed, trouble, first + index, at, rng) for index in range(listed))


def _error(
    feed: Feed, seed: int, trouble: Trouble | None, index: int, at: datetime, rng: Random
) -> RecordError:
    held_back_by = None
    if trouble is Trouble.MISSING_MANAGER:
        someone = person(seed, FIRST_HELD_BACK + index % PEOPLE_HELD_BACK)
    else:
        someone = person(seed, MANAGERS + rng.randrange(1000))
    payload = someone.payload()
    code, message = _words(feed, trouble, index, someone.department, rng)
    if trouble is Trouble.MISSING_MANAGER:
        payload["manager_id"] = MISSING_MANAGER_ID
        held_back_by = str(MISSING_MANAGER_ID)
    return RecordError(
        entity="progress" if feed.work is Work.PROGRESS else "task" if feed.work is Work.TASKS else "user",
        key=someone.employee_id, operation="create" if trouble else "update",
        code=code, message=message, at=at, held_back_by=held_back_by, payload=payload,
    )  # fmt: skip


def _words(feed: Feed, trouble: Trouble | None, index: int, department: str, rng: Random) -> tuple[str, str]:
    if trouble is Trouble.MISSING_MANAGER:
        return "manager_not_found", f"manager_id {MISSING_MANAGER_ID} does not exist"
    if trouble is Trouble.QUOTA:
        return "429", f"429 Too Many Requests: try again in {rng.randrange(3, 58)} s"
    if trouble is Trouble.MAPPING:
        return (
            "mapping_error",
            f"department '{department}-{rng.randrange(2, 9)}' has no counterpart in Butterboard",
        )
    if trouble is Trouble.SEMICOLON:
        return "missing_column", f"line {index + 2}: column email not found, the only column is '{_HEADER}'"
    return rng.choice(
        (
            ("invalid_email", f"email 'no-mail-{rng.randrange(999)}@' is not an address"),
            ("duplicate", f"user with email 'user{rng.randrange(999)}@customer.example' already exists"),
            ("required_field", "last_name is required"),
            ("date_invalid", f"start_date '31.02.20{rng.randrange(24, 27)}' is not a date"),
        )
    )
