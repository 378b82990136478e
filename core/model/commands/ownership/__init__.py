"""Commands about who owns things, and how much of them."""
