"""The `monitor.yaml` that watches the sandbox as it would watch strangers' systems."""

from pathlib import Path

from sandbox.catalogue import FILE_TRACES, Feed, Trace
from sandbox.config_logs import LOG_SOURCES
from sandbox.feeds import FEEDS
from sandbox.logs import access_path, sync_path

DASHBOARD = "http://127.0.0.1:8501"
"""Where `integration-monitor run` serves it where nothing else is said."""

_HEAD = """\
# Watches the sandbox (docs/sandbox.md). Written anew at each start of the sandbox; copy it to change it.
# A secret never stands in this file: here each key has a file of its own. With a real Butterboard you would
# rather write  auth: {{type: bearer, token: "${{BUTTERBOARD_KEY}}"}}  and set that variable in the environment.
database: sqlite:///{directory}/monitor.db
address: {dashboard}
timezone: Europe/Moscow
language: en
retention: {{raw: 90d, failed_records: 180d, minute: 14d, hour: 400d, day: forever}}
contacts:
  integration-support: {{name: Integration support, email: support@butterboard.example, language: ru, timezone: Europe/Moscow}}
  integration-engineer: {{name: Дежурный инженер интеграций, email: engineer@butterboard.example, phone: "+7 495 000-00-00", language: ru}}
  customer-hr: {{name: Customer's HR systems desk, email: hr-desk@customer.example, language: en}}
alerts:          # takes the place of the built-in rule on this indicator, which looks back a day and a half
  - {{key: failed-records-now, name: Failed records in the last hour, indicator: record_failure_ratio, window: 1h, warning: "> 3%", critical: "> 50%",
     min_events: 10, where: {{tag: people}}}}
integrations:
"""

_INTEGRATION = """\
  - key: {key}
    name: "{name}"
    method: {method}
    source_system: "{source_system}"
    target_system: "{target_system}"
    criticality: {criticality}
    tags: [{tags}]
    stage: live
    schedule: {schedule}
    slo: {{success: {slo}, of: runs, window: 30d}}
    contacts: [{{who: integration-support, after: 0m}}, {{who: {second}, after: 30m}}]
    docs: https://developers.butterboard.example/{key}
    labels: {{customer: demo, job: {job}}}
    sources:
"""

_SYNC_LOG = """\
      - type: rest
        name: sync-log
        every: {every}
        side: target
        request: {{url: "{url}/api/v1/sync-log", params: {{integration: {key}, updated_since: "{{since}}", limit: "500"}}}}
        auth: {{type: bearer, token: "file:{keys}/monitor.key"}}
        pages: {{by: cursor, param: cursor, next: next_cursor, max: 200}}
        records: data
        fields:
          {{external_id: id, job: job, status: state, started_at: started_at, finished_at: finished_at, trigger: reason,
           records_read: counts.read, records_written: counts.written, records_skipped: counts.skipped,
           records_failed: counts.failed, bytes: bytes, error_code: error.code, error_message: error.message, url: link}}
        status_map: {{done: succeeded, done_with_errors: partial, error: failed, in_progress: running, aborted: cancelled}}
        cursor: {{field: updated_at}}
        failed_records:
          records: errors
          fields: {{entity: entity, record_key: key, root_key: held_back_by, operation: operation, error_code: code,
                   error_message: message, occurred_at: at, payload: payload}}
        lookback: 5m
        stale_after: 1h
"""

_LINK_JOURNAL = """\
      - type: rest
        name: okta-log
        every: 60s
        side: source
        request: {{url: "{url}/partners/okta/api/v1/logs", params: {{since: "{{since}}", limit: "200"}}}}
        auth: {{type: header, name: Authorization, value: "file:{keys}/okta-header.key"}}
        pages: {{by: link_header}}
        fields:
          {{external_id: uuid, job: eventType, status: outcome.result, started_at: time.start, finished_at: time.end,
           records_read: stats.seen, records_written: stats.pushed, records_skipped: stats.same, records_failed: stats.refused,
           error_code: outcome.reason.code, error_message: outcome.reason.summary}}
        status_map: {{SUCCESS: succeeded, PARTIAL: partial, FAILURE: failed, PENDING: running, ABANDONED: cancelled}}
        cursor: {{field: published}}
        failed_records:
          records: refusals
          fields: {{entity: entity, record_key: key, operation: operation, error_code: code, error_message: message,
                   occurred_at: at, payload: payload}}
        lookback: 20m
        stale_after: 1h
"""

