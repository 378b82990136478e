"""What the commands about image stores do."""
