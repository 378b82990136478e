"""Transfers that share links fairly."""
