"""The tables of alerts: how they stand, what happened, who is told, and what people decided about them."""

from sqlalchemy import Column, Float, Index, Table, Text

from storage.schema.base import (
    counter,
    identity,
    maybe,
    metadata,
    number,
    of_integration,
    words,
)

alert_state = Table(
    "alert_state",
    metadata,
    of_integration(primary_key=True),
    number("rule_id", primary_key=True),
    number("label_id", primary_key=True),
    number("phase"),
    counter("severity"),
    counter("reason"),
    words("episode"),
    maybe("since"),
    maybe("phase_since"),
    maybe("fired_at"),
    maybe("evaluated_at"),
    maybe("read_at"),
    Column("value", Float(53)),
    words("threshold"),
    words("detail"),
    words("acknowledged_by"),
    maybe("acknowledged_at"),
    counter("acknowledged_severity"),
    words("acknowledged_note"),
    words("changes"),
    maybe("turned_at"),
    counter("flapping"),
    sqlite_with_rowid=False,
)
"""How each alert stands (`core.alert_states.AlertState`); one without a row is normal, and has been for long.

rule_id, label_id: `text` ids, and so in all tables here; phase, severity, reason: codes of
`storage.alert_codes`; changes: JSON list of epoch µs, turned_at: the last of them.
"""

alert_event = Table(
    "alert_event",
    metadata,
    identity(),
    number("at"),
    of_integration(),
    number("rule_id"),
    number("label_id"),
    words("episode", required=True),
    number("kind"),
    counter("severity"),
    counter("reason"),
    maybe("since"),
    Column("value", Float(53)),
    words("threshold"),
    words("detail"),
    words("actor"),
    words("note"),
    Index("ix_alert_event_at", "at"),
    Index("ix_alert_event_integration", "integration_id", "at"),
    Index("ix_alert_event_episode", "episode"),
)
"""What happened to an alert, or was done about it; actor, note: of a person's action."""

evaluation = Table(
    "evaluation",
    metadata,
    of_integration(primary_key=True),
    number("rule_id", primary_key=True),
    number("label_id", primary_key=True),
    number("at", primary_key=True),
    Column("value", Float(53)),
    counter("events"),
    counter("severity"),
    Index("ix_evaluation_at", "at"),
    sqlite_with_rowid=False,
)
"""Readings as they were evaluated, thinned out as `storage.evaluations` says; value: NULL = no data."""

outbox = Table(
    "outbox",
    metadata,
    identity(),
    number("channel_id"),
    number("contact_id"),
    of_integration(),
    number("rule_id"),
    number("label_id"),
    words("episode", required=True),
    number("kind"),
    counter("severity"),
    number("created_at"),
    number("not_before"),
    words("content", required=True),
    counter("state"),
    words("batch"),
    counter("attempts"),
    maybe("leased_until"),
    words("leased_by"),
    words("error"),
    maybe("finished_at"),
    Index("ix_outbox_waiting", "state", "channel_id", "contact_id", "integration_id", "not_before"),
    Index("ix_outbox_batch", "batch"),
    Index("ix_outbox_episode", "episode"),
    Index("ix_outbox_finished_at", "finished_at"),
)
"""What is to be told, to whom, and how far it has come (`core.alerting.Notice`).

channel_id, contact_id: `text` ids of their keys ("" = no contact); batch: the message it leaves in, NULL
until it is first leased; leased_by: the worker that has it.
"""

outbox_sent = Table(
    "outbox_sent",
    metadata,
    number("channel_id", primary_key=True),
    number("contact_id", primary_key=True),
    of_integration(primary_key=True),
    number("at"),
    sqlite_with_rowid=False,
)
"""When a message about an integration last left for a target."""

channel_state = Table(
    "channel_state",
    metadata,
    number("channel_id", primary_key=True),
    maybe("disabled_at"),
    words("disabled_why"),
    words("disabled_by"),
    maybe("last_delivered_at"),
    maybe("last_failed_at"),
    words("last_error"),
    counter("failures"),
    counter("delivered"),
    counter("failed"),
    counter("dead"),
    sqlite_with_rowid=False,
)
"""How each channel does. failures: since the last message that arrived; the rest are sums for good."""

silence = Table(
    "silence",
    metadata,
    identity(),
    Column("key", Text, unique=True),
    words("scope", required=True),
    number("starts_at"),
    number("ends_at"),
    words("actor", required=True),
    words("note"),
    number("created_at"),
    maybe("ended_at"),
    words("ended_by"),
    Index("ix_silence_ends_at", "ends_at"),
)
"""Stretches of time without messages. key: of one in the configuration, else NULL; scope: JSON of `where`."""

maintenance = Table(
    "maintenance",
    metadata,
    identity(),
    Column("key", Text, unique=True),
    words("name", required=True),
    words("scope", required=True),
    maybe("starts_at"),
    maybe("ends_at"),
    words("cron"),
    words("timezone"),
    maybe("duration"),
    words("actor", required=True),
    words("note"),
    number("created_at"),
    maybe("ended_at"),
    words("ended_by"),
)
"""Planned work: once (starts_at, ends_at), or at each time of `cron` in `timezone` for `duration` (µs)."""

threshold_override = Table(
    "threshold_override",
    metadata,
    identity(),
    number("rule_id"),
    maybe("integration_id"),
    words("warning"),
    words("critical"),
    words("resolve"),
    words("actor", required=True),
    number("at"),
    words("note"),
    maybe("reverted_at"),
    words("reverted_by"),
)
"""Thresholds that people tuned on the page; integration_id: NULL = of all that the rule is for."""
