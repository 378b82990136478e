"""Domains, accounts, users and projects as operators live with them, on the simulated zone."""

from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import replace

from core.model import errors
from core.model.access import Caller
from core.model.commands.command import Command, TagAsked
from core.model.commands.image.permission import UpdateTemplatePermissions
from core.model.commands.job import ListEvents
from core.model.commands.ownership.account import (
    CreateAccount,
    CreateUser,
    DeleteAccount,
    DisableAccount,
    DisableUser,
    EnableAccount,
    EnableUser,
    LockAccount,
    RegisterUserKeys,
)
from core.model.commands.ownership.domain import CreateDomain, DeleteDomain
from core.model.commands.ownership.limit import UpdateResourceLimit
from core.model.commands.ownership.project import (
    ActivateProject,
    AddAccountToProject,
    CreateProject,
    DeleteAccountFromProject,
    DeleteProject,
    ListProjects,
    SuspendProject,
)
from core.model.commands.ownership.tag import CreateTags, ListTags
from core.model.commands.snapshot import CreateSnapshot
from core.model.commands.snapshot_policy import CreateSnapshotPolicy
from core.model.commands.vm import ListVirtualMachines, StartVirtualMachine
from core.model.commands.volume import AttachVolume, CreateVolume, DeleteVolume, ListVolumes
from core.model.records import (
    Account,
    Domain,
    Project,
    Record,
    ResourceLimit,
    Snapshot,
    SnapshotPolicy,
    StoreRef,
    Tag,
    Template,
    User,
    Vm,
    Volume,
)
from core.model.states import VmState
from tests.refusal import refusal
from tests.simulation.checkers import findings
from tests.simulation.stage import Stage, deploy, play, register

VOLUMES, STORAGE = 2, 10
USER, DOMAIN_ADMIN = 0, 2
OWNED: tuple[type[Record], ...] = (
    Vm,
    Volume,
    Snapshot,
    SnapshotPolicy,
    Template,
    StoreRef,
    Tag,
    User,
)


def _account(name: str, domain_id: str, account_type: int = USER) -> CreateAccount:
    return CreateAccount(
        username=name,
        email=f"{name}@example.org",
        first_name=name,
        last_name="Doe",
        account_type=account_type,
        domain_id=domain_id,
    )


async def _come_in(stage: Stage, user_id: str) -> Caller:
    """The user with new keys, who shows the token."""
    keys = await stage.do(RegisterUserKeys(id=user_id))
    return stage.plane.identify(sha256(keys["token"].encode()).hexdigest())


async def _enter(stage: Stage, command: CreateAccount) -> Caller:
    """The first user of a new account, who has come in; the id of the account is kept."""
    made = await stage.do(command)
    stage.ids[command.username] = made["id"]
    return await _come_in(stage, made["user"][0]["id"])


async def _do(stage: Stage, caller: Caller, command: Command) -> Any:
    """Carry it out for that caller, to its end."""
    before, stage.caller = stage.caller, caller
    try:
        return await stage.do(command)
    finally:
        stage.caller = before


async def _ask(stage: Stage, caller: Caller, command: Command) -> list[dict[str, Any]]:
    answer = msgspec.to_builtins(await stage.plane.submit(command, caller))
    rows: list[dict[str, Any]] = answer.get(command.returns, [])
    return rows


def _volume(stage: Stage) -> CreateVolume:
    return CreateVolume(disk_offering_id=stage.ids["disk"])


def _require_well(stage: Stage) -> None:
    assert findings(stage.inventory, stage.world) == []


async def _company(stage: Stage) -> tuple[Caller, Caller]:
    """A domain sales with dora, who administers it, and carl, whom she has made."""
    await stage.build()
    await stage.do(UpdateTemplatePermissions(id=stage.ids["template"], is_public=True))
    stage.ids["sales"] = (await stage.do(CreateDomain(name="sales")))["id"]
    dora = await _enter(stage, _account("dora", stage.ids["sales"], DOMAIN_ADMIN))
    made = await _do(stage, dora, _account("carl", stage.ids["sales"]))
    stage.ids["carl"] = made["id"]
    keys = await _do(stage, dora, RegisterUserKeys(id=made["user"][0]["id"]))
    carl = stage.plane.identify(sha256(keys["token"].encode()).hexdigest())
    return dora, carl


