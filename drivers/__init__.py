"""Real hosts, pools and image stores: one technology a file."""
