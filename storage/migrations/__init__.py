"""The schema's history: one Alembic revision after another, for every engine."""
