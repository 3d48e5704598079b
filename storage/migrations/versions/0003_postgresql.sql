CREATE TABLE file_delivery (
  id BIGSERIAL NOT NULL,
  integration_id BIGINT NOT NULL,
  source_id BIGINT NOT NULL,
  contract_day BIGINT NOT NULL,
  digest TEXT NOT NULL,
  name TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  delimiter TEXT,
  encoding TEXT,
  header TEXT NOT NULL,
  rows_ok BIGINT DEFAULT '0' NOT NULL,
  rows_bad BIGINT DEFAULT '0' NOT NULL,
  unchanged BIGINT DEFAULT '0' NOT NULL,
  violations TEXT NOT NULL,
  times BIGINT NOT NULL,
  arrived_at BIGINT NOT NULL,
  first_seen_at BIGINT NOT NULL,
  changed_at BIGINT NOT NULL,
  CONSTRAINT pk_file_delivery PRIMARY KEY (id),
  CONSTRAINT uq_file_delivery_source_id_contract_day_digest UNIQUE (source_id, contract_day, digest)
);

CREATE INDEX ix_file_delivery_arrived ON file_delivery (arrived_at);

CREATE INDEX ix_file_delivery_at ON file_delivery (integration_id, arrived_at);
