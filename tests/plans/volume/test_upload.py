"""uploadVolume: what is refused, what is recorded, what its plan does."""

import msgspec
import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.volume import AttachVolume, DeleteVolume, DestroyVolume, UploadVolume
from core.model.errors import ForebayError
from core.model.hypervisors import Hypervisor
from core.model.pool_types import DiskFormat, PoolType
from core.model.records import Cluster, Extraction, ImageStore, Pool, StoreRef, Volume, Zone
from core.model.states import AllocationState, VolumeState
from core.plans.context import GIB
from core.plans.operation import FetchImage, RemoveImage, RunJobs
from core.plans.volume.incoming import home_of
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, SmallZone

URL = "https://files.example/disk.qcow2"
UPLOAD = UploadVolume(name="mine", url=URL, format="QCOW2", zone_id="z1")


def upload(**fields: str) -> UploadVolume:
    """The command with other parameters."""
    return msgspec.structs.replace(UPLOAD, **fields)


@pytest.fixture
def zone() -> SmallZone:
    """The small zone, with a second image store that is read-only and one of another zone."""
    zone = SmallZone()
    for name, zone_id, readonly, up in (
        ("kept", "z1", True, True),
        ("abroad", "z2", False, True),
        ("silent", "z1", False, False),
    ):
        zone.add(
            ImageStore(
                id=name,
                name=name,
                url=f"nfs://{name}/export",
                provider="NFS",
                protocol="nfs",
                zone_id=zone_id,
                readonly=readonly,
                up=up,
            )
        )
    return zone


@pytest.mark.parametrize(
    ("command", "kind", "object"),
    [
        (upload(format="DOC"), errors.Invalid, ""),
        (upload(format="VHD", url="https://a.example/x.vhd"), errors.Invalid, "zone/z1"),
        (upload(format="OVA", url="https://a.example/x.ova"), errors.Invalid, "zone/z1"),
        (upload(url="file:///x.qcow2"), errors.Invalid, "url/file:///x.qcow2"),
        (upload(url="ftp://x/y.qcow2"), errors.Invalid, "url/ftp://x/y.qcow2"),
        (upload(url="x.qcow2"), errors.Invalid, "url/x.qcow2"),
        (upload(url="https://[x.qcow2"), errors.Invalid, "url/https://[x.qcow2"),
        (upload(url="https://a.example/x.vhd"), errors.Invalid, "url/https://a.example/x.vhd"),
        (
            upload(url="https://a.example/x.qcow2.xz"),
            errors.Invalid,
            "url/https://a.example/x.qcow2.xz",
        ),
        (upload(checksum="{MD5}1"), errors.Invalid, ""),
        (upload(disk_offering_id="small"), errors.Invalid, "disk_offering/small"),
        (upload(disk_offering_id="none"), errors.NotFound, "disk_offering/none"),
        (upload(disk_offering_id="tiny-root"), errors.NotFound, "disk_offering/tiny-root"),
        (upload(zone_id="none"), errors.NotFound, "zone/none"),
        (upload(image_store_uuid="none"), errors.NotFound, "image_store/none"),
        (upload(image_store_uuid="kept"), errors.Invalid, "image_store/kept"),
        (upload(image_store_uuid="abroad"), errors.Invalid, "image_store/abroad"),
        (upload(image_store_uuid="silent"), errors.Invalid, "image_store/silent"),
    ],
)
def test_a_wrong_upload_is_refused(
    zone: SmallZone, command: UploadVolume, kind: type[ForebayError], object: str
) -> None:
    """All with 431, before anything is recorded."""
    with refusal(kind, 431, object):
        zone.check(command)


@pytest.mark.parametrize("ending", [".gz", ".bz2", ".zip", ".GZ"])
def test_a_compressed_image_may_come(zone: SmallZone, ending: str) -> None:
    """Its format is what the name says without the ending."""
    zone.check(upload(url=f"{URL}{ending}?x=y"))
    with refusal(errors.Invalid, 431, f"url/https://a.example/x.raw{ending}"):
        zone.check(upload(url=f"https://a.example/x.raw{ending}"))


