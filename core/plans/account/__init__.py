"""What the commands about accounts and users do."""
