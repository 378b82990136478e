"""What the commands about hosts do."""
