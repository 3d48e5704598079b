CREATE TABLE audit (
  id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  CONSTRAINT pk_audit PRIMARY KEY (id)
);

CREATE INDEX ix_audit_at ON audit (at);

CREATE TABLE call_day (
  integration_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  status INTEGER NOT NULL,
  consumer_id INTEGER NOT NULL,
  method_id INTEGER NOT NULL,
  endpoint_id INTEGER NOT NULL,
  zone_id INTEGER NOT NULL,
  calls INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_call_day PRIMARY KEY (integration_id, day, source_id, status, consumer_id, method_id, endpoint_id)
)
 WITHOUT ROWID;

CREATE TABLE call_day_latency (
  integration_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  status INTEGER NOT NULL,
  consumer_id INTEGER NOT NULL,
  method_id INTEGER NOT NULL,
  endpoint_id INTEGER NOT NULL,
  histogram BLOB NOT NULL,
  CONSTRAINT pk_call_day_latency PRIMARY KEY (integration_id, day, source_id, status, consumer_id, method_id, endpoint_id)
)
 WITHOUT ROWID;

CREATE TABLE call_hour (
  integration_id INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  status INTEGER NOT NULL,
  consumer_id INTEGER NOT NULL,
  method_id INTEGER NOT NULL,
  endpoint_id INTEGER NOT NULL,
  calls INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_call_hour PRIMARY KEY (integration_id, hour, source_id, status, consumer_id, method_id, endpoint_id)
)
 WITHOUT ROWID;

CREATE TABLE call_hour_latency (
  integration_id INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  status INTEGER NOT NULL,
  consumer_id INTEGER NOT NULL,
  method_id INTEGER NOT NULL,
  endpoint_id INTEGER NOT NULL,
  histogram BLOB NOT NULL,
  CONSTRAINT pk_call_hour_latency PRIMARY KEY (integration_id, hour, source_id, status, consumer_id, method_id, endpoint_id)
)
 WITHOUT ROWID;

CREATE TABLE call_minute (
  integration_id INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  status INTEGER NOT NULL,
  consumer_id INTEGER NOT NULL,
  method_id INTEGER NOT NULL,
  endpoint_id INTEGER NOT NULL,
  calls INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_call_minute PRIMARY KEY (integration_id, minute, source_id, status, consumer_id, method_id, endpoint_id)
)
 WITHOUT ROWID;

CREATE TABLE call_minute_latency (
  integration_id INTEGER NOT NULL,
  minute INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  status INTEGER NOT NULL,
  consumer_id INTEGER NOT NULL,
  method_id INTEGER NOT NULL,
  endpoint_id INTEGER NOT NULL,
  histogram BLOB NOT NULL,
  CONSTRAINT pk_call_minute_latency PRIMARY KEY (integration_id, minute, source_id, status, consumer_id, method_id, endpoint_id)
)
 WITHOUT ROWID;

CREATE TABLE contact (
  id INTEGER NOT NULL,
  "key" TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT,
  phone TEXT,
  telegram TEXT,
  language TEXT,
  timezone TEXT,
  retired_at INTEGER,
  CONSTRAINT pk_contact PRIMARY KEY (id),
  CONSTRAINT uq_contact_key UNIQUE ("key")
);

CREATE TABLE credential (
  source_id INTEGER NOT NULL,
  observed_at INTEGER NOT NULL,
  integration_id INTEGER NOT NULL,
  valid INTEGER,
  reason TEXT NOT NULL,
  expires_at INTEGER,
  CONSTRAINT pk_credential PRIMARY KEY (source_id, observed_at)
)
 WITHOUT ROWID;

CREATE TABLE error_group (
  id INTEGER NOT NULL,
  integration_id INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  error_origin INTEGER NOT NULL,
  error_class INTEGER NOT NULL,
  error_code_id INTEGER,
  message TEXT NOT NULL,
  state INTEGER NOT NULL,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  records INTEGER DEFAULT '0' NOT NULL,
  state_at INTEGER,
  regressed_at INTEGER,
  CONSTRAINT pk_error_group PRIMARY KEY (id),
  CONSTRAINT uq_error_group_integration_id_fingerprint UNIQUE (integration_id, fingerprint)
);

