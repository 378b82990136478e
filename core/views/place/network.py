"""Lists of what Forebay does not have: they are empty, so that clients which ask go on."""

from core.model.commands.command import Command, ListCommand
from core.model.commands.outside.network import (
    ListAffinityGroups,
    ListIpForwardingRules,
    ListNetworks,
    ListPortForwardingRules,
    ListPublicIpAddresses,
    ListSecurityGroups,
    ListSSHKeyPairs,
)
from core.plans.context import Context
from core.views.listing import Answer, Query, paged

NOTHING: tuple[type[Command], ...] = (
    ListNetworks,
    ListPublicIpAddresses,
    ListPortForwardingRules,
    ListIpForwardingRules,
    ListSecurityGroups,
    ListAffinityGroups,
    ListSSHKeyPairs,
)


def _nothing(context: Context, command: ListCommand) -> Answer:
    return paged(context, command, ())


QUERIES: dict[type[Command], Query] = dict.fromkeys(NOTHING, _nothing)
