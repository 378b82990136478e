"""assignVirtualMachine."""

from core.model import errors
from core.model.access import is_below
from core.model.commands.vm import AssignVirtualMachine
from core.model.records import (
    Account,
    DiskOffering,
    ServiceOffering,
    Snapshot,
    Template,
    Vm,
    Volume,
)
from core.model.states import VmState, VolumeState
from core.plans.account.handover import given_to
from core.plans.admission import require_no_vm_snapshots, require_state, require_volume_state
from core.plans.context import Context
from core.plans.limit.limited_tag import of_vm, of_volumes
from core.plans.quota import require_quota
from core.plans.step import Claim, Plan, Step


def _new_owner(context: Context, command: AssignVirtualMachine) -> Account:
    """The account named, or the project's. Raises Invalid, NotFound, Denied."""
    if (command.account is None) == (command.project_id is None):
        raise errors.Invalid(
            "give either account with domainid, or projectid",
            object=f"vm/{command.virtual_machine_id}",
            hint="listAccounts and listProjects name them",
        )
    return context.owner(command.account, command.domain_id, command.project_id)


def _volumes(context: Context, vm: Vm) -> list[Volume]:
    return list(context.inventory.having(Volume, "vm", vm.id))


def check(context: Context, command: AssignVirtualMachine) -> None:
    """Refuse what does not stand still, and owners that cannot take it."""
    vm = context.get(Vm, command.virtual_machine_id)
    owner = _new_owner(context, command)
    require_state(vm, VmState.STOPPED, doing="assigning")
    require_no_vm_snapshots(context, vm)
    _require_new(vm, owner)
    for volume in _volumes(context, vm):
        _require_free(context, volume)
    _require_offered(context, vm, owner)


def _require_new(vm: Vm, owner: Account) -> None:
    """Raise unless the owner is another one, and enabled."""
    if owner.id == vm.account_id:
        raise errors.Invalid(
            "the machine belongs to this account already",
            object=f"vm/{vm.id}",
            hint="name another account",
        )
    if owner.state != "enabled":
        raise errors.Conflict(
            f"the account is {owner.state}",
            object=f"account/{owner.id}",
            hint="enable it, or name another",
        )


def _require_free(context: Context, volume: Volume) -> None:
    """Raise Conflict when a job works on the volume, or snapshots would stay behind."""
    require_volume_state(volume, VolumeState.READY, VolumeState.ALLOCATED, doing="assigning")
    if context.inventory.has(Snapshot, "volume", volume.id):
        raise errors.Conflict(
            "the volume has snapshots, which would stay with the old owner",
            object=f"volume/{volume.id}",
            hint="delete its snapshots, or detach it, first",
        )


def _require_offered(context: Context, vm: Vm, owner: Account) -> None:
    """Raise Denied when the new owner may not use the template or an offering."""
    template = context.inventory.find(Template, vm.template_id)
    if template is not None and not _may_launch(template, owner):
        raise errors.Denied(
            "the new owner may not use the machine's template",
            object=f"template/{template.id}",
            hint="updateTemplatePermissions shares it",
        )
    offerings: list[tuple[str, ServiceOffering | DiskOffering]] = [
        ("service", context.inventory.get(ServiceOffering, vm.service_offering_id)),
        *(
            ("disk", context.inventory.get(DiskOffering, volume.disk_offering_id))
            for volume in _volumes(context, vm)
        ),
    ]
    for kind, offering in offerings:
        domains = offering.domain_ids
        within = (is_below(owner.domain_id, each, context.inventory) for each in domains)
        if domains and not any(within):
            raise errors.Denied(
                f"the {kind} offering is not for the new owner's domain",
                object=f"{kind}_offering/{offering.id}",
                hint="change the offering first",
            )


def _may_launch(template: Template, owner: Account) -> bool:
    if template.public or template.featured:
        return True
    return owner.id in (template.account_id, *template.shared_with)


def quota(context: Context, command: AssignVirtualMachine) -> None:
    """The new owner pays everything."""
    vm = context.get(Vm, command.virtual_machine_id)
    volumes = _volumes(context, vm)
    require_quota(
        context,
        _new_owner(context, command),
        of_vm(context, vm),
        *of_volumes(context, *volumes),
        vm=1,
        cpu=vm.cpus,
        memory=vm.memory_bytes,
        volume=len(volumes),
        primary_storage=sum(volume.size_bytes for volume in volumes),
    )


def claim(context: Context, command: AssignVirtualMachine) -> Claim:
    """Lock the machine and its volumes: nobody works on them while they change hands."""
    vm = context.get(Vm, command.virtual_machine_id)
    locks = (f"vm/{vm.id}", *(f"volume/{volume.id}" for volume in _volumes(context, vm)))
    return Claim(kind="vm", id=vm.id, locks=locks)


def plan(context: Context, command: AssignVirtualMachine, vm_id: str) -> Plan:
    """All of it is the other's at once: machine, volumes, their policies and tags."""
    vm = context.inventory.get(Vm, vm_id)
    owner = _new_owner(context, command)
    given = given_to(context, owner, (vm, *_volumes(context, vm)))
    return Plan(steps=(Step(name="change hands", commit=given, final=True),))
