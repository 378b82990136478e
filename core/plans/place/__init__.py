"""What the commands about zones, pods and clusters do."""
