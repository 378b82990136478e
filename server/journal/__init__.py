"""The journal in SQLite: records and events, committed in groups."""
