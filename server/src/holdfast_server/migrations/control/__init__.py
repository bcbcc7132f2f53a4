"""The control database's schema, one Alembic tree for SQLite and PostgreSQL."""
