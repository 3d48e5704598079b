"""Who is to be told of an alert, and how long after it fired."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from core.alerting import Target
from core.settings import ChannelSettings, Contact, ContactRef, Integration
from health.rule import Rule

AT_ONCE = timedelta()


def addressees(
    rule: Rule,
    integration: Integration,
    contacts: Mapping[str, Contact],
    channels: Mapping[str, ChannelSettings],
) -> dict[Target, timedelta]:
    """Each target with its delay: the rule's channels at once, then the integration's contacts by theirs.

    A channel of the rule that writes to each contact apart writes to those of the integration, when their
    time comes. A channel whose messages all go to one place is told once, for the first who would be told by it; of two
    at the same time for the contact, whose language is known.
    """
    wanted = [
        one for channel in rule.notify for one in _named_by_rule(channel, integration, contacts, channels)
    ]
    wanted += [
        (Target(channel, reference.who), reference.after)
        for reference in integration.contacts
        if reference.who in contacts
        for channel in contacts[reference.who].channels
    ]
    found: dict[Target, timedelta] = {}
    places: set[str] = set()
    for target, after in sorted(wanted, key=_first_told):
        channel = channels.get(target.channel)
        if channel is None or target in found or (target.channel in places and not channel.personal):
            continue
        places.add(target.channel)
        found[target] = after
    return found


def shared_contacts(integrations: Iterable[Integration]) -> tuple[ContactRef, ...]:
    """The contacts of all of these, each once with the shortest of their delays: whom a shared source concerns."""
    soonest: dict[str, ContactRef] = {}
    for reference in (one for integration in integrations for one in integration.contacts):
        known = soonest.get(reference.who)
        if known is None or reference.after < known.after:
            soonest[reference.who] = reference
    return tuple(soonest.values())


def _named_by_rule(
    channel: str,
    integration: Integration,
    contacts: Mapping[str, Contact],
    channels: Mapping[str, ChannelSettings],
) -> list[tuple[Target, timedelta]]:
    people = [reference for reference in integration.contacts if reference.who in contacts]
    if channel in channels and channels[channel].personal and people:
        return [(Target(channel, reference.who), reference.after) for reference in people]
    return [(Target(channel), AT_ONCE)]


def _first_told(one: tuple[Target, timedelta]) -> tuple[timedelta, bool]:
    target, after = one
    return after, not target.contact
