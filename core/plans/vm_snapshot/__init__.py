"""What commands about snapshots of whole machines do."""
