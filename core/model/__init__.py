"""Values and tables; nothing here waits."""
