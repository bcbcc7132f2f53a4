"""The trace store: port, journal, writer, queries."""
