"""Commands about ISOs, and about who may use images."""
