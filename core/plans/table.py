"""One row for every command that changes something: its checks, its claim, its plan."""

from collections.abc import Callable
from typing import Any, NamedTuple

from core.model.commands.administration import UpdateConfiguration
from core.model.commands.command import Command
from core.model.commands.infrastructure import AddHost
from core.model.commands.offering import (
    CreateDiskOffering,
    CreateServiceOffering,
    RegisterTemplate,
)
from core.model.commands.snapshot import CreateSnapshot, DeleteSnapshot
from core.model.commands.storage import AddImageStore, CreateStoragePool
from core.model.commands.vm import (
    DeployVirtualMachine,
    DestroyVirtualMachine,
    StartVirtualMachine,
    StopVirtualMachine,
)
from core.model.commands.volume import (
    AttachVolume,
    CreateVolume,
    DeleteVolume,
    DetachVolume,
    MigrateVolume,
    ResizeVolume,
)
from core.plans import (
    infrastructure,
    offering,
    setting,
    snapshot,
    template,
    vm,
    vm_stop,
    volume_attach,
    volume_create,
    volume_migrate,
    volume_resize,
)
from core.plans.context import Context
from core.plans.step import Claim, Effect, Plan

Check = Callable[[Context, Any], None]


class Row(NamedTuple):
    """How a command is carried out.

    checks: refusals that depend on states; asked again when the job's turn comes.
    claim: what is recorded at once. plan: the steps, given the claimed object's id.
    once: refusals that the claim itself would trigger, so asked only before it.
    turn: a refusal that only counts when the job's turn has come.
    give_up: effects that leave the object well when its job has failed.
    """

    checks: tuple[Check, ...]
    claim: Callable[[Context, Any], Claim]
    plan: Callable[[Context, Any, str], Plan] | None = None
    once: tuple[Check, ...] = ()
    turn: Check | None = None
    give_up: Callable[[Context, str], tuple[Effect, ...]] | None = None


PLANS: dict[type[Command], Row] = {
    AddHost: Row(
        checks=(infrastructure.check_add_host,),
        once=(infrastructure.once_add_host,),
        claim=infrastructure.claim_add_host,
        plan=infrastructure.plan_add_host,
        give_up=infrastructure.give_up_add_host,
    ),
    CreateStoragePool: Row(
        checks=(infrastructure.check_create_pool,),
        once=(infrastructure.once_create_pool,),
        claim=infrastructure.claim_create_pool,
        plan=infrastructure.plan_create_pool,
        give_up=infrastructure.give_up_create_pool,
    ),
    AddImageStore: Row(
        checks=(infrastructure.check_add_store,),
        once=(infrastructure.once_add_store,),
        claim=infrastructure.claim_add_store,
        plan=infrastructure.plan_add_store,
        give_up=infrastructure.give_up_add_store,
    ),
    CreateDiskOffering: Row(checks=(offering.check_disk,), claim=offering.claim_disk),
    CreateServiceOffering: Row(checks=(offering.check_service,), claim=offering.claim_service),
    RegisterTemplate: Row(
        checks=(template.check_register,),
        once=(template.quota_register,),
        claim=template.claim_register,
        plan=template.plan_register,
        give_up=template.give_up_register,
    ),
    DeployVirtualMachine: Row(
        checks=(vm.check_deploy,),
        once=(vm.quota_deploy,),
        claim=vm.claim_deploy,
        plan=vm.plan_deploy,
        give_up=vm.give_up_deploy,
    ),
    StartVirtualMachine: Row(checks=(vm.check_start,), claim=vm.claim_start, plan=vm.plan_start),
    StopVirtualMachine: Row(
        checks=(vm_stop.check_stop,), claim=vm_stop.claim_stop, plan=vm_stop.plan_stop
    ),
    DestroyVirtualMachine: Row(
        checks=(vm_stop.check_destroy,), claim=vm_stop.claim_destroy, plan=vm_stop.plan_destroy
    ),
    CreateVolume: Row(
        checks=(volume_create.check_create,),
        once=(volume_create.quota_create,),
        claim=volume_create.claim_create,
        plan=volume_create.plan_create,
        give_up=volume_create.give_up_create,
    ),
    AttachVolume: Row(
        checks=(volume_attach.check_attach,),
        claim=volume_attach.claim_attach,
        plan=volume_attach.plan_attach,
    ),
    DetachVolume: Row(
        checks=(volume_attach.check_detach,),
        claim=volume_attach.claim_detach,
        plan=volume_attach.plan_detach,
    ),
    ResizeVolume: Row(
        checks=(volume_resize.check_resize,),
        once=(volume_resize.quota_resize,),
        claim=volume_resize.claim_resize,
        plan=volume_resize.plan_resize,
    ),
    MigrateVolume: Row(
        checks=(volume_migrate.check_migrate,),
        claim=volume_migrate.claim_migrate,
        plan=volume_migrate.plan_migrate,
    ),
    DeleteVolume: Row(
        checks=(volume_create.check_delete,),
        claim=volume_create.claim_delete,
        plan=volume_create.plan_delete,
    ),
    CreateSnapshot: Row(
        checks=(snapshot.check_create,),
        once=(snapshot.quota_create,),
        turn=snapshot.check_one_at_a_time,
        claim=snapshot.claim_create,
        plan=snapshot.plan_create,
        give_up=snapshot.give_up_create,
    ),
    DeleteSnapshot: Row(
        checks=(snapshot.check_delete,),
        claim=snapshot.claim_delete,
        plan=snapshot.plan_delete,
    ),
    UpdateConfiguration: Row(checks=(setting.check_update,), claim=setting.claim_update),
}
