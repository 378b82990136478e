"""A site in memory, under virtual time: the second filling of the seams of core."""
