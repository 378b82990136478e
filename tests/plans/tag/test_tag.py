"""Tags: keys and values on things."""

import msgspec
import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.command import OwnedListCommand, TagAsked
from core.model.commands.image.iso import ListIsos
from core.model.commands.ownership.account import DeleteAccount
from core.model.commands.ownership.project import CreateProject, ListProjects
from core.model.commands.ownership.tag import CreateTags, DeleteTags, ListTags
from core.model.commands.snapshot import ListSnapshots
from core.model.commands.snapshot_policy import CreateSnapshotPolicy, ListSnapshotPolicies
from core.model.commands.template import ListTemplates
from core.model.commands.vm import ListVirtualMachines
from core.model.commands.vm_snapshot import ListVMSnapshot
from core.model.commands.volume import ListVolumes
from core.model.pool_types import DiskFormat
from core.model.records import Tag, Template, User
from core.model.states import VmSnapshotState
from core.views.listing import listed
from core.views.table import LISTINGS, QUERIES
from core.views.tag import TagView
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, SmallZone


def _tags(zone: SmallZone, of_id: str = "vol") -> dict[str, str]:
    return {tag.key: tag.value for tag in zone.inventory.having(Tag, "of", of_id)}


def _asked(**tags: str | None) -> tuple[TagAsked, ...]:
    return tuple(TagAsked(key=key, value=value) for key, value in tags.items())


def test_tags_are_put_replaced_and_taken_off(zone: SmallZone) -> None:
    """A key holds one value; a value asked for must be the one there."""
    zone.volume()
    zone.volume("two")
    zone.claim(
        CreateTags(resource_type="Volume", resource_ids=("vol", "two"), tags=_asked(a="1", b="2"))
    )
    assert _tags(zone) == _tags(zone, "two") == {"a": "1", "b": "2"}
    zone.claim(CreateTags(resource_type="volume", resource_ids=("vol",), tags=_asked(a="3")))
    assert _tags(zone) == {"a": "3", "b": "2"}
    zone.claim(DeleteTags(resource_type="Volume", resource_ids=("vol",), tags=_asked(a="1")))
    assert _tags(zone) == {"a": "3", "b": "2"}
    zone.claim(DeleteTags(resource_type="Volume", resource_ids=("vol",), tags=_asked(a=None)))
    assert _tags(zone) == {"b": "2"}
    zone.claim(DeleteTags(resource_type="Volume", resource_ids=("vol",)))
    assert _tags(zone) == {}


def test_isos_are_tagged_under_a_name_of_their_own(zone: SmallZone) -> None:
    """Although they are kept with templates."""
    debian = zone.inventory.get(Template, "debian")
    zone.add(msgspec.structs.replace(debian, id="disc", format=DiskFormat.ISO))
    for type_name, thing in (("ISO", "disc"), ("Template", "debian")):
        zone.claim(
            CreateTags(resource_type=type_name, resource_ids=(thing,), tags=_asked(a="1")), ADMIN
        )
    for type_name, thing in (("ISO", "disc"), ("Template", "debian")):
        command = ListTags(resource_type=type_name, list_all=True)
        _, (view,) = listed(zone.context(ADMIN), command, LISTINGS[ListTags])
        assert isinstance(view, TagView)
        assert (view.resourcetype, view.resourceid) == (type_name, thing)


@pytest.mark.parametrize(
    ("command", "kind", "object"),
    [
        (
            CreateTags(resource_type="Router", resource_ids=("vol",), tags=_asked(a="1")),
            errors.Invalid,
            "",
        ),
        (
            CreateTags(resource_type="Volume", resource_ids=("none",), tags=_asked(a="1")),
            errors.NotFound,
            "volume/none",
        ),
        (
            CreateTags(resource_type="Volume", resource_ids=("vol",), tags=_asked(a=None)),
            errors.Invalid,
            "",
        ),
    ],
)
def test_tags_that_are_refused(
    zone: SmallZone, command: CreateTags, kind: type[errors.ForebayError], object: str
) -> None:
    """Unknown types, unknown things, no value."""
    zone.volume()
    with refusal(kind, 431, object):
        zone.check(command)


def _tagged(zone: SmallZone, type_name: str, thing: str, caller: Caller = ADMIN) -> None:
    command = CreateTags(resource_type=type_name, resource_ids=(thing,), tags=_asked(a="1"))
    zone.claim(command, caller)


