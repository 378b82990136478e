"""What the commands about tags do."""
