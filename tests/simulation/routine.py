"""What operators and users of a zone do all day, with things drawn from those that there are."""

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from msgspec.structs import replace

from core.model.commands.command import Command, TagAsked
from core.model.commands.host import CancelHostMaintenance, PrepareHostForMaintenance
from core.model.commands.image.iso import GetUploadParamsForIso
from core.model.commands.image_store import (
    MigrateResourceToAnotherSecondaryStorage,
    MigrateSecondaryStorageData,
    UpdateImageStore,
)
from core.model.commands.migration import MigrateVirtualMachine
from core.model.commands.offering import CreateDiskOffering, CreateServiceOffering
from core.model.commands.ownership.detail import AddResourceDetail
from core.model.commands.ownership.tag import CreateTags
from core.model.commands.pool import CancelStorageMaintenance, EnableStorageMaintenance
from core.model.commands.setting import UpdateConfiguration
from core.model.commands.snapshot import CreateSnapshot, DeleteSnapshot, RevertSnapshot
from core.model.commands.template import (
    CreateTemplate,
    DeleteTemplate,
    PrepareTemplate,
    UpdateTemplate,
)
from core.model.commands.vm import (
    AssignVirtualMachine,
    DestroyVirtualMachine,
    RebootVirtualMachine,
    RecoverVirtualMachine,
    RestoreVirtualMachine,
    ScaleVirtualMachine,
    StartVirtualMachine,
    StopVirtualMachine,
    UpdateVirtualMachine,
)
from core.model.commands.vm_snapshot import CreateVMSnapshot, DeleteVMSnapshot, RevertToVMSnapshot
from core.model.commands.volume import (
    AttachVolume,
    ChangeOfferingForVolume,
    CreateVolume,
    DeleteVolume,
    DestroyVolume,
    DetachVolume,
    GetUploadParamsForVolume,
    ImportVolume,
    MigrateVolume,
    RecoverVolume,
    ResizeVolume,
    UnmanageVolume,
)
from core.model.records import (
    Account,
    DiskOffering,
    Host,
    ImageStore,
    Job,
    Pool,
    Record,
    ServiceOffering,
    Snapshot,
    Template,
    Vm,
    VmSnapshot,
    Volume,
)
from tests.simulation.image_scenes import appliance
from tests.simulation.stage import Stage, add_host, add_store, create_pool, deploy, register, upload
from tests.simulation.upload_scenes import extract
from tests.simulation.vm_scenes import customized

RecordT = TypeVar("RecordT", bound=Record)