_OFFSET_JOURNAL = """\
      - type: rest
        name: journal
        every: 60s
        side: source
        request: {{url: "{url}/partners/directum/journal", params: {{from: "{{since}}"}}}}
        auth: {{type: basic, username: monitor, password: "file:{keys}/hr.key"}}
        pages: {{by: offset, offset: skip, limit: take, size: 200}}
        records: Items
        fields:
          {{external_id: Id, job: Job, status: State, started_at: Started, finished_at: Finished, records_read: Documents,
           records_written: Stored, records_skipped: Unchanged, records_failed: Failed, error_code: ErrorCode, error_message: ErrorText}}
        status_map: {{Выполнено: succeeded, Выполнено с ошибками: partial, Ошибка: failed, Выполняется: running, Прервано: cancelled}}
        cursor: {{field: Changed}}
        time: {{zone: Europe/Moscow}}
        lookback: 2h
        stale_after: 3h
"""

_JOURNALS = {
    Trace.SYNC_LOG: _SYNC_LOG,
    Trace.LINK_JOURNAL: _LINK_JOURNAL,
    Trace.OFFSET_JOURNAL: _OFFSET_JOURNAL,
}

_ACCESS_COMBINED = """\
      - type: access_log
        name: gateway
        every: 30s
        side: target
        path: "{access}*"
        format: combined
        consumer: user
        errors: [4xx, 5xx]
        not_errors: [404, 409, 422]      # the record's own fault: it is a failed record, not an error of the API
"""
_ACCESS_JSON = """\
      - type: access_log
        name: gateway
        every: 30s
        side: target
        path: "{access}*"
        format: json
        fields: {{time: time, method: method, endpoint: uri, status: status, request_time: request_time, consumer: consumer}}
        errors: [4xx, 5xx]
        not_errors: [404, 409, 422]      # the record's own fault: it is a failed record, not an error of the API
"""
_PROBE = """\
      - {{type: probe, name: key, every: 60s, side: target, request: {{url: "{url}/api/v1/key"}}, auth: {{type: bearer, token: "file:{keys}/{key}.key"}}, expect: [200], scope: butterboard-{key}, expires: expires_at, brings: [credentials, quotas]}}
"""
_HR_PROBE = """\
      - {{type: probe, name: hr-api, every: 5m, side: source, required: false, request: {{url: "{url}/hr/{key}/v1/changes?limit=1"}}, auth: {{type: basic, username: monitor, password: "file:{keys}/hr.key"}}, expect: [200], scope: hr-{key}}}
"""
_PROBED_HR = frozenset({"peoplesoft", "successfactors"})


def monitor_yaml(base_url: str, directory: Path, dashboard: str = DASHBOARD) -> str:
    """The configuration, for a sandbox at this address and in this directory; it needs no environment.

    dashboard: where people will reach the dashboard that is started on it.
    """
    directory = directory.resolve()
    integrations = "".join(_integration(feed, base_url, directory) for feed in FEEDS)
    return _HEAD.format(directory=directory, dashboard=dashboard) + integrations


def _integration(feed: Feed, url: str, directory: Path) -> str:
    every_minute = feed.every.total_seconds() == 60
    minutely = f"{{every: 1m, grace: {feed.grace}}}"
    cron = f'{{cron: "{feed.cron}", timezone: Europe/Moscow, grace: {feed.grace}}}'
    words = {
        "key": feed.key, "name": feed.name, "method": feed.method, "job": feed.job,
        "source_system": feed.source_system, "target_system": feed.target_system, "criticality": feed.criticality,
        "tags": ", ".join(feed.tags), "schedule": minutely if feed.key == "slack" else cron,
        "slo": {"high": "99.5%", "normal": "99%", "low": "97%"}[feed.criticality],
        "second": "customer-hr" if "hr" in feed.tags else "integration-engineer",
        "url": url, "keys": directory / "keys", "every": "20s" if every_minute else "30s",
        "access": access_path(directory, feed.key),
    }  # fmt: skip
    parts = [_INTEGRATION]
    if feed.trace in FILE_TRACES:
        words["log"] = sync_path(directory, feed)
        parts.append(LOG_SOURCES[feed.key])
    else:
        parts.append(_JOURNALS[feed.trace])
    if feed.access:
        parts += [_ACCESS_JSON if feed.access == "json" else _ACCESS_COMBINED, _PROBE]
    if feed.key in _PROBED_HR:
        parts.append(_HR_PROBE)
    return "".join(part.format(**words) for part in parts)
