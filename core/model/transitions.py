"""The state tables: (state, event) -> state for every kind of thing that has a life.

Two rules. Everything that decides what may follow a state lives in this file: no other file
compares states for that. And a state marked transitional is only ever entered by a step of a job,
whose id the record then carries: no live job, no transitional state.

Volume. It is Allocated while it is only a record, Creating while its disk is being made, Ready when
the disk exists. From Ready each long operation has its own state (Migrating, Snapshotting,
Resizing, Attaching) and comes back to Ready, well or not: an operation that fails leaves the
volume as it was.
Destroy is the way out: Expunging removes the disk, Expunged is the end.

Snapshot. Allocated waits its turn, Creating fixes the content, CreatedOnPrimary has it on the pool,
BackingUp copies it, BackedUp has it on an image store. Where the hypervisor writes straight to the
image store, Creating goes to BackedUp at once (OperationNotPerformed on primary).

Sources: CloudStack's Volume, Snapshot, VirtualMachine, ObjectInDataStoreStateMachine
(semantics sections 1.1 to 1.7). An event that has no row is our own bug: IllegalTransition.
"""

from collections.abc import Mapping
from enum import StrEnum

from core.model.errors import Internal
from core.model.states import (
    PoolState,
    RefState,
    ResourceState,
    SnapshotState,
    TemplateState,
    VmSnapshotState,
    VmState,
    VolumeState,
)

Table = Mapping[tuple[StrEnum, str], StrEnum]


_V = VolumeState


_OPERATIONS = {
    "ResizeRequested": _V.RESIZING,
    "SnapshotRequested": _V.SNAPSHOTTING,
    "RevertSnapshotRequested": _V.REVERT_SNAPSHOTTING,
    "MigrationRequested": _V.MIGRATING,
    "AttachRequested": _V.ATTACHING,
}


VOLUME: Table = {
    (_V.ALLOCATED, "CreateRequested"): _V.CREATING,
    (_V.ALLOCATED, "MigrationCopyRequested"): _V.CREATING,
    (_V.ALLOCATED, "UploadRequested"): _V.UPLOAD_OP,
    (_V.ALLOCATED, "DestroyRequested"): _V.DESTROY,
    (_V.ALLOCATED, "OperationSucceeded"): _V.ALLOCATED,
    (_V.ALLOCATED, "OperationFailed"): _V.ALLOCATED,
    (_V.CREATING, "OperationSucceeded"): _V.READY,
    (_V.CREATING, "OperationFailed"): _V.ALLOCATED,
    (_V.CREATING, "OperationRetry"): _V.CREATING,
    (_V.CREATING, "CreateRequested"): _V.CREATING,
    (_V.CREATING, "DestroyRequested"): _V.DESTROY,
    (_V.CREATING, "MigrationCopySucceeded"): _V.READY,
    (_V.CREATING, "MigrationCopyFailed"): _V.ALLOCATED,
    (_V.READY, "CreateRequested"): _V.CREATING,
    (_V.READY, "DestroyRequested"): _V.DESTROY,
    (_V.READY, "RestoreRequested"): _V.RESTORING,
    (_V.READY, "OperationSucceeded"): _V.READY,
    (_V.READY, "OperationFailed"): _V.READY,
    **{(_V.READY, event): state for event, state in _OPERATIONS.items()},
    **{(state, "OperationSucceeded"): _V.READY for state in _OPERATIONS.values()},
    **{(state, "OperationFailed"): _V.READY for state in _OPERATIONS.values()},
    (_V.UPLOAD_OP, "OperationSucceeded"): _V.UPLOADED,
    (_V.UPLOAD_OP, "OperationFailed"): _V.ALLOCATED,
    (_V.UPLOAD_OP, "DestroyRequested"): _V.DESTROY,
    (_V.UPLOADED, "CopyRequested"): _V.COPYING,
    (_V.UPLOADED, "DestroyRequested"): _V.DESTROY,
    (_V.COPYING, "OperationSucceeded"): _V.READY,
    (_V.COPYING, "OperationFailed"): _V.UPLOADED,
    (_V.NOT_UPLOADED, "UploadRequested"): _V.UPLOAD_IN_PROGRESS,
    (_V.NOT_UPLOADED, "OperationSucceeded"): _V.UPLOADED,
    (_V.NOT_UPLOADED, "OperationFailed"): _V.UPLOAD_ERROR,
    (_V.NOT_UPLOADED, "OperationTimeout"): _V.UPLOAD_ABANDONED,
    (_V.UPLOAD_IN_PROGRESS, "OperationSucceeded"): _V.UPLOADED,
    (_V.UPLOAD_IN_PROGRESS, "OperationFailed"): _V.UPLOAD_ERROR,
    (_V.UPLOAD_IN_PROGRESS, "OperationTimeout"): _V.UPLOAD_ERROR,
    (_V.UPLOAD_ERROR, "DestroyRequested"): _V.DESTROY,
    (_V.UPLOAD_ABANDONED, "DestroyRequested"): _V.DESTROY,
    (_V.DESTROY, "ExpungingRequested"): _V.EXPUNGING,
    (_V.DESTROY, "RecoverRequested"): _V.READY,
    (_V.DESTROY, "RestoreRequested"): _V.RESTORING,
    (_V.DESTROY, "OperationSucceeded"): _V.DESTROY,
    (_V.DESTROY, "OperationFailed"): _V.DESTROY,
    (_V.EXPUNGING, "OperationSucceeded"): _V.EXPUNGED,
    (_V.EXPUNGING, "OperationFailed"): _V.DESTROY,
    (_V.EXPUNGING, "ExpungingRequested"): _V.EXPUNGING,
    (_V.EXPUNGED, "ExpungingRequested"): _V.EXPUNGED,
    (_V.EXPUNGED, "OperationSucceeded"): _V.EXPUNGED,
    (_V.EXPUNGED, "OperationFailed"): _V.EXPUNGED,
    (_V.EXPUNGED, "RestoreRequested"): _V.RESTORING,
    (_V.RESTORING, "RestoreSucceeded"): _V.READY,
    (_V.RESTORING, "RestoreFailed"): _V.READY,
}


