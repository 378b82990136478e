"""What administrators say of versions of hypervisors, and who obeys it."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.host import (
    ListHypervisorCapabilities,
    ListHypervisors,
    UpdateHypervisorCapabilities,
)
from core.model.commands.volume import AttachVolume, MigrateVolume
from core.model.errors import ForebayError
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.records import Cluster
from core.views.history.job import JobLive
from core.views.query import query
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

KVM = UpdateHypervisorCapabilities(id="KVM/default")


def _ask(zone: SmallZone, command: Command) -> list[dict[str, Any]]:
    answer = query(zone.context(ADMIN), command, lambda _: JobLive())
    rows: list[dict[str, Any]] = msgspec.to_builtins(answer)[command.returns]
    return rows


def _kvm(zone: SmallZone) -> dict[str, Any]:
    (row,) = _ask(zone, ListHypervisorCapabilities(id="KVM/default"))
    return row


def test_hypervisors_are_listed(zone: SmallZone) -> None:
    """Of a zone, those of its clusters."""
    assert len(_ask(zone, ListHypervisors())) == len(HYPERVISORS)
    zone.add(replace(zone.inventory.get(Cluster, "c2"), hypervisor=Hypervisor.VMWARE))
    assert _ask(zone, ListHypervisors(zone_id="z1")) == [{"name": "KVM"}, {"name": "VMware"}]
    assert _ask(zone, ListHypervisors(zone_id="z2")) == []


def test_capabilities_are_those_of_the_table(zone: SmallZone) -> None:
    """One row for each version that has one."""
    assert _kvm(zone) == {
        "id": "KVM/default",
        "hypervisor": "KVM",
        "hypervisorversion": "default",
        "maxdatavolumeslimit": 32,
        "storagemotionenabled": True,
        "vmsnapshotenabled": True,
    }
    rows = _ask(zone, ListHypervisorCapabilities(hypervisor="xenserver"))
    limits = {row["hypervisorversion"]: row["maxdatavolumeslimit"] for row in rows}
    assert (limits["default"], limits["6.0.2"], limits["8.4.0"]) == (6, 13, 240)
    motion = {row["hypervisorversion"]: row["storagemotionenabled"] for row in rows}
    assert (motion["6.0.2"], motion["6.1.0"]) == (False, True)
    assert {row["hypervisor"] for row in _ask(zone, ListHypervisorCapabilities(keyword="vm"))} == {
        "KVM",
        "VMware",
        "Ovm",
    }


REFUSALS: list[tuple[UpdateHypervisorCapabilities, type[ForebayError], str]] = [
    (UpdateHypervisorCapabilities(), errors.Invalid, ""),
    (UpdateHypervisorCapabilities(hypervisor="KVM"), errors.Invalid, ""),
    (replace(KVM, hypervisor="KVM", hypervisor_version="default"), errors.Invalid, ""),
    (UpdateHypervisorCapabilities(id="Bochs/default"), errors.Invalid, ""),
    (
        UpdateHypervisorCapabilities(id="KVM/9"),
        errors.NotFound,
        "hypervisor_capability/KVM/9",
    ),
]


@pytest.mark.parametrize(("command", "kind", "named"), REFUSALS)
def test_unknown_versions_are_refused(
    zone: SmallZone, command: UpdateHypervisorCapabilities, kind: type[ForebayError], named: str
) -> None:
    """By id or by name and version, not both."""
    with refusal(kind, 431, named):
        zone.check(command, ADMIN)


def test_what_is_said_stays_until_it_is_said_otherwise(zone: SmallZone) -> None:
    """Each field by itself."""
    zone.claim(KVM, ADMIN)
    zone.claim(replace(KVM, max_data_volumes_limit=1), ADMIN)
    assert (_kvm(zone)["maxdatavolumeslimit"], _kvm(zone)["storagemotionenabled"]) == (1, True)
    by_name = UpdateHypervisorCapabilities(
        hypervisor="kvm", hypervisor_version="default", storage_motion_enabled=False
    )
    zone.claim(by_name, ADMIN)
    assert (_kvm(zone)["maxdatavolumeslimit"], _kvm(zone)["storagemotionenabled"]) == (1, False)


def test_machines_have_no_more_data_volumes_than_said(zone: SmallZone) -> None:
    """Also not by a version without a row of its own."""
    zone.vm()
    zone.volume("first", vm_id="vm", device_id=1)
    zone.volume()
    attach = AttachVolume(id="vol", virtual_machine_id="vm")
    zone.check(attach)
    zone.claim(replace(KVM, max_data_volumes_limit=1), ADMIN)
    with refusal(errors.Invalid, 431, "vm/vm"):
        zone.check(attach)


def test_disks_of_running_machines_stay_where_it_is_said(zone: SmallZone) -> None:
    """Those of stopped ones move."""
    zone.vm()
    zone.volume(vm_id="vm", device_id=1)
    move = MigrateVolume(volume_id="vol", storage_id="more", live_migrate=True)
    zone.check(move)
    zone.claim(replace(KVM, storage_motion_enabled=False), ADMIN)
    with refusal(errors.Unsupported, 431, "volume/vol"):
        zone.check(move)
    zone.stopped_vm()
    zone.check(move)
