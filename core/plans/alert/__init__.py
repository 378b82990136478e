"""Alerts about storage that fills up."""
