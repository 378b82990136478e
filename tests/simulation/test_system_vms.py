"""System VMs come when a migration drags on, and go again, on the simulated zone."""

from core.model.commands.command import Command
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.zone import ListSystemVms
from core.model.records import SystemVm, Zone
from tests.simulation.checkers import findings
from tests.simulation.secondary import ask, empty, end, on, slow
from tests.simulation.stage import Stage, add_host, add_store, play, register

MINUTE_S = 60.0
TEMPLATES = 12


async def names(stage: Stage, command: Command | None = None) -> list[str]:
    """The names of the system VMs that are listed."""
    answer = await ask(stage, command or ListSystemVms())
    return [vm["name"] for vm in answer["systemvm"]]


async def set_to(stage: Stage, name: str, value: str) -> None:
    """Change a setting everywhere."""
    await stage.do(UpdateConfiguration(name=name, value=value))


async def dragging(stage: Stage) -> str:
    """A zone of two hosts with a migration that takes hours; answers its job."""
    await stage.build()
    await stage.do(add_host("h2"))
    for _ in range(TEMPLATES):
        await stage.do(register("root"))
    await stage.settle()
    await stage.do(add_store("s2"))
    slow(stage.world, "s2", 3e3)
    answer = await ask(stage, empty(stage))
    return str(answer["jobid"])


def test_a_zone_with_an_image_store_gets_a_system_vm() -> None:
    """It is listed with its type, zone and state, and found by each of them."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            assert await names(stage) == []
            await stage.runtime.sleep(2 * MINUTE_S)
            (shown,) = (await ask(stage, ListSystemVms()))["systemvm"]
            assert shown["created"]
            assert {name: shown[name] for name in ("name", "systemvmtype", "state", "zoneid")} == {
                "name": "s-1-VM",
                "systemvmtype": "secondarystoragevm",
                "state": "Running",
                "zoneid": "z1",
            }
            for command in (
                ListSystemVms(id=shown["id"]),
                ListSystemVms(system_vm_type="secondarystoragevm", zone_id="z1", state="running"),
            ):
                assert await names(stage, command) == ["s-1-VM"]
            for command in (
                ListSystemVms(system_vm_type="consoleproxy"),
                ListSystemVms(zone_id="z2"),
                ListSystemVms(state="Stopped"),
            ):
                assert await names(stage, command) == []

    play(story)


def test_system_vms_come_while_a_migration_drags_on() -> None:
    """After max.data.migration.wait.time one more, up to one beside each host; more copies go."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            job_id = await dragging(stage)
            await stage.runtime.sleep(14 * MINUTE_S)
            assert await names(stage) == ["s-1-VM"]
            assert stage.plane.statistics()["copies_running"] == 2
            await stage.runtime.sleep(4 * MINUTE_S)
            assert await names(stage) == ["s-1-VM", "s-2-VM"]
            assert stage.plane.statistics()["copies_running"] == 4
            await stage.runtime.sleep(60 * MINUTE_S)
            assert await names(stage) == ["s-1-VM", "s-2-VM", "s-3-VM"]
            slow(stage.world, "s2", 1 / 3e3)
            assert (await end(stage, job_id)).jobstatus == 1
            assert on(stage, "s1") == []
            await stage.runtime.sleep(60 * MINUTE_S)
            assert len(await names(stage)) == 3
            assert findings(stage.inventory, stage.world) == []

    play(story)


def test_no_additional_ones_come_when_none_may() -> None:
    """max.ssvm.count is 0: the first one carries everything."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await set_to(stage, "max.ssvm.count", "0")
            await stage.do(add_store("s2"))
            slow(stage.world, "s2", 1e5)
            job_id = (await ask(stage, empty(stage)))["jobid"]
            await stage.runtime.sleep(60 * MINUTE_S)
            assert await names(stage) == ["s-1-VM"]
            await stage.plane.cancel_job(job_id, stage.caller)
            await stage.settle()

    play(story)


def test_idle_ones_go_one_after_the_other() -> None:
    """With secstorage.vm.auto.scale.down, down to the first."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            job_id = await dragging(stage)
            await stage.runtime.sleep(60 * MINUTE_S)
            assert len(await names(stage)) == 3
            slow(stage.world, "s2", 1 / 3e3)
            await end(stage, job_id)
            await set_to(stage, "secstorage.vm.auto.scale.down", "true")
            await stage.runtime.sleep(5 * MINUTE_S)
            assert await names(stage) == ["s-1-VM"]

    play(story)


def test_system_vms_survive_a_restart() -> None:
    """The control plane finds them again, and adds none."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.runtime.sleep(2 * MINUTE_S)
        async with stage.running():
            await stage.runtime.sleep(2 * MINUTE_S)
            assert await names(stage) == ["s-1-VM"]

    play(story)


def test_a_zone_without_image_stores_needs_none() -> None:
    """Those that it has go at the next look."""

    async def story(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            lonely = SystemVm(id="left", name="s-9-VM", zone_id="z2")
            await stage.plane.found([Zone(id="z2", name="z2"), lonely])
            assert await names(stage) == ["s-9-VM"]
            await stage.runtime.sleep(2 * MINUTE_S)
            assert await names(stage) == ["s-1-VM"]

    play(story)