_S = SnapshotState


SNAPSHOT: Table = {
    (_S.ALLOCATED, "CreateRequested"): _S.CREATING,
    (_S.CREATING, "OperationSucceeded"): _S.CREATED_ON_PRIMARY,
    (_S.CREATING, "OperationNotPerformed"): _S.BACKED_UP,
    (_S.CREATING, "OperationFailed"): _S.ERROR,
    (_S.CREATED_ON_PRIMARY, "BackupToSecondary"): _S.BACKING_UP,
    (_S.CREATED_ON_PRIMARY, "OperationNotPerformed"): _S.BACKED_UP,
    (_S.BACKING_UP, "OperationSucceeded"): _S.BACKED_UP,
    (_S.BACKING_UP, "OperationNotPerformed"): _S.BACKED_UP,
    (_S.BACKING_UP, "OperationFailed"): _S.ERROR,
    (_S.BACKING_UP, "BackupToSecondary"): _S.BACKING_UP,
    (_S.BACKED_UP, "DestroyRequested"): _S.DESTROYING,
    (_S.BACKED_UP, "CopyingRequested"): _S.COPYING,
    (_S.BACKED_UP, "BackupToSecondary"): _S.BACKING_UP,
    (_S.COPYING, "OperationSucceeded"): _S.BACKED_UP,
    (_S.COPYING, "OperationFailed"): _S.BACKED_UP,
    (_S.DESTROYING, "OperationSucceeded"): _S.DESTROYED,
    (_S.DESTROYING, "OperationFailed"): _S.BACKED_UP,
    (_S.DESTROYING, "DestroyRequested"): _S.DESTROYING,
}


_M = VmState


VM: Table = {
    (_M.STOPPED, "StartRequested"): _M.STARTING,
    (_M.STOPPED, "StorageMigrationRequested"): _M.MIGRATING,
    (_M.STOPPED, "DestroyRequested"): _M.DESTROYED,
    (_M.STOPPED, "ExpungeOperation"): _M.EXPUNGING,
    (_M.STOPPED, "RestoringRequested"): _M.RESTORING,
    (_M.STOPPED, "OperationFailedToError"): _M.ERROR,
    (_M.STARTING, "OperationSucceeded"): _M.RUNNING,
    (_M.STARTING, "OperationFailed"): _M.STOPPED,
    (_M.RUNNING, "StopRequested"): _M.STOPPING,
    (_M.RUNNING, "MigrationRequested"): _M.MIGRATING,
    (_M.RUNNING, "AgentReportStopped"): _M.STOPPED,
    (_M.STOPPING, "OperationSucceeded"): _M.STOPPED,
    (_M.STOPPING, "OperationFailed"): _M.RUNNING,
    (_M.MIGRATING, "OperationSucceeded"): _M.RUNNING,
    (_M.MIGRATING, "OperationFailed"): _M.RUNNING,
    (_M.MIGRATING, "AgentReportStopped"): _M.STOPPED,
    (_M.DESTROYED, "RecoveryRequested"): _M.STOPPED,
    (_M.DESTROYED, "ExpungeOperation"): _M.EXPUNGING,
    (_M.EXPUNGING, "OperationFailed"): _M.DESTROYED,
    (_M.ERROR, "DestroyRequested"): _M.EXPUNGING,
    (_M.ERROR, "ExpungeOperation"): _M.EXPUNGING,
    (_M.RESTORING, "RestoringSuccess"): _M.STOPPED,
    (_M.RESTORING, "RestoringFailed"): _M.STOPPED,
}


