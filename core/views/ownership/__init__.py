"""Who owns things, and how much of them, as callers see it."""
