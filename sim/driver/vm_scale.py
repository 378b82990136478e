"""How much memory a simulated host has left, and how a VM gets more of it while it runs."""

from msgspec import structs

from core.model import errors
from core.model.hypervisors import HYPERVISORS
from sim.guest import Guest
from sim.world import Host


def require_memory(host: Host, wanted_bytes: int, subject: str) -> None:
    """Raise NoCapacity unless so much is free."""
    used_bytes = sum(guest.vm.memory_bytes for guest in host.guests.values())
    free_bytes = host.spec.memory_bytes - used_bytes - sum(host.incoming.values())
    if wanted_bytes > free_bytes:
        raise errors.NoCapacity(
            f"{wanted_bytes} bytes of memory are needed and {free_bytes} are free",
            object=subject,
            hint="stop a VM of this host, or use another host",
        )


def scale(host: Host, guest: Guest, cpus: int, memory_bytes: int, subject: str) -> None:
    """Let it have that much, if the hypervisor can and it was started with the room for it."""
    vm = guest.vm
    if (cpus, memory_bytes) == (vm.cpus, vm.memory_bytes):
        return
    if not HYPERVISORS[host.spec.hypervisor].scales:
        raise errors.Unsupported(
            f"{host.spec.hypervisor} scales no running VM", object=subject, hint="stop it first"
        )
    most_cpus, most_bytes = vm.cpus_max or vm.cpus, vm.memory_max_bytes or vm.memory_bytes
    within = vm.cpus <= cpus <= most_cpus and vm.memory_bytes <= memory_bytes <= most_bytes
    if not within:
        raise errors.Invalid(
            f"it has from {vm.cpus} to {most_cpus} processors, "
            f"from {vm.memory_bytes} to {most_bytes} bytes of memory",
            object=subject,
            hint="ask for an amount within, or stop it first",
        )
    require_memory(host, memory_bytes - vm.memory_bytes, subject)
    guest.vm = structs.replace(vm, cpus=cpus, memory_bytes=memory_bytes)
