"""What callers may ask: one Struct a command, one file a noun."""
