"""The ids under which alerts' keys are stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from core.alert_states import AlertKey
from storage.alert_rows import KeyIds
from storage.dictionary import Texts
from storage.schema import integration


def ids_of(connection: sa.Connection, texts: Texts, keys: Iterable[AlertKey]) -> Mapping[AlertKey, KeyIds]:
    """The ids of these keys; those of integrations that the database does not know are left out."""
    wanted = set(keys)
    if not wanted:
        return {}
    known = _integrations(connection)
    words = texts.ids(connection, {word for key in wanted for word in (key.rule, key.label)})
    return {
        key: KeyIds(known[key.integration], words[key.rule], words[key.label])
        for key in wanted
        if key.integration in known
    }


def _integrations(connection: sa.Connection) -> dict[str, int]:
    query = sa.select(integration.c.key, integration.c.id)
    return {row[0]: row[1] for row in connection.execute(query).all()}
