"""What a version of a hypervisor can do: as the administrator has said, else as the table has it.

Source: semantics sections 8.1 and 8.2.
"""

from core.model.hypervisors import (
    Hypervisor,
    data_volumes_max,
    has_storage_motion,
    known_version,
)
from core.model.inventory import Inventory
from core.model.records import HypervisorCapability
from core.plans.context import Context


def said(inventory: Inventory, hypervisor: Hypervisor, version: str) -> HypervisorCapability:
    """What the administrator has said of the version's row; nothing, if he has not."""
    row_id = f"{hypervisor}/{known_version(hypervisor, version)}"
    found = inventory.find(HypervisorCapability, row_id)
    return found or HypervisorCapability(id=row_id)


def data_volumes(context: Context, hypervisor: Hypervisor, version: str) -> int:
    """The most data volumes of a machine."""
    most = said(context.inventory, hypervisor, version).data_volumes
    return data_volumes_max(hypervisor, version) if most is None else most


def moves_disks(context: Context, hypervisor: Hypervisor, version: str) -> bool:
    """Whether disks of running machines move, with their machines or alone."""
    enabled = said(context.inventory, hypervisor, version).storage_motion
    return has_storage_motion(hypervisor, version) if enabled is None else enabled
