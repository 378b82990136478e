"""How the local storage of a host that goes is emptied, or given up when the host is dead."""

from collections.abc import Iterator

from core.model.commands.vm import DestroyVirtualMachine
from core.model.commands.volume import DeleteVolume, DetachVolume
from core.model.records import Pool, PoolTemplate, Vm, Volume
from core.model.transitions import admits
from core.plans.context import Context
from core.plans.operation import CancelJobs, Errand, RunJobs, errand
from core.plans.snapshot_policy.delete import gone_with
from core.plans.snapshot_source import lost_with_disk
from core.plans.step import Change, Drop, Effect, Step, change
from core.plans.template.delete import removed_from_pool


def _volumes(context: Context, pools: list[Pool]) -> list[Volume]:
    return [one for pool in pools for one in context.inventory.having(Volume, "pool", pool.id)]


def _doomed(context: Context, volumes: list[Volume]) -> list[Vm]:
    """The machines whose root disks are among them."""
    roots = (one for one in volumes if one.type == "ROOT" and one.vm_id)
    found = (context.inventory.find(Vm, one.vm_id) for one in roots)
    return [vm for vm in found if vm is not None]


def clearing(context: Context, pools: list[Pool]) -> Iterator[Step]:
    """Destroy the machines with root disks there, then the other volumes, then templates."""
    volumes = _volumes(context, pools)
    doomed = {vm.id for vm in _doomed(context, volumes)}
    first: list[Errand] = []
    for vm_id in sorted(doomed):
        data = tuple(one.id for one in volumes if one.vm_id == vm_id and one.type != "ROOT")
        destroy = DestroyVirtualMachine(id=vm_id, expunge=True, volume_ids=data)
        first.append(errand(destroy))
    others = [one for one in volumes if one.vm_id not in doomed]
    first.extend(errand(DetachVolume(id=one.id)) for one in others if one.vm_id)
    yield from jobs("let go of local volumes", tuple(first))
    yield from jobs(
        "delete local volumes", tuple(errand(DeleteVolume(id=one.id)) for one in others)
    )
    yield from (removed_from_pool(copy) for copy in _copies(context, pools))


def _copies(context: Context, pools: list[Pool]) -> Iterator[PoolTemplate]:
    return (
        copy for pool in pools for copy in context.inventory.having(PoolTemplate, "pool", pool.id)
    )


def jobs(name: str, errands: tuple[Errand, ...]) -> Iterator[Step]:
    """The step that has these jobs done side by side, if there are any."""
    if errands:
        yield Step(
            name=name,
            actor="jobs",
            do=RunJobs(errands=errands),
            undo=CancelJobs(count=len(errands)),
        )


def letting_go(context: Context, leaving: list[Vm], pools: list[Pool]) -> Iterator[Effect]:
    """The machines of a dead host are stopped; those that lost their root disk are destroyed.

    Volumes on its disks are lost, and with them the snapshots that are nowhere else.
    """
    volumes = _volumes(context, pools)
    for vm in leaving:
        yield change(vm, "AgentReportStopped", host_id="", last_host_id="")
    stopped = {vm.id for vm in leaving}
    for vm in _doomed(context, volumes):
        if vm.id in stopped or admits("vm", vm.state, "DestroyRequested"):
            yield Change(
                kind="vm",
                id=vm.id,
                event="DestroyRequested",
                fields={"destroyed_s": context.now_s},
            )
    for volume in volumes:
        yield from gone_with(context, volume)
        yield from lost_with_disk(context, volume)
        yield Drop(kind="volume", id=volume.id)
    for copy in _copies(context, pools):
        yield Drop(kind="pool_template", id=copy.id)
