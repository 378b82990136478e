"""What the commands that move machines do."""
