"""Tags of pools and offerings: how they are written, and which go together."""
