CREATE TABLE record_event (
  id INTEGER NOT NULL,
  integration_id INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  identity INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  entity_id INTEGER NOT NULL,
  record_key TEXT NOT NULL,
  step_id INTEGER NOT NULL,
  outcome_id INTEGER NOT NULL,
  status INTEGER,
  request BLOB,
  response BLOB,
  first_seen_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  CONSTRAINT pk_record_event PRIMARY KEY (id)
);

CREATE INDEX ix_record_event_at ON record_event (integration_id, at);

CREATE INDEX ix_record_event_record ON record_event (integration_id, record_key, at);

CREATE INDEX ix_record_event_identity ON record_event (identity);

CREATE TABLE count_reading (
  source_id INTEGER NOT NULL,
  entity_id INTEGER NOT NULL,
  observed_at INTEGER NOT NULL,
  integration_id INTEGER NOT NULL,
  count INTEGER NOT NULL,
  CONSTRAINT pk_count_reading PRIMARY KEY (source_id, entity_id, observed_at)
)
 WITHOUT ROWID;

CREATE INDEX ix_count_reading_at ON count_reading (observed_at);
