"""What the commands about details do."""
