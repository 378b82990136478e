"""What the commands about projects do."""
