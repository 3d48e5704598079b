"""What only the whole configuration can tell: names used twice, names nobody has, rules that cannot be met."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import get_args

from core.routing import UNROUTED
from core.settings.base import suggestion
from core.settings.integrations import Criticality, Integration, Method, Schedule
from core.settings.problems import written
from core.settings.registries import Registries
from core.settings.rules import RuleSettings
from core.settings.tree import Found, Place, child
from core.units import Comparison, Threshold, Unit, format_duration

_FIRES_LOOKED_AT = 300
_RUNS_LOOKED_AT = 1000
_LOOKED_FROM = datetime(2024, 1, 1, tzinfo=UTC)


def reference_problems(root: Mapping[str, object]) -> Iterator[Found]:
    """Problems of names in a tree: twice the same, or naming what is not there."""
    integrations, rules = items_of(root, "integrations"), items_of(root, "alerts")
    yield from unique(integrations, "key", ("integrations",))
    yield from unique(rules, "key", ("alerts",))
    yield from _shared_problems(root, integrations)
    contacts = child(root, "contacts")
    known = list(contacts) if isinstance(contacts, Mapping) else []
    for index, one in integrations:
        place: Place = ("integrations", index)
        yield from unique(items_of(one, "sources"), "name", (*place, "sources"))
        if child(one, "key") == UNROUTED:
            yield (*place, "key"), f'"{UNROUTED}" is where records go that match no route; choose another'
        for number, source in items_of(one, "sources"):
            if child(source, "route") is not None:
                text = "belongs to a source at the top level: move the source there, or remove the route"
                yield (*place, "sources", number, "route"), text
        for number, reference in items_of(one, "contacts"):
            who = child(reference, "who")
            if isinstance(who, str) and who not in known:
                yield (
                    (*place, "contacts", number, "who"),
                    f'"{who}" is unknown; {_contact_remedy(who, known)}',
                )
    keys = keys_of(root)
    for index, rule in rules:
        yield from scope_problems(child(rule, "where"), keys, ("alerts", index, "where"))


def _shared_problems(root: Mapping[str, object], integrations: list[tuple[int, object]]) -> Iterator[Found]:
    """Sources at the top level: named unlike any other source, and routed to what there is."""
    shared = items_of(root, "sources")
    yield from unique(shared, "name", ("sources",))
    taken = {
        child(source, "name"): f"integrations[{index}].sources[{number}]"
        for index, one in integrations
        for number, source in items_of(one, "sources")
    }
    keys = [key for _, one in integrations if isinstance(key := child(one, "key"), str)]
    yield from _pushing_problems(shared, integrations)
    for index, source in shared:
        name, route = child(source, "name"), child(source, "route")
        if isinstance(name, str) and name in taken:
            yield (
                ("sources", index, "name"),
                f'"{name}" is already the name of {taken[name]}; choose another',
            )
        targets = child(route, "map")
        for value, key in targets.items() if isinstance(targets, Mapping) else ():
            place = ("sources", index, "route", "map", value)
            if key == UNROUTED or (isinstance(key, str) and key not in keys and not _may_create(route)):
                yield place, f'"{key}" is no integration; {_target_remedy(key, keys)}'


def _pushing_problems(
    shared: list[tuple[int, object]], integrations: list[tuple[int, object]]
) -> Iterator[Found]:
    """Sources that push are told from one another by their tokens and the keys of their heartbeats."""
    every: list[tuple[Place, object, object]] = [(("sources", index), None, one) for index, one in shared]
    for index, owner in integrations:
        place: Place = ("integrations", index, "sources")
        every += [((*place, n), child(owner, "key"), one) for n, one in items_of(owner, "sources")]
    met: dict[tuple[str, object], Place] = {}
    for place, owner_key, source in every:
        if child(source, "type") != "push":
            continue
        name = child(source, "name")
        beat = child(source, "heartbeat") or (f"{owner_key}-{name}" if owner_key else name)
        for key, value in (("token", child(source, "token")), ("heartbeat", beat)):
            if not isinstance(value, str):
                continue
            if (first := met.setdefault((key, value), place)) is not place:
                yield (*place, key), f"is that of {written(first)} too; give each source its own"


def _target_remedy(key: str, keys: list[str]) -> str:
    if key == UNROUTED:
        return "leave the value out: what matches nothing goes there by itself"
    return suggestion(key, keys) if keys else "add it to integrations, or write create: true"


def _creates(root: Mapping[str, object]) -> bool:
    return any(_may_create(child(source, "route")) for _, source in items_of(root, "sources"))


def _may_create(route: object) -> bool:
    """Whether a route (as text, not yet validated) says `create: true`."""
    return str(child(route, "create")).strip().lower() in {"true", "yes", "on", "1", "y", "t"}


def _contact_remedy(who: str, known: list[str]) -> str:
    return suggestion(who, known) if known else "add it to contacts"


def keys_of(root: Mapping[str, object]) -> list[str] | None:
    """The keys of all integrations; None where a route may make more."""
    if _creates(root):
        return None
    return [key for _, one in items_of(root, "integrations") if isinstance(key := child(one, "key"), str)]


def items_of(tree: object, name: str) -> list[tuple[int, object]]:
    """The items of a list in a tree, with their places; none where there is no list."""
    items = child(tree, name)
    return list(enumerate(items)) if isinstance(items, list) else []


def unique(items: Iterable[tuple[int, object]], name: str, place: Place) -> Iterator[Found]:
    """Items of a list that are called as another one is, or claim its name as their former one."""
    first: dict[str, int] = {}
    former: dict[str, int] = {}
    for index, item in items:
        key = child(item, name)
        if not isinstance(key, str):
            continue
        if key in first:
            yield (
                (*place, index, name),
                f'"{key}" is already the {name} of {place[-1]}[{first[key]}]; choose another',
            )
        first.setdefault(key, index)
    for index, item in items:
        key = child(item, "renamed_from")
        if isinstance(key, str) and (other := first.get(key, former.get(key))) is not None:
            yield (
                (*place, index, "renamed_from"),
                f'"{key}" belongs to {place[-1]}[{other}]; remove one of the two',
            )
        elif isinstance(key, str):
            former[key] = index


def scope_problems(where: object, keys: list[str] | None, place: Place) -> Iterator[Found]:
    """Names in a `where` that nothing has; keys: of the integrations, None where not all are known."""
    choices = {"integration": keys, "method": get_args(Method), "criticality": get_args(Criticality)}
    for name, choice in choices.items():
        wanted = child(where, name)
        for word in wanted if isinstance(wanted, list) else [wanted]:
            if choice is not None and isinstance(word, str) and word not in choice:
                yield (*place, name), f'"{word}" is unknown; {suggestion(word, choice)}'


def unmeetable_rules(
    rules: Mapping[int, RuleSettings], integrations: Iterable[Integration], registries: Registries
) -> Iterator[Found]:
    """Rules whose window can never hold `min_events` runs of an integration's schedule."""
    for index, rule in rules.items():
        window, events = rule.window, rule.min_events or 0
        if not window or not window.duration or rule.indicator not in registries.run_indicators:
            continue
        for one in integrations:
            if not one.schedule or not rule.covers(one):
                continue
            span = shortest_span(one.schedule, events)
            if span is not None and span >= window.duration:
                yield (
                    ("alerts", index, "window"),
                    f'got {window}; "{one.key}" needs more than {format_duration(span)} for {events} runs: '
                    f"widen the window, lower min_events, or leave it out with where",
                )
                break


