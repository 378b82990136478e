"""What CloudStack's commands say about things that Forebay does not have."""
