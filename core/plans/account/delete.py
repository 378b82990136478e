"""deleteAccount: everything that it owns goes first, each by its own job."""

from collections.abc import Iterator, Sequence

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.ownership.account import DeleteAccount
from core.model.commands.snapshot import DeleteSnapshot
from core.model.commands.vm import DestroyVirtualMachine
from core.model.commands.volume import DeleteVolume
from core.model.records import (
    Account,
    Project,
    ResourceLimit,
    Snapshot,
    Template,
    Vm,
    Volume,
)
from core.model.states import SnapshotState
from core.plans.account.change import user_gone
from core.plans.account.named import account_of, require_other
from core.plans.context import Context
from core.plans.operation import CancelJobs, RunJobs, errand
from core.plans.step import Claim, Drop, Plan, Step
from core.plans.template.delete import deletion
from core.plans.volume.delete import require_unprotected


def check(context: Context, command: DeleteAccount) -> None:
    """Refuse the caller's own account, a project's, and one that owns a project."""
    account = account_of(context, command.id)
    require_other(context, account, "deleting")
    if account.project_id:
        raise errors.Invalid(
            "the account belongs to a project",
            object=f"account/{account.id}",
            hint="deleteProject removes both",
        )
    for project in context.inventory.having(Project, "owner", account.id):
        raise errors.Conflict(
            f"the account owns project {project.name}",
            object=f"account/{account.id}",
            hint="delete the project first",
        )
    require_clearable(context, account)


def require_clearable(context: Context, account: Account) -> None:
    """Raise Conflict where something that the account owns could not be removed now."""
    for volume in context.inventory.having(Volume, "account", account.id):
        require_unprotected(volume)
    for template in context.inventory.having(Template, "account", account.id):
        if template.job_id:
            raise errors.Conflict(
                f"template {template.name} is {template.state}",
                object=f"template/{template.id}",
                hint=f"wait for job {template.job_id}, or cancel it",
            )
        for vm in context.inventory.having(Vm, "iso", template.id):
            if vm.account_id != account.id:
                raise errors.Conflict(
                    f"machine {vm.name} of another account has this ISO in its drive",
                    object=f"template/{template.id}",
                    hint=f"detachIso virtualmachineid={vm.id} first",
                )


def claim(context: Context, command: DeleteAccount) -> Claim:
    """Lock the account."""
    account = account_of(context, command.id)
    return Claim(kind="account", id=account.id, locks=(f"account/{account.id}",))


def plan(context: Context, command: DeleteAccount, account_id: str) -> Plan:
    """Its machines go, then its snapshots, its volumes, its templates and ISOs, then itself."""
    account = context.inventory.get(Account, account_id)
    gone = Step(name="forget the account", commit=forgotten(context, account), final=True)
    return Plan(steps=(*clearing(context, account), gone))


def clearing(context: Context, account: Account) -> tuple[Step, ...]:
    """Steps that remove all that an account owns.

    Snapshots go before volumes: managed storage keeps a disk as long as there are snapshots of it.
    """
    having = context.inventory.having
    machines = [
        DestroyVirtualMachine(id=vm.id, expunge=True) for vm in having(Vm, "account", account.id)
    ]
    snapshots = [
        DeleteSnapshot(id=snapshot.id)
        for snapshot in having(Snapshot, "account", account.id)
        if snapshot.state is not SnapshotState.DESTROYED
    ]
    volumes = [
        DeleteVolume(id=volume.id)
        for volume in having(Volume, "account", account.id)
        if volume.type != "ROOT" or not volume.vm_id
    ]
    templates = [
        deletion(template, forced=True) for template in having(Template, "account", account.id)
    ]
    return (
        *_errands("destroy its machines", machines),
        *_errands("delete its snapshots", snapshots),
        *_errands("delete its volumes", volumes),
        *_errands("delete its templates and ISOs", templates),
    )


def _errands(name: str, commands: Sequence[Command]) -> Iterator[Step]:
    """A step that has the commands carried out, if there are any."""
    if commands:
        yield Step(
            name=name,
            actor="jobs",
            do=RunJobs(errands=tuple(errand(command) for command in commands)),
            undo=CancelJobs(count=len(commands)),
        )


def forgotten(context: Context, account: Account) -> tuple[Drop, ...]:
    """The account, its users and limits go."""
    limits = context.inventory.having(ResourceLimit, "scope", account.id)
    return (
        *user_gone(context, account),
        *(Drop(kind="resource_limit", id=limit.id) for limit in limits),
        Drop(kind="account", id=account.id),
    )