def unreachable_burns(
    rules: Mapping[int, RuleSettings], integrations: Iterable[Integration], registries: Registries
) -> Iterator[Found]:
    """Burn rates that an integration cannot reach even if everything fails, because its promise is too low."""
    for index, rule in rules.items():
        if registries.indicators.get(rule.indicator) is not Unit.FACTOR:
            continue
        for name in ("warning", "critical"):
            threshold: Threshold | None = getattr(rule, name)
            below = threshold and threshold.comparison in (Comparison.BELOW, Comparison.AT_MOST)
            if threshold is None or below:
                continue
            for one in integrations:
                if one.slo is None or one.slo.success >= 1 or not rule.covers(one):
                    continue
                fastest = 1 / (1 - one.slo.success)
                if not threshold.met(fastest - 1e-9):
                    yield (
                        ("alerts", index, name),
                        f'got {threshold}; with the slo of "{one.key}" ({_percent(one.slo.success)}) the budget burns at '
                        f"most {fastest:g} times as fast as allowed: lower it, or leave it out with where",
                    )
                    break


def _percent(ratio: float) -> str:
    return f"{round(ratio * 100, 6):g}%"


def shortest_span(schedule: Schedule, runs: int) -> timedelta | None:
    """The least time from the first to the last of so many scheduled runs; None for fewer than two.

    Of more than a thousand it is that of a thousand, which is less.
    """
    if runs < 2:
        return None
    runs = min(runs, _RUNS_LOOKED_AT)
    if schedule.every:
        return schedule.every * (runs - 1)
    fires = _fires(schedule.cron or "", max(_FIRES_LOOKED_AT, runs + 100))
    return min((last - first for first, last in zip(fires, fires[runs - 1 :], strict=False)), default=None)


@lru_cache(maxsize=256)
def _fires(cron: str, count: int) -> tuple[datetime, ...]:
    """So many due times of a cron expression: enough to see its densest stretch."""
    from cronsim import CronSim

    return tuple(islice(CronSim(cron, _LOOKED_FROM), count))
