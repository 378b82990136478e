"""How what was done is shown."""
