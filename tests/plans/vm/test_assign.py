"""assignVirtualMachine: a machine and all that is its own change hands."""

from collections.abc import Mapping

import msgspec
import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.command import Role
from core.model.commands.vm import AssignVirtualMachine
from core.model.errors import ForebayError
from core.model.records import (
    Account,
    DiskOffering,
    Project,
    ServiceOffering,
    SnapshotPolicy,
    Tag,
    Vm,
    Volume,
)
from core.model.states import VmState, VolumeState
from core.plans.context import GIB
from tests.plans.vm.templates import template
from tests.refusal import refusal
from tests.small_zone import ADMIN, DORA, SmallZone

TO_BOB = AssignVirtualMachine(virtual_machine_id="vm", account="bob", domain_id="lab")


def asked(**fields: str | None) -> AssignVirtualMachine:
    """The command with other fields."""
    return msgspec.structs.replace(TO_BOB, **fields)


@pytest.fixture
def zone() -> SmallZone:
    """A zone with a stopped machine of alice, its root disk and a data disk; and a project."""
    zone = SmallZone()
    zone.stopped_vm()
    zone.root()
    zone.volume("data", vm_id="vm", device_id=1, size_bytes=3 * GIB)
    alice = zone.inventory.get(Account, "alice")
    zone.add(msgspec.structs.replace(alice, id="shut", name="shut", state="locked"))
    zone.add(msgspec.structs.replace(alice, id="shared", name="shared", project_id="p"))
    zone.add(
        Project(
            id="p",
            name="p",
            display_text="p",
            domain_id="sales",
            account_id="shared",
            owner_id="alice",
        )
    )
    return zone


REFUSALS = [
    pytest.param(asked(virtual_machine_id="none"), ADMIN, errors.NotFound, "vm/none", id="machine"),
    pytest.param(asked(account=None), ADMIN, errors.Invalid, "vm/vm", id="nobody"),
    pytest.param(asked(project_id="p"), ADMIN, errors.Invalid, "vm/vm", id="two owners"),
    pytest.param(
        asked(account="alice", domain_id="sales"), ADMIN, errors.Invalid, "vm/vm", id="same owner"
    ),
    pytest.param(
        asked(account="shut", domain_id="sales"), ADMIN, errors.Conflict, "account/shut", id="shut"
    ),
    pytest.param(asked(account="none"), ADMIN, errors.NotFound, "domain/lab", id="account"),
    pytest.param(
        asked(account=None, project_id="q"), ADMIN, errors.NotFound, "project/q", id="project"
    ),
]


@pytest.mark.parametrize(("command", "caller", "kind", "object"), REFUSALS)
def test_wrong_requests_are_refused(
    zone: SmallZone,
    command: AssignVirtualMachine,
    caller: Caller,
    kind: type[ForebayError],
    object: str,
) -> None:
    """All have the number 431."""
    with refusal(kind, 431, object):
        zone.check(command, caller)


def test_domain_administrators_give_within_their_domain(zone: SmallZone) -> None:
    """Not to those of others; users give nothing away."""
    with refusal(errors.Denied, 531, "account/bob"):
        zone.check(TO_BOB, DORA)
    zone.check(asked(account="dora", domain_id="sales"), DORA)
    assert AssignVirtualMachine.role is Role.DOMAIN_ADMIN


@pytest.mark.parametrize("state", [VmState.RUNNING, VmState.DESTROYED, VmState.ERROR])
def test_only_stopped_machines_change_hands(zone: SmallZone, state: VmState) -> None:
    """Nobody is inside then."""
    zone.vm(state=state)
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(TO_BOB, ADMIN)


def test_snapshots_stay_with_their_owner_and_so_does_the_machine(zone: SmallZone) -> None:
    """Those of its volumes, and those of all its disks together."""
    zone.snapshot(volume_id="data")
    with refusal(errors.Conflict, 431, "volume/data"):
        zone.check(TO_BOB, ADMIN)
    zone.snapshot(volume_id="gone")
    zone.check(TO_BOB, ADMIN)
    zone.vm_snapshot()
    with refusal(errors.Conflict, 431, "vm/vm"):
        zone.check(TO_BOB, ADMIN)


