"""extractVolume, extractSnapshot, extractTemplate: refusals, links, and how they end."""

import msgspec
import pytest

from core.model import errors
from core.model.access import Caller
from core.model.commands.command import Command
from core.model.commands.image_store import DeleteImageStore
from core.model.commands.internal import RemoveLink
from core.model.commands.snapshot import ExtractSnapshot
from core.model.commands.template import ExtractTemplate
from core.model.commands.volume import ExtractVolume
from core.model.errors import ForebayError
from core.model.hypervisors import Hypervisor
from core.model.records import Extraction, ImageStore, Pool, StoreRef, Template, Volume
from core.model.states import PoolState, RefState, SnapshotState, VmState, VolumeState
from core.plans.operation import DiskAt, PackImage, RemoveImage, StoreImage
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, NOW_S, SmallZone

HTTP = "HTTP_DOWNLOAD"
VOLUME = ExtractVolume(id="vol", zone_id="z1", extract_mode=HTTP)
SNAPSHOT = ExtractSnapshot(id="snap", zone_id="z1")
TEMPLATE = ExtractTemplate(id="debian", extract_mode=HTTP)


@pytest.fixture
def zone() -> SmallZone:
    """Volumes and snapshots in many states, and an extractable template."""
    zone = SmallZone()
    zone.volume()
    zone.vm()
    zone.vm("idle", host_id="", state=VmState.STOPPED)
    zone.volume("used", vm_id="vm", device_id=1)
    zone.volume("resting", vm_id="idle", device_id=1)
    zone.volume("busy", state=VolumeState.RESIZING, job_id="job-0")
    zone.root("idle")
    zone.add(msgspec.structs.replace(zone.inventory.get(Pool, "more"), state=PoolState.MAINTENANCE))
    zone.volume("down", pool_id="more")
    zone.allocated("none")
    zone.volume("come", pool_id="", state=VolumeState.UPLOADED)
    zone.snapshot()
    zone.snapshot("young", state=SnapshotState.CREATING, job_id="job-0")
    zone.snapshot("here", pool_id="nfs", location="PRIMARY")
    zone.inventory.remove(StoreRef, "ref-here")
    return zone


def allow(zone: SmallZone) -> None:
    """Let the template be extractable."""
    template = zone.inventory.get(Template, "debian")
    zone.add(msgspec.structs.replace(template, extractable=True))


def of(id: str, **fields: str) -> ExtractVolume:
    """ExtractVolume of another volume."""
    return msgspec.structs.replace(VOLUME, id=id, **fields)


@pytest.mark.parametrize(
    ("command", "kind", "number", "object"),
    [
        (of("vol", extract_mode="FTP_UPLOAD"), errors.Unsupported, 431, "mode/FTP_UPLOAD"),
        (of("vol", extract_mode="http"), errors.Invalid, 431, "mode/http"),
        (of("unknown"), errors.NotFound, 431, "volume/unknown"),
        (of("vol", zone_id="z9"), errors.NotFound, 431, "zone/z9"),
        (of("vol", zone_id="z2"), errors.Invalid, 431, "volume/vol"),
        (of("none"), errors.Conflict, 431, "volume/none"),
        (of("come"), errors.Conflict, 431, "volume/come"),
        (of("busy"), errors.Conflict, 431, "volume/busy"),
        (of("used"), errors.Conflict, 530, "volume/used"),
        (of("root-idle"), errors.Denied, 530, "template/debian"),
        (of("down"), errors.Conflict, 530, "pool/more"),
        (
            ExtractTemplate(id="debian", extract_mode="FTP_UPLOAD"),
            errors.Unsupported,
            431,
            "mode/FTP_UPLOAD",
        ),
        (
            ExtractTemplate(id="unknown", extract_mode=HTTP),
            errors.NotFound,
            431,
            "template/unknown",
        ),
        (TEMPLATE, errors.Denied, 530, "template/debian"),
        (ExtractSnapshot(id="unknown", zone_id="z1"), errors.NotFound, 431, "snapshot/unknown"),
        (ExtractSnapshot(id="snap", zone_id="z9"), errors.NotFound, 431, "zone/z9"),
        (ExtractSnapshot(id="snap", zone_id="z2"), errors.Invalid, 431, "snapshot/snap"),
        (ExtractSnapshot(id="young", zone_id="z1"), errors.Conflict, 431, "snapshot/young"),
        (ExtractSnapshot(id="here", zone_id="z1"), errors.Conflict, 431, "snapshot/here"),
    ],
)
def test_what_cannot_be_downloaded_is_refused(
    zone: SmallZone, command: Command, kind: type[ForebayError], number: int, object: str
) -> None:
    """Missing rights are general failures of the job, so 530."""
    with refusal(kind, number, object):
        zone.check(command)


def test_a_template_is_downloaded_from_a_store_of_the_zone(zone: SmallZone) -> None:
    """Elsewhere there is nothing to link to."""
    allow(zone)
    zone.check(TEMPLATE)
    with refusal(errors.Conflict, 431, "template/debian"):
        zone.check(msgspec.structs.replace(TEMPLATE, zone_id="z2"))


