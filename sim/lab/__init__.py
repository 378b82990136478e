"""Scenarios over the simulated site: what is run, measured and reported."""
