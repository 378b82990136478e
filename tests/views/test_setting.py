"""listConfigurations: which settings it finds, and what updateConfiguration says of scopes."""

from typing import Any

import msgspec
import pytest

from core.model import errors
from core.model.commands.command import Command
from core.model.commands.setting import (
    ListConfigurations,
    ResetConfiguration,
    UpdateConfiguration,
)
from core.model.records import ImageStore
from core.model.setting_table import SETTINGS
from core.views.setting import QUERIES
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone


def _rows(zone: SmallZone, **asked: Any) -> dict[str, dict[str, Any]]:
    command = ListConfigurations(pagesize=500, **asked)
    answer = msgspec.to_builtins(QUERIES[ListConfigurations](zone.context(ADMIN), command))
    return {row["name"]: row for row in answer["configuration"]}


def test_settings_are_found_by_their_groups(zone: SmallZone) -> None:
    """A group is a category; there are no groups within groups, no setting is another's part."""
    machines = _rows(zone, group="Machines")
    assert set(machines) == {
        name for name, setting in SETTINGS.items() if setting.category == "Machines"
    }
    row = machines["vm.userdata.max.length"]
    assert (row["group"], row["displaytext"]) == ("Machines", "Vm userdata max length")
    assert not _rows(zone, subgroup="Others")
    assert not _rows(zone, parent="vm.destroy.forcestop")
    assert not _rows(zone, group="none")


def test_settings_that_have_choices_name_them(zone: SmallZone) -> None:
    """As their options."""
    row = _rows(zone, name="vm.allocation.algorithm")["vm.allocation.algorithm"]
    assert "firstfit" in row["options"].split(",")


def test_no_setting_is_of_an_image_store(zone: SmallZone) -> None:
    """None is found for one, and none can be set for one."""
    store = next(iter(zone.inventory.all(ImageStore)))
    assert not _rows(zone, image_store_uuid=store.id)
    name = "vm.userdata.max.length"
    commands: tuple[Command, ...] = (
        UpdateConfiguration(name=name, value="1", image_store_uuid=store.id),
        ResetConfiguration(name=name, image_store_id=store.id),
    )
    for command in commands:
        with refusal(errors.Invalid, 431, f"setting/{name}"):
            zone.check(command, ADMIN)
    with pytest.raises(errors.NotFound):
        _rows(zone, image_store_uuid="none")
