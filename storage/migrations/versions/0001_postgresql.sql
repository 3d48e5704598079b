CREATE TABLE audit (
  id BIGSERIAL NOT NULL,
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  detail TEXT NOT NULL,
  CONSTRAINT pk_audit PRIMARY KEY (id)
);

CREATE INDEX ix_audit_at ON audit (at);

CREATE TABLE call_day (
  integration_id BIGINT NOT NULL,
  day BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  status BIGINT NOT NULL,
  consumer_id BIGINT NOT NULL,
  method_id BIGINT NOT NULL,
  endpoint_id BIGINT NOT NULL,
  zone_id BIGINT NOT NULL,
  calls BIGINT DEFAULT '0' NOT NULL,
  CONSTRAINT pk_call_day PRIMARY KEY (integration_id, day, source_id, status, consumer_id, method_id, endpoint_id)
);

CREATE TABLE call_day_latency (
  integration_id BIGINT NOT NULL,
  day BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  status BIGINT NOT NULL,
  consumer_id BIGINT NOT NULL,
  method_id BIGINT NOT NULL,
  endpoint_id BIGINT NOT NULL,
  histogram BYTEA NOT NULL,
  CONSTRAINT pk_call_day_latency PRIMARY KEY (integration_id, day, source_id, status, consumer_id, method_id, endpoint_id)
);

CREATE TABLE call_hour (
  integration_id BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  status BIGINT NOT NULL,
  consumer_id BIGINT NOT NULL,
  method_id BIGINT NOT NULL,
  endpoint_id BIGINT NOT NULL,
  calls BIGINT DEFAULT '0' NOT NULL,
  CONSTRAINT pk_call_hour PRIMARY KEY (integration_id, hour, source_id, status, consumer_id, method_id, endpoint_id)
);

CREATE TABLE call_hour_latency (
  integration_id BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  status BIGINT NOT NULL,
  consumer_id BIGINT NOT NULL,
  method_id BIGINT NOT NULL,
  endpoint_id BIGINT NOT NULL,
  histogram BYTEA NOT NULL,
  CONSTRAINT pk_call_hour_latency PRIMARY KEY (integration_id, hour, source_id, status, consumer_id, method_id, endpoint_id)
);

CREATE TABLE call_minute (
  integration_id BIGINT NOT NULL,
  minute BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  status BIGINT NOT NULL,
  consumer_id BIGINT NOT NULL,
  method_id BIGINT NOT NULL,
  endpoint_id BIGINT NOT NULL,
  calls BIGINT DEFAULT '0' NOT NULL,
  CONSTRAINT pk_call_minute PRIMARY KEY (integration_id, minute, source_id, status, consumer_id, method_id, endpoint_id)
) PARTITION BY RANGE (minute);

CREATE TABLE call_minute_latency (
  integration_id BIGINT NOT NULL,
  minute BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  status BIGINT NOT NULL,
  consumer_id BIGINT NOT NULL,
  method_id BIGINT NOT NULL,
  endpoint_id BIGINT NOT NULL,
  histogram BYTEA NOT NULL,
  CONSTRAINT pk_call_minute_latency PRIMARY KEY (integration_id, minute, source_id, status, consumer_id, method_id, endpoint_id)
) PARTITION BY RANGE (minute);

CREATE TABLE contact (
  id BIGSERIAL NOT NULL,
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT,
  phone TEXT,
  telegram TEXT,
  language TEXT,
  timezone TEXT,
  retired_at BIGINT,
  CONSTRAINT pk_contact PRIMARY KEY (id),
  CONSTRAINT uq_contact_key UNIQUE (key)
);

CREATE TABLE credential (
  source_id BIGINT NOT NULL,
  observed_at BIGINT NOT NULL,
  integration_id BIGINT NOT NULL,
  valid BIGINT,
  reason TEXT NOT NULL,
  expires_at BIGINT,
  CONSTRAINT pk_credential PRIMARY KEY (source_id, observed_at)
);

CREATE TABLE error_group (
  id BIGSERIAL NOT NULL,
  integration_id BIGINT NOT NULL,
  fingerprint TEXT NOT NULL,
  error_origin BIGINT NOT NULL,
  error_class BIGINT NOT NULL,
  error_code_id BIGINT,
  message TEXT NOT NULL,
  state BIGINT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  last_seen_at BIGINT NOT NULL,
  records BIGINT DEFAULT '0' NOT NULL,
  state_at BIGINT,
  regressed_at BIGINT,
  CONSTRAINT pk_error_group PRIMARY KEY (id),
  CONSTRAINT uq_error_group_integration_id_fingerprint UNIQUE (integration_id, fingerprint)
);

