"""The guide's stories of templates and ISOs, end to end on the simulated zone."""

from typing import cast

import pytest
from msgspec.structs import replace

from core.model.access import Caller
from core.model.commands.command import ListCommand, Role
from core.model.commands.image.iso import AttachIso, DeleteIso, DetachIso, ListIsos
from core.model.commands.image.permission import UpdateTemplatePermissions
from core.model.commands.ownership.account import CreateAccount, DeleteAccount
from core.model.commands.pool import DeleteStoragePool, EnableStorageMaintenance
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.template import (
    CreateTemplate,
    DeleteTemplate,
    ListTemplates,
    PrepareTemplate,
)
from core.model.commands.vm import (
    DeployVirtualMachine,
    DestroyVirtualMachine,
    ListVirtualMachines,
    RestoreVirtualMachine,
    StartVirtualMachine,
    StopVirtualMachine,
)
from core.model.commands.volume import CreateVolume
from core.model.errors import Conflict, NotFound
from core.model.records import Account, Job, Pool, PoolTemplate, StoreRef, Template, Volume
from core.views.template import TemplateView
from core.views.vm import VmView
from sim.spec import GIB, MIB, TemplateSpec
from tests.simulation.built import on_stage
from tests.simulation.checkers import findings
from tests.simulation.image_scenes import deploy_from_disc, disc, made, register_disc, second_zone
from tests.simulation.stage import Stage, create_pool, deploy, play, register
from tests.simulation.test_snapshots import content_of

DAY_S = 86400.0


async def listed(stage: Stage, command: ListCommand) -> list[TemplateView]:
    """The templates or ISOs that a list answers."""
    answer = await stage.plane.submit(command, stage.caller)
    assert isinstance(answer, dict)
    return cast("list[TemplateView]", answer[command.returns])


async def machine(stage: Stage) -> VmView:
    """The stage's machine, as it is listed."""
    answer = await stage.plane.submit(ListVirtualMachines(id=stage.ids["vm"]), stage.caller)
    assert isinstance(answer, dict)
    (view,) = cast("list[VmView]", answer["virtualmachine"])
    return view


async def account(stage: Stage, name: str) -> Caller:
    """A user of a new account."""
    command = CreateAccount(username=name, email="x@example.org", first_name="X", last_name="Y")
    created = await stage.do(command)
    return Caller(
        user_id=created["user"][0]["id"],
        account_id=created["id"],
        domain_id="ROOT",
        role=Role.USER,
        username=name,
    )


def made_of(stage: Stage, template: str, name: str = "other") -> DeployVirtualMachine:
    """A command deployVirtualMachine of that template."""
    return replace(deploy(stage), template_id=template, name=name)


def root(stage: Stage, vm: str) -> Volume:
    """The root disk of a machine."""
    volumes = stage.inventory.having(Volume, "vm", vm)
    return next(volume for volume in volumes if volume.type == "ROOT")


def copies(stage: Stage) -> set[str]:
    """The names of the pools that have a copy of the stage's template."""
    held = stage.inventory.having(PoolTemplate, "template", stage.ids["template"])
    return {stage.inventory.get(Pool, copy.pool_id).name for copy in held}


