"""What the commands about offerings do."""
