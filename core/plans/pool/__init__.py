"""What the commands about primary storage pools do."""
