"""The only way out of the database: every query takes a connection and says its columns and units."""

from sqlalchemy import Connection

from storage.facts import facts, facts_of
from storage.queries.alerts import alert_events, alerts, evaluations, evaluations_since, last_evaluated
from storage.queries.cursors import cursor_of, open_runs
from storage.queries.database import database_facts
from storage.queries.events import count_series, latest_counts, record_events, record_history
from storage.queries.evidence import causes, roots
from storage.queries.export import (
    EXPORTS,
    export_calls,
    export_failed_records,
    export_files,
    export_quotas,
    export_runs,
)
from storage.queries.export_alerts import export_alerts
from storage.queries.export_looks import export_credentials, export_polls
from storage.queries.export_sides import export_counts, export_record_events
from storage.queries.failures import error_groups, failed_records, group_hours
from storage.queries.files import file_deliveries
from storage.queries.groups import (
    error_group,
    failed_record_history,
    group_notes,
    group_trends,
    people_affected,
)
from storage.queries.limits import latest_credentials, latest_quotas, quota_hours, quota_series
from storage.queries.muting import maintenance, overrides, past_maintenance, past_silences, silences
from storage.queries.outbox import channel_states, notices, outbox_counts
from storage.queries.overview import overview
from storage.queries.page import Page
from storage.queries.runs import runs
from storage.queries.series import call_series, endpoints, run_series
from storage.queries.system import audit_trail, polls, source_states

__all__ = [
    "EXPORTS",
    "Connection",
    "Page",
    "alert_events",
    "alerts",
    "audit_trail",
    "call_series",
    "causes",
    "channel_states",
    "count_series",
    "cursor_of",
    "database_facts",
    "endpoints",
    "error_group",
    "error_groups",
    "evaluations",
    "evaluations_since",
    "export_alerts",
    "export_calls",
    "export_counts",
    "export_credentials",
    "export_failed_records",
    "export_files",
    "export_polls",
    "export_quotas",
    "export_record_events",
    "export_runs",
    "facts",
    "facts_of",
    "failed_record_history",
    "failed_records",
    "file_deliveries",
    "group_hours",
    "group_notes",
    "group_trends",
    "last_evaluated",
    "latest_counts",
    "latest_credentials",
    "latest_quotas",
    "maintenance",
    "notices",
    "open_runs",
    "outbox_counts",
    "overrides",
    "overview",
    "past_maintenance",
    "past_silences",
    "people_affected",
    "polls",
    "quota_hours",
    "quota_series",
    "record_events",
    "record_history",
    "roots",
    "run_series",
    "runs",
    "silences",
    "source_states",
]
