"""deployVirtualMachine."""

import msgspec

from core.model import errors
from core.model.commands.command import Role
from core.model.commands.vm import DeployVirtualMachine
from core.model.records import DiskOffering, ServiceOffering, Vm, Volume
from core.model.states import VmState
from core.plans.admission import require_open_zone
from core.plans.context import Context
from core.plans.custom_id import require_unused, require_uuid
from core.plans.limit.limited_tag import Tagged, under
from core.plans.quota import require_quota
from core.plans.step import Add, Change, Claim, Effect, Plan, Step, change
from core.plans.tagging import tagged, tags_on
from core.plans.vm.data_disks import DataDisk, data_disks
from core.plans.vm.guest import check_guest, details_of
from core.plans.vm.place import Wanted, require_known
from core.plans.vm.root_disk import RootDisk, root_disk
from core.plans.vm.scaling.shape import shape_of
from core.plans.vm.start import start_steps


def _service_offering(context: Context, command: DeployVirtualMachine) -> ServiceOffering:
    return context.service_offering(command.service_offering_id, context.zone(command.zone_id).id)


def check(context: Context, command: DeployVirtualMachine) -> None:
    """Refuse what cannot be deployed (semantics sections 2.8, 9.6 and 9.8)."""
    require_open_zone(context, context.zone(command.zone_id).id)
    shape_of(_service_offering(context, command), command.details)
    root = root_disk(context, command)
    _data_disks(context, command, root)
    _require_administration(context, command)
    check_guest(context, command)


def _data_disks(
    context: Context, command: DeployVirtualMachine, root: RootDisk
) -> tuple[DataDisk, ...]:
    """What is asked for beside the root disk, which takes diskofferingid if it has an ISO."""
    if root.origin.iso_id:
        command = msgspec.structs.replace(command, disk_offering_id=None, size=None)
    return data_disks(context, command, root.hypervisor)


def _require_administration(context: Context, command: DeployVirtualMachine) -> None:
    """Refuse users what only root administrators may choose, and ids that are none."""
    require_known(context, _wanted(command))
    chosen = command.custom_id is not None or command.display_vm is not None
    if chosen and context.caller.role is not Role.ADMIN:
        raise errors.Denied(
            "only a root administrator may give customid or displayvm",
            object=f"account/{context.caller.account_id}",
            hint="leave them out",
        )
    require_uuid(Vm, command.custom_id)


def _wanted(command: DeployVirtualMachine) -> Wanted:
    return Wanted(command.host_id, command.pod_id, command.cluster_id)


def require_unused_id(context: Context, command: DeployVirtualMachine) -> None:
    """Refuse the id of a machine that there is."""
    require_unused(context, Vm, command.custom_id, "customid")


def quota(context: Context, command: DeployVirtualMachine) -> None:
    """The owner pays a machine with its processors and memory, and the volumes that are new."""
    root = root_disk(context, command)
    data = _data_disks(context, command, root)
    offering = _service_offering(context, command)
    shape = shape_of(offering, command.details)
    require_quota(
        context,
        context.owner(command.account, command.domain_id, command.project_id),
        under(offering.host_tags, vm=1, cpu=shape.cpus, memory=shape.memory_bytes),
        *_new_disks(root, data),
        vm=1,
        cpu=shape.cpus,
        memory=shape.memory_bytes,
        volume=len(data) + (1 if root.origin.volume is None else 0),
        primary_storage=root.size_bytes + sum(disk.size_bytes for disk in data),
    )


def _new_disks(root: RootDisk, data: tuple[DataDisk, ...]) -> list[Tagged]:
    new: list[RootDisk | DataDisk] = [*data]
    if root.origin.volume is None:
        new.append(root)
    return [under(disk.offering.tags, volume=1, primary_storage=disk.size_bytes) for disk in new]


def claim(context: Context, command: DeployVirtualMachine) -> Claim:
    """Record the machine as Stopped, with its new volumes Allocated."""
    root = root_disk(context, command)
    vm = _machine(context, command, root)
    effects: list[Effect] = [Add(record=vm)]
    locks = [f"vm/{vm.id}"]
    if root.origin.volume is None:
        effects.append(Add(record=_root_volume(context, vm, root)))
    else:
        locks.append(f"volume/{root.origin.volume.id}")
    data = _data_disks(context, command, root)
    effects.extend(Add(record=_data_volume(context, vm, disk, len(data))) for disk in data)
    if command.copy_image_tags:
        tags = tags_on(context, vm.template_id or vm.source_iso_id)
        effects.extend(tagged(context, "vm", vm.id, vm, tags))
    return Claim(kind="vm", id=vm.id, effects=tuple(effects), locks=tuple(locks))


