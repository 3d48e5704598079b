CREATE INDEX ix_error_group_newest ON error_group (last_seen_at);
