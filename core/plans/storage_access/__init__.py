"""What the commands about storage access groups do."""
