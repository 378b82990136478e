"""Commands about system VMs."""

from typing import ClassVar

from core.model.commands.command import Id, ListCommand, Name, Role


class ListSystemVms(ListCommand, frozen=True, kw_only=True):
    """List the system VMs that carry copies between image stores."""

    role: ClassVar[Role] = Role.ADMIN
    returns: ClassVar[str] = "systemvm"

    id: Id | None = None
    name: Name | None = None
    state: Name | None = None
    system_vm_type: Name | None = None
    zone_id: Id | None = None
