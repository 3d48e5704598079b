CREATE TABLE file_delivery (
  id INTEGER NOT NULL,
  integration_id INTEGER NOT NULL,
  source_id INTEGER NOT NULL,
  contract_day INTEGER NOT NULL,
  digest TEXT NOT NULL,
  name TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  delimiter TEXT,
  encoding TEXT,
  header TEXT NOT NULL,
  rows_ok INTEGER DEFAULT '0' NOT NULL,
  rows_bad INTEGER DEFAULT '0' NOT NULL,
  unchanged INTEGER DEFAULT '0' NOT NULL,
  violations TEXT NOT NULL,
  times INTEGER NOT NULL,
  arrived_at INTEGER NOT NULL,
  first_seen_at INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  CONSTRAINT pk_file_delivery PRIMARY KEY (id),
  CONSTRAINT uq_file_delivery_source_id_contract_day_digest UNIQUE (source_id, contract_day, digest)
);

CREATE INDEX ix_file_delivery_arrived ON file_delivery (arrived_at);

CREATE INDEX ix_file_delivery_at ON file_delivery (integration_id, arrived_at);
