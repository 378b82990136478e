"""What links to download are made of, for every noun."""
