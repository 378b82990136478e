"""What users send themselves: leave to send it, and how it is taken in."""
