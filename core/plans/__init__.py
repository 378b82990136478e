"""What each command does: command and inventory become a plan; nothing here waits."""
