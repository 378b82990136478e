"""A world on disk, so that it outlives its process."""
