"""What the commands about snapshots do."""
