"""Tags of offerings that have limits of their own, and what is used under each.

A volume is under the storage tags of its disk offering, a machine under the host tags of its
service offering.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from core.model.inventory import Inventory
from core.model.records import DiskOffering, ServiceOffering, Vm, Volume
from core.model.settings import Settings
from core.model.storage_tags.written import tags_of
from core.plans.context import Context


class Family(NamedTuple):
    """Tags of one kind. setting: names those with limits. offerings: all ids with their tags."""

    setting: str
    offerings: Callable[[Inventory], Iterator[tuple[str, tuple[str, ...]]]]


def _disk_offerings(inventory: Inventory) -> Iterator[tuple[str, tuple[str, ...]]]:
    for offering in inventory.all(DiskOffering):
        yield offering.id, offering.tags


def _service_offerings(inventory: Inventory) -> Iterator[tuple[str, tuple[str, ...]]]:
    for offering in inventory.all(ServiceOffering):
        yield offering.id, offering.host_tags


STORAGE = Family("resource.limit.storage.tags", _disk_offerings)
HOST = Family("resource.limit.host.tags", _service_offerings)
# resource (core.plans.quota): its tags
FAMILIES: dict[str, Family] = {
    "volume": STORAGE,
    "primary_storage": STORAGE,
    "vm": HOST,
    "cpu": HOST,
    "memory": HOST,
}


def limited_tags(settings: Settings, resource: str) -> tuple[str, ...]:
    """The tags under which the resource is limited."""
    family = FAMILIES.get(resource)
    return tags_of(settings.text(family.setting)) if family is not None else ()


def used_under(inventory: Inventory, account_id: str, total: str, resource: str, tag: str) -> int:
    """The sum called `total` over what the account has by offerings with the tag."""
    return sum(
        inventory.total(f"offered.{total}", f"{account_id}/{offering_id}")
        for offering_id, tags in FAMILIES[resource].offerings(inventory)
        if tag in tags
    )


class Tagged(NamedTuple):
    """What is asked for of each resource under each of the tags, beside what is asked for in all.

    Storage and memory in bytes.
    """

    tags: tuple[str, ...]
    amounts: dict[str, int]

    def each(self) -> Iterator[tuple[str, str, int]]:
        """(resource, tag, amount)."""
        for tag in self.tags:
            for resource, amount in self.amounts.items():
                yield resource, tag, amount


def under(tags: tuple[str, ...], **amounts: int) -> Tagged:
    """So much under each of the tags."""
    return Tagged(tags, amounts)


def storage_tags(context: Context, volume: Volume) -> tuple[str, ...]:
    """Those of the volume's disk offering."""
    offering = context.inventory.find(DiskOffering, volume.disk_offering_id)
    return offering.tags if offering is not None else ()


def _host_tags(context: Context, vm: Vm) -> tuple[str, ...]:
    offering = context.inventory.find(ServiceOffering, vm.service_offering_id)
    return offering.host_tags if offering is not None else ()


def of_volumes(context: Context, *volumes: Volume) -> tuple[Tagged, ...]:
    """Volumes that come to an account."""
    return tuple(
        under(storage_tags(context, volume), volume=1, primary_storage=volume.size_bytes)
        for volume in volumes
    )


def of_growth(context: Context, volume: Volume, size_bytes: int) -> Tagged:
    """A volume that gets another size."""
    more = max(0, size_bytes - volume.size_bytes)
    return under(storage_tags(context, volume), primary_storage=more)


def of_disk_offering(
    context: Context, volume: Volume, offering: DiskOffering, size_bytes: int
) -> tuple[Tagged, ...]:
    """A volume that gets another disk offering and size."""
    old, new = storage_tags(context, volume), offering.tags
    return (
        under(_without(new, old), volume=1, primary_storage=size_bytes),
        under(_within(new, old), primary_storage=max(0, size_bytes - volume.size_bytes)),
    )


def of_vm(context: Context, vm: Vm) -> Tagged:
    """A machine that comes to an account."""
    return under(_host_tags(context, vm), vm=1, cpu=vm.cpus, memory=vm.memory_bytes)


def of_service_offering(
    context: Context, vm: Vm, offering: ServiceOffering, cpus: int, memory_bytes: int
) -> tuple[Tagged, ...]:
    """A machine that gets another service offering and shape."""
    old, new = _host_tags(context, vm), offering.host_tags
    more_cpus, more_bytes = max(0, cpus - vm.cpus), max(0, memory_bytes - vm.memory_bytes)
    return (
        under(_without(new, old), vm=1, cpu=cpus, memory=memory_bytes),
        under(_within(new, old), cpu=more_cpus, memory=more_bytes),
    )


def _within(tags: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(tag for tag in tags if tag in others)


def _without(tags: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(tag for tag in tags if tag not in others)
