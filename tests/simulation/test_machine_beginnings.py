"""How machines begin: as records that take no room, and within the limits of their owners."""

from typing import Any

import msgspec
from msgspec.structs import replace

from core.model import errors
from core.model.commands.command import Command, Role
from core.model.commands.ownership.limit import UpdateResourceLimit
from core.model.commands.vm import (
    DataDiskAsked,
    DestroyVirtualMachine,
    RecoverVirtualMachine,
    StartVirtualMachine,
)
from core.model.commands.volume import ListVolumes
from core.model.records import Account
from sim.spec import GIB
from tests.refusal import refusal
from tests.simulation.checkers import findings
from tests.simulation.stage import Stage, deploy, play


async def rows(stage: Stage, command: Command) -> list[dict[str, Any]]:
    """The objects that a list answers."""
    answer = msgspec.to_builtins(await stage.plane.submit(command, stage.caller))
    found: list[dict[str, Any]] = answer.get(command.returns, [])
    return found


def test_a_machine_that_is_not_started_takes_no_room_yet() -> None:
    """Its disks are made at its first start, all of them where its host reaches them."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            disk = DataDiskAsked(disk_offering_id=stage.ids["disk"])
            command = replace(
                deploy(stage, start=False), root_disk_size=4, data_disks_details=(disk, disk)
            )
            vm = await stage.do(command)
            disks = await rows(stage, ListVolumes(virtual_machine_id=vm))
            assert {(row["state"], row.get("storageid")) for row in disks} == {("Allocated", None)}
            await stage.do(StartVirtualMachine(id=vm))
            disks = await rows(stage, ListVolumes(virtual_machine_id=vm))
            assert sorted((row["deviceid"], row["size"] // GIB) for row in disks) == [
                (0, 4),
                (1, 1),
                (2, 1),
            ]
            assert {row["state"] for row in disks} == {"Ready"}
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_limits_admit_another_machine_when_one_is_destroyed() -> None:
    """Its processors, memory and place in the count are free at once."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            carol = Account(id="carol", name="carol", domain_id="ROOT", role=Role.USER)
            await stage.plane.found([carol])
            for kind in (0, 8):
                await stage.do(
                    UpdateResourceLimit(
                        account="carol", domain_id="ROOT", resource_type=kind, max=1
                    )
                )
            command = deploy(stage, account="carol")
            first = await stage.do(command)
            with refusal(errors.QuotaExceeded, 535, "account/carol"):
                await stage.do(command)
            await stage.do(DestroyVirtualMachine(id=first))
            second = await stage.do(command)
            with refusal(errors.QuotaExceeded, 535, "account/carol"):
                await stage.do(RecoverVirtualMachine(id=first))
            await stage.do(DestroyVirtualMachine(id=second, expunge=True))
            await stage.do(RecoverVirtualMachine(id=first))
            assert findings(stage.inventory, stage.world) == []

    play(body)