def test_a_template_made_of_a_root_disk_boots_new_machines() -> None:
    """The machine is stopped first; the template has what was on its disk."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            command = CreateTemplate(
                name="mine", os_type_id="debian-12", volume_id=stage.ids["root"]
            )
            with pytest.raises(Conflict):
                await stage.plane.submit(command, stage.caller)
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            template = await stage.do(command)
            (view,) = await listed(stage, ListTemplates(template_filter="self", id=template))
            assert (view.isready, view.sourcetemplateid) == (True, stage.ids["template"])
            assert view.size == stage.volume("root").size_bytes
            vm = await stage.do(made_of(stage, template))
            assert root(stage, vm).template_id == template
            assert content_of(stage, template).same_as(content_of(stage, stage.ids["root"]))
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_template_is_made_of_a_snapshot_while_its_machine_runs() -> None:
    """It can be booted to restore what was there at that moment."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            snapshot = await stage.do(CreateSnapshot(volume_id=stage.ids["root"]))
            command = CreateTemplate(name="mine", os_type_id="debian-12", snapshot_id=snapshot)
            template = await stage.do(command)
            vm = await stage.do(made_of(stage, template))
            assert root(stage, vm).template_id == template
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_template_in_use_stays_unless_it_is_forced() -> None:
    """Its machine goes on without it."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            template = stage.ids["template"]
            with pytest.raises(Conflict):
                await stage.plane.submit(DeleteTemplate(id=template), stage.caller)
            await stage.do(DeleteTemplate(id=template, forced=True))
            assert await listed(stage, ListTemplates(template_filter="all")) == []
            assert not stage.inventory.having(StoreRef, "of", template)
            assert findings(stage.inventory, stage.world) == []
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            await stage.do(StartVirtualMachine(id=stage.ids["vm"]))

    play(body)


def test_a_template_is_shown_while_it_comes_and_where_it_is() -> None:
    """Registered for all zones it crosses the Internet once, then goes from zone to zone."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await second_zone(stage)
            template = (await stage.do(replace(register("root"), zone_id="-1")))["id"]
            mine = ListTemplates(template_filter="self", id=template)
            (view,) = await listed(stage, mine)
            assert (view.isready, view.status) == (False, "Download in progress")
            await stage.settle()
            rows = await listed(stage, mine)
            assert [(row.zonename, row.isready) for row in rows] == [("z1", True), ("z2", True)]
            assert rows[0].checksum
            jobs = [job.command for job in stage.inventory.all(Job)]
            assert jobs.count("copyTemplate") == 1
            await stage.do(DeleteTemplate(id=template, zone_id="z1"))
            (left,) = await listed(stage, mine)
            assert left.zonename == "z2"
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_template_that_cannot_be_fetched_says_why() -> None:
    """It stays in the list, and can be deleted."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            stage.world.add_template(
                TemplateSpec(name="bad", size_bytes=MIB, written_bytes=MIB, flaw="backing file")
            )
            template = (await stage.do(register("bad")))["id"]
            await stage.settle()
            (view,) = await listed(stage, ListTemplates(template_filter="self", id=template))
            assert view.status.startswith("Download error: ")
            assert "backing file" in view.status
            assert (view.isready, view.jobid) == (False, None)
            await stage.do(DeleteTemplate(id=template))
            assert stage.inventory.find(Template, template) is None

    play(body)


def test_machines_share_their_pools_copy_of_the_template() -> None:
    """It is made for the first one; deployed together they wait for the same copy."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            answers = [
                await stage.plane.submit(made_of(stage, stage.ids["template"], name), stage.caller)
                for name in ("one", "two", "three")
            ]
            assert len(answers) == 3
            await stage.settle()
            assert copies(stage) == {"p1"}
            seeded = [job for job in stage.inventory.all(Job) if job.command == "seedTemplate"]
            assert sum(job.step for job in seeded) == 1
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_prepared_template_saves_the_first_machine_the_wait() -> None:
    """Every pool of the zone has it."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(create_pool("p2", "nfs"))
            prepare = PrepareTemplate(template_id=stage.ids["template"], zone_id="z1")
            await stage.do(prepare)
            await stage.settle()
            assert copies(stage) == {"p1", "p2"}
            before = len(stage.inventory.all(Job))
            await stage.do(deploy(stage))
            assert len(stage.inventory.all(Job)) == before + 1

    play(body)


def test_a_copy_that_no_machine_needs_is_evicted_at_the_second_look() -> None:
    """The first look only marks it; one that is in use stays."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(create_pool("p2", "nfs"))
            await stage.do(PrepareTemplate(template_id=stage.ids["template"], zone_id="z1"))
            await stage.settle()
            stage.ids["vm"] = await stage.do(deploy(stage))
            used = root(stage, stage.ids["vm"]).pool_id
            await stage.runtime.sleep(1.5 * DAY_S)
            assert copies(stage) == {"p1", "p2"}
            assert {copy.pool_id for copy in stage.inventory.all(PoolTemplate) if copy.unused} == {
                stage.pool(name) for name in ("p1", "p2") if stage.pool(name) != used
            }
            await stage.runtime.sleep(DAY_S)
            assert [copy.pool_id for copy in stage.inventory.all(PoolTemplate)] == [used]
            await stage.do(DestroyVirtualMachine(id=stage.ids["vm"], expunge=True))
            await stage.runtime.sleep(2 * DAY_S)
            assert copies(stage) == set()
            assert findings(stage.inventory, stage.world) == []

    play(body)


