"""What refuses the move of an image or a chain: whatever has changed since it was decided."""

from collections.abc import Sequence

import msgspec

from core.model import errors
from core.model.commands.internal import MoveImages
from core.model.records import ImageStore, Job, JobPlan, StoreRef, Vm
from core.model.states import RefState, VmState
from core.plans.context import Context
from core.plans.image_store.holding import MOVABLE, Holding, whole_chain
from core.plans.image_store.places import room_of, used_share_max, why_no_destination


def remaining(context: Context, command: MoveImages) -> tuple[StoreRef, ...]:
    """Those that were not deleted since they were named."""
    found = (context.inventory.find(StoreRef, ref_id) for ref_id in command.ref_ids)
    return tuple(ref for ref in found if ref is not None)


def check(context: Context, command: MoveImages) -> None:
    """Refuse what has changed since it was decided: the images, the store, its room."""
    refs = remaining(context, command)
    if not refs:
        return
    holding = whole_chain(context, refs[0])
    _require_unchanged(context, holding, command)
    _require_out_of_drives(context, holding)
    source = context.inventory.get(ImageStore, refs[0].store_id)
    target = context.inventory.get(ImageStore, command.store_id)
    reason = why_no_destination(target, source)
    if reason:
        raise errors.Conflict(
            f"the image store {reason}",
            object=f"image_store/{target.id}",
            hint="migrate again, to another image store",
        )
    if is_there(context, holding, target):
        return
    _require_absent(context, holding, target)
    _require_room(context, holding, target)


def _require_unchanged(context: Context, holding: Holding, command: MoveImages) -> None:
    for ref in holding.refs:
        new = ref.id not in command.ref_ids
        if new or ref.state not in MOVABLE:
            raise errors.Conflict(
                f"{ref.of_kind} {ref.of_id} {'came to the chain' if new else f'is {ref.state}'}",
                object=f"store_ref/{ref.id}",
                hint="migrate again when no job works on it",
            )
        _require_no_base(context, ref)


def _require_no_base(context: Context, ref: StoreRef) -> None:
    """Raise Conflict for an image of which a job in progress is about to store the changes.

    Jobs that begin later find that it moves, and store all instead.
    """
    wanted = b'"base":' + msgspec.json.encode(ref.path)
    for known in context.inventory.all(JobPlan):
        if wanted in bytes(known.plan):
            raise errors.Conflict(
                f"a new image will hold the changes since {ref.of_kind} {ref.of_id}",
                object=f"job/{known.id}",
                hint="migrate again when that job has ended",
            )


def drives(context: Context, refs: Sequence[StoreRef]) -> list[Vm]:
    """The machines that have one of them in their drive."""
    return [vm for ref in refs for vm in context.inventory.having(Vm, "iso", ref.of_id)]


def _require_out_of_drives(context: Context, holding: Holding) -> None:
    """Raise Conflict for a disc that a machine may read, which would end with the old image.

    Once the turn has come, machines that this job does not hold may start at any moment.
    """
    job = context.inventory.find(Job, context.job_id)
    for vm in drives(context, holding.refs):
        if vm.state is VmState.RUNNING or (job is not None and vm_lock(vm) not in job.locks):
            raise errors.Conflict(
                f"machine {vm.name} has the ISO in its drive",
                object=f"vm/{vm.id}",
                hint="detachIso or stop the machine, and migrate again",
            )


def vm_lock(vm: Vm) -> str:
    """The lock that keeps the machine from starting."""
    return f"vm/{vm.id}"


def is_there(context: Context, holding: Holding, target: ImageStore) -> bool:
    """Whether the store has the only image already, so that nothing need be copied."""
    return len(holding.refs) == 1 and _copy_at(context, holding.refs[0], target) is RefState.READY


def _copy_at(context: Context, ref: StoreRef, target: ImageStore) -> RefState | None:
    for other in context.inventory.having(StoreRef, "of", ref.of_id):
        if other.store_id == target.id:
            return other.state
    return None


def _require_absent(context: Context, holding: Holding, target: ImageStore) -> None:
    for ref in holding.refs:
        state = _copy_at(context, ref, target)
        if state is not None:
            raise errors.Conflict(
                f"the image store has {ref.of_kind} {ref.of_id} already, it is {state}",
                object=f"image_store/{target.id}",
                hint="migrate to another image store",
            )


def _require_room(context: Context, holding: Holding, target: ImageStore) -> None:
    room, most = room_of(context, target), used_share_max(context)
    free = room.free_bytes - holding.file.size_bytes
    if free < 0 or room.total_bytes - free > most * room.total_bytes:
        raise errors.NoCapacity(
            f"{holding.file.size_bytes} bytes more would make it fuller than {most:g}",
            object=f"image_store/{target.id}",
            hint="migrate to another image store, or make room on this one",
            number=530,
        )
