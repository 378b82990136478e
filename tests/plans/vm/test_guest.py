"""deployVirtualMachine: what is kept for the guest, and what becomes a detail."""

from base64 import b64encode

import msgspec
import pytest

from core.model import errors
from core.model.commands.vm import (
    DeployVirtualMachine,
    ListVirtualMachines,
    UpdateVirtualMachine,
)
from core.model.records import Tag, Vm
from core.views.listing import listed
from core.views.table import LISTINGS
from core.views.vm import VmView
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

DEPLOY = DeployVirtualMachine(zone_id="z1", service_offering_id="tiny", template_id="debian")
SCRIPT = b64encode(b"#!/bin/sh\n").decode()


def _deployed(zone: SmallZone, **asked: object) -> Vm:
    command = msgspec.structs.replace(DEPLOY, **asked)
    zone.check(command, ADMIN)
    return zone.inventory.get(Vm, zone.claim(command, ADMIN).id)


def _view(zone: SmallZone, vm: Vm, *, user_data: bool = False) -> VmView:
    command = ListVirtualMachines(id=vm.id, user_data=user_data)
    _, (view,) = listed(zone.context(ADMIN), command, LISTINGS[ListVirtualMachines])
    assert isinstance(view, VmView)
    return view


@pytest.mark.parametrize(
    ("asked", "details"),
    [
        ({}, {}),
        ({"keyboard": "", "key_pair": "", "io_driver_policy": ""}, {}),
        ({"keyboard": "DE"}, {"keyboard": "de"}),
        ({"key_pair": "a"}, {"SSH.KeyPairNames": "a"}),
        ({"key_pair": "a", "key_pairs": ("b", "a")}, {"SSH.KeyPairNames": "a,b"}),
        ({"io_threads_enabled": True}, {"iothreads": "true"}),
        ({"io_threads_enabled": False}, {}),
        ({"io_driver_policy": "IO_URING"}, {"io.policy": "io_uring"}),
        ({"keyboard": "uk", "details": {"keyboard": "us", "x": "y"}}, {"keyboard": "uk", "x": "y"}),
    ],
)
def test_words_for_the_guest_become_details(
    zone: SmallZone, asked: dict[str, object], details: dict[str, str]
) -> None:
    """Under CloudStack's keys, over those that are given as details."""
    vm = _deployed(zone, **asked)
    assert vm.details == details
    assert _view(zone, vm).keypairs == details.get("SSH.KeyPairNames")


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"keyboard": "xx"}, ""),
        ({"io_driver_policy": "quick"}, ""),
        ({"user_data": "no Base64!"}, ""),
        ({"user_data": b64encode(bytes(32769)).decode()}, "setting/vm.userdata.max.length"),
    ],
)
def test_wrong_words_are_refused(zone: SmallZone, asked: dict[str, object], named: str) -> None:
    """Keyboards and policies that there are not, user data that is none or too long."""
    with refusal(errors.Invalid, 431, named):
        zone.check(msgspec.structs.replace(DEPLOY, **asked), ADMIN)


def test_user_data_is_shown_to_who_asks_for_it(zone: SmallZone) -> None:
    """It can be changed; its greatest length is a setting's."""
    vm = _deployed(zone, user_data=SCRIPT)
    assert _view(zone, vm).userdata is None
    assert _view(zone, vm, user_data=True).userdata == SCRIPT
    zone.set("vm.userdata.max.length", 4)
    with refusal(errors.Invalid, 431, "setting/vm.userdata.max.length"):
        zone.check(UpdateVirtualMachine(id=vm.id, user_data=SCRIPT), ADMIN)
    zone.claim(UpdateVirtualMachine(id=vm.id, user_data=""), ADMIN)
    assert _view(zone, vm, user_data=True).userdata is None


def test_a_machine_gets_the_tags_of_its_template(zone: SmallZone) -> None:
    """If that is wanted; they belong to the machine's owner."""
    zone.add(
        Tag(
            id="template/debian/os",
            of_kind="template",
            of_id="debian",
            key="os",
            value="12",
            account_id="bob",
            domain_id="lab",
        )
    )
    plain = _deployed(zone)
    tagged = _deployed(zone, copy_image_tags=True)
    assert not zone.inventory.having(Tag, "of", plain.id)
    (tag,) = zone.inventory.having(Tag, "of", tagged.id)
    assert (tag.key, tag.value, tag.account_id) == ("os", "12", tagged.account_id)
