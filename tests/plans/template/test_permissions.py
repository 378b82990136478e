"""updateTemplatePermissions, updateIsoPermissions, and what they let others do."""

import msgspec
import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.command import Command
from core.model.commands.image.permission import (
    ListTemplatePermissions,
    UpdateIsoPermissions,
    UpdateTemplatePermissions,
)
from core.model.commands.vm import DeployVirtualMachine
from core.model.records import Account, Project, Template
from core.plans.template.access import may_launch
from core.views.table import QUERIES
from core.views.template_permission import PermissionView
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, DORA, SmallZone


@pytest.fixture
def zone() -> SmallZone:
    """With template mine of alice, and project web of bob."""
    zone = SmallZone()
    debian = zone.inventory.get(Template, "debian")
    zone.add(
        msgspec.structs.replace(
            debian, id="mine", name="mine", account_id="alice", domain_id="sales", public=False
        )
    )
    zone.ref("mine", "template")
    zone.add(Account(id="carl", name="carl", domain_id="sales", role=ALICE.role))
    zone.add(Account(id="web", name="web", domain_id="lab", role=BOB.role, project_id="p1"))
    zone.add(
        Project(
            id="p1",
            name="web",
            display_text="web",
            domain_id="lab",
            account_id="web",
            owner_id="bob",
            members=("bob",),
        )
    )
    return zone


def _sees(zone: SmallZone, caller: Caller) -> bool:
    return may_launch(zone.context(caller), zone.inventory.get(Template, "mine"))


def _share(op: str | None = None, **fields: tuple[str, ...] | bool) -> UpdateTemplatePermissions:
    return msgspec.structs.replace(UpdateTemplatePermissions(id="mine", op=op), **fields)


CARL = msgspec.structs.replace(ALICE, user_id="u-carl", account_id="carl", username="carl")
Asked = tuple[Command, Caller, type[errors.ForebayError], int, str]
REFUSALS: list[Asked] = [
    (_share("give", accounts=("carl",)), ALICE, errors.Invalid, 431, "template/mine"),
    (_share(accounts=("carl",)), ALICE, errors.Invalid, 431, "template/mine"),
    (_share("add"), ALICE, errors.Invalid, 431, "template/mine"),
    (_share("reset", accounts=("carl",)), ALICE, errors.Invalid, 431, "template/mine"),
    (_share("add", accounts=("bob",)), ALICE, errors.NotFound, 431, "domain/sales"),
    (_share("add", project_ids=("p9",)), ALICE, errors.NotFound, 431, "project/p9"),
    (_share(is_featured=True), ALICE, errors.Denied, 531, "template/mine"),
    (_share(is_public=True), BOB, errors.NotFound, 431, "template/mine"),
    (
        UpdateTemplatePermissions(id="debian", is_public=False),
        ALICE,
        errors.Denied,
        531,
        "template/debian",
    ),
    (UpdateIsoPermissions(id="mine"), ALICE, errors.NotFound, 431, "template/mine"),
]


@pytest.mark.parametrize(("command", "caller", "kind", "number", "object"), REFUSALS)
def test_what_cannot_be_allowed_is_refused(
    zone: SmallZone,
    command: Command,
    caller: Caller,
    kind: type[errors.ForebayError],
    number: int,
    object: str,
) -> None:
    """Each with its reason and a way out."""
    with refusal(kind, number, object):
        zone.check(command, caller)


def test_users_may_be_kept_from_publishing_later_too(zone: SmallZone) -> None:
    """Not only when they register."""
    zone.set("allow.public.user.templates", False)
    with refusal(errors.Invalid, 431, "setting/allow.public.user.templates"):
        zone.check(_share(is_public=True))
    zone.check(_share(is_public=True), ADMIN)


def test_a_template_is_shared_with_accounts_until_that_is_taken_back(zone: SmallZone) -> None:
    """They deploy from it, and change nothing."""
    deploy = DeployVirtualMachine(zone_id="z1", service_offering_id="tiny", template_id="mine")
    assert not _sees(zone, CARL)
    with refusal(errors.NotFound, 431, "template/mine"):
        zone.check(deploy, CARL)
    zone.claim(_share("add", accounts=("carl",)))
    assert _sees(zone, CARL)
    zone.check(deploy, CARL)
    with refusal(errors.Denied, 531, "template/mine"):
        zone.check(_share(is_public=True), CARL)
    zone.claim(_share("remove", accounts=("carl",)))
    assert not _sees(zone, CARL)


def test_a_template_is_shared_with_the_members_of_projects(zone: SmallZone) -> None:
    """Of any domain."""
    assert not _sees(zone, BOB)
    zone.claim(_share("add", project_ids=("p1",)))
    assert _sees(zone, BOB)


def test_a_reset_leaves_it_to_its_owner(zone: SmallZone) -> None:
    """It is neither public nor featured any more."""
    zone.claim(_share("add", accounts=("carl",)))
    zone.claim(_share(is_public=True, is_featured=True, is_extractable=True), ADMIN)
    assert _sees(zone, BOB)
    zone.claim(_share("reset"))
    template = zone.inventory.get(Template, "mine")
    assert (template.public, template.featured, template.extractable) == (False, False, True)
    assert template.shared_with == ()
    assert not _sees(zone, BOB)
    assert _sees(zone, DORA)


def test_its_owner_sees_with_whom_it_is_shared(zone: SmallZone) -> None:
    """Accounts by their names, projects by their ids."""
    zone.claim(_share("add", accounts=("carl",), project_ids=("p1",)))
    command = ListTemplatePermissions(id="mine")
    answer = QUERIES[ListTemplatePermissions](zone.context(), command)
    assert answer["templatepermission"] == PermissionView(
        id="mine", ispublic=False, domainid="sales", account=("carl",), projectids=("p1",)
    )
    with refusal(errors.Denied, 531, "template/mine"):
        QUERIES[ListTemplatePermissions](zone.context(BOB), command)
