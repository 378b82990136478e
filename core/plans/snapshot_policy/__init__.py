"""What the commands about policies of recurring snapshots do."""
