"""What the commands about ISOs do."""
