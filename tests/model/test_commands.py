"""Commands: what CloudStack's HTTP API wraps their answers in."""

import pytest

from core.model.commands.command import Command, envelope_name
from core.model.commands.image_store import UpdateImageStore
from core.model.commands.pool import (
    CancelStorageMaintenance,
    EnableStorageMaintenance,
    ListStoragePools,
)
from core.model.commands.snapshot import ArchiveSnapshot
from core.model.commands.volume import CheckVolume, GetUploadParamsForVolume


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (ListStoragePools, "liststoragepoolsresponse"),
        (UpdateImageStore, "updateImageStore"),
        (EnableStorageMaintenance, "prepareprimarystorageformaintenanceresponse"),
        (CancelStorageMaintenance, "cancelprimarystoragemaintenanceresponse"),
        (GetUploadParamsForVolume, "postuploadvolumeresponse"),
        (ArchiveSnapshot, "createsnapshotresponse"),
        (CheckVolume, "checkandrepairvolumeresponse"),
    ],
)
def test_an_answer_is_wrapped_in_its_commands_name(command: type[Command], name: str) -> None:
    """Clients check it to the letter; some commands have older names, or those of others."""
    assert envelope_name(command) == name
