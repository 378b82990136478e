"""The control plane itself: no input or output, no clock and no randomness of its own."""
