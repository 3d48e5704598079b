ALTER TABLE integration ADD COLUMN origin TEXT DEFAULT 'configured' NOT NULL;

ALTER TABLE source ADD COLUMN route TEXT;

CREATE TABLE route (
  source_id INTEGER NOT NULL,
  value_id INTEGER NOT NULL,
  integration_id INTEGER NOT NULL,
  CONSTRAINT pk_route PRIMARY KEY (source_id, value_id)
)
 WITHOUT ROWID;

CREATE TABLE pushed (
  source_id INTEGER NOT NULL,
  event INTEGER NOT NULL,
  at INTEGER NOT NULL,
  CONSTRAINT pk_pushed PRIMARY KEY (source_id, event)
)
 WITHOUT ROWID;

CREATE INDEX ix_pushed_at ON pushed (at);
