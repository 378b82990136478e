"""What the commands about templates do."""
