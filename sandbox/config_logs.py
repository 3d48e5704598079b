"""How the sync logs of the sandbox's systems are read: five files, four formats."""

_MOODLE = """\
      - type: log_file
        name: moodle-log
        every: 30s
        side: source
        path: "{log}*"
        format: jsonl
        where: "starts_with(event, 'run.')"
        fields:
          {{external_id: run, job: job, status: state, started_at: started, finished_at: finished, trigger: reason,
           records_read: rows.read, records_written: rows.written, records_skipped: rows.skipped, records_failed: rows.failed,
           bytes: bytes, error_code: error.code, error_message: error.text}}
        status_map: {{started: running, ok: succeeded, warnings: partial, failed: failed, killed: cancelled}}
        failed_records:
          records: errors
          fields: {{entity: type, record_key: id, root_key: held_back_by, operation: op, error_code: code, error_message: text,
                   occurred_at: at, payload: record}}
"""

_ZUP = """\
      - type: log_file
        name: zup-log
        every: 60s
        side: source
        path: "{log}*"
        format: jsonl
        encoding: cp1251
        where: "event == 'run.finished'"
        fields:
          {{external_id: run, job: job, status: state, started_at: started, finished_at: finished, trigger: reason,
           records_read: rows.read, records_written: rows.written, records_skipped: rows.skipped, records_failed: rows.failed,
           bytes: bytes, error_code: error.code, error_message: error.text}}
        status_map: {{ok: succeeded, warnings: partial, failed: failed, killed: cancelled}}
        failed_records:
          records: errors
          fields: {{entity: type, record_key: id, root_key: held_back_by, operation: op, error_code: code, error_message: text,
                   occurred_at: at, payload: record}}
"""

_SLACK = """\
      - type: log_file
        name: slack-bridge
        every: 20s
        side: target
        path: "{log}*"
        format: logfmt
        where: "msg == 'run finished'"
        fields:
          {{external_id: run, job: job, status: status, started_at: started, finished_at: ts, records_read: read,
           records_written: sent, records_skipped: skipped, records_failed: failed, error_code: code, error_message: error}}
        status_map: {{success: succeeded, partial: partial, failure: failed, aborted: cancelled}}
"""

_WORKDAY = """\
      - type: log_file
        name: import-log
        every: 60s
        side: target
        path: "{log}"
        format: csv
        fields:
          {{external_id: run, status: status, started_at: started, finished_at: finished, records_read: rows,
           records_written: rows_ok, records_failed: rows_bad, error_message: message}}
        status_map: {{IMPORTED: succeeded, IMPORTED WITH ERRORS: partial, REJECTED: failed, STOPPED: cancelled}}
        time: {{zone: Europe/Moscow}}
"""

_JIRA = """\
      - type: log_file
        name: bridge-log
        every: 30s
        side: source
        path: "{log}*"
        format: regex
        pattern: '^(?P<at>\\S+ \\S+) +\\w+ +\\[(?P<job>[^\\]]+)\\] run (?P<run>\\S+) (?:started by \\w+|(?P<state>[A-Z_]+) started=(?P<started>\\S+ \\S+) read=(?P<read>\\d+) written=(?P<written>\\d+) skipped=(?P<skipped>\\d+) failed=(?P<failed>\\d+)(?: error=(?P<code>[^:]+): (?P<message>.*))?)$'
        where: state          # a line that a run starts has none
        fields:
          {{external_id: run, job: job, status: state, started_at: started, finished_at: at, records_read: read,
           records_written: written, records_skipped: skipped, records_failed: failed, error_code: code, error_message: message}}
        status_map: {{COMPLETED: succeeded, COMPLETED_WITH_WARNINGS: partial, FAILED: failed, STOPPED: cancelled}}
        time: {{zone: Europe/Moscow}}
"""

LOG_SOURCES = {"moodle": _MOODLE, "zup": _ZUP, "slack": _SLACK, "workday-csv": _WORKDAY, "jira": _JIRA}
"""By integration, each with `{log}` for its path."""
