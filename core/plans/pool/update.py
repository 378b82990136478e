"""updateStoragePool."""

from collections.abc import Mapping

import msgspec

from core.model import errors
from core.model.commands.pool import UpdateStoragePool
from core.model.records import Pool
from core.model.states import PoolState
from core.model.storage_tags.match import pool_tags
from core.model.transitions import next_state
from core.plans.admission import require_state
from core.plans.context import Context
from core.plans.pool.details import require_details, require_group_stays
from core.plans.pool.pool_url import pool_url
from core.plans.step import Add, Claim
from core.plans.url import require_new_url


def check(context: Context, command: UpdateStoragePool) -> None:
    """Refuse what the pool's state or kind does not admit (semantics section 2.12)."""
    pool = context.inventory.get(Pool, command.id)
    if command.enabled is not None:
        wanted = PoolState.DISABLED if command.enabled else PoolState.UP
        require_state(pool, wanted, doing="enabling" if command.enabled else "disabling")
    asked = command.capacity_bytes is not None or command.capacity_iops is not None
    if asked and not pool.managed:
        raise errors.Invalid(
            "only a managed pool is told its capacity",
            object=f"pool/{pool.id}",
            hint="leave capacitybytes and capacityiops out",
        )
    if command.capacity_bytes is not None:
        _require_enough(context, pool, command.capacity_bytes)
    require_details(command.details, pool.type)
    require_group_stays(pool, command.details or {})
    _tags(pool, command)
    if command.url is not None:
        _require_new_place(context, pool, command.url)


def _new_url(pool: Pool, url: str) -> str:
    """The URL as it is kept. Raises Invalid when it is another kind of pool's."""
    kind, written = pool_url(url, pool.provider, pool.details)
    if kind is not pool.type:
        raise errors.Invalid(
            f"this is the URL of a {kind} pool, not of a {pool.type} one",
            object=f"pool/{pool.id}",
            hint="add a pool of the other type and migrate the volumes",
        )
    return written


def _require_new_place(context: Context, pool: Pool, url: str) -> None:
    """Nobody may have a disk open while the storage is looked for elsewhere."""
    written = _new_url(pool, url)
    if written != pool.url:
        require_state(pool, PoolState.MAINTENANCE, doing="a new url")
        require_new_url(Pool, written, context)


def _require_enough(context: Context, pool: Pool, capacity_bytes: int) -> None:
    allocated = context.inventory.total("pool.allocated", pool.id)
    if capacity_bytes < allocated:
        raise errors.Invalid(
            f"{allocated} bytes of the pool are given to volumes",
            object=f"pool/{pool.id}",
            hint="give at least so many capacitybytes",
        )


def _tags(pool: Pool, command: UpdateStoragePool) -> Mapping[str, object]:
    """The fields of the tags that the pool gets. Raises Invalid."""
    if command.tags is None:
        if command.is_tag_a_rule not in (None, pool.tag_rule):
            raise errors.Invalid(
                "tags and a rule are written differently",
                object=f"pool/{pool.id}",
                hint="give tags together with istagarule",
            )
        return {}
    rule = pool.tag_rule if command.is_tag_a_rule is None else command.is_tag_a_rule
    return {"tags": pool_tags(command.tags, rule=rule), "tag_rule": rule}


def claim(context: Context, command: UpdateStoragePool) -> Claim:
    """Change the record; details that are given are added to those that there are."""
    pool = context.inventory.get(Pool, command.id)
    fields: dict[str, object] = {**_tags(pool, command)}
    for field in ("name", "capacity_bytes", "capacity_iops"):
        value = getattr(command, field)
        if value is not None:
            fields[field] = value
    if command.url is not None:
        fields["url"] = _new_url(pool, command.url)
    if command.details is not None:
        fields["details"] = {**pool.details, **command.details}
    if command.enabled is not None:
        event = "EnableRequested" if command.enabled else "DisableRequested"
        fields["state"] = next_state("pool", pool.state, event, pool.id)
    changed = msgspec.structs.replace(pool, rev=pool.rev + 1, **fields)
    return Claim(kind="pool", id=pool.id, effects=(Add(record=changed),))
