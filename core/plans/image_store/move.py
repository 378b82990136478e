"""Moving one image, or one chain of images, to another image store.

All are copied and compared before anything changes for those who read them; the old ones go last,
once nobody reads them any more (docs/decisions/0046-images-move-whole.md).
"""

import msgspec

from core.model.commands.internal import MoveImages
from core.model.records import Extraction, ImageStore, StoreRef
from core.model.states import RefState
from core.plans.context import Context
from core.plans.image_store.holding import Holding, image_bytes, whole_chain
from core.plans.image_store.unchanged import drives, is_there, remaining, vm_lock
from core.plans.operation import AwaitReaders, ImageAt, RemoveImage, StoreImage, VerifyImage
from core.plans.step import Add, Change, Claim, Drop, Effect, Plan, Step, change, reading


def claim(context: Context, command: MoveImages) -> Claim:
    """Wait for a session of a system VM of the zone; what the images are of is only read.

    Machines with one of them in their drive must not start meanwhile.
    """
    refs = remaining(context, command)
    source = context.inventory.find(ImageStore, refs[0].store_id) if refs else None
    zone_id = source.zone_id if source is not None else ""
    of = (reading(f"{ref.of_kind}/{ref.of_id}") for ref in refs)
    return Claim(
        kind="image_store",
        id=command.store_id,
        slot=f"zone/{zone_id}" if zone_id else "",
        locks=tuple(dict.fromkeys((*of, *(vm_lock(vm) for vm in drives(context, refs))))),
    )


def plan(context: Context, command: MoveImages, store_id: str) -> Plan:
    """Copy all, compare all, let the copies be the images, then remove the old ones."""
    refs = remaining(context, command)
    if not refs:
        return Plan(steps=())
    holding = whole_chain(context, refs[0])
    target = context.inventory.get(ImageStore, store_id)
    source = context.inventory.get(ImageStore, refs[0].store_id)
    if is_there(context, holding, target):
        links = _links(context, holding, target)
        return Plan(steps=(_forgetting(holding, links), *_removal(holding, source)))
    made = _counterparts(context, holding, target)
    return Plan(
        steps=(
            *(_copy(ref, made, target) for ref in holding.refs),
            *(_comparison(ref, target) for ref in holding.refs),
            _handover(holding, made, target, _links(context, holding, target)),
            *_removal(holding, source),
        )
    )


def _counterparts(context: Context, holding: Holding, target: ImageStore) -> dict[str, StoreRef]:
    """The records of the copies, by the ids of what they are copies of."""
    made: dict[str, StoreRef] = {}
    for ref in holding.refs:
        parent = made.get(ref.parent_id)
        made[ref.id] = msgspec.structs.replace(
            ref,
            id=context.new_id(),
            rev=1,
            created_s=context.now_s,
            store_id=target.id,
            parent_id=parent.id if parent is not None else "",
            state=RefState.CREATING,
            job_id=context.job_id,
        )
    return made


def _at(ref: StoreRef) -> ImageAt:
    return ImageAt(store_id=ref.store_id, path=ref.path)


def _copy(ref: StoreRef, made: dict[str, StoreRef], target: ImageStore) -> Step:
    """A hidden image stays hidden meanwhile: nobody reads it."""
    new, base = made[ref.id], made.get(ref.parent_id)
    learn = {"physical_bytes": "physical_bytes"}
    seen = ref.state is RefState.READY
    return Step(
        name=f"copy {ref.of_kind} {ref.of_id} to {target.name}",
        actor=f"image_store/{target.id}",
        do=StoreImage(
            path=new.path, source=_at(ref), base=base.path if base is not None else "", as_is=True
        ),
        undo=RemoveImage(path=new.path),
        begin=(*((change(ref, "MigrateDataRequested"),) if seen else ()), Add(record=new)),
        commit=(Change(kind="store_ref", id=new.id, learn=learn),),
        revert=(
            *((change(ref, "OperationFailed"),) if seen else ()),
            Drop(kind="store_ref", id=new.id),
        ),
        bytes=image_bytes(ref),
    )


def _comparison(ref: StoreRef, target: ImageStore) -> Step:
    return Step(
        name=f"compare {ref.of_kind} {ref.of_id} with its copy",
        actor=f"image_store/{target.id}",
        do=VerifyImage(path=ref.path, source=_at(ref)),
        bytes=image_bytes(ref),
    )


def _links(context: Context, holding: Holding, target: ImageStore) -> tuple[Effect, ...]:
    """Links for downloads lead to where the images are then; their paths stay."""
    places = {(ref.store_id, ref.path) for ref in holding.refs}
    return tuple(
        change(link, store_id=target.id)
        for link in context.inventory.all(Extraction)
        if (link.store_id, link.path) in places
    )


def _handover(
    holding: Holding, made: dict[str, StoreRef], target: ImageStore, links: tuple[Effect, ...]
) -> Step:
    """The copies are the images from now on; who reads the old ones may read to the end."""
    effects: list[Effect] = [*links]
    for ref in holding.refs:
        new = made[ref.id]
        effects.append(Change(kind="store_ref", id=new.id, event="OperationSuccessed"))
        if ref.state is RefState.HIDDEN:
            effects.append(Change(kind="store_ref", id=new.id, event="HideRequested"))
        else:
            effects.append(change(ref, "OperationSuccessed"))
        effects.append(change(ref, "DestroyRequested"))
    return Step(name=f"read them from {target.name}", commit=tuple(effects), final=True)


def _forgetting(holding: Holding, links: tuple[Effect, ...]) -> Step:
    gone = tuple(change(ref, "DestroyRequested") for ref in holding.refs)
    return Step(name="read it where it is already", commit=(*links, *gone), final=True)


def _removal(holding: Holding, source: ImageStore) -> tuple[Step, ...]:
    """Children go before what they are based on."""
    waiting = Step(
        name="wait for those who read them",
        actor="jobs",
        do=AwaitReaders(paths=tuple(ref.path for ref in holding.refs)),
        final=True,
    )
    removing = (
        Step(
            name=f"remove {ref.of_kind} {ref.of_id} from {source.name}",
            actor=f"image_store/{source.id}",
            do=RemoveImage(path=ref.path),
            commit=(Drop(kind="store_ref", id=ref.id),),
            final=True,
        )
        for ref in reversed(holding.refs)
    )
    return (waiting, *removing)