def _machine(context: Context, command: DeployVirtualMachine, root: RootDisk) -> Vm:
    owner = context.owner(command.account, command.domain_id, command.project_id)
    offering = _service_offering(context, command)
    shape = shape_of(offering, command.details)
    vm_id = command.custom_id or context.new_id()
    return Vm(
        id=vm_id,
        created_s=context.now_s,
        name=command.name or command.display_name or f"VM-{vm_id}",
        display_name=command.display_name or "",
        group=command.group or "",
        account_id=owner.id,
        domain_id=owner.domain_id,
        zone_id=context.zone(command.zone_id).id,
        service_offering_id=offering.id,
        template_id=root.origin.template_id,
        iso_id=root.origin.iso_id,
        source_iso_id=root.origin.iso_id,
        hypervisor=root.hypervisor,
        cpus=shape.cpus,
        memory_bytes=shape.memory_bytes,
        user_data=command.user_data or "",
        details=details_of(command),
        display=command.display_vm is not False,
        dynamic_scaling=command.dynamic_scaling_enabled,
    )


def _root_volume(context: Context, vm: Vm, root: RootDisk) -> Volume:
    return msgspec.structs.replace(
        _volume(context, vm, root.offering, root.size_bytes),
        name=f"ROOT-{vm.name}",
        type="ROOT",
        device_id=0,
        template_id=root.origin.template_id,
        snapshot_id=root.origin.snapshot_id,
        min_iops=root.min_iops,
        max_iops=root.max_iops,
    )


def _data_volume(context: Context, vm: Vm, disk: DataDisk, count: int) -> Volume:
    return msgspec.structs.replace(
        _volume(context, vm, disk.offering, disk.size_bytes),
        name=f"DATA-{vm.name}" if count == 1 else f"DATA-{vm.name}-{disk.device_id}",
        device_id=disk.device_id,
        template_id=disk.template_id,
        min_iops=disk.min_iops,
        max_iops=disk.max_iops,
    )


def _volume(context: Context, vm: Vm, offering: DiskOffering, size_bytes: int) -> Volume:
    return Volume(
        id=context.new_id(),
        created_s=context.now_s,
        name="",
        account_id=vm.account_id,
        domain_id=vm.domain_id,
        zone_id=vm.zone_id,
        type="DATADISK",
        size_bytes=size_bytes,
        disk_offering_id=offering.id,
        vm_id=vm.id,
        attached_s=context.now_s,
    )


def plan(context: Context, command: DeployVirtualMachine, vm_id: str) -> Plan:
    """Attach the volume to boot from; start the machine, unless it shall stay a record."""
    boot = root_disk(context, command).origin.volume
    if boot is None:
        steps = start_steps(context, vm_id, _wanted(command)) if command.start_vm else ()
        return Plan(steps=steps)
    joining = _joining(context, boot, vm_id)
    if not command.start_vm:
        return Plan(steps=(joining,))
    root = msgspec.structs.replace(boot, vm_id=vm_id, device_id=0, type="ROOT")
    return Plan(steps=(joining, *start_steps(context, vm_id, _wanted(command), root)))


def _joining(context: Context, boot: Volume, vm_id: str) -> Step:
    """The volume becomes the machine's root disk, whatever it was before."""
    taken = change(boot, vm_id=vm_id, device_id=0, type="ROOT", attached_s=context.now_s)
    freed = change(boot, vm_id="", device_id=-1, type=boot.type, attached_s=0.0)
    return Step(name="attach the root disk", begin=(taken,), revert=(freed,))


def give_up(context: Context, vm_id: str) -> tuple[Effect, ...]:
    """A machine that could not be deployed is in Error."""
    vm = context.inventory.find(Vm, vm_id)
    if vm is None or vm.state is not VmState.STOPPED:
        return ()
    return (Change(kind="vm", id=vm_id, event="OperationFailedToError"),)
