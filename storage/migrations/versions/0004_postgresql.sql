ALTER TABLE integration ADD COLUMN origin TEXT DEFAULT 'configured' NOT NULL;

ALTER TABLE source ADD COLUMN route TEXT;

CREATE TABLE route (
  source_id BIGINT NOT NULL,
  value_id BIGINT NOT NULL,
  integration_id BIGINT NOT NULL,
  CONSTRAINT pk_route PRIMARY KEY (source_id, value_id)
);

CREATE TABLE pushed (
  source_id BIGINT NOT NULL,
  event BIGINT NOT NULL,
  at BIGINT NOT NULL,
  CONSTRAINT pk_pushed PRIMARY KEY (source_id, event)
);

CREATE INDEX ix_pushed_at ON pushed (at);
