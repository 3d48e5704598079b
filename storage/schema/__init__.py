"""The one schema of every engine: each table, and what each of its columns holds."""

from storage.schema.alerts import (
    alert_event,
    alert_state,
    channel_state,
    evaluation,
    maintenance,
    outbox,
    outbox_sent,
    silence,
    threshold_override,
)
from storage.schema.base import installation, metadata, text
from storage.schema.calls import (
    call_day,
    call_day_latency,
    call_hour,
    call_hour_latency,
    call_minute,
    call_minute_latency,
)
from storage.schema.configuration import contact, feed, integration, integration_contact, route, source
from storage.schema.events import count_reading, record_event
from storage.schema.failures import error_group, failed_record, group_hour, group_note
from storage.schema.files import file_delivery
from storage.schema.limits import credential, quota, quota_hour, quota_sample
from storage.schema.operation import audit, overview, poll, pushed
from storage.schema.runs import (
    open_run,
    run_day,
    run_day_duration,
    run_hour,
    run_hour_duration,
    run_segment,
    sync_run,
)

__all__ = [
    "alert_event",
    "alert_state",
    "audit",
    "call_day",
    "call_day_latency",
    "call_hour",
    "call_hour_latency",
    "call_minute",
    "call_minute_latency",
    "channel_state",
    "contact",
    "count_reading",
    "credential",
    "error_group",
    "evaluation",
    "failed_record",
    "feed",
    "file_delivery",
    "group_hour",
    "group_note",
    "installation",
    "integration",
    "integration_contact",
    "maintenance",
    "metadata",
    "open_run",
    "outbox",
    "outbox_sent",
    "overview",
    "poll",
    "pushed",
    "quota",
    "quota_hour",
    "quota_sample",
    "record_event",
    "route",
    "run_day",
    "run_day_duration",
    "run_hour",
    "run_hour_duration",
    "run_segment",
    "silence",
    "source",
    "sync_run",
    "text",
    "threshold_override",
]