CREATE INDEX ix_error_group_last_seen ON error_group (integration_id, last_seen_at);

CREATE TABLE failed_record (
  id BIGSERIAL NOT NULL,
  integration_id BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  group_id BIGINT NOT NULL,
  occurred_at BIGINT NOT NULL,
  identity BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  run_external_id TEXT NOT NULL,
  entity_id BIGINT NOT NULL,
  record_key TEXT NOT NULL,
  root_key TEXT,
  operation_id BIGINT,
  attempt BIGINT NOT NULL,
  error_origin BIGINT NOT NULL,
  error_class BIGINT NOT NULL,
  error_code_id BIGINT,
  error_message TEXT NOT NULL,
  payload BYTEA,
  file TEXT,
  line BIGINT,
  first_seen_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  CONSTRAINT pk_failed_record PRIMARY KEY (id, occurred_at)
) PARTITION BY RANGE (occurred_at);

CREATE INDEX ix_failed_record_at ON failed_record (integration_id, occurred_at);

CREATE INDEX ix_failed_record_group ON failed_record (group_id, occurred_at);

CREATE INDEX ix_failed_record_identity ON failed_record (identity);

CREATE TABLE installation (
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  CONSTRAINT pk_installation PRIMARY KEY (name)
);

CREATE TABLE integration (
  id BIGSERIAL NOT NULL,
  key TEXT NOT NULL,
  name TEXT NOT NULL,
  method TEXT NOT NULL,
  source_system TEXT NOT NULL,
  target_system TEXT NOT NULL,
  criticality TEXT NOT NULL,
  stage TEXT NOT NULL,
  tags TEXT NOT NULL,
  labels TEXT NOT NULL,
  docs TEXT,
  paused BIGINT DEFAULT '0' NOT NULL,
  position BIGINT DEFAULT '0' NOT NULL,
  known_since BIGINT NOT NULL,
  retired_at BIGINT,
  CONSTRAINT pk_integration PRIMARY KEY (id),
  CONSTRAINT uq_integration_key UNIQUE (key)
);

CREATE TABLE open_run (
  id BIGSERIAL NOT NULL,
  integration_id BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  external_id TEXT NOT NULL,
  status BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  duration BIGINT,
  trigger_id BIGINT,
  records_read BIGINT,
  records_written BIGINT,
  records_skipped BIGINT,
  records_failed BIGINT,
  bytes BIGINT,
  error_origin BIGINT,
  error_class BIGINT,
  error_code_id BIGINT,
  error_message TEXT,
  url TEXT,
  started_at BIGINT,
  finished_at BIGINT,
  first_seen_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  CONSTRAINT pk_open_run PRIMARY KEY (id),
  CONSTRAINT uq_open_run_source_id_external_id_job_id UNIQUE (source_id, external_id, job_id)
);

CREATE INDEX ix_open_run_integration ON open_run (integration_id, started_at);

CREATE TABLE overview (
  integration_id BIGINT NOT NULL,
  horizon TEXT NOT NULL,
  as_of BIGINT NOT NULL,
  version BIGINT NOT NULL,
  facts BYTEA NOT NULL,
  strip BYTEA,
  runs_24h BIGINT DEFAULT '0' NOT NULL,
  failed_runs_24h BIGINT DEFAULT '0' NOT NULL,
  partial_runs_24h BIGINT DEFAULT '0' NOT NULL,
  failed_records_open BIGINT DEFAULT '0' NOT NULL,
  failed_records_24h BIGINT DEFAULT '0' NOT NULL,
  api_calls_24h BIGINT DEFAULT '0' NOT NULL,
  api_errors_24h BIGINT DEFAULT '0' NOT NULL,
  quota_used_ratio FLOAT(53),
  last_run_at BIGINT,
  CONSTRAINT pk_overview PRIMARY KEY (integration_id, horizon)
);

CREATE INDEX ix_overview_version ON overview (integration_id, horizon, as_of, version);

