"""Scenes of commands about accounts, domains, projects, tags and details."""

from msgspec.structs import replace

from core.model.commands.command import Command, TagAsked
from core.model.commands.ownership.account import (
    CreateAccount,
    DeleteAccount,
    DisableAccount,
    DisableUser,
)
from core.model.commands.ownership.detail import AddResourceDetail, RemoveResourceDetail
from core.model.commands.ownership.domain import CreateDomain, DeleteDomain
from core.model.commands.ownership.project import (
    ActivateProject,
    AddAccountToProject,
    CreateProject,
    DeleteAccountFromProject,
    DeleteProject,
    SuspendProject,
    UpdateProject,
)
from core.model.commands.ownership.tag import CreateTags, DeleteTags
from core.model.commands.volume import CreateVolume
from core.model.records import User
from tests.simulation.scene import Scene
from tests.simulation.stage import Stage, deploy, register

# What is gone when deleting something fails halfway: it goes thing by thing.
GOES = frozenset({"vm", "volume", "snapshot", "store_ref", "template"})


def _account(name: str, domain_id: str = "ROOT") -> CreateAccount:
    return CreateAccount(
        username=name, email="x@example.org", first_name="X", last_name="Y", domain_id=domain_id
    )


async def _delete_account(stage: Stage) -> Command:
    account = (await stage.do(_account("carl")))["id"]
    await stage.do(deploy(stage, account="carl"))
    await stage.do(CreateVolume(disk_offering_id=stage.ids["disk"], account="carl"))
    await stage.do(replace(register("root"), account="carl"))
    await stage.settle()
    return DeleteAccount(id=account)


async def _disable_account(stage: Stage) -> Command:
    account = (await stage.do(_account("carl")))["id"]
    for name in ("one", "two"):
        await stage.do(replace(deploy(stage, account="carl"), name=name))
    await stage.settle()
    return DisableAccount(id=account, lock=False)


async def _disable_user(stage: Stage) -> Command:
    account = (await stage.do(_account("carl")))["id"]
    (user,) = stage.inventory.having(User, "account", account)
    return DisableUser(id=user.id)


async def _delete_domain(stage: Stage) -> Command:
    domain = (await stage.do(CreateDomain(name="sales")))["id"]
    await stage.do(_account("carl", domain))
    await stage.do(
        CreateVolume(disk_offering_id=stage.ids["disk"], account="carl", domain_id=domain)
    )
    return DeleteDomain(id=domain, cleanup=True)


async def _create_project(stage: Stage) -> Command:
    return CreateProject(name="web")


async def _update_project(stage: Stage) -> Command:
    return UpdateProject(id=await stage.do(CreateProject(name="web")), name="shop")


async def _add_member(stage: Stage) -> Command:
    await stage.do(_account("carl"))
    project = await stage.do(CreateProject(name="web"))
    return AddAccountToProject(project_id=project, account="carl")


async def _remove_member(stage: Stage) -> Command:
    add = await _add_member(stage)
    assert isinstance(add, AddAccountToProject)
    await stage.do(add)
    return DeleteAccountFromProject(project_id=add.project_id, account="carl")


async def _suspend_project(stage: Stage) -> Command:
    project = await stage.do(CreateProject(name="web"))
    for name in ("one", "two"):
        await stage.do(replace(deploy(stage), name=name, project_id=project))
    await stage.settle()
    return SuspendProject(id=project)


async def _activate_project(stage: Stage) -> Command:
    project = await stage.do(CreateProject(name="web"))
    await stage.do(SuspendProject(id=project))
    return ActivateProject(id=project)


async def _delete_project(stage: Stage) -> Command:
    project = await stage.do(CreateProject(name="web"))
    await stage.do(CreateVolume(disk_offering_id=stage.ids["disk"], project_id=project))
    return DeleteProject(id=project)


async def _create_tags(stage: Stage) -> Command:
    volume = await stage.do(CreateVolume(disk_offering_id=stage.ids["disk"]))
    tags = (TagAsked(key="a", value="1"),)
    return CreateTags(resource_type="Volume", resource_ids=(volume,), tags=tags)


async def _add_detail(stage: Stage) -> Command:
    details = (TagAsked(key="a", value="1"), TagAsked(key="b", value="2"))
    return AddResourceDetail(resource_type="Zone", resource_id="z1", details=details)


async def _remove_detail(stage: Stage) -> Command:
    await stage.do(await _add_detail(stage))
    return RemoveResourceDetail(resource_type="Zone", resource_id="z1", key="a")


async def _delete_tags(stage: Stage) -> Command:
    create = await _create_tags(stage)
    assert isinstance(create, CreateTags)
    await stage.do(create)
    return DeleteTags(resource_type="Volume", resource_ids=create.resource_ids)


SCENES: dict[str, Scene] = {
    "deleteAccount": Scene(_delete_account, GOES),
    "disableAccount": Scene(_disable_account, frozenset({"vm", "volume"})),
    "disableUser": Scene(_disable_user, reaches_out=False),
    "deleteDomain": Scene(_delete_domain, GOES | {"account", "user"}, reaches_out=False),
    "createProject": Scene(_create_project, reaches_out=False),
    "updateProject": Scene(_update_project, reaches_out=False),
    "suspendProject": Scene(_suspend_project, frozenset({"vm", "volume"})),
    "activateProject": Scene(_activate_project, reaches_out=False),
    "addAccountToProject": Scene(_add_member, reaches_out=False),
    "deleteAccountFromProject": Scene(_remove_member, reaches_out=False),
    "deleteProject": Scene(_delete_project, GOES, reaches_out=False),
    "createTags": Scene(_create_tags, reaches_out=False),
    "deleteTags": Scene(_delete_tags, reaches_out=False),
    "addResourceDetail": Scene(_add_detail, reaches_out=False),
    "removeResourceDetail": Scene(_remove_detail, reaches_out=False),
}
