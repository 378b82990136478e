"""QEMU: its processes as VMs, its tools, and what its images may and may not be."""
