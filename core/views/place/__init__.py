"""Zones, pods, clusters, hosts and hypervisors as callers see them."""
