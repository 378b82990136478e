"""What the commands about volumes do."""
