"""What simulated disks and images hold."""
