"""What the commands about virtual machines do."""