CREATE TABLE poll (
  id BIGSERIAL NOT NULL,
  integration_id BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  finished_at BIGINT NOT NULL,
  result TEXT NOT NULL,
  error TEXT,
  permanent BIGINT DEFAULT '0' NOT NULL,
  records BIGINT DEFAULT '0' NOT NULL,
  items BIGINT DEFAULT '0' NOT NULL,
  bad_items BIGINT DEFAULT '0' NOT NULL,
  bytes BIGINT DEFAULT '0' NOT NULL,
  requests BIGINT DEFAULT '0' NOT NULL,
  problems TEXT NOT NULL,
  not_before BIGINT,
  truncated BIGINT DEFAULT '0' NOT NULL,
  CONSTRAINT pk_poll PRIMARY KEY (id),
  CONSTRAINT uq_poll_source_id_started_at UNIQUE (source_id, started_at)
);

CREATE INDEX ix_poll_started_at ON poll (started_at);

CREATE TABLE quota (
  integration_id BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  scope_id BIGINT NOT NULL,
  quota_id BIGINT NOT NULL,
  observed_at BIGINT NOT NULL,
  "limit" FLOAT(53),
  remaining FLOAT(53),
  resets_at BIGINT,
  window_seconds FLOAT(53),
  limited BIGINT DEFAULT '0' NOT NULL,
  CONSTRAINT pk_quota PRIMARY KEY (integration_id, source_id, scope_id, quota_id)
);

CREATE TABLE quota_hour (
  scope_id BIGINT NOT NULL,
  quota_id BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  samples BIGINT DEFAULT '0' NOT NULL,
  refusals BIGINT DEFAULT '0' NOT NULL,
  "limit" FLOAT(53),
  least_remaining FLOAT(53),
  most_used_ratio FLOAT(53),
  CONSTRAINT pk_quota_hour PRIMARY KEY (scope_id, quota_id, hour)
);

CREATE TABLE quota_sample (
  scope_id BIGINT NOT NULL,
  quota_id BIGINT NOT NULL,
  observed_at BIGINT NOT NULL,
  integration_id BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  "limit" FLOAT(53),
  remaining FLOAT(53),
  resets_at BIGINT,
  window_seconds FLOAT(53),
  limited BIGINT DEFAULT '0' NOT NULL,
  CONSTRAINT pk_quota_sample PRIMARY KEY (scope_id, quota_id, observed_at)
);

CREATE INDEX ix_quota_sample_at ON quota_sample (observed_at);

CREATE TABLE run_day (
  integration_id BIGINT NOT NULL,
  day BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  zone_id BIGINT NOT NULL,
  succeeded BIGINT DEFAULT '0' NOT NULL,
  partial BIGINT DEFAULT '0' NOT NULL,
  failed BIGINT DEFAULT '0' NOT NULL,
  cancelled BIGINT DEFAULT '0' NOT NULL,
  skipped BIGINT DEFAULT '0' NOT NULL,
  unknown BIGINT DEFAULT '0' NOT NULL,
  records_read BIGINT DEFAULT '0' NOT NULL,
  read_told BIGINT DEFAULT '0' NOT NULL,
  records_written BIGINT DEFAULT '0' NOT NULL,
  written_told BIGINT DEFAULT '0' NOT NULL,
  records_skipped BIGINT DEFAULT '0' NOT NULL,
  skipped_told BIGINT DEFAULT '0' NOT NULL,
  records_failed BIGINT DEFAULT '0' NOT NULL,
  failed_told BIGINT DEFAULT '0' NOT NULL,
  CONSTRAINT pk_run_day PRIMARY KEY (integration_id, day, source_id)
);

CREATE TABLE run_day_duration (
  integration_id BIGINT NOT NULL,
  day BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  histogram BYTEA NOT NULL,
  CONSTRAINT pk_run_day_duration PRIMARY KEY (integration_id, day, source_id)
);