def test_a_zone_without_a_customized_offering_takes_no_uploads(zone: SmallZone) -> None:
    """An uploaded volume has the size that it has."""
    for name in ("custom", "free-rated"):
        offering = zone.context().disk_offering(name)
        zone.add(msgspec.structs.replace(offering, size_bytes=GIB))
    with refusal(errors.Invalid, 431, "zone/z1"):
        zone.check(UPLOAD)


def test_the_built_in_offering_comes_before_others(zone: SmallZone) -> None:
    """Among others, the oldest one is taken."""
    assert zone.inventory.get(Volume, zone.claim(UPLOAD).id).disk_offering_id == "custom"
    offering = zone.context().disk_offering("free-rated")
    zone.add(msgspec.structs.replace(offering, name="Cloud.com-Custom"))
    assert zone.inventory.get(Volume, zone.claim(UPLOAD).id).disk_offering_id == "free-rated"


def test_a_disabled_zone_takes_uploads_of_administrators_only(zone: SmallZone) -> None:
    """Users are refused with 531."""
    place = zone.inventory.get(Zone, "z1")
    zone.add(msgspec.structs.replace(place, allocation_state=AllocationState.DISABLED))
    with refusal(errors.Denied, 531, "zone/z1"):
        zone.check(UPLOAD)
    zone.check(UPLOAD, ADMIN)


def test_an_upload_needs_an_image_store_of_the_zone(zone: SmallZone) -> None:
    """Without one nothing can come."""
    store = zone.inventory.get(ImageStore, "s1")
    zone.add(msgspec.structs.replace(store, readonly=True))
    with refusal(errors.NoCapacity, 530, "zone/z1"):
        zone.check(UPLOAD)


@pytest.mark.parametrize(
    ("resource", "caller", "refused"),
    [
        ("volume", ALICE, True),
        ("secondary_storage", ALICE, True),
        ("primary_storage", ALICE, False),
    ],
)
def test_limits_refuse_with_the_number_of_the_job(
    zone: SmallZone, resource: str, caller: Caller, refused: bool
) -> None:
    """A volume and secondary storage are paid, with 530; primary storage at the first attach."""
    zone.limit(caller.account_id, resource, 0)
    if not refused:
        zone.check(UPLOAD, caller)
        return
    with refusal(errors.QuotaExceeded, 530, f"account/{caller.account_id}"):
        zone.check(UPLOAD, caller)


def test_the_volume_is_recorded_with_its_format_and_hypervisor(zone: SmallZone) -> None:
    """Its size is not known yet, and it takes no primary storage."""
    volume = zone.inventory.get(Volume, zone.claim(upload(checksum="0" * 32)).id)
    assert (volume.state, volume.type, volume.size_bytes) == ("Allocated", "DATADISK", 0)
    assert (volume.format, volume.hypervisor, volume.url) == (DiskFormat.QCOW2, "KVM", URL)
    assert volume.checksum == "0" * 32


def test_the_plan_fetches_into_an_image_store(zone: SmallZone) -> None:
    """One step, which leaves nothing when it is taken back."""
    plan = zone.plan(upload(image_store_uuid="s1"))
    (step,) = plan.steps
    assert step.actor == "image_store/s1"
    assert isinstance(step.do, FetchImage)
    assert (step.do.url, step.do.size_limit_bytes) == (URL, 400 * GIB)
    assert step.undo == RemoveImage(path=step.do.path)
    zone.apply(step.begin)
    (volume,) = zone.inventory.all(Volume)
    assert volume.state is VolumeState.UPLOAD_OP


@pytest.mark.parametrize(("limit_gib", "most_gib"), [(3, 3), (-1, 500), (700, 500)])
def test_no_more_may_come_than_the_limits_leave(
    zone: SmallZone, limit_gib: int, most_gib: int
) -> None:
    """The least of storage.max.volume.upload.size and what the account may still have."""
    zone.limit("alice", "secondary_storage", limit_gib)
    (step,) = zone.plan(UPLOAD).steps
    assert isinstance(step.do, FetchImage)
    assert step.do.size_limit_bytes == most_gib * GIB


