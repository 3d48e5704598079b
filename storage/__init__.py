"""The only room that speaks SQL: schema, writer, queries, rollups, retention, engines, migrations."""
