ALTER TABLE source ADD COLUMN jobs BIGINT DEFAULT 0 NOT NULL;

UPDATE source SET jobs = 1 WHERE id IN (
  SELECT source_id FROM open_run WHERE job_id NOT IN (SELECT id FROM text WHERE value = '')
  UNION SELECT source_id FROM sync_run WHERE job_id NOT IN (SELECT id FROM text WHERE value = '')
);

UPDATE source SET jobs = jobs + 2 WHERE id IN (
  SELECT source_id FROM open_run WHERE job_id IN (SELECT id FROM text WHERE value = '')
  UNION SELECT source_id FROM sync_run WHERE job_id IN (SELECT id FROM text WHERE value = '')
);

UPDATE source SET jobs = jobs + 4 WHERE id IN (
  SELECT source_id FROM failed_record
  WHERE job_id IN (SELECT id FROM text WHERE value = '') AND run_external_id <> ''
);
