CREATE TABLE alert_state (
  integration_id INTEGER NOT NULL,
  rule_id INTEGER NOT NULL,
  label_id INTEGER NOT NULL,
  phase INTEGER NOT NULL,
  severity INTEGER DEFAULT '0' NOT NULL,
  reason INTEGER DEFAULT '0' NOT NULL,
  episode TEXT,
  since INTEGER,
  phase_since INTEGER,
  fired_at INTEGER,
  evaluated_at INTEGER,
  read_at INTEGER,
  value FLOAT,
  threshold TEXT,
  detail TEXT,
  acknowledged_by TEXT,
  acknowledged_at INTEGER,
  acknowledged_severity INTEGER DEFAULT '0' NOT NULL,
  acknowledged_note TEXT,
  changes TEXT,
  turned_at INTEGER,
  flapping INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_alert_state PRIMARY KEY (integration_id, rule_id, label_id)
)
 WITHOUT ROWID;

CREATE TABLE alert_event (
  id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  integration_id INTEGER NOT NULL,
  rule_id INTEGER NOT NULL,
  label_id INTEGER NOT NULL,
  episode TEXT NOT NULL,
  kind INTEGER NOT NULL,
  severity INTEGER DEFAULT '0' NOT NULL,
  reason INTEGER DEFAULT '0' NOT NULL,
  since INTEGER,
  value FLOAT,
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
  integration_id INTEGER NOT NULL,
  rule_id INTEGER NOT NULL,
  label_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  value FLOAT,
  events INTEGER DEFAULT '0' NOT NULL,
  severity INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_evaluation PRIMARY KEY (integration_id, rule_id, label_id, at)
)
 WITHOUT ROWID;

CREATE INDEX ix_evaluation_at ON evaluation (at);

CREATE TABLE outbox (
  id INTEGER NOT NULL,
  channel_id INTEGER NOT NULL,
  contact_id INTEGER NOT NULL,
  integration_id INTEGER NOT NULL,
  rule_id INTEGER NOT NULL,
  label_id INTEGER NOT NULL,
  episode TEXT NOT NULL,
  kind INTEGER NOT NULL,
  severity INTEGER DEFAULT '0' NOT NULL,
  created_at INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  content TEXT NOT NULL,
  state INTEGER DEFAULT '0' NOT NULL,
  batch TEXT,
  attempts INTEGER DEFAULT '0' NOT NULL,
  leased_until INTEGER,
  leased_by TEXT,
  error TEXT,
  finished_at INTEGER,
  CONSTRAINT pk_outbox PRIMARY KEY (id)
);

CREATE INDEX ix_outbox_batch ON outbox (batch);

CREATE INDEX ix_outbox_episode ON outbox (episode);

CREATE INDEX ix_outbox_finished_at ON outbox (finished_at);

CREATE INDEX ix_outbox_waiting ON outbox (state, channel_id, contact_id, integration_id, not_before);

CREATE TABLE outbox_sent (
  channel_id INTEGER NOT NULL,
  contact_id INTEGER NOT NULL,
  integration_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  CONSTRAINT pk_outbox_sent PRIMARY KEY (channel_id, contact_id, integration_id)
)
 WITHOUT ROWID;

CREATE TABLE channel_state (
  channel_id INTEGER NOT NULL,
  disabled_at INTEGER,
  disabled_why TEXT,
  disabled_by TEXT,
  last_delivered_at INTEGER,
  last_failed_at INTEGER,
  last_error TEXT,
  failures INTEGER DEFAULT '0' NOT NULL,
  delivered INTEGER DEFAULT '0' NOT NULL,
  failed INTEGER DEFAULT '0' NOT NULL,
  dead INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_channel_state PRIMARY KEY (channel_id)
)
 WITHOUT ROWID;

CREATE TABLE silence (
  id INTEGER NOT NULL,
  "key" TEXT,
  scope TEXT NOT NULL,
  starts_at INTEGER NOT NULL,
  ends_at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  note TEXT,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  ended_by TEXT,
  CONSTRAINT pk_silence PRIMARY KEY (id),
  CONSTRAINT uq_silence_key UNIQUE ("key")
);

CREATE INDEX ix_silence_ends_at ON silence (ends_at);

CREATE TABLE maintenance (
  id INTEGER NOT NULL,
  "key" TEXT,
  name TEXT NOT NULL,
  scope TEXT NOT NULL,
  starts_at INTEGER,
  ends_at INTEGER,
  cron TEXT,
  timezone TEXT,
  duration INTEGER,
  actor TEXT NOT NULL,
  note TEXT,
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  ended_by TEXT,
  CONSTRAINT pk_maintenance PRIMARY KEY (id),
  CONSTRAINT uq_maintenance_key UNIQUE ("key")
);

CREATE TABLE threshold_override (
  id INTEGER NOT NULL,
  rule_id INTEGER NOT NULL,
  integration_id INTEGER,
  warning TEXT,
  critical TEXT,
  resolve TEXT,
  actor TEXT NOT NULL,
  at INTEGER NOT NULL,
  note TEXT,
  reverted_at INTEGER,
  reverted_by TEXT,
  CONSTRAINT pk_threshold_override PRIMARY KEY (id)
);
