"""What the commands about settings do."""
