"""How primary storage pools are shown."""