_T = TemplateState


TEMPLATE: Table = {
    (_T.NOT_DOWNLOADED, "DownloadRequested"): _T.DOWNLOAD_IN_PROGRESS,
    (_T.DOWNLOAD_IN_PROGRESS, "OperationSucceeded"): _T.DOWNLOADED,
    (_T.DOWNLOAD_IN_PROGRESS, "OperationFailed"): _T.DOWNLOAD_ERROR,
    (_T.NOT_DOWNLOADED, "CreateRequested"): _T.CREATING,
    (_T.CREATING, "OperationSucceeded"): _T.DOWNLOADED,
    (_T.CREATING, "OperationFailed"): _T.DOWNLOAD_ERROR,
    (_T.NOT_UPLOADED, "UploadRequested"): _T.UPLOAD_IN_PROGRESS,
    (_T.NOT_UPLOADED, "OperationTimeout"): _T.ABANDONED,
    (_T.UPLOAD_IN_PROGRESS, "OperationSucceeded"): _T.DOWNLOADED,
    (_T.UPLOAD_IN_PROGRESS, "OperationFailed"): _T.UPLOAD_ERROR,
}


_R = RefState


STORE_REF: Table = {
    (_R.ALLOCATED, "CreateOnlyRequested"): _R.CREATING,
    (_R.ALLOCATED, "DestroyRequested"): _R.DESTROYING,
    (_R.ALLOCATED, "OperationSuccessed"): _R.READY,
    (_R.ALLOCATED, "OperationFailed"): _R.FAILED,
    (_R.CREATING, "OperationSuccessed"): _R.READY,
    (_R.CREATING, "OperationFailed"): _R.ALLOCATED,
    (_R.READY, "CopyingRequested"): _R.COPYING,
    (_R.READY, "DestroyRequested"): _R.DESTROYING,
    (_R.READY, "OperationSuccessed"): _R.READY,
    (_R.COPYING, "OperationSuccessed"): _R.READY,
    (_R.COPYING, "OperationFailed"): _R.READY,
    (_R.DESTROYING, "OperationSuccessed"): _R.DESTROYED,
    (_R.DESTROYING, "OperationFailed"): _R.DESTROYING,
    (_R.DESTROYING, "DestroyRequested"): _R.DESTROYING,
    (_R.FAILED, "DestroyRequested"): _R.DESTROYING,
    (_R.ALLOCATED, "MigrateDataRequested"): _R.MIGRATING,
    (_R.READY, "MigrateDataRequested"): _R.MIGRATING,
    (_R.MIGRATING, "MigrationSucceeded"): _R.DESTROYED,
    (_R.MIGRATING, "MigrationFailed"): _R.FAILED,
    (_R.MIGRATING, "OperationSuccessed"): _R.READY,
    (_R.MIGRATING, "OperationFailed"): _R.READY,
    (_R.READY, "HideRequested"): _R.HIDDEN,
    (_R.HIDDEN, "DestroyRequested"): _R.DESTROYING,
}


_P = PoolState


POOL: Table = {
    (_P.INITIALIZED, "OperationSucceeded"): _P.UP,
    (_P.UP, "DisableRequested"): _P.DISABLED,
    (_P.DISABLED, "EnableRequested"): _P.UP,
    (_P.UP, "MaintenanceRequested"): _P.PREPARE_FOR_MAINTENANCE,
    (_P.ERROR_IN_MAINTENANCE, "MaintenanceRequested"): _P.PREPARE_FOR_MAINTENANCE,
    (_P.PREPARE_FOR_MAINTENANCE, "OperationSucceeded"): _P.MAINTENANCE,
    (_P.PREPARE_FOR_MAINTENANCE, "OperationFailed"): _P.ERROR_IN_MAINTENANCE,
    (_P.MAINTENANCE, "CancelRequested"): _P.UP,
    (_P.ERROR_IN_MAINTENANCE, "CancelRequested"): _P.UP,
}


_H = ResourceState