def test_a_company_looks_after_itself() -> None:
    """Its administrator makes accounts and sees what they have; another company sees nothing."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            dora, carl = await _company(stage)
            lab = (await stage.do(CreateDomain(name="lab")))["id"]
            boss = await _enter(stage, _account("boss", lab, DOMAIN_ADMIN))
            volume = await _do(stage, carl, _volume(stage))
            everything = ListVolumes(list_all=True)
            assert [row["id"] for row in await _ask(stage, carl, ListVolumes())] == [volume]
            assert await _ask(stage, dora, ListVolumes()) == []
            (row,) = await _ask(stage, dora, everything)
            assert (row["id"], row["account"], row["domain"]) == (volume, "carl", "sales")
            assert await _ask(stage, boss, everything) == []
            with refusal(errors.NotFound, 431, f"volume/{volume}"):
                await _do(stage, boss, DeleteVolume(id=volume))
            with refusal(errors.Denied, 401, f"user/{carl.user_id}"):
                await _do(stage, carl, _account("more", stage.ids["sales"]))
            await _do(stage, dora, DeleteVolume(id=volume))
            _require_well(stage)

    play(body)


def test_limits_bind_an_account_and_its_whole_domain() -> None:
    """What is deleted makes room again; a limit that is raised admits more at once."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            dora, carl = await _company(stage)
            sales = stage.ids["sales"]
            mine = UpdateResourceLimit(
                resource_type=VOLUMES, max=1, account="carl", domain_id=sales
            )
            await _do(stage, dora, mine)
            first = await _do(stage, carl, _volume(stage))
            with refusal(errors.QuotaExceeded, 535, f"account/{carl.account_id}"):
                await _do(stage, carl, _volume(stage))
            await _do(stage, carl, DeleteVolume(id=first))
            await _do(stage, carl, _volume(stage))
            await _do(stage, dora, replace(mine, max=5))
            await _do(stage, carl, _volume(stage))
            await stage.do(UpdateResourceLimit(resource_type=STORAGE, max=3, domain_id=sales))
            await _do(stage, dora, _volume(stage))
            for caller in (carl, dora):
                with refusal(errors.QuotaExceeded, 535, f"domain/{sales}"):
                    await _do(stage, caller, _volume(stage))
            _require_well(stage)

    play(body)


def test_a_locked_account_looks_on_and_a_disabled_one_stands_still() -> None:
    """Its machines stop; once it is enabled its owner starts them again, also after a restart."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            dora, carl = await _company(stage)
            vm = await _do(stage, carl, deploy(stage))
            await _do(stage, dora, LockAccount(account="carl", domain_id=stage.ids["sales"]))
            (row,) = await _ask(stage, carl, ListVirtualMachines())
            assert (row["id"], row["state"]) == (vm, "Running")
            with refusal(errors.Denied, 531, f"account/{carl.account_id}"):
                await _do(stage, carl, _volume(stage))
            await _do(stage, dora, DisableAccount(id=stage.ids["carl"], lock=False))
            assert stage.inventory.get(Vm, vm).state is VmState.STOPPED
        async with stage.running():
            with refusal(errors.Denied, 531, f"account/{carl.account_id}"):
                await _ask(stage, carl, ListVirtualMachines())
            await _do(stage, dora, EnableAccount(id=stage.ids["carl"]))
            await _do(stage, carl, StartVirtualMachine(id=vm))
            await stage.runtime.sleep(60.0)
            _require_well(stage)

    play(body)


def test_one_user_of_an_account_is_shut_out_and_the_others_work_on() -> None:
    """The account and its machines are as they were."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            dora, carl = await _company(stage)
            command = CreateUser(
                account="carl",
                username="clara",
                email="clara@example.org",
                first_name="Clara",
                last_name="Doe",
                domain_id=stage.ids["sales"],
            )
            clara = await _come_in(stage, (await _do(stage, dora, command))["id"])
            vm = await _do(stage, clara, deploy(stage))
            await _do(stage, dora, DisableUser(id=clara.user_id))
            with refusal(errors.Denied, 531, f"user/{clara.user_id}"):
                await _ask(stage, clara, ListVirtualMachines())
            (row,) = await _ask(stage, carl, ListVirtualMachines())
            assert (row["id"], row["state"]) == (vm, "Running")
            await _do(stage, dora, EnableUser(id=clara.user_id))
            assert await _ask(stage, clara, ListVirtualMachines())

    play(body)