@pytest.mark.parametrize(
    ("hypervisor", "pool", "format", "home"),
    [
        ("XenServer", None, DiskFormat.VHD, "XenServer"),
        ("Hyperv", None, DiskFormat.VHD, "Hyperv"),
        ("VMware", None, DiskFormat.OVA, "VMware"),
        ("KVM", None, DiskFormat.QCOW2, "KVM"),
        ("KVM", PoolType.RBD, DiskFormat.RAW, "KVM"),
        ("Ovm", None, DiskFormat.RAW, "Ovm"),
        ("Simulator", None, DiskFormat.VHD, "Simulator"),
    ],
)
def test_each_format_has_its_hypervisor(
    hypervisor: str, pool: PoolType | None, format: DiskFormat, home: str
) -> None:
    """RAW is KVM's where the zone has storage that keeps it."""
    zone = SmallZone()
    kind = Hypervisor(hypervisor)
    zone.add(Cluster(id="c9", name="c9", zone_id="z2", pod_id="p", hypervisor=kind))
    if pool is not None:
        zone.add(Pool(id="p9", name="p9", url="x", type=pool, scope="ZONE", zone_id="z2"))
    assert home_of(zone.context(), format, "z2") == home


def test_deleting_an_uploaded_volume_removes_its_image(zone: SmallZone) -> None:
    """Links to it go with it."""
    zone.volume(state=VolumeState.UPLOADED, pool_id="", uploaded_bytes=5)
    zone.ref("vol", "volume")
    zone.add(
        Extraction(
            id="link",
            of_kind="volume",
            of_id="vol",
            account_id="alice",
            domain_id="sales",
            zone_id="z1",
            store_id="s1",
            path="volumes/vol",
            url="x",
            expires_s=1.0,
        )
    )
    assert zone.inventory.total("account.secondary_bytes", "alice") == 5
    plan = zone.plan(DeleteVolume(id="vol"))
    (asked,) = (step.do for step in plan.steps if isinstance(step.do, RunJobs))
    assert [each.command for each in asked.errands] == ["removeLink"]
    zone.run(plan)
    assert zone.inventory.find(Volume, "vol") is None
    assert list(zone.inventory.having(StoreRef, "of", "vol")) == []
    assert zone.inventory.total("account.secondary_bytes", "alice") == 0


def uploaded(zone: SmallZone) -> Volume:
    """An Uploaded volume with its image."""
    zone.ref("vol", "volume")
    return zone.volume(
        state=VolumeState.UPLOADED, pool_id="", disk_offering_id="custom", hypervisor="KVM"
    )


def test_attaching_needs_primary_storage(zone: SmallZone) -> None:
    """Its owner pays from then on; the refusal has the number of attachVolume."""
    uploaded(zone)
    zone.vm()
    zone.limit("alice", "primary_storage", 0)
    with refusal(errors.QuotaExceeded, 431, "account/alice"):
        zone.check(AttachVolume(id="vol", virtual_machine_id="vm"))


def test_the_first_attach_copies_verifies_and_removes_the_image(zone: SmallZone) -> None:
    """In this order; the machine may be one that never ran."""
    volume = uploaded(zone)
    zone.stopped_vm(last_host_id="")
    plan = zone.plan(AttachVolume(id="vol", virtual_machine_id="vm"))
    assert [type(step.do).__name__ for step in plan.steps] == [
        "CreateDisk",
        "VerifyCopy",
        "NoneType",
        "RemoveImage",
        "NoneType",
    ]
    zone.apply(plan.steps[0].begin)
    assert zone.inventory.get(Volume, "vol").state is VolumeState.COPYING
    zone.apply(plan.steps[0].revert)
    gone_back = zone.inventory.get(Volume, "vol")
    assert (gone_back.state, gone_back.pool_id) == (VolumeState.UPLOADED, volume.pool_id)
    zone.run(plan)
    attached = zone.inventory.get(Volume, "vol")
    assert (attached.state, attached.vm_id) == (VolumeState.READY, "vm")
    assert attached.pool_id


@pytest.mark.parametrize(
    "state", [VolumeState.UPLOADED, VolumeState.UPLOAD_ERROR, VolumeState.UPLOAD_ABANDONED]
)
def test_what_is_on_no_pool_cannot_be_put_aside(zone: SmallZone, state: VolumeState) -> None:
    """It could not be recovered; it can be expunged."""
    zone.volume(state=state, pool_id="")
    with refusal(errors.Conflict, 431, "volume/vol"):
        zone.check(DestroyVolume(id="vol"))
    zone.check(DestroyVolume(id="vol", expunge=True))
