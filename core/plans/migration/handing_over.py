"""The step in which a running machine goes to another host, with or without disks."""

from collections.abc import Mapping

from core.model.records import Host, Pool, Vm, Volume
from core.plans.context import Context
from core.plans.disk import plugged, switched
from core.plans.iso.disc import disc_of
from core.plans.migration.destination import disks_of
from core.plans.operation import MigrateVm
from core.plans.step import Step, change

NOWHERE: Mapping[str, Pool] = {}


def handing_over(
    context: Context, vm: Vm, host: Host, targets: Mapping[str, Pool] = NOWHERE
) -> Step:
    """Move the machine, and those of its disks that have a target (by volume id)."""
    volumes = disks_of(context, vm)
    moved = [volume for volume in volumes if volume.id in targets]
    arrived = change(
        vm, "OperationSucceeded", host_id=host.id, last_host_id=host.id, target_host_id=""
    )
    return Step(
        name=f"migrate the machine to {host.name}",
        actor=f"host/{vm.host_id}",
        do=MigrateVm(
            vm_id=vm.id,
            name=vm.name,
            cpus=vm.cpus,
            memory_bytes=vm.memory_bytes,
            disks=tuple(
                plugged(volume, volume.device_id, _place(volume, targets)) for volume in volumes
            ),
            host_id=host.id,
            carries=bool(moved),
            iso=disc_of(context, vm),
            cpus_max=vm.cpus_max,
            memory_max_bytes=vm.memory_max_bytes,
        ),
        begin=(change(vm, "MigrationRequested", target_host_id=host.id),),
        commit=(arrived, *(switched(volume, targets[volume.id]) for volume in moved)),
        revert=(change(vm, "OperationFailed", target_host_id=""),),
        certain=False,
        bytes=vm.memory_bytes + sum(volume.size_bytes for volume in moved),
    )


def _place(volume: Volume, targets: Mapping[str, Pool]) -> str:
    target = targets.get(volume.id)
    return volume.pool_id if target is None else target.id