HOST: Table = {
    (_H.ENABLED, "DisableRequested"): _H.DISABLED,
    (_H.DISABLED, "EnableRequested"): _H.ENABLED,
    (_H.ENABLED, "AdminAskMaintenance"): _H.PREPARE_FOR_MAINTENANCE,
    (_H.ERROR_IN_MAINTENANCE, "AdminAskMaintenance"): _H.PREPARE_FOR_MAINTENANCE,
    (_H.PREPARE_FOR_MAINTENANCE, "InternalEnterMaintenance"): _H.MAINTENANCE,
    (_H.PREPARE_FOR_MAINTENANCE, "UnableToMaintain"): _H.ERROR_IN_MAINTENANCE,
    (_H.PREPARE_FOR_MAINTENANCE, "AdminCancelMaintenance"): _H.ENABLED,
    (_H.ERROR_IN_MAINTENANCE, "AdminCancelMaintenance"): _H.ENABLED,
    (_H.MAINTENANCE, "AdminCancelMaintenance"): _H.ENABLED,
}


_N = VmSnapshotState


VM_SNAPSHOT: Table = {
    (_N.ALLOCATED, "CreateRequested"): _N.CREATING,
    (_N.CREATING, "OperationSucceeded"): _N.READY,
    (_N.CREATING, "OperationFailed"): _N.ERROR,
    (_N.READY, "RevertRequested"): _N.REVERTING,
    (_N.REVERTING, "OperationSucceeded"): _N.READY,
    (_N.REVERTING, "OperationFailed"): _N.READY,
    (_N.READY, "ExpungeRequested"): _N.EXPUNGING,
    (_N.ERROR, "ExpungeRequested"): _N.EXPUNGING,
    (_N.EXPUNGING, "OperationFailed"): _N.READY,
}


TABLES: dict[str, Table] = {
    "volume": VOLUME,
    "snapshot": SNAPSHOT,
    "vm": VM,
    "template": TEMPLATE,
    "store_ref": STORE_REF,
    "pool_template": STORE_REF,
    "pool": POOL,
    "host": HOST,
    "vm_snapshot": VM_SNAPSHOT,
}
STATE_FIELDS = {"host": "resource_state"}
"""The field with the state that the table of a kind is about, where it is not `state`."""


TRANSITIONAL: dict[str, frozenset[str]] = {
    "volume": frozenset(
        {
            _V.CREATING,
            _V.EXPUNGING,
            _V.UPLOAD_OP,
            _V.COPYING,
            _V.UPLOAD_IN_PROGRESS,
            _V.RESTORING,
            *_OPERATIONS.values(),
        }
    ),
    "snapshot": frozenset(
        {
            _S.ALLOCATED,
            _S.CREATING,
            _S.CREATED_ON_PRIMARY,
            _S.BACKING_UP,
            _S.COPYING,
            _S.DESTROYING,
        }
    ),
    "vm": frozenset(
        {_M.STARTING, _M.STOPPING, _M.MIGRATING, _M.EXPUNGING, _M.RESTORING},
    ),
    "template": frozenset(
        {_T.NOT_DOWNLOADED, _T.DOWNLOAD_IN_PROGRESS, _T.CREATING, _T.UPLOAD_IN_PROGRESS}
    ),
    "store_ref": frozenset(
        {_R.ALLOCATED, _R.CREATING, _R.COPYING, _R.MIGRATING, _R.DESTROYING},
    ),
    "pool_template": frozenset({_R.ALLOCATED, _R.CREATING, _R.COPYING, _R.DESTROYING}),
    "pool": frozenset({_P.PREPARE_FOR_MAINTENANCE}),
    "host": frozenset({_H.PREPARE_FOR_MAINTENANCE}),
    "vm_snapshot": frozenset({_N.ALLOCATED, _N.CREATING, _N.REVERTING, _N.EXPUNGING}),
}


class IllegalTransition(Internal):
    """An event that the tables don't admit: a fault of Forebay's own."""


def next_state(kind: str, state: StrEnum, event: str, object_id: str) -> StrEnum:
    """The state that follows; raises IllegalTransition when the tables have no row."""
    following = TABLES[kind].get((state, event))
    if following is None:
        raise IllegalTransition(
            f"no transition from {state} on {event}",
            object=f"{kind}/{object_id}",
            hint="report this with the job's id; the job stops here",
        )
    return following


def admits(kind: str, state: StrEnum, event: str) -> bool:
    """Whether the event may happen in that state."""
    return (state, event) in TABLES[kind]


def diagram(kind: str) -> str:
    """The table as a mermaid state diagram, for the documentation."""
    rows = [f"    {state} --> {target}: {event}" for (state, event), target in TABLES[kind].items()]
    return "\n".join(["stateDiagram-v2", *rows]) + "\n"