def test_a_private_template_is_like_none(zone: SmallZone) -> None:
    """Only those who may use it see it."""
    allow(zone)
    template = zone.inventory.get(Template, "debian")
    zone.add(msgspec.structs.replace(template, public=False))
    with refusal(errors.NotFound, 431, "template/debian"):
        zone.check(TEMPLATE, BOB)
    zone.check(TEMPLATE, ADMIN)


@pytest.mark.parametrize("command", [VOLUME, SNAPSHOT, TEMPLATE])
def test_extraction_can_be_disabled(zone: SmallZone, command: Command) -> None:
    """Root administrators may go on."""
    allow(zone)
    zone.set("disable.extraction", value=True)
    with refusal(errors.Denied, 530, "setting/disable.extraction"):
        zone.check(command)
    zone.check(command, ADMIN)


@pytest.mark.parametrize(
    ("volume_id", "caller"), [("vol", ALICE), ("resting", ALICE), ("root-idle", ADMIN)]
)
def test_a_volume_is_copied_to_an_image_store(
    zone: SmallZone, volume_id: str, caller: Caller
) -> None:
    """It works meanwhile; the link leads to the copy until it expires."""
    plan = zone.plan(of(volume_id), caller)
    (step,) = plan.steps
    assert step.actor == "image_store/s1"
    assert isinstance(step.do, StoreImage)
    assert step.do.source == DiskAt(pool_id="nfs", name=volume_id)
    assert step.undo == RemoveImage(path=step.do.path)
    zone.apply(step.begin)
    assert zone.inventory.get(Volume, volume_id).state is VolumeState.MIGRATING
    zone.apply(step.commit[:1])
    zone.apply(step.commit[2:])
    assert zone.inventory.get(Volume, volume_id).state is VolumeState.READY
    (link,) = zone.inventory.all(Extraction)
    assert (link.of_id, link.path, link.expires_s) == (volume_id, step.do.path, NOW_S + 14400)
    assert link.url == f"http://127.0.0.1:8250/downloads/{link.secret}/{volume_id}.qcow2"
    assert len(link.secret) == 64


@pytest.mark.parametrize("command", [SNAPSHOT, TEMPLATE])
def test_a_link_is_answered_again_until_it_expires(zone: SmallZone, command: Command) -> None:
    """Then there is a new one."""
    allow(zone)
    zone.run(zone.plan(command))
    (link,) = zone.inventory.all(Extraction)
    assert zone.claim(command).id == link.id
    assert zone.plan(command).steps == ()
    zone.add(msgspec.structs.replace(link, expires_s=NOW_S))
    assert zone.claim(command).id != link.id


def test_links_begin_with_the_address_that_clients_use(zone: SmallZone) -> None:
    """As endpoint.url says."""
    zone.set("endpoint.url", "https://cloud.example/")
    zone.set("extract.url.expiration.interval", 60)
    zone.run(zone.plan(SNAPSHOT))
    (link,) = zone.inventory.all(Extraction)
    assert link.url.startswith("https://cloud.example/downloads/")
    assert link.expires_s == NOW_S + 60


def test_a_snapshot_of_vmware_is_packed_first(zone: SmallZone) -> None:
    """Its files become one archive, which is the link's own."""
    zone.snapshot("files", hypervisor=Hypervisor.VMWARE)
    (step,) = zone.plan(ExtractSnapshot(id="files", zone_id="z1")).steps
    assert isinstance(step.do, PackImage)
    assert step.do.path == "snapshots/files"
    assert step.undo == RemoveImage(path=step.do.archive)
    zone.apply(step.begin)
    (archive,) = (ref for ref in zone.inventory.all(StoreRef) if ref.of_kind == "extraction")
    assert (archive.path, archive.state) == (step.do.archive, RefState.CREATING)


def test_removing_a_link_removes_its_own_copy_only(zone: SmallZone) -> None:
    """A volume's copy was made for it; a snapshot's image is the snapshot."""
    zone.run(zone.plan(SNAPSHOT))
    (link,) = zone.inventory.all(Extraction)
    (step,) = zone.plan(RemoveLink(id=link.id), ADMIN).steps
    assert step.do is None
    zone.ref(link.id, "extraction")
    first, last = zone.plan(RemoveLink(id=link.id), ADMIN).steps
    assert isinstance(first.do, RemoveImage)
    zone.run(zone.plan(RemoveLink(id=link.id), ADMIN))
    assert last.final
    assert list(zone.inventory.all(Extraction)) == []
    assert zone.inventory.find(StoreRef, f"ref-{link.id}") is None


def test_an_image_store_with_a_copy_for_a_link_stays(zone: SmallZone) -> None:
    """Its file would be forgotten."""
    zone.add(msgspec.structs.replace(zone.inventory.get(ImageStore, "s1"), id="s9", url="nfs://s9"))
    zone.ref("link", "extraction", store_id="s9")
    with refusal(errors.Conflict, 431, "image_store/s9"):
        zone.check(DeleteImageStore(id="s9"), ADMIN)


def test_a_link_that_is_gone_cannot_be_removed(zone: SmallZone) -> None:
    """The round asks only once."""
    with refusal(errors.NotFound, 431, "extraction/none"):
        zone.check(RemoveLink(id="none"), ADMIN)
