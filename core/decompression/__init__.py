"""Decompresses images while they come, so that little of them is ever held."""
