"""Commands about networks and what belongs to them: clients call them, and there is nothing."""

from typing import ClassVar

from core.model.commands.command import Id, Name, OwnedListCommand


class ListNetworks(OwnedListCommand, frozen=True, kw_only=True):
    """List networks; there are none."""

    returns: ClassVar[str] = "network"

    id: Id | None = None
    zone_id: Id | None = None


class ListPublicIpAddresses(OwnedListCommand, frozen=True, kw_only=True):
    """List public addresses; there are none."""

    returns: ClassVar[str] = "publicipaddress"

    id: Id | None = None
    zone_id: Id | None = None


class ListPortForwardingRules(OwnedListCommand, frozen=True, kw_only=True):
    """List rules that forward ports to machines; there are none."""

    returns: ClassVar[str] = "portforwardingrule"

    id: Id | None = None


class ListIpForwardingRules(OwnedListCommand, frozen=True, kw_only=True):
    """List rules that forward addresses to machines; there are none."""

    returns: ClassVar[str] = "ipforwardingrule"

    id: Id | None = None


class ListSecurityGroups(OwnedListCommand, frozen=True, kw_only=True):
    """List security groups; there are none."""

    returns: ClassVar[str] = "securitygroup"

    id: Id | None = None


class ListAffinityGroups(OwnedListCommand, frozen=True, kw_only=True):
    """List affinity groups; there are none."""

    returns: ClassVar[str] = "affinitygroup"

    id: Id | None = None
    name: Name | None = None


class ListSSHKeyPairs(OwnedListCommand, frozen=True, kw_only=True):
    """List SSH key pairs; there are none."""

    returns: ClassVar[str] = "sshkeypair"

    id: Id | None = None
    name: Name | None = None