CREATE INDEX ix_error_group_last_seen ON error_group (integration_id, last_seen_at);

CREATE TABLE failed_record (
  id INTEGER NOT NULL,
  integration_id INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  group_id INTEGER NOT NULL,
  occurred_at INTEGER NOT NULL,
  identity INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  run_external_id TEXT NOT NULL,
  entity_id INTEGER NOT NULL,
  record_key TEXT NOT NULL,
  root_key TEXT,
  operation_id INTEGER,
  attempt INTEGER NOT NULL,
  error_origin INTEGER NOT NULL,
  error_class INTEGER NOT NULL,
  error_code_id INTEGER,
  error_message TEXT NOT NULL,
  payload BLOB,
  file TEXT,
  line INTEGER,
  first_seen_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  CONSTRAINT pk_failed_record PRIMARY KEY (id)
);

CREATE INDEX ix_failed_record_at ON failed_record (integration_id, occurred_at);

CREATE INDEX ix_failed_record_group ON failed_record (group_id, occurred_at);

CREATE INDEX ix_failed_record_identity ON failed_record (identity);

CREATE TABLE installation (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  CONSTRAINT pk_installation PRIMARY KEY (name)
)
 WITHOUT ROWID;

CREATE TABLE integration (
  id INTEGER NOT NULL,
  "key" TEXT NOT NULL,
  name TEXT NOT NULL,
  method TEXT NOT NULL,
  source_system TEXT NOT NULL,
  target_system TEXT NOT NULL,
  criticality TEXT NOT NULL,
  stage TEXT NOT NULL,
  tags TEXT NOT NULL,
  labels TEXT NOT NULL,
  docs TEXT,
  paused INTEGER DEFAULT '0' NOT NULL,
  position INTEGER DEFAULT '0' NOT NULL,
  known_since INTEGER NOT NULL,
  retired_at INTEGER,
  CONSTRAINT pk_integration PRIMARY KEY (id),
  CONSTRAINT uq_integration_key UNIQUE ("key")
);

CREATE TABLE open_run (
  id INTEGER NOT NULL,
  integration_id INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  external_id TEXT NOT NULL,
  status INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  duration INTEGER,
  trigger_id INTEGER,
  records_read INTEGER,
  records_written INTEGER,
  records_skipped INTEGER,
  records_failed INTEGER,
  bytes INTEGER,
  error_origin INTEGER,
  error_class INTEGER,
  error_code_id INTEGER,
  error_message TEXT,
  url TEXT,
  started_at INTEGER,
  finished_at INTEGER,
  first_seen_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  CONSTRAINT pk_open_run PRIMARY KEY (id),
  CONSTRAINT uq_open_run_source_id_external_id_job_id UNIQUE (source_id, external_id, job_id)
);

CREATE INDEX ix_open_run_integration ON open_run (integration_id, started_at);

CREATE TABLE overview (
  integration_id INTEGER NOT NULL,
  horizon TEXT NOT NULL,
  as_of INTEGER NOT NULL,
  version INTEGER NOT NULL,
  facts BLOB NOT NULL,
  strip BLOB,
  runs_24h INTEGER DEFAULT '0' NOT NULL,
  failed_runs_24h INTEGER DEFAULT '0' NOT NULL,
  partial_runs_24h INTEGER DEFAULT '0' NOT NULL,
  failed_records_open INTEGER DEFAULT '0' NOT NULL,
  failed_records_24h INTEGER DEFAULT '0' NOT NULL,
  api_calls_24h INTEGER DEFAULT '0' NOT NULL,
  api_errors_24h INTEGER DEFAULT '0' NOT NULL,
  quota_used_ratio FLOAT,
  last_run_at INTEGER,
  CONSTRAINT pk_overview PRIMARY KEY (integration_id, horizon)
)
 WITHOUT ROWID;

CREATE INDEX ix_overview_version ON overview (integration_id, horizon, as_of, version);

