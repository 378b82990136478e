"""What the commands about domains do."""
