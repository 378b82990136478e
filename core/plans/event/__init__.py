"""What the commands about events do."""
