ALTER TABLE error_group ADD COLUMN assigned_to TEXT;

CREATE TABLE group_note (
  id INTEGER NOT NULL,
  group_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  note TEXT NOT NULL,
  CONSTRAINT pk_group_note PRIMARY KEY (id)
);

CREATE INDEX ix_group_note_group ON group_note (group_id, at);

CREATE INDEX ix_failed_record_key ON failed_record (integration_id, record_key);
