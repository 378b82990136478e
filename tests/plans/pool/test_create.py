"""createStoragePool: URLs, places, hypervisors, promises."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from core.model.commands.pool import CreateStoragePool
from core.model.errors import ForebayError, Invalid, NotFound, Unsupported
from core.model.hypervisors import HYPERVISORS, Hypervisor
from core.model.pool_types import POOLS, PoolType
from core.model.records import Cluster, Pod, Pool
from core.model.states import PoolState
from core.plans.pool.pool_url import URL_RULES, pool_type, pool_url
from core.plans.url import ROOM
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

LEARNT = ["nodes", "replicas", "used_bytes"]
NEW = CreateStoragePool(zone_id="z1", name="new", url="nfs://new/export", cluster_id="c1")
SOLIDFIRE = replace(NEW, url="solidfire://array", capacity_bytes=1 << 40)

refused = pytest.mark.parametrize(
    ("changes", "kind", "number", "object"),
    [
        ({"zone_id": "z9"}, NotFound, 431, "zone/z9"),
        ({"url": "gopher://a/b"}, Invalid, 431, ""),
        ({"url": "nfs://server:port/export"}, Invalid, 431, ""),
        ({"url": "nfs:///export"}, Invalid, 431, ""),
        ({"url": "nfs://server"}, Invalid, 431, ""),
        ({"url": "nfs://server/export#part"}, Invalid, 431, ""),
        ({"url": "rbd://monitor/pool/more"}, Invalid, 431, ""),
        ({"url": "iscsi://target/iqn"}, Invalid, 431, ""),
        ({"url": "vmfs://vcenter/datastore"}, Invalid, 431, ""),
        ({"url": "http://controller:3370"}, Invalid, 431, ""),
        ({"url": "http://controller:3370/v1", "provider": "Linstor"}, Invalid, 431, ""),
        ({"provider": "Gluster"}, Invalid, 431, ""),
        ({"provider": "Linstor"}, Invalid, 431, ""),
        ({"scope": "REGION"}, Invalid, 431, ""),
        ({"scope": "HOST", "host_id": "h1"}, Invalid, 431, ""),
        ({"url": "file:///folder", "scope": "CLUSTER"}, Invalid, 431, ""),
        ({"url": "iscsi://t/iqn/0", "scope": "ZONE", "hypervisor": "KVM"}, Invalid, 431, ""),
        ({"cluster_id": None}, Invalid, 431, ""),
        ({"scope": "ZONE"}, Invalid, 431, ""),
        ({"scope": "ZONE", "hypervisor": "VAX"}, Invalid, 431, ""),
        ({"scope": "ZONE", "hypervisor": "XenServer"}, Unsupported, 431, ""),
        ({"scope": "ZONE", "hypervisor": "Hyperv"}, Unsupported, 431, ""),
        (
            {"scope": "ZONE", "hypervisor": "Any", "url": "ext:///folder"},
            Invalid,
            431,
            "",
        ),
        ({"url": "file:///folder"}, Invalid, 431, ""),
        ({"url": "file:///folder", "host_id": "h9"}, NotFound, 431, "host/h9"),
        ({"zone_id": "z2"}, Invalid, 431, "cluster/c1"),
        ({"pod_id": "p9"}, NotFound, 431, "pod/p9"),
        ({"pod_id": "pod2"}, Invalid, 431, "cluster/c1"),
        ({"hypervisor": "VMware"}, Invalid, 431, "cluster/c1"),
        ({"url": "vmfs://vcenter/dc/store"}, Unsupported, 431, ""),
        ({"url": "smb://server/share"}, Unsupported, 431, ""),
        ({"managed": True}, Invalid, 431, ""),
        ({"capacity_bytes": 1 << 40}, Invalid, 431, ""),
        ({"url": "solidfire://array"}, Invalid, 431, ""),
        ({"details": {"resourceGroup": "fast"}}, Invalid, 431, ""),
        ({"tags": "tags.includes(", "is_tag_a_rule": True}, Invalid, 431, ""),
        ({"url": "nfs://nfs/export"}, Invalid, 530, "pool/nfs"),
        ({"url": "NFS://nfs/export/"}, Invalid, 530, "pool/nfs"),
    ],
)


@pytest.fixture
def zone() -> SmallZone:
    """The small zone, with a second pod."""
    zone = SmallZone()
    zone.add(Pod(id="pod2", name="pod2", zone_id="z1"))
    return zone


@refused
def test_a_wrong_pool_is_refused(
    zone: SmallZone,
    changes: dict[str, object],
    kind: type[ForebayError],
    number: int,
    object: str,
) -> None:
    """Each refusal has CloudStack's number, names what is in the way and says what to do."""
    with refusal(kind, number, object):
        zone.check(replace(NEW, **changes), ADMIN)


@pytest.mark.parametrize("kind", PoolType)
def test_every_pool_type_has_a_url_that_it_accepts(kind: PoolType) -> None:
    """The hint of a wrong URL is a right one."""
    provider = "Linstor" if kind is PoolType.LINSTOR else ""
    assert pool_url(URL_RULES[kind].example, provider).type is kind


