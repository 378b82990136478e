"""Storage as callers see it."""
