CREATE TABLE record_event (
  id BIGSERIAL NOT NULL,
  integration_id BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  at BIGINT NOT NULL,
  identity BIGINT NOT NULL,
  event_id TEXT NOT NULL,
  entity_id BIGINT NOT NULL,
  record_key TEXT NOT NULL,
  step_id BIGINT NOT NULL,
  outcome_id BIGINT NOT NULL,
  status BIGINT,
  request BYTEA,
  response BYTEA,
  first_seen_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  CONSTRAINT pk_record_event PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);

CREATE INDEX ix_record_event_at ON record_event (integration_id, at);

CREATE INDEX ix_record_event_record ON record_event (integration_id, record_key, at);

CREATE INDEX ix_record_event_identity ON record_event (identity);

CREATE TABLE count_reading (
  source_id BIGINT NOT NULL,
  entity_id BIGINT NOT NULL,
  observed_at BIGINT NOT NULL,
  integration_id BIGINT NOT NULL,
  count BIGINT NOT NULL,
  CONSTRAINT pk_count_reading PRIMARY KEY (source_id, entity_id, observed_at)
);

CREATE INDEX ix_count_reading_at ON count_reading (observed_at);
