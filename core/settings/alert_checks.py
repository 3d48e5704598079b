"""What only the whole configuration can tell about alerts: channels and rules that nobody has, keys used twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from core.settings.base import suggestion
from core.settings.checks import items_of, keys_of, scope_problems, unique
from core.settings.registries import Registries
from core.settings.tree import Found, Place, child


def alert_problems(root: Mapping[str, object], registries: Registries) -> Iterator[Found]:
    """Problems of names in a tree: channels that are told, and what silences and maintenance are for."""
    channels = child(root, "channels")
    known = [str(key) for key in channels] if isinstance(channels, Mapping) else []
    rules = [key for _, one in items_of(root, "alerts") if isinstance(key := child(one, "key"), str)]
    yield from _unknown(child(root, "notify"), known, "channels", ("notify",))
    contacts = child(root, "contacts")
    for key, contact in contacts.items() if isinstance(contacts, Mapping) else ():
        yield from _unknown(child(contact, "channels"), known, "channels", ("contacts", key, "channels"))
    for index, rule in items_of(root, "alerts"):
        place: Place = ("alerts", index)
        yield from _unknown(child(rule, "notify"), known, "channels", (*place, "notify"))
        key = child(rule, "key")
        if key in registries.reserved_rules:
            yield (
                (*place, "key"),
                f'"{key}" is the key of a built-in rule that stays as it is; choose another',
            )
    for name in ("silences", "maintenance"):
        yield from unique(items_of(root, name), "key", (name,))
        for index, one in items_of(root, name):
            where, here = child(one, "where"), (name, index, "where")
            yield from scope_problems(where, keys_of(root), here)
            if registries.rules:
                every = {*rules, *registries.rules}
                yield from _unknown(child(where, "rule"), every, "alerts", (*here, "rule"))


def _unknown(named: object, known: Iterable[str], home: str, place: Place) -> Iterator[Found]:
    choice = sorted(known)
    for index, word in enumerate(named if isinstance(named, list) else [named]):
        if isinstance(word, str) and word not in choice:
            remedy = suggestion(word, choice) if choice else f"add it to {home}"
            yield (*place, index) if isinstance(named, list) else place, f'"{word}" is unknown; {remedy}'
