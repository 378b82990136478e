"""What Forebay asks of itself; nobody else may."""