CREATE TABLE poll (
  id INTEGER NOT NULL,
  integration_id INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL,
  result TEXT NOT NULL,
  error TEXT,
  permanent INTEGER DEFAULT '0' NOT NULL,
  records INTEGER DEFAULT '0' NOT NULL,
  items INTEGER DEFAULT '0' NOT NULL,
  bad_items INTEGER DEFAULT '0' NOT NULL,
  bytes INTEGER DEFAULT '0' NOT NULL,
  requests INTEGER DEFAULT '0' NOT NULL,
  problems TEXT NOT NULL,
  not_before INTEGER,
  truncated INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_poll PRIMARY KEY (id),
  CONSTRAINT uq_poll_source_id_started_at UNIQUE (source_id, started_at)
);

CREATE INDEX ix_poll_started_at ON poll (started_at);

CREATE TABLE quota (
  integration_id INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  scope_id INTEGER NOT NULL,
  quota_id INTEGER NOT NULL,
  observed_at INTEGER NOT NULL,
  "limit" FLOAT,
  remaining FLOAT,
  resets_at INTEGER,
  window_seconds FLOAT,
  limited INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_quota PRIMARY KEY (integration_id, source_id, scope_id, quota_id)
)
 WITHOUT ROWID;

CREATE TABLE quota_hour (
  scope_id INTEGER NOT NULL,
  quota_id INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  samples INTEGER DEFAULT '0' NOT NULL,
  refusals INTEGER DEFAULT '0' NOT NULL,
  "limit" FLOAT,
  least_remaining FLOAT,
  most_used_ratio FLOAT,
  CONSTRAINT pk_quota_hour PRIMARY KEY (scope_id, quota_id, hour)
)
 WITHOUT ROWID;

CREATE TABLE quota_sample (
  scope_id INTEGER NOT NULL,
  quota_id INTEGER NOT NULL,
  observed_at INTEGER NOT NULL,
  integration_id INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  "limit" FLOAT,
  remaining FLOAT,
  resets_at INTEGER,
  window_seconds FLOAT,
  limited INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_quota_sample PRIMARY KEY (scope_id, quota_id, observed_at)
)
 WITHOUT ROWID;

CREATE INDEX ix_quota_sample_at ON quota_sample (observed_at);

CREATE TABLE run_day (
  integration_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  zone_id INTEGER NOT NULL,
  succeeded INTEGER DEFAULT '0' NOT NULL,
  partial INTEGER DEFAULT '0' NOT NULL,
  failed INTEGER DEFAULT '0' NOT NULL,
  cancelled INTEGER DEFAULT '0' NOT NULL,
  skipped INTEGER DEFAULT '0' NOT NULL,
  unknown INTEGER DEFAULT '0' NOT NULL,
  records_read INTEGER DEFAULT '0' NOT NULL,
  read_told INTEGER DEFAULT '0' NOT NULL,
  records_written INTEGER DEFAULT '0' NOT NULL,
  written_told INTEGER DEFAULT '0' NOT NULL,
  records_skipped INTEGER DEFAULT '0' NOT NULL,
  skipped_told INTEGER DEFAULT '0' NOT NULL,
  records_failed INTEGER DEFAULT '0' NOT NULL,
  failed_told INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_run_day PRIMARY KEY (integration_id, day, source_id)
)
 WITHOUT ROWID;

CREATE TABLE run_day_duration (
  integration_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  histogram BLOB NOT NULL,
  CONSTRAINT pk_run_day_duration PRIMARY KEY (integration_id, day, source_id)
)
 WITHOUT ROWID;

CREATE TABLE run_hour (
  integration_id INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  succeeded INTEGER DEFAULT '0' NOT NULL,
  partial INTEGER DEFAULT '0' NOT NULL,
  failed INTEGER DEFAULT '0' NOT NULL,
  cancelled INTEGER DEFAULT '0' NOT NULL,
  skipped INTEGER DEFAULT '0' NOT NULL,
  unknown INTEGER DEFAULT '0' NOT NULL,
  records_read INTEGER DEFAULT '0' NOT NULL,
  read_told INTEGER DEFAULT '0' NOT NULL,
  records_written INTEGER DEFAULT '0' NOT NULL,
  written_told INTEGER DEFAULT '0' NOT NULL,
  records_skipped INTEGER DEFAULT '0' NOT NULL,
  skipped_told INTEGER DEFAULT '0' NOT NULL,
  records_failed INTEGER DEFAULT '0' NOT NULL,
  failed_told INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_run_hour PRIMARY KEY (integration_id, hour, source_id)
)
 WITHOUT ROWID;

