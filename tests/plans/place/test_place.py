"""Zones, pods and clusters: made, changed, closed and deleted."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.vm import StartVirtualMachine
from core.model.commands.volume import CreateVolume
from core.model.commands.zone import (
    AddCluster,
    CreatePod,
    CreateZone,
    DeleteCluster,
    DeletePod,
    DeleteZone,
    UpdateCluster,
    UpdatePod,
    UpdateZone,
)
from core.model.errors import ForebayError
from core.model.hypervisors import Hypervisor
from core.model.records import Cluster, Host, Pod, Pool, SettingValue, Vm, Volume, Zone
from core.model.states import AllocationState, VolumeState
from core.plans.context import GIB
from core.plans.migration.destination import neighbours
from core.plans.placement import Need, choose_pool
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, SmallZone

ZONE = CreateZone(name="three", dns1="1.1.1.1", internal_dns1="10.0.0.1", network_type="Basic")
POD = CreatePod(name="pod2", zone_id="z1")
CLUSTER = AddCluster(
    cluster_name="c9",
    zone_id="z1",
    pod_id="pod",
    hypervisor="KVM",
    cluster_type="CloudManaged",
)

REFUSALS: list[tuple[Command, type[ForebayError], str]] = [
    (msgspec.structs.replace(ZONE, name="one"), errors.Invalid, "zone/z1"),
    (msgspec.structs.replace(ZONE, network_type="Other"), errors.Invalid, ""),
    (msgspec.structs.replace(ZONE, allocation_state="Off"), errors.Invalid, ""),
    (UpdateZone(id="none"), errors.NotFound, "zone/none"),
    (UpdateZone(id="z2", name="one"), errors.Invalid, "zone/z1"),
    (UpdateZone(id="z2", allocation_state="Off"), errors.Invalid, ""),
    (DeleteZone(id="none"), errors.NotFound, "zone/none"),
    (msgspec.structs.replace(POD, name="pod"), errors.Invalid, "pod/pod"),
    (msgspec.structs.replace(POD, zone_id="none"), errors.NotFound, "zone/none"),
    (msgspec.structs.replace(POD, allocation_state="Off"), errors.Invalid, ""),
    (UpdatePod(id="none"), errors.NotFound, "pod/none"),
    (UpdatePod(id="pod", allocation_state="Off"), errors.Invalid, ""),
    (DeletePod(id="none"), errors.NotFound, "pod/none"),
    (msgspec.structs.replace(CLUSTER, cluster_name="c1"), errors.Invalid, "cluster/c1"),
    (msgspec.structs.replace(CLUSTER, zone_id="z2"), errors.Invalid, "pod/pod"),
    (msgspec.structs.replace(CLUSTER, pod_id="none"), errors.NotFound, "pod/none"),
    (msgspec.structs.replace(CLUSTER, hypervisor="Bochs"), errors.Invalid, ""),
    (msgspec.structs.replace(CLUSTER, cluster_type="Odd"), errors.Invalid, ""),
    (msgspec.structs.replace(CLUSTER, allocation_state="Off"), errors.Invalid, ""),
    (UpdateCluster(id="none"), errors.NotFound, "cluster/none"),
    (UpdateCluster(id="c2", cluster_name="c1"), errors.Invalid, "cluster/c1"),
    (UpdateCluster(id="c2", hypervisor="VMware"), errors.Conflict, "cluster/c2"),
    (UpdateCluster(id="c2", cluster_type="Odd"), errors.Invalid, ""),
    (UpdateCluster(id="c2", allocation_state="Off"), errors.Invalid, ""),
    (DeleteCluster(id="none"), errors.NotFound, "cluster/none"),
]


@pytest.mark.parametrize(("command", "kind", "named"), REFUSALS)
def test_wrong_places_are_refused(
    zone: SmallZone, command: Command, kind: type[ForebayError], named: str
) -> None:
    """Names that are taken, words that there are not, places that there are not."""
    with refusal(kind, 431, named):
        zone.check(command, ADMIN)


HELD: list[tuple[Command, str]] = [
    (DeleteZone(id="z1"), "zone/z1"),
    (DeletePod(id="pod"), "pod/pod"),
    (DeleteCluster(id="c1"), "cluster/c1"),
    (DeleteCluster(id="c2"), "cluster/c2"),
]


@pytest.mark.parametrize(("command", "named"), HELD)
def test_places_that_hold_something_are_kept(zone: SmallZone, command: Command, named: str) -> None:
    """The refusal says what is there and what to delete first."""
    with refusal(errors.Conflict, 530, named) as caught:
        zone.check(command, ADMIN)
    assert caught.value.hint.startswith("delete ")


@pytest.mark.parametrize("kind", [Volume, Vm, Pool])
def test_everything_in_a_zone_holds_it(zone: SmallZone, kind: type) -> None:
    """Also what is in none of its pods."""
    if kind is Volume:
        zone.allocated("there", zone_id="z2")
    elif kind is Vm:
        zone.stopped_vm("there", zone_id="z2")
    else:
        wide = zone.inventory.get(Pool, "wide")
        zone.add(msgspec.structs.replace(wide, id="there", zone_id="z2"))
    with refusal(errors.Conflict, 530, "zone/z2"):
        zone.check(DeleteZone(id="z2"), ADMIN)


def test_a_zone_is_made_changed_and_deleted(zone: SmallZone) -> None:
    """With it go the settings that were changed for it."""
    asked = msgspec.structs.replace(ZONE, local_storage_enabled=True, ip6_dns2="2001:db8::2")
    claim = zone.claim(asked, ADMIN)
    made = zone.inventory.get(Zone, claim.id)
    assert (made.name, made.dns1, made.local_storage_enabled) == ("three", "1.1.1.1", True)
    assert made.allocation_state is AllocationState.ENABLED
    zone.claim(UpdateZone(id=made.id, ip6_dns1="2001:db8::1"), ADMIN)
    made = zone.inventory.get(Zone, claim.id)
    assert (made.ip6_dns1, made.ip6_dns2) == ("2001:db8::1", "2001:db8::2")
    zone.claim(UpdateZone(id=made.id), ADMIN)
    assert zone.inventory.get(Zone, claim.id) == made
    zone.claim(
        UpdateZone(id=made.id, name="3", allocation_state="disabled", local_storage_enabled=False),
        ADMIN,
    )
    now = zone.inventory.get(Zone, claim.id)
    assert (now.name, now.allocation_state, now.local_storage_enabled, now.dns1) == (
        "3",
        AllocationState.DISABLED,
        False,
        "1.1.1.1",
    )
    zone.set("storage.overprovisioning.factor", 3, "zone", made.id)
    zone.claim(DeleteZone(id=made.id), ADMIN)
    assert zone.inventory.find(Zone, made.id) is None
    assert not zone.inventory.all(SettingValue)


def test_a_pod_is_made_changed_and_deleted(zone: SmallZone) -> None:
    """Its name is its own in the zone; other zones may have it."""
    claim = zone.claim(msgspec.structs.replace(POD, name="pod", zone_id="z2"), ADMIN)
    zone.claim(UpdatePod(id=claim.id), ADMIN)
    zone.claim(UpdatePod(id=claim.id, name="p", gateway="10.0.0.1"), ADMIN)
    zone.claim(UpdatePod(id=claim.id, allocation_state="Disabled"), ADMIN)
    made = zone.inventory.get(Pod, claim.id)
    assert (made.name, made.gateway, made.allocation_state) == (
        "p",
        "10.0.0.1",
        AllocationState.DISABLED,
    )
    zone.claim(DeletePod(id=claim.id), ADMIN)
    assert zone.inventory.find(Pod, claim.id) is None


def test_a_cluster_is_made_changed_and_deleted(zone: SmallZone) -> None:
    """Its hypervisor changes while nothing is in it."""
    claim = zone.claim(CLUSTER, ADMIN)
    zone.claim(UpdateCluster(id=claim.id), ADMIN)
    zone.claim(UpdateCluster(id=claim.id, cluster_name="x", hypervisor="vmware"), ADMIN)
    zone.claim(UpdateCluster(id=claim.id, allocation_state="Disabled"), ADMIN)
    made = zone.inventory.get(Cluster, claim.id)
    assert (made.name, made.hypervisor, made.allocation_state) == (
        "x",
        Hypervisor.VMWARE,
        AllocationState.DISABLED,
    )
    zone.claim(DeleteCluster(id=claim.id), ADMIN)
    assert zone.inventory.find(Cluster, claim.id) is None


# Disabled places.


def _close(zone: SmallZone, what: str) -> None:
    if what == "pod":
        zone.claim(UpdatePod(id="pod", allocation_state="Disabled"), ADMIN)
    else:
        zone.claim(UpdateCluster(id="c1", allocation_state="Disabled"), ADMIN)


@pytest.mark.parametrize("what", ["pod", "cluster"])
def test_no_machine_starts_in_a_disabled_place_by_itself(zone: SmallZone, what: str) -> None:
    """On a host that is named it does."""
    zone.stopped_vm(last_host_id="")
    zone.root(state=VolumeState.ALLOCATED, pool_id="")
    _close(zone, what)
    if what == "pod":
        with refusal(errors.NoCapacity, 533, "vm/vm") as caught:
            zone.plan(StartVirtualMachine(id="vm"))
        assert "each of h1, h2, h3 is in a Disabled pod or cluster" in caught.value.message
    else:
        assert zone.plan(StartVirtualMachine(id="vm")).steps[-1].actor == "host/h3"
    plan = zone.plan(StartVirtualMachine(id="vm", host_id="h1"), ADMIN)
    assert plan.steps[-1].actor == "host/h1"


@pytest.mark.parametrize("what", ["pod", "cluster"])
def test_no_volume_is_placed_in_a_disabled_place_by_itself(zone: SmallZone, what: str) -> None:
    """Pools of the whole zone go on, and pools of the cluster for machines that run there."""
    zone.set("volume.allocation.algorithm", "firstfit")
    need = Need(zone_id="z1", size_bytes=GIB, tags=("ssd",), local=False)
    assert choose_pool(zone.context(), need).id == "more"
    _close(zone, what)
    with refusal(errors.NoCapacity, 533, "zone/z1") as caught:
        choose_pool(zone.context(), need)
    assert "more is in a Disabled pod or cluster" in caught.value.message
    assert choose_pool(zone.context(), need._replace(tags=())).id in {"far", "rbd", "wide"}
    there = need._replace(cluster_id="c1", host_id="h1")
    assert choose_pool(zone.context(), there).id == "more"


def test_no_machine_is_sent_to_a_disabled_place_by_itself(zone: SmallZone) -> None:
    """As for hosts that are Disabled themselves."""
    vm = zone.vm()
    assert [host.id for host in neighbours(zone.context(ADMIN), vm)] == ["h2"]
    zone.add(msgspec.structs.replace(zone.inventory.get(Host, "h2"), pod_id="closed"))
    zone.add(
        Pod(
            id="closed",
            name="closed",
            zone_id="z1",
            allocation_state=AllocationState.DISABLED,
        )
    )
    assert neighbours(zone.context(ADMIN), vm) == []


def test_users_create_nothing_in_a_disabled_zone(zone: SmallZone) -> None:
    """Root administrators do."""
    zone.claim(UpdateZone(id="z1", allocation_state="Disabled"), ADMIN)
    command = CreateVolume(disk_offering_id="small", zone_id="z1", name="v")
    with refusal(errors.Denied, 531, "zone/z1"):
        zone.check(command, ALICE)
    zone.check(command, ADMIN)