@pytest.mark.parametrize(
    ("type_name", "thing", "owner"),
    [
        ("UserVm", "vm", "alice"),
        ("Volume", "vol", "alice"),
        ("Snapshot", "snap", "alice"),
        ("Template", "debian", "admin"),
        ("Account", "bob", "bob"),
        ("User", "u-bob", "bob"),
    ],
)
def test_a_tag_belongs_to_the_owner_of_its_thing(
    zone: SmallZone, type_name: str, thing: str, owner: str
) -> None:
    """Whoever has put it there; accounts and users are tagged as what they own."""
    zone.volume()
    zone.vm()
    zone.snapshot()
    zone.add(User(id="u-bob", username="bob", account_id="bob", token_sha256=""))
    _tagged(zone, type_name, thing)
    (tag,) = zone.inventory.having(Tag, "of", thing)
    assert (tag.account_id, tag.value) == (owner, "1")
    listing = ListTags(resource_type=type_name.upper(), list_all=True)
    _, (view,) = listed(zone.context(ADMIN), listing, LISTINGS[ListTags])
    assert isinstance(view, TagView)
    assert (view.resourcetype, view.resourceid, view.account) == (type_name, thing, owner)


def test_a_users_tags_go_with_it(zone: SmallZone) -> None:
    """So do those of an account."""
    zone.add(User(id="u-bob", username="bob", account_id="bob", token_sha256=""))
    for type_name, thing in (("Account", "bob"), ("User", "u-bob")):
        _tagged(zone, type_name, thing)
    zone.run(zone.plan(DeleteAccount(id="bob"), ADMIN))
    assert zone.inventory.count(Tag) == 0


def test_what_is_for_everybody_is_tagged_by_its_owner_only(zone: SmallZone) -> None:
    """Public templates are seen by all, but they are not theirs."""
    with refusal(errors.Denied, 531, "template/debian"):
        _tagged(zone, "Template", "debian", ALICE)
    with refusal(errors.NotFound, 431, "template/debian"):
        _tagged(zone, "ISO", "debian")


def test_things_of_the_site_have_no_tags(zone: SmallZone) -> None:
    """Pools, offerings and zones have details."""
    with refusal(errors.Invalid, 431):
        _tagged(zone, "Storage", "nfs")


def _images(zone: SmallZone) -> None:
    """A template and an ISO of alice."""
    debian = zone.inventory.get(Template, "debian")
    for name, format in (("image", DiskFormat.QCOW2), ("disc", DiskFormat.ISO)):
        zone.add(
            msgspec.structs.replace(
                debian, id=name, name=name, account_id="alice", domain_id="sales", format=format
            )
        )
        zone.ref(name, "template")


def test_lists_find_things_by_their_tags(zone: SmallZone) -> None:
    """All tags asked for must be there, with that value if one is given."""
    policy = CreateSnapshotPolicy(
        volume_id="vol", interval_type="DAILY", schedule="0:2", timezone="UTC", max_snaps=1
    )
    zone.volume()
    zone.snapshot()
    zone.vm()
    _images(zone)
    zone.vm_snapshot("moment", state=VmSnapshotState.READY)
    things: dict[tuple[str, str], type[OwnedListCommand]] = {
        ("Volume", "vol"): ListVolumes,
        ("Snapshot", "snap"): ListSnapshots,
        ("UserVm", "vm"): ListVirtualMachines,
        ("VMSnapshot", "moment"): ListVMSnapshot,
        ("Template", "image"): ListTemplates,
        ("ISO", "disc"): ListIsos,
        ("SnapshotPolicy", zone.claim(policy).id): ListSnapshotPolicies,
    }
    for (type_name, thing), kind in things.items():
        _tagged(zone, type_name, thing, ALICE)
        for asked, found in ((_asked(a="1"), 1), (_asked(a=None), 1), (_asked(a="2"), 0)):
            assert listed(zone.context(), kind(tags=asked), LISTINGS[kind])[0] == found
        assert listed(zone.context(), kind(tags=_asked(a="1", b=None)), LISTINGS[kind])[0] == 0


def test_projects_are_found_by_their_tags(zone: SmallZone) -> None:
    """And show them."""
    web = zone.claim(CreateProject(name="web"), ALICE).id
    zone.claim(CreateProject(name="shop"), ALICE)
    _tagged(zone, "Project", web, ALICE)
    rows = QUERIES[ListProjects](zone.context(), ListProjects(tags=_asked(a="1")))["project"]
    (shown,) = msgspec.to_builtins(rows)
    assert (shown["id"], shown["tags"][0]["value"]) == (web, "1")


def test_foreign_things_are_as_unknown(zone: SmallZone) -> None:
    """Nobody tags what belongs to others."""
    zone.volume()
    with refusal(errors.NotFound, 431, "volume/vol"):
        zone.check(
            CreateTags(resource_type="Volume", resource_ids=("vol",), tags=_asked(a="1")), BOB
        )
