"""The states that things can be in; what may follow what is in transitions.py."""

from enum import IntEnum, StrEnum


class VolumeState(StrEnum):
    """States of a volume."""

    ALLOCATED = "Allocated"
    CREATING = "Creating"
    READY = "Ready"
    MIGRATING = "Migrating"
    SNAPSHOTTING = "Snapshotting"
    REVERT_SNAPSHOTTING = "RevertSnapshotting"
    RESIZING = "Resizing"
    EXPUNGING = "Expunging"
    EXPUNGED = "Expunged"
    DESTROY = "Destroy"
    UPLOAD_OP = "UploadOp"
    COPYING = "Copying"
    UPLOADED = "Uploaded"
    NOT_UPLOADED = "NotUploaded"
    UPLOAD_IN_PROGRESS = "UploadInProgress"
    UPLOAD_ERROR = "UploadError"
    UPLOAD_ABANDONED = "UploadAbandoned"
    ATTACHING = "Attaching"
    RESTORING = "Restoring"


class SnapshotState(StrEnum):
    """States of a snapshot."""

    ALLOCATED = "Allocated"
    CREATING = "Creating"
    CREATED_ON_PRIMARY = "CreatedOnPrimary"
    BACKING_UP = "BackingUp"
    BACKED_UP = "BackedUp"
    COPYING = "Copying"
    DESTROYING = "Destroying"
    DESTROYED = "Destroyed"
    ERROR = "Error"


class VmState(StrEnum):
    """States of a virtual machine."""

    STARTING = "Starting"
    RUNNING = "Running"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    DESTROYED = "Destroyed"
    EXPUNGING = "Expunging"
    MIGRATING = "Migrating"
    ERROR = "Error"
    RESTORING = "Restoring"


class TemplateState(StrEnum):
    """Download states of a template (CloudStack's VMTemplateStorageResourceAssoc)."""

    NOT_DOWNLOADED = "NOT_DOWNLOADED"
    DOWNLOAD_IN_PROGRESS = "DOWNLOAD_IN_PROGRESS"
    DOWNLOADED = "DOWNLOADED"
    DOWNLOAD_ERROR = "DOWNLOAD_ERROR"
    NOT_UPLOADED = "NOT_UPLOADED"
    UPLOAD_IN_PROGRESS = "UPLOAD_IN_PROGRESS"
    UPLOAD_ERROR = "UPLOAD_ERROR"
    ABANDONED = "ABANDONED"
    CREATING = "CREATING"


FAILED_TEMPLATES = frozenset({TemplateState.DOWNLOAD_ERROR, TemplateState.UPLOAD_ERROR})
"""States of a template that say why in its `failure`."""


class RefState(StrEnum):
    """States of an object on an image store or of a template on a pool."""

    ALLOCATED = "Allocated"
    CREATING = "Creating"
    READY = "Ready"
    COPYING = "Copying"
    MIGRATING = "Migrating"
    DESTROYING = "Destroying"
    DESTROYED = "Destroyed"
    FAILED = "Failed"
    HIDDEN = "Hidden"


READABLE = frozenset({RefState.READY, RefState.MIGRATING})
"""States of an image that is whole: one that moves is read where it was until it is gone."""


class PoolState(StrEnum):
    """States of a pool."""

    INITIALIZED = "Initialized"
    UP = "Up"
    PREPARE_FOR_MAINTENANCE = "PrepareForMaintenance"
    ERROR_IN_MAINTENANCE = "ErrorInMaintenance"
    MAINTENANCE = "Maintenance"
    DISABLED = "Disabled"


class HostState(StrEnum):
    """Connection states of a host."""

    CREATING = "Creating"
    UP = "Up"
    ALERT = "Alert"
    DOWN = "Down"


class ResourceState(StrEnum):
    """Whether a host may be used."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
    PREPARE_FOR_MAINTENANCE = "PrepareForMaintenance"
    ERROR_IN_MAINTENANCE = "ErrorInMaintenance"
    MAINTENANCE = "Maintenance"


class AllocationState(StrEnum):
    """Whether new things may be put into a zone, pod or cluster."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"


class SystemVmState(StrEnum):
    """States of a system VM."""

    STARTING = "Starting"
    RUNNING = "Running"
    STOPPED = "Stopped"


class VmSnapshotState(StrEnum):
    """States of a VM snapshot."""

    ALLOCATED = "Allocated"
    CREATING = "Creating"
    READY = "Ready"
    REVERTING = "Reverting"
    EXPUNGING = "Expunging"
    ERROR = "Error"


class JobStatus(IntEnum):
    """CloudStack's numbers."""

    IN_PROGRESS = 0
    SUCCEEDED = 1
    FAILED = 2
    CANCELLED = 3


class Phase(StrEnum):
    """Where a job in progress is: waiting its turn, going forward, or taking its steps back."""

    QUEUED = "queued"
    RUNNING = "running"
    UNDOING = "undoing"
    ENDED = "ended"
