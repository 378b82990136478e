"""The command line: one group, commands generated from the registry."""