class Day:
    """Draws one thing to do after another."""

    def __init__(self, stage: Stage, random: Random) -> None:
        self._stage = stage
        self._random = random

    def next(self) -> Command:
        """Something that may well succeed."""
        stage, flip = self._stage, self._random.random() < 0.5
        return self._random.choice(self._choices(stage, flip=flip))()

    def _id(self, kind: type[RecordT]) -> str:
        known = sorted(record.id for record in self._stage.inventory.all(kind))
        return self._random.choice(known) if known else "none"

    def _choices(self, stage: Stage, *, flip: bool) -> Sequence[Callable[[], Command]]:
        volume, vm, pool = self._id(Volume), self._id(Vm), self._id(Pool)
        snapshot, offering, host = self._id(Snapshot), self._id(DiskOffering), self._id(Host)
        vm_snapshot, template, store = (
            self._id(VmSnapshot),
            self._id(Template),
            self._id(ImageStore),
        )
        size_gib = self._random.randint(1, 4)
        return (
            lambda: deploy(stage, start=flip),
            lambda: deploy(stage),
            lambda: create_pool(self._random.choice(("p1", "p2")), "nfs"),
            lambda: create_pool("r1", "rbd"),
            lambda: add_host(self._random.choice(("h1", "h2"))),
            lambda: add_store(self._random.choice(("s1", "s2"))),
            lambda: register("root"),
            lambda: CreateDiskOffering(name="o", disk_size=size_gib),
            lambda: CreateServiceOffering(name="o"),
            lambda: CreateVolume(disk_offering_id=offering),
            lambda: CreateVolume(disk_offering_id=offering, zone_id="z1"),
            upload,
            lambda: extract(volume),
            lambda: GetUploadParamsForVolume(name="sent", format="QCOW2", zone_id="z1"),
            lambda: GetUploadParamsForIso(name="sent", format="ISO", zone_id="z1", bootable=False),
            lambda: CreateVolume(snapshot_id=snapshot),
            lambda: CreateVolume(snapshot_id=snapshot, virtual_machine_id=vm),
            lambda: AttachVolume(id=volume, virtual_machine_id=vm),
            lambda: AttachVolume(id=volume, virtual_machine_id=vm),
            lambda: DetachVolume(id=volume),
            lambda: ResizeVolume(id=volume, size=size_gib, shrink_ok=flip),
            lambda: ChangeOfferingForVolume(id=volume, disk_offering_id=offering),
            lambda: MigrateVolume(volume_id=volume, storage_id=pool, live_migrate=flip),
            lambda: DestroyVolume(id=volume, expunge=flip),
            lambda: RecoverVolume(id=volume),
            lambda: DeleteVolume(id=volume),
            lambda: CreateSnapshot(volume_id=volume),
            lambda: CreateSnapshot(volume_id=volume),
            lambda: DeleteSnapshot(id=snapshot),
            lambda: RevertSnapshot(id=snapshot),
            lambda: StartVirtualMachine(id=vm),
            lambda: StopVirtualMachine(id=vm, forced=flip),
            lambda: DestroyVirtualMachine(id=vm, expunge=flip),
            lambda: RecoverVirtualMachine(id=vm),
            lambda: CreateVMSnapshot(virtual_machine_id=vm, snapshot_memory=flip),
            lambda: RevertToVMSnapshot(id=vm_snapshot),
            lambda: DeleteVMSnapshot(id=vm_snapshot),
            lambda: CreateTemplate(name="t", os_type_id="other-64", volume_id=volume),
            lambda: CreateTemplate(name="t", os_type_id="other-64", snapshot_id=snapshot),
            lambda: PrepareTemplate(template_id=template, zone_id="z1"),
            lambda: DeleteTemplate(id=template),
            lambda: MigrateSecondaryStorageData(
                src_pool=store,
                dest_pools=(self._id(ImageStore),),
                migration_type="balance" if flip else "complete",
            ),
            lambda: UpdateImageStore(id=store, readonly=False),
            lambda: MigrateVirtualMachine(virtual_machine_id=vm, host_id=host),
            lambda: PrepareHostForMaintenance(id=host),
            lambda: CancelHostMaintenance(id=host),
            *self._secondary(flip=flip),
            *self._machines(vm, flip=flip),
            *self._images_by_hand(volume, pool),
            *self._notes(volume, snapshot),
            lambda: EnableStorageMaintenance(id=pool),
            lambda: CancelStorageMaintenance(id=pool),
        )

    def _images_by_hand(self, volume: str, pool: str) -> Sequence[Callable[[], Command]]:
        """Images are let go, and taken in again where they were or are not."""
        let_go = [
            job.instance_id
            for job in self._stage.inventory.all(Job)
            if job.command == "unmanageVolume"
        ]
        path = self._random.choice(let_go or ["none"])
        return (
            lambda: UnmanageVolume(id=volume),
            lambda: ImportVolume(path=path, storage_id=pool),
            lambda: CreateDiskOffering(name="any", customized=True),
        )

    def _notes(self, volume: str, snapshot: str) -> Sequence[Callable[[], Command]]:
        """Tags and details are noted on what may go at any moment."""
        note = (TagAsked(key="note", value="1"),)
        return (
            lambda: CreateTags(resource_type="Snapshot", resource_ids=(snapshot,), tags=note),
            lambda: AddResourceDetail(resource_type="Volume", resource_id=volume, details=note),
        )

    def _account(self) -> str:
        known = sorted(account.name for account in self._stage.inventory.all(Account))
        return self._random.choice(known)

    def _machines(self, vm: str, *, flip: bool) -> Sequence[Callable[[], Command]]:
        """Machines get other root disks, sizes and origins."""
        bare = replace(deploy(self._stage, start=flip), template_id=None)
        return (
            lambda: RebootVirtualMachine(id=vm),
            lambda: RestoreVirtualMachine(virtual_machine_id=vm, expunge=flip),
            lambda: ScaleVirtualMachine(id=vm, service_offering_id=self._id(ServiceOffering)),
            lambda: AssignVirtualMachine(
                virtual_machine_id=vm, account=self._account(), domain_id="ROOT"
            ),
            lambda: UpdateVirtualMachine(id=vm, delete_protection=flip),
            appliance,
            lambda: replace(bare, volume_id=self._id(Volume)),
            lambda: replace(bare, snapshot_id=self._id(Snapshot)),
            *self._growth(vm, flip=flip),
        )

    def _growth(self, vm: str, *, flip: bool) -> Sequence[Callable[[], Command]]:
        """Machines of customized offerings grow while they run."""
        offering, cpus = self._id(ServiceOffering), self._random.randint(1, 4)
        details = {"cpuNumber": str(cpus), "memory": str(512 * cpus)}
        chosen = replace(deploy(self._stage), service_offering_id=offering, details=details)
        return (
            lambda: UpdateConfiguration(name="enable.dynamic.scale.vm", value="true"),
            lambda: UpdateTemplate(id=self._id(Template), is_dynamically_scalable=True),
            customized,
            lambda: chosen,
            lambda: ScaleVirtualMachine(id=vm, service_offering_id=offering, details=details),
            lambda: UpdateVirtualMachine(id=vm, is_dynamically_scalable=flip),
        )

    def _secondary(self, *, flip: bool) -> Sequence[Callable[[], Command]]:
        """Images move to and fro; what was emptied is opened again."""
        source, target = self._id(ImageStore), self._id(ImageStore)
        type = "complete" if flip else "balance"
        return (
            lambda: MigrateSecondaryStorageData(
                src_pool=source, dest_pools=(target,), migration_type=type
            ),
            lambda: MigrateResourceToAnotherSecondaryStorage(
                src_pool=source, dest_pool=target, snapshots=(self._id(Snapshot),)
            ),
            lambda: UpdateImageStore(id=source, readonly=False),
            lambda: UpdateConfiguration(
                name="kvm.incremental.snapshot", value="true" if flip else "false"
            ),
        )
