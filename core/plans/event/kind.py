"""CloudStack's names of what jobs do, and how an event of a job is told (docs/decisions/0054)."""

import re
from enum import StrEnum

from core.model.records import Job
from core.model.states import JobStatus, Phase

# command: its event's type, where that is not noun and verb of its name
TYPES = {
    "deployVirtualMachine": "VM.CREATE",
    "migrateVirtualMachineWithVolume": "VM.MIGRATE",
    "changeOfferingForVolume": "VOLUME.CHANGE.DISK.OFFERING",
    "revertToVMSnapshot": "VMSNAPSHOT.REVERTTO",
    "createSnapshotFromVMSnapshot": "SNAPSHOT.CREATE",
    "enableStorageMaintenance": "MAINT.PREPARE.PS",
    "cancelStorageMaintenance": "MAINT.CANCEL.PS",
    "prepareHostForMaintenance": "MAINT.PREPARE",
    "cancelHostMaintenance": "MAINT.CANCEL",
    "updateConfiguration": "CONFIGURATION.VALUE.EDIT",
    "resetConfiguration": "CONFIGURATION.VALUE.EDIT",
    "updateZone": "ZONE.EDIT",
    "updatePod": "POD.EDIT",
    "updateDiskOffering": "DISK.OFFERING.EDIT",
    "updateServiceOffering": "SERVICE.OFFERING.EDIT",
    "registerUserKeys": "REGISTER.USER.KEY",
    "getUploadParamsForIso": "ISO.UPLOAD",
    "getUploadParamsForTemplate": "TEMPLATE.UPLOAD",
    "getUploadParamsForVolume": "VOLUME.UPLOAD",
    "createTags": "CREATE_TAGS",
    "deleteTags": "DELETE_TAGS",
    "addResourceDetail": "CREATE_RESOURCE_DETAILS",
    "removeResourceDetail": "DELETE_RESOURCE_DETAILS",
    "addAccountToProject": "PROJECT.ACCOUNT.ADD",
    "deleteAccountFromProject": "PROJECT.ACCOUNT.REMOVE",
    "assignVirtualMachine": "VM.MOVE",
    "changeServiceForVirtualMachine": "VM.UPGRADE",
    "scaleVirtualMachine": "VM.UPGRADE",
    "registerTemplate": "TEMPLATE.CREATE",
    "registerIso": "ISO.CREATE",
    "updateStoragePool": "UPDATE.PS",
    "syncStoragePool": "SYNC.STORAGE.POOL",
    "configureStorageAccess": "CONFIGURE.STORAGE.ACCESS",
    "changeStoragePoolScope": "CHANGE.STORAGE.POOL.SCOPE",
    "updateImageStore": "IMAGE.STORE.ACCESS.UPDATED",
    "migrateSecondaryStorageData": "IMAGE.STORE.MIGRATE.DATA",
    "migrateResourceToAnotherSecondaryStorage": "IMAGE.STORE.MIGRATE.RESOURCES",
}
NOUNS = {
    "VirtualMachine": "VM",
    "VMSnapshot": "VMSNAPSHOT",
    "SnapshotPolicy": "SNAPSHOTPOLICY",
    "SnapshotPolicies": "SNAPSHOTPOLICY",
}


class Level(StrEnum):
    """How bad an event is."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


def event_type(command: str) -> str:
    """CloudStack's type of the event: "VOLUME.CREATE" of createVolume."""
    if command in TYPES:
        return TYPES[command]
    verb = re.match("[a-z]*", command)
    assert verb is not None
    noun = command[verb.end() :]
    words = re.sub("(?<=[a-z])(?=[A-Z])", ".", noun).upper()
    return f"{NOUNS.get(noun, words)}.{verb[0].upper()}"


def event_level(job: Job) -> Level:
    """A failure is an error, a cancellation a warning."""
    if job.status is JobStatus.FAILED:
        return Level.ERROR
    return Level.WARN if job.status is JobStatus.CANCELLED else Level.INFO


def event_state(job: Job) -> str:
    """CloudStack's Scheduled, Started and Completed."""
    if job.phase is Phase.ENDED:
        return "Completed"
    return "Scheduled" if job.phase is Phase.QUEUED else "Started"
