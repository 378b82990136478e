"""updateHost, reconnectHost, and what addHost takes beside the host's place."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.host import AddHost, ReconnectHost, UpdateHost
from core.model.errors import ForebayError
from core.model.records import Host
from core.model.states import ResourceState
from core.plans.operation import ProbeHost
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

ADD = AddHost(zone_id="z1", pod_id="pod", cluster_id="c1", url="sim://h9", hypervisor="KVM")


def _updated(zone: SmallZone, command: UpdateHost) -> Host:
    zone.claim(command, ADMIN)
    return zone.inventory.get(Host, "h1")


def test_what_is_given_changes_and_nothing_else(zone: SmallZone) -> None:
    """Tags replace all tags."""
    before = zone.inventory.get(Host, "h1")
    assert _updated(zone, UpdateHost(id="h1")) == before
    after = _updated(zone, UpdateHost(id="h1", name="n", host_tags="a, b", annotation="why"))
    assert (after.name, after.tags, after.annotation) == ("n", ("a", "b"), "why")
    assert after.resource_state is ResourceState.ENABLED
    assert _updated(zone, UpdateHost(id="h1", host_tags="")).tags == ()


def test_a_host_is_disabled_and_enabled(zone: SmallZone) -> None:
    """Whatever the case of the word."""
    after = _updated(zone, UpdateHost(id="h1", allocation_state="Disable"))
    assert after.resource_state is ResourceState.DISABLED
    after = _updated(zone, UpdateHost(id="h1", allocation_state="enable"))
    assert after.resource_state is ResourceState.ENABLED


REFUSALS: list[tuple[ResourceState, str, type[ForebayError]]] = [
    (ResourceState.ENABLED, "Enable", errors.Conflict),
    (ResourceState.DISABLED, "Disable", errors.Conflict),
    (ResourceState.MAINTENANCE, "Disable", errors.Conflict),
    (ResourceState.MAINTENANCE, "Enable", errors.Conflict),
    (ResourceState.PREPARE_FOR_MAINTENANCE, "Disable", errors.Conflict),
    (ResourceState.ENABLED, "Maintenance", errors.Invalid),
]


@pytest.mark.parametrize(("state", "asked", "kind"), REFUSALS)
def test_other_changes_of_use_are_refused(
    zone: SmallZone, state: ResourceState, asked: str, kind: type[ForebayError]
) -> None:
    """Maintenance has commands of its own."""
    zone.add(msgspec.structs.replace(zone.inventory.get(Host, "h1"), resource_state=state))
    with refusal(kind, 431, "host/h1"):
        zone.check(UpdateHost(id="h1", allocation_state=asked), ADMIN)


@pytest.mark.parametrize("command", [UpdateHost(id="none"), ReconnectHost(id="none")])
def test_an_unknown_host_is_not_found(zone: SmallZone, command: UpdateHost | ReconnectHost) -> None:
    """As everywhere."""
    with refusal(errors.NotFound, 431, "host/none"):
        zone.check(command, ADMIN)


def test_reconnecting_asks_the_host(zone: SmallZone) -> None:
    """One step, whose answer is learnt."""
    (step,) = zone.plan(ReconnectHost(id="h1"), ADMIN).steps
    assert (step.actor, step.do) == ("host/h1", ProbeHost())


def test_a_host_can_be_added_with_tags_and_without_use(zone: SmallZone) -> None:
    """It is Enabled unless told otherwise."""
    claim = zone.claim(msgspec.structs.replace(ADD, host_tags="gpu"), ADMIN)
    added = zone.inventory.get(Host, claim.id)
    assert (added.tags, added.resource_state) == (("gpu",), ResourceState.ENABLED)
    command = msgspec.structs.replace(ADD, url="sim://h8", allocation_state="disabled")
    claim = zone.claim(command, ADMIN)
    assert zone.inventory.get(Host, claim.id).resource_state is ResourceState.DISABLED


def test_an_unknown_allocation_state_is_refused(zone: SmallZone) -> None:
    """Before anything is recorded."""
    with refusal(errors.Invalid, 431):
        zone.check(msgspec.structs.replace(ADD, allocation_state="Off"), ADMIN)