@pytest.mark.parametrize("hypervisor", HYPERVISORS)
@pytest.mark.parametrize("kind", [kind for kind in PoolType if POOLS[kind].shared])
def test_a_cluster_takes_the_pools_that_its_hypervisor_can_use(
    zone: SmallZone, hypervisor: Hypervisor, kind: PoolType
) -> None:
    """The matrix of the guide decides, whatever the scheme of the URL."""
    zone.add(Cluster(id="c3", name="c3", zone_id="z1", pod_id="pod", hypervisor=hypervisor))
    command = replace(
        NEW,
        cluster_id="c3",
        url=URL_RULES[kind].example,
        provider="Linstor" if kind is PoolType.LINSTOR else None,
        capacity_bytes=1 << 40 if POOLS[kind].managed else None,
    )
    if kind in HYPERVISORS[hypervisor].pools:
        zone.check(command, ADMIN)
    else:
        with refusal(Unsupported, 431):
            zone.check(command, ADMIN)


def _made(zone: SmallZone, command: CreateStoragePool) -> Pool:
    return zone.inventory.get(Pool, zone.claim(command, ADMIN).id)


def test_a_pool_of_a_cluster_gets_its_place_from_it(zone: SmallZone) -> None:
    """Pod and hypervisor follow from the cluster, whether they were named or not."""
    pool = _made(zone, NEW)
    assert (pool.scope, pool.pod_id, pool.cluster_id) == ("CLUSTER", "pod", "c1")
    assert (pool.hypervisor, pool.provider, pool.state) == (
        "KVM",
        "DefaultPrimary",
        PoolState.INITIALIZED,
    )


def test_a_file_url_is_of_one_host_by_itself(zone: SmallZone) -> None:
    """The default scope of a local URL is HOST."""
    pool = _made(zone, replace(NEW, url="file:///disks", cluster_id=None, host_id="h1"))
    assert (pool.scope, pool.host_id, pool.cluster_id) == ("HOST", "h1", "c1")


def test_a_pool_of_the_zone_may_serve_any_hypervisor(zone: SmallZone) -> None:
    """Any stands for all that can use it."""
    pool = _made(zone, replace(NEW, scope="zone", cluster_id=None, hypervisor="any"))
    assert (pool.scope, pool.hypervisor, pool.cluster_id) == ("ZONE", "Any", "")


@pytest.mark.parametrize(
    "changes",
    [
        {"details": {"resourceGroup": "fast"}},
        {"details": {"resourceGroup": "fast"}, "provider": "linstor"},
    ],
)
def test_linstor_is_known_by_its_provider_or_its_resource_group(
    zone: SmallZone, changes: dict[str, object]
) -> None:
    """One controller serves several pools, one for each of its resource groups."""
    linstor = replace(NEW, url="http://controller:3370", **changes)
    assert _made(zone, linstor).type is PoolType.LINSTOR
    known = next(_of_type(zone, PoolType.LINSTOR))
    with refusal(Invalid, 530, f"pool/{known.id}"):
        zone.check(linstor, ADMIN)
    other = replace(linstor, details={"resourceGroup": "slow"})
    assert _made(zone, other).provider == "Linstor"


def _of_type(zone: SmallZone, kind: PoolType) -> Iterator[Pool]:
    return (pool for pool in zone.inventory.all(Pool) if pool.type is kind)


def test_linstor_without_a_resource_group_uses_the_controllers_own() -> None:
    """DfltRscGrp is the group that every controller has."""
    url = pool_url("https://controller:3371", "Linstor").url
    assert url == "https://controller:3371?resourcegroup=DfltRscGrp"
    assert pool_type("linstor://controller") is PoolType.LINSTOR


def test_a_managed_pool_keeps_the_capacity_that_it_was_given(zone: SmallZone) -> None:
    """Only what is used is learnt from the storage system."""
    plan = zone.plan(SOLIDFIRE, ADMIN)
    pool = next(_of_type(zone, PoolType.ISCSI))
    assert (pool.managed, pool.capacity_bytes, pool.provider) == (True, 1 << 40, "SolidFire")
    assert [list(effect.learn) for effect in plan.steps[0].commit] == [LEARNT]  # type: ignore[union-attr]


def test_a_plain_pool_learns_its_capacity(zone: SmallZone) -> None:
    """One step: the storage is asked what it has, then the pool is Up."""
    (step,) = zone.plan(NEW, ADMIN).steps
    (up,) = step.commit
    assert set(up.learn) == {*ROOM, *LEARNT}  # type: ignore[union-attr]
    assert up.fields == {"state": "Up"}  # type: ignore[union-attr]


def test_a_rule_in_the_place_of_tags_is_kept_whole(zone: SmallZone) -> None:
    """It has commas of its own."""
    rule = "tags.includes('a,b') || tags.length == 0"
    pool = _made(zone, replace(NEW, tags=rule, is_tag_a_rule=True))
    assert (pool.tags, pool.tag_rule) == ((rule,), True)


def test_details_are_kept(zone: SmallZone) -> None:
    """Mount options belong to NFS pools."""
    pool = _made(zone, replace(NEW, details={"nfsmountopts": "vers=4.1"}))
    assert dict(pool.details) == {"nfsmountopts": "vers=4.1"}