def test_a_project_is_worked_in_together_until_it_goes() -> None:
    """Members come and go, it stands still while it is suspended, and leaves nothing behind."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            dora, carl = await _company(stage)
            project = await _do(stage, carl, CreateProject(name="web"))
            shared = ListVolumes(project_id=project)
            note = (TagAsked(key="team", value="red"),)
            await _do(
                stage,
                carl,
                CreateTags(resource_type="Project", resource_ids=(project,), tags=note),
            )
            await _do(stage, carl, AddAccountToProject(project_id=project, account="dora"))
            vm = await _do(stage, dora, replace(deploy(stage), project_id=project))
            volume = await _do(stage, dora, replace(_volume(stage), project_id=project))
            await _do(stage, carl, AttachVolume(id=volume, virtual_machine_id=vm))
            assert len(await _ask(stage, carl, shared)) == 2
            (found,) = await _ask(stage, carl, ListProjects(tags=note))
            assert found["id"] == project
            await _do(stage, carl, DeleteAccountFromProject(project_id=project, account="dora"))
            await _do(stage, carl, SuspendProject(id=project))
            assert stage.inventory.get(Vm, vm).state is VmState.STOPPED
            with refusal(errors.Denied, 531, f"project/{project}"):
                await _do(stage, carl, replace(_volume(stage), project_id=project))
            await _do(stage, carl, ActivateProject(id=project))
            await _do(stage, carl, StartVirtualMachine(id=vm))
            await _do(stage, carl, DeleteProject(id=project))
            assert not list(stage.inventory.all(Project))
            assert not [each for each in stage.inventory.all(Account) if each.project_id]
            assert await _ask(stage, stage.caller, ListTags(list_all=True)) == []
            _require_well(stage)

    play(body)


def _left(stage: Stage, account_id: str) -> list[Record]:
    return [
        record
        for kind in OWNED
        for record in stage.inventory.all(kind)
        if getattr(record, "account_id", "") == account_id
    ]


def test_nothing_is_left_of_an_account_that_is_deleted() -> None:
    """Machines, disks, snapshots, policies, images, tags and limits; its deeds are remembered."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            dora, carl = await _company(stage)
            before = len(list(stage.inventory.all(StoreRef)))
            vm = await _do(stage, carl, deploy(stage))
            volume = await _do(stage, carl, _volume(stage))
            await _do(stage, carl, AttachVolume(id=volume, virtual_machine_id=vm))
            await _do(stage, carl, CreateSnapshot(volume_id=volume))
            await _do(stage, carl, register("root"))
            note = (TagAsked(key="team", value="red"),)
            policy = CreateSnapshotPolicy(
                volume_id=volume,
                interval_type="DAILY",
                schedule="0:2",
                timezone="UTC",
                max_snaps=1,
                tags=note,
            )
            await _do(stage, carl, policy)
            for type_name, thing in (("Volume", volume), ("User", carl.user_id)):
                await _do(
                    stage,
                    carl,
                    CreateTags(resource_type=type_name, resource_ids=(thing,), tags=note),
                )
            limit = UpdateResourceLimit(
                resource_type=VOLUMES, max=9, account="carl", domain_id=stage.ids["sales"]
            )
            await _do(stage, dora, limit)
            await stage.settle()
            assert {type(record) for record in _left(stage, carl.account_id)} == set(OWNED)
            await _do(stage, dora, DeleteAccount(id=carl.account_id))
            assert _left(stage, carl.account_id) == []
            assert not list(stage.inventory.all(ResourceLimit))
            assert len(list(stage.inventory.all(StoreRef))) == before
            _require_well(stage)
        async with stage.running():
            with refusal(errors.Denied, 401, f"user/{carl.user_id}"):
                await _ask(stage, carl, ListVolumes())
            deeds = await stage.ask(ListEvents(list_all=True, resource_id=carl.account_id))
            assert [row["type"] for row in deeds] == ["ACCOUNT.CREATE", "ACCOUNT.DELETE"]

    play(body)


def test_a_company_that_leaves_takes_everything_along() -> None:
    """Only cleanup=true empties a domain; then accounts and domains below go too."""

    async def body(stage: Stage) -> None:
        async with stage.running():
            dora, carl = await _company(stage)
            south = CreateDomain(name="south", parent_domain_id=stage.ids["sales"])
            below = (await _do(stage, dora, south))["id"]
            nora = await _enter(stage, _account("nora", below))
            for caller in (carl, nora):
                await _do(stage, caller, deploy(stage))
            with refusal(errors.Conflict, 431, f"domain/{stage.ids['sales']}"):
                await stage.do(DeleteDomain(id=stage.ids["sales"]))
            await stage.do(DeleteDomain(id=stage.ids["sales"], cleanup=True))
            assert [domain.name for domain in stage.inventory.all(Domain)] == ["ROOT"]
            assert [account.name for account in stage.inventory.all(Account)] == ["admin"]
            assert not list(stage.inventory.all(Vm))
            _require_well(stage)

    play(body)