CREATE TABLE run_hour_duration (
  integration_id INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  histogram BLOB NOT NULL,
  CONSTRAINT pk_run_hour_duration PRIMARY KEY (integration_id, hour, source_id)
)
 WITHOUT ROWID;

CREATE TABLE run_segment (
  last_id INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  filter BLOB NOT NULL,
  CONSTRAINT pk_run_segment PRIMARY KEY (last_id)
);

CREATE TABLE sync_run (
  id INTEGER NOT NULL,
  integration_id INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  job_id INTEGER NOT NULL,
  external_id TEXT NOT NULL,
  status INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  duration INTEGER,
  trigger_id INTEGER,
  records_read INTEGER,
  records_written INTEGER,
  records_skipped INTEGER,
  records_failed INTEGER,
  bytes INTEGER,
  error_origin INTEGER,
  error_class INTEGER,
  error_code_id INTEGER,
  error_message TEXT,
  url TEXT,
  at INTEGER NOT NULL,
  timing INTEGER NOT NULL,
  took INTEGER,
  seen_after INTEGER NOT NULL,
  changed_after INTEGER,
  started_at INTEGER GENERATED ALWAYS AS (at - took),
  finished_at INTEGER GENERATED ALWAYS AS (CASE WHEN timing = 0 THEN at END),
  first_seen_at INTEGER GENERATED ALWAYS AS (at + seen_after),
  changed_at INTEGER GENERATED ALWAYS AS (at + COALESCE(changed_after, seen_after)),
  CONSTRAINT pk_sync_run PRIMARY KEY (id)
);

CREATE INDEX ix_sync_run_at ON sync_run (integration_id, at);

CREATE INDEX ix_sync_run_failed ON sync_run (integration_id, at) WHERE status IN (4, 5);

CREATE TABLE text (
  id INTEGER NOT NULL,
  value TEXT NOT NULL,
  CONSTRAINT pk_text PRIMARY KEY (id),
  CONSTRAINT uq_text_value UNIQUE (value)
);

CREATE TABLE group_hour (
  group_id INTEGER NOT NULL,
  hour INTEGER NOT NULL,
  records INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_group_hour PRIMARY KEY (group_id, hour),
  CONSTRAINT fk_group_hour_group_id FOREIGN KEY(group_id) REFERENCES error_group (id)
)
 WITHOUT ROWID;

CREATE TABLE integration_contact (
  integration_id INTEGER NOT NULL,
  position INTEGER NOT NULL,
  contact_id INTEGER NOT NULL,
  "after" INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_integration_contact PRIMARY KEY (integration_id, position),
  CONSTRAINT fk_integration_contact_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id)
)
 WITHOUT ROWID;

CREATE TABLE source (
  id INTEGER NOT NULL,
  integration_id INTEGER NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  side TEXT NOT NULL,
  every INTEGER NOT NULL,
  required INTEGER DEFAULT '0' NOT NULL,
  brings TEXT,
  position INTEGER DEFAULT '0' NOT NULL,
  known_since INTEGER NOT NULL,
  retired_at INTEGER,
  cursor TEXT NOT NULL,
  revision INTEGER DEFAULT '0' NOT NULL,
  last_poll_at INTEGER,
  last_result TEXT,
  last_ok_at INTEGER,
  last_error TEXT,
  not_before INTEGER,
  bad_items_last_poll INTEGER DEFAULT '0' NOT NULL,
  last_record_at INTEGER,
  CONSTRAINT pk_source PRIMARY KEY (id),
  CONSTRAINT uq_source_integration_id_name UNIQUE (integration_id, name),
  CONSTRAINT fk_source_integration_id FOREIGN KEY(integration_id) REFERENCES integration (id)
);
