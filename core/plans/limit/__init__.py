"""What the commands about resource limits do."""