CREATE TABLE run_hour (
  integration_id BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  succeeded BIGINT DEFAULT '0' NOT NULL,
  partial BIGINT DEFAULT '0' NOT NULL,
  failed BIGINT DEFAULT '0' NOT NULL,
  cancelled BIGINT DEFAULT '0' NOT NULL,
  skipped BIGINT DEFAULT '0' NOT NULL,
  unknown BIGINT DEFAULT '0' NOT NULL,
  records_read BIGINT DEFAULT '0' NOT NULL,
  read_told BIGINT DEFAULT '0' NOT NULL,
  records_written BIGINT DEFAULT '0' NOT NULL,
  written_told BIGINT DEFAULT '0' NOT NULL,
  records_skipped BIGINT DEFAULT '0' NOT NULL,
  skipped_told BIGINT DEFAULT '0' NOT NULL,
  records_failed BIGINT DEFAULT '0' NOT NULL,
  failed_told BIGINT DEFAULT '0' NOT NULL,
  CONSTRAINT pk_run_hour PRIMARY KEY (integration_id, hour, source_id)
);

CREATE TABLE run_hour_duration (
  integration_id BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  histogram BYTEA NOT NULL,
  CONSTRAINT pk_run_hour_duration PRIMARY KEY (integration_id, hour, source_id)
);

CREATE TABLE sync_run (
  id BIGSERIAL NOT NULL,
  integration_id BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  job_id BIGINT NOT NULL,
  external_id TEXT NOT NULL,
  status BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  duration BIGINT,
  trigger_id BIGINT,
  records_read BIGINT,
  records_written BIGINT,
  records_skipped BIGINT,
  records_failed BIGINT,
  bytes BIGINT,
  error_origin BIGINT,
  error_class BIGINT,
  error_code_id BIGINT,
  error_message TEXT,
  url TEXT,
  at BIGINT NOT NULL,
  timing BIGINT NOT NULL,
  took BIGINT,
  seen_after BIGINT NOT NULL,
  changed_after BIGINT,
  started_at BIGINT GENERATED ALWAYS AS (at - took) STORED,
  finished_at BIGINT GENERATED ALWAYS AS (CASE WHEN timing = 0 THEN at END) STORED,
  first_seen_at BIGINT GENERATED ALWAYS AS (at + seen_after) STORED,
  changed_at BIGINT GENERATED ALWAYS AS (at + COALESCE(changed_after, seen_after)) STORED,
  CONSTRAINT pk_sync_run PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);

CREATE INDEX ix_sync_run_at ON sync_run (integration_id, at);

CREATE INDEX ix_sync_run_failed ON sync_run (integration_id, at) WHERE status IN (4, 5);

CREATE INDEX ix_sync_run_identity ON sync_run (source_id, external_id, job_id);

CREATE TABLE text (
  id BIGSERIAL NOT NULL,
  value TEXT NOT NULL,
  CONSTRAINT pk_text PRIMARY KEY (id),
  CONSTRAINT uq_text_value UNIQUE (value)
);

CREATE TABLE group_hour (
  group_id BIGINT NOT NULL,
  hour BIGINT NOT NULL,
  records BIGINT DEFAULT '0' NOT NULL,
  CONSTRAINT pk_group_hour PRIMARY KEY (group_id, hour),
  CONSTRAINT fk_group_hour_group_id FOREIGN KEY(group_id) REFERENCES error_group (id)
);

CREATE TABLE integration_contact (
  integration_id BIGINT NOT NULL,
  position BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  after BIGINT DEFAULT '0' NOT NULL,
  CONSTRAINT pk_integration_contact PRIMARY KEY (integration_id, position),
  CONSTRAINT fk_integration_contact_contact_id FOREIGN KEY(contact_id) REFERENCES contact (id)
);

CREATE TABLE source (
  id BIGSERIAL NOT NULL,
  integration_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  side TEXT NOT NULL,
  every BIGINT NOT NULL,
  required BIGINT DEFAULT '0' NOT NULL,
  brings TEXT,
  position BIGINT DEFAULT '0' NOT NULL,
  known_since BIGINT NOT NULL,
  retired_at BIGINT,
  cursor TEXT NOT NULL,
  revision BIGINT DEFAULT '0' NOT NULL,
  last_poll_at BIGINT,
  last_result TEXT,
  last_ok_at BIGINT,
  last_error TEXT,
  not_before BIGINT,
  bad_items_last_poll BIGINT DEFAULT '0' NOT NULL,
  last_record_at BIGINT,
  CONSTRAINT pk_source PRIMARY KEY (id),
  CONSTRAINT uq_source_integration_id_name UNIQUE (integration_id, name),
  CONSTRAINT fk_source_integration_id FOREIGN KEY(integration_id) REFERENCES integration (id)
);