@pytest.mark.parametrize("setting", ["storage.cleanup.enabled", "storage.template.cleanup.enabled"])
def test_the_eviction_of_templates_can_be_turned_off(setting: str) -> None:
    """Then copies stay on their pools."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(UpdateConfiguration(name=setting, value="false"))
            await stage.do(PrepareTemplate(template_id=stage.ids["template"], zone_id="z1"))
            await stage.runtime.sleep(4 * DAY_S)
            assert copies(stage) == {"p1"}

    play(body)


def test_a_pool_goes_with_the_templates_on_it() -> None:
    """Nothing of them is left on its storage."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.do(PrepareTemplate(template_id=stage.ids["template"], zone_id="z1"))
            await stage.settle()
            await stage.do(EnableStorageMaintenance(id=stage.pool("p1")))
            await stage.do(DeleteStoragePool(id=stage.pool("p1")))
            assert stage.world.pools["p1"].disks == {}
            assert not stage.inventory.all(PoolTemplate)

    play(body)


def test_a_machine_sees_an_iso_until_it_is_detached() -> None:
    """Also when it starts again meanwhile; it cannot be deleted as long."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            await stage.machine()
            iso = await disc(stage)
            assert [view.id for view in await listed(stage, ListIsos())] == [iso]
            await stage.do(AttachIso(id=iso, virtual_machine_id=stage.ids["vm"]))
            view = await machine(stage)
            assert (view.isoid, view.isoname) == (iso, "disc")
            await stage.do(StopVirtualMachine(id=stage.ids["vm"]))
            await stage.do(StartVirtualMachine(id=stage.ids["vm"]))
            assert findings(stage.inventory, stage.world) == []
            with pytest.raises(Conflict):
                await stage.plane.submit(DeleteIso(id=iso), stage.caller)
            await stage.do(DetachIso(virtual_machine_id=stage.ids["vm"]))
            assert (await machine(stage)).isoid is None
            await stage.do(DeleteIso(id=iso))
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_template_is_used_by_whom_it_is_shared_with() -> None:
    """And by nobody else; taken back, it is unknown again."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            carl = await account(stage, "carl")
            template = await made(stage)
            command = made_of(stage, template)
            with pytest.raises(NotFound):
                await stage.plane.submit(command, carl)
            share = UpdateTemplatePermissions(id=template, op="add", accounts=("carl",))
            await stage.do(share)
            await stage.plane.submit(command, carl)
            await stage.settle()
            await stage.do(replace(share, op="remove"))
            with pytest.raises(NotFound):
                await stage.plane.submit(command, carl)

    play(body)


def test_an_account_goes_with_its_images_and_volumes() -> None:
    """Nothing of it is left on any pool or store, and others' machines go on."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            await stage.build()
            carl = await account(stage, "carl")
            await stage.do(replace(register("root"), account="carl", is_public=True))
            await stage.do(replace(register_disc(), account="carl"))
            await stage.settle()
            (mine,) = stage.inventory.having(Template, "account", carl.account_id).page(0, 1)
            await stage.do(made_of(stage, mine.id))
            await stage.do(replace(deploy(stage, account="carl"), name="carls"))
            disk = CreateVolume(disk_offering_id=stage.ids["disk"], account="carl")
            await stage.do(disk)
            await stage.do(DeleteAccount(id=carl.account_id))
            assert stage.inventory.find(Account, carl.account_id) is None
            owned = (Template, Volume)
            assert not any(
                stage.inventory.having(kind, "account", carl.account_id) for kind in owned
            )
            assert not stage.inventory.having(PoolTemplate, "template", mine.id)
            assert findings(stage.inventory, stage.world) == []

    play(body)


def test_a_machine_is_installed_from_an_iso() -> None:
    """It writes to a blank disk while the disc is in its drive, and goes on without it."""

    async def body(stage: Stage) -> None:
        machine = await stage.do(await deploy_from_disc(stage))
        (root,) = stage.inventory.having(Volume, "vm", machine)
        assert (root.size_bytes, root.template_id) == (GIB, "")
        (row,) = await stage.ask(ListVirtualMachines(id=machine))
        assert row["templateid"] == row["isoid"]
        await stage.runtime.sleep(7200.0)
        assert content_of(stage, root.id).written_bytes > 0
        await stage.do(DetachIso(virtual_machine_id=machine))
        await stage.do(RestoreVirtualMachine(virtual_machine_id=machine, expunge=True))
        (root,) = stage.inventory.having(Volume, "vm", machine)
        assert content_of(stage, root.id).written_bytes == 0

    on_stage(body)
