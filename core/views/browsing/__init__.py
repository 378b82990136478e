"""How what lies on storage is shown."""
