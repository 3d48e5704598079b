CREATE TABLE alert_state (
  integration_id BIGINT NOT NULL,
  rule_id BIGINT NOT NULL,
  label_id BIGINT NOT NULL,
  phase BIGINT NOT NULL,
  severity BIGINT DEFAULT '0' NOT NULL,
  reason BIGINT DEFAULT '0' NOT NULL,
  episode TEXT,
  since BIGINT,
  phase_since BIGINT,
  fired_at BIGINT,
  evaluated_at BIGINT,
  read_at BIGINT,
  value FLOAT(53),
  threshold TEXT,
  detail TEXT,
  acknowledged_by TEXT,
  acknowledged_at BIGINT,
  acknowledged_severity BIGINT DEFAULT '0' NOT NULL,
  acknowledged_note TEXT,
  changes TEXT,
  turned_at BIGINT,
  flapping BIGINT DEFAULT '0' NOT NULL,
  CONSTRAINT pk_alert_state PRIMARY KEY (integration_id, rule_id, label_id)
);

CREATE TABLE alert_event (
  id BIGSERIAL NOT NULL,
  at BIGINT NOT NULL,
  integration_id BIGINT NOT NULL,
  rule_id BIGINT NOT NULL,
  label_id BIGINT NOT NULL,
  episode TEXT NOT NULL,
  kind BIGINT NOT NULL,
  severity BIGINT DEFAULT '0' NOT NULL,
  reason BIGINT DEFAULT '0' NOT NULL,
  since BIGINT,
  value FLOAT(53),
  threshold TEXT,
  detail TEXT,
  actor TEXT,
  note TEXT,
  CONSTRAINT pk_alert_event PRIMARY KEY (id)
);

CREATE INDEX ix_alert_event_at ON alert_event (at);

CREATE INDEX ix_alert_event_episode ON alert_event (episode);

CREATE INDEX ix_alert_event_integration ON alert_event (integration_id, at);

CREATE TABLE evaluation (
  integration_id BIGINT NOT NULL,
  rule_id BIGINT NOT NULL,
  label_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  value FLOAT(53),
  events BIGINT DEFAULT '0' NOT NULL,
  severity BIGINT DEFAULT '0' NOT NULL,
  CONSTRAINT pk_evaluation PRIMARY KEY (integration_id, rule_id, label_id, at)
);

CREATE INDEX ix_evaluation_at ON evaluation (at);

CREATE TABLE outbox (
  id BIGSERIAL NOT NULL,
  channel_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  integration_id BIGINT NOT NULL,
  rule_id BIGINT NOT NULL,
  label_id BIGINT NOT NULL,
  episode TEXT NOT NULL,
  kind BIGINT NOT NULL,
  severity BIGINT DEFAULT '0' NOT NULL,
  created_at BIGINT NOT NULL,
  not_before BIGINT NOT NULL,
  content TEXT NOT NULL,
  state BIGINT DEFAULT '0' NOT NULL,
  batch TEXT,
  attempts BIGINT DEFAULT '0' NOT NULL,
  leased_until BIGINT,
  leased_by TEXT,
  error TEXT,
  finished_at BIGINT,
  CONSTRAINT pk_outbox PRIMARY KEY (id)
);

CREATE INDEX ix_outbox_batch ON outbox (batch);

CREATE INDEX ix_outbox_episode ON outbox (episode);

CREATE INDEX ix_outbox_finished_at ON outbox (finished_at);

CREATE INDEX ix_outbox_waiting ON outbox (state, channel_id, contact_id, integration_id, not_before);

CREATE TABLE outbox_sent (
  channel_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  integration_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  CONSTRAINT pk_outbox_sent PRIMARY KEY (channel_id, contact_id, integration_id)
);

CREATE TABLE channel_state (
  channel_id BIGINT NOT NULL,
  disabled_at BIGINT,
  disabled_why TEXT,
  disabled_by TEXT,
  last_delivered_at BIGINT,
  last_failed_at BIGINT,
  last_error TEXT,
  failures BIGINT DEFAULT '0' NOT NULL,
  delivered BIGINT DEFAULT '0' NOT NULL,
  failed BIGINT DEFAULT '0' NOT NULL,
  dead BIGINT DEFAULT '0' NOT NULL,
  CONSTRAINT pk_channel_state PRIMARY KEY (channel_id)
);

CREATE TABLE silence (
  id BIGSERIAL NOT NULL,
  key TEXT,
  scope TEXT NOT NULL,
  starts_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  note TEXT,
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  ended_by TEXT,
  CONSTRAINT pk_silence PRIMARY KEY (id),
  CONSTRAINT uq_silence_key UNIQUE (key)
);

CREATE INDEX ix_silence_ends_at ON silence (ends_at);

CREATE TABLE maintenance (
  id BIGSERIAL NOT NULL,
  key TEXT,
  name TEXT NOT NULL,
  scope TEXT NOT NULL,
  starts_at BIGINT,
  ends_at BIGINT,
  cron TEXT,
  timezone TEXT,
  duration BIGINT,
  actor TEXT NOT NULL,
  note TEXT,
  created_at BIGINT NOT NULL,
  ended_at BIGINT,
  ended_by TEXT,
  CONSTRAINT pk_maintenance PRIMARY KEY (id),
  CONSTRAINT uq_maintenance_key UNIQUE (key)
);

CREATE TABLE threshold_override (
  id BIGSERIAL NOT NULL,
  rule_id BIGINT NOT NULL,
  integration_id BIGINT,
  warning TEXT,
  critical TEXT,
  resolve TEXT,
  actor TEXT NOT NULL,
  at BIGINT NOT NULL,
  note TEXT,
  reverted_at BIGINT,
  reverted_by TEXT,
  CONSTRAINT pk_threshold_override PRIMARY KEY (id)
);
