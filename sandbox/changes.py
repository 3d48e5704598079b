"""What the HR systems have to tell at a moment: who is new, and whose record changed."""

from datetime import datetime
from random import Random

import msgspec

from sandbox.butterboard import USERS_AT_FIRST
from sandbox.catalogue import Feed
from sandbox.history import HELD_BACK_RATIO, volume
from sandbox.past_errors import FIRST_HELD_BACK
from sandbox.people import MANAGERS, person
from sandbox.troubles import MISSING_MANAGER_ID, PEOPLE_HELD_BACK, Trouble
from sandbox.world import World

_NEWCOMERS_FROM = 100_000
_NEW_RATIO = 0.12
_EVERYONE = 110


class Change(msgspec.Struct, frozen=True):
    """One record that an HR system wants Butterboard to have. op: create or update; user_id: of an update."""

    op: str
    employee: dict[str, str | int | None]
    user_id: int | None = None


def changes(world: World, feed: Feed, now: datetime, rng: Random) -> list[Change]:
    """A run's worth of changes, those that matter first."""
    count = volume(feed, now, world.origin, rng)
    if world.troubles.on(Trouble.QUOTA, feed.key):
        count = max(count, _EVERYONE)
    found: list[Change] = []
    if world.troubles.on(Trouble.MISSING_MANAGER, feed.key):
        first = rng.randrange(PEOPLE_HELD_BACK)
        for index in range(max(1, round(count * HELD_BACK_RATIO))):
            someone = person(world.seed, FIRST_HELD_BACK + (first + index) % PEOPLE_HELD_BACK)
            found.append(Change("create", {**someone.payload(), "manager_id": MISSING_MANAGER_ID}))
    elif rng.random() < _NEW_RATIO:
        someone = person(world.seed, _NEWCOMERS_FROM + rng.randrange(10**6))
        found.append(Change("create", someone.payload()))
    for _ in range(count - len(found)):
        someone = person(world.seed, rng.randrange(MANAGERS, USERS_AT_FIRST))
        found.append(Change("update", someone.payload(), someone.user_id))
    return found