def test_a_volume_that_is_worked_on_keeps_the_machine(zone: SmallZone) -> None:
    """Its job is its owner's."""
    zone.volume("data", vm_id="vm", device_id=1, state=VolumeState.RESIZING)
    with refusal(errors.Conflict, 431, "volume/data"):
        zone.check(TO_BOB, ADMIN)


@pytest.mark.parametrize(
    ("kind", "id"),
    [(ServiceOffering, "tiny"), (DiskOffering, "small"), (DiskOffering, "tiny-root")],
)
def test_the_new_owner_must_be_offered_what_the_machine_is_of(
    zone: SmallZone, kind: type[ServiceOffering | DiskOffering], id: str
) -> None:
    """Its service offering and those of its disks, for his domain or one above it."""
    offering = zone.inventory.get(kind, id)
    zone.add(msgspec.structs.replace(offering, domain_ids=("sales",)))
    noun = "service" if kind is ServiceOffering else "disk"
    with refusal(errors.Denied, 531, f"{noun}_offering/{id}"):
        zone.check(TO_BOB, ADMIN)
    zone.add(msgspec.structs.replace(offering, domain_ids=("ROOT",)))
    zone.check(TO_BOB, ADMIN)


@pytest.mark.parametrize(
    ("fields", "admitted"),
    [
        ({"public": False, "account_id": "alice"}, False),
        ({"public": False, "account_id": "bob"}, True),
        ({"public": False, "account_id": "alice", "shared_with": ("bob",)}, True),
        ({"public": False, "featured": True}, True),
    ],
    ids=str,
)
def test_the_new_owner_must_see_the_template(
    zone: SmallZone, fields: Mapping[str, object], *, admitted: bool
) -> None:
    """He could not restore the machine otherwise."""
    template(zone, **fields)
    if admitted:
        zone.check(TO_BOB, ADMIN)
        return
    with refusal(errors.Denied, 531, "template/debian"):
        zone.check(TO_BOB, ADMIN)


COSTS = {"vm": 1, "cpu": 1, "memory": 1024, "volume": 2, "primary_storage": 5}


@pytest.mark.parametrize(("resource", "cost"), COSTS.items())
def test_the_new_owner_pays_everything(zone: SmallZone, resource: str, cost: int) -> None:
    """At the exact border."""
    zone.limit("bob", resource, cost - 1)
    with refusal(errors.QuotaExceeded, 535, "account/bob"):
        zone.check(TO_BOB, ADMIN)
    zone.limit("bob", resource, cost)
    zone.check(TO_BOB, ADMIN)


def test_all_of_it_changes_hands_at_once(zone: SmallZone) -> None:
    """Machine, volumes, their snapshot policies and tags; other things of alice's stay."""
    zone.volume("other")
    zone.add(
        SnapshotPolicy(
            id="policy",
            volume_id="data",
            account_id="alice",
            domain_id="sales",
            interval="DAILY",
            schedule="00:01",
            timezone="UTC",
            max_snaps=1,
        )
    )
    for of_id in ("vm", "data", "policy", "other"):
        zone.add(
            Tag(
                id=of_id,
                of_kind="volume",
                of_id=of_id,
                key="k",
                value="v",
                account_id="alice",
                domain_id="sales",
            )
        )
    zone.run(zone.plan(TO_BOB, ADMIN))
    given: list[Vm | Volume | SnapshotPolicy | Tag] = [
        zone.inventory.get(Vm, "vm"),
        zone.inventory.get(Volume, "root-vm"),
        zone.inventory.get(Volume, "data"),
        zone.inventory.get(SnapshotPolicy, "policy"),
        zone.inventory.get(Tag, "vm"),
        zone.inventory.get(Tag, "data"),
        zone.inventory.get(Tag, "policy"),
    ]
    assert {(record.account_id, record.domain_id) for record in given} == {("bob", "lab")}
    kept: list[Volume | Tag] = [
        zone.inventory.get(Volume, "other"),
        zone.inventory.get(Tag, "other"),
    ]
    assert {record.account_id for record in kept} == {"alice"}
    assert zone.inventory.total("account.primary_bytes", "bob") == 5 * GIB


def test_a_machine_can_be_given_to_a_project(zone: SmallZone) -> None:
    """It belongs to the project's own account then."""
    command = asked(account=None, domain_id=None, project_id="p")
    zone.run(zone.plan(command, ADMIN))
    assert zone.inventory.get(Vm, "vm").account_id == "shared"
