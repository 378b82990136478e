"""createDiskOffering."""

from core.model import errors
from core.model.commands.offering import CreateDiskOffering
from core.model.records import DiskOffering
from core.model.tags import tags_of
from core.plans.context import GIB, Context
from core.plans.step import Add, Claim

STORAGE_TYPES = ("shared", "local")


PROVISIONING_TYPES = ("thin", "sparse", "fat")


def require_one_of(value: str, admitted: tuple[str, ...], parameter: str) -> None:
    """Raise Invalid unless the value is one of those admitted."""
    if value not in admitted:
        raise errors.Invalid(f"{value!r} is no {parameter}", hint=f"one of {', '.join(admitted)}")


def check(context: Context, command: CreateDiskOffering) -> None:
    """Refuse contradictory sizes and rates (semantics section 2.12)."""
    require_one_of(command.storage_type, STORAGE_TYPES, "storagetype")
    require_one_of(command.provisioning_type, PROVISIONING_TYPES, "provisioningtype")
    if command.customized and command.disk_size is not None:
        raise errors.Invalid(
            "disksize is given for a customized offering", hint="leave out one of the two"
        )
    if not command.customized and command.disk_size is None:
        raise errors.Invalid("disksize is needed", hint="give disksize in GiB or customized=true")
    most = context.settings.whole("storage.max.volume.size")
    if command.disk_size is not None and command.disk_size > most:
        raise errors.Invalid(
            f"disksize is 1 to {most} GiB, not {command.disk_size}",
            object="setting/storage.max.volume.size",
            hint="ask for a smaller size or raise the setting",
        )
    if command.customized_iops is False:
        _check_iops(command.min_iops or 0, command.max_iops or 0)


def _check_iops(least: int, most: int) -> None:
    if (least or most) and not 0 < least <= most:
        raise errors.Invalid(
            f"miniops {least} and maxiops {most} don't fit", hint="0 < miniops <= maxiops"
        )


def claim(context: Context, command: CreateDiskOffering) -> Claim:
    """Record the offering. Rates count only with customizediops=false, as in CloudStack."""
    fixed = command.customized_iops is False
    offering = DiskOffering(
        id=context.new_id(),
        created_s=context.now_s,
        name=command.name,
        display_text=command.display_text or command.name,
        size_bytes=(command.disk_size or 0) * GIB,
        storage_type=command.storage_type,
        provisioning_type=command.provisioning_type,
        tags=tags_of(command.tags),
        min_iops=(command.min_iops or 0) if fixed else 0,
        max_iops=(command.max_iops or 0) if fixed else 0,
        customized_iops=bool(command.customized_iops),
    )
    return Claim(kind="disk_offering", id=offering.id, effects=(Add(record=offering),))
