"""syncStoragePool and the pools that a site makes by itself."""

import pytest
from msgspec.structs import replace

from core.model.commands.internal import AddLocalPool, AdoptDatastores
from core.model.commands.pool import CreateStoragePool, SyncStoragePool
from core.model.errors import Conflict, ForebayError, Invalid, NoCapacity, NotFound, Unsupported
from core.model.hypervisors import Hypervisor
from core.model.pool_types import PoolType
from core.model.records import Host, Pool, PoolTemplate
from core.model.states import PoolState
from core.plans.operation import ListChildren, ProbePool, RunJobs
from core.plans.placement import Need, choose_pool, why_unfit
from core.plans.pool import create, sync
from tests.refusal import refusal
from tests.small_zone import ADMIN, SmallZone

SYNC = SyncStoragePool(id="dsc")
ADOPT = AdoptDatastores(id="dsc")
ONE, TWO = "vmfs://one/dc/one", "vmfs://two/dc/two"
LOCAL = AddLocalPool(host_id="h2", uuid="u-1", path="/disks")


@pytest.fixture
def zone() -> SmallZone:
    """With a datastore cluster dsc, of which datastore one is a pool."""
    zone = SmallZone()
    far = zone.inventory.get(Pool, "far")
    kind = PoolType.DATASTORE_CLUSTER
    cluster = replace(far, id="dsc", name="dsc", url="dsc", type=kind, child_urls=(ONE, TWO))
    zone.add(cluster)
    zone.add(replace(cluster, id="one", name="one", url=ONE, type=PoolType.VMFS, parent_id="dsc"))
    return zone


@pytest.mark.parametrize(
    ("command", "kind", "object"),
    [
        (SyncStoragePool(id="none"), NotFound, "pool/none"),
        (SyncStoragePool(id="nfs"), Invalid, "pool/nfs"),
        (SyncStoragePool(id="off"), Conflict, "pool/off"),
    ],
)
def test_only_a_datastore_cluster_that_is_up_is_synchronised(
    zone: SmallZone, command: SyncStoragePool, kind: type[ForebayError], object: str
) -> None:
    """Other pools have no datastores."""
    cluster = zone.inventory.get(Pool, "dsc")
    zone.add(replace(cluster, id="off", state=PoolState.MAINTENANCE))
    with refusal(kind, 431, object):
        zone.check(command, ADMIN)


def test_datastores_are_asked_for_then_taken_over(zone: SmallZone) -> None:
    """In two steps, because the second depends on the answer."""
    plan = zone.plan(SYNC, ADMIN)
    assert [type(step.do) for step in plan.steps] == [ListChildren, RunJobs]


def test_a_new_datastore_becomes_a_pool_like_its_cluster(zone: SmallZone) -> None:
    """Of the same place, probed before it is Up."""
    plan = zone.plan(ADOPT, ADMIN)
    (new,) = [pool for pool in zone.inventory.all(Pool) if pool.url == TWO]
    assert (new.parent_id, new.cluster_id, new.type) == ("dsc", "c2", PoolType.VMFS)
    assert new.state is PoolState.INITIALIZED
    assert [type(step.do) for step in plan.steps] == [ProbePool, type(None)]
    zone.apply(sync.give_up_children(zone.context(ADMIN), "dsc"))
    assert zone.inventory.find(Pool, new.id) is None
    assert zone.inventory.find(Pool, "one") is not None
    assert sync.give_up_children(zone.context(ADMIN), "none") == ()


@pytest.mark.parametrize("used", [False, True])
def test_a_datastore_that_has_left_goes_when_it_is_empty(zone: SmallZone, used: bool) -> None:
    """One with volumes stays, and takes no new ones."""
    zone.add(replace(zone.inventory.get(Pool, "dsc"), child_urls=()))
    if used:
        zone.volume(pool_id="one")
    zone.run(zone.plan(ADOPT, ADMIN))
    left = zone.inventory.find(Pool, "one")
    assert (left is not None and left.state is PoolState.DISABLED) is used


def test_a_datastore_that_has_left_stays_while_it_has_a_template(zone: SmallZone) -> None:
    """Until garbage collection has removed that."""
    zone.add(replace(zone.inventory.get(Pool, "dsc"), child_urls=()))
    zone.add(PoolTemplate(id="one/debian", pool_id="one", template_id="debian"))
    zone.run(zone.plan(ADOPT, ADMIN))
    assert zone.inventory.get(Pool, "one").state is PoolState.DISABLED


def test_volumes_go_to_datastores_not_to_their_cluster(zone: SmallZone) -> None:
    """The cluster itself is no place."""
    need = Need(zone_id="z1", size_bytes=1, tags=("x",), local=False, cluster_id="c2")
    assert why_unfit(zone.context(), zone.inventory.get(Pool, "dsc"), need)
    assert not why_unfit(zone.context(), zone.inventory.get(Pool, "one"), need._replace(tags=()))
    with refusal(NoCapacity, 533, "zone/z1"):
        choose_pool(zone.context(), need)


def test_a_cluster_that_is_not_added_leaves_no_datastores(zone: SmallZone) -> None:
    """All of the family go with it."""
    zone.apply(create.give_up(zone.context(ADMIN), "dsc"))
    assert zone.inventory.find(Pool, "dsc") is None
    assert zone.inventory.find(Pool, "one") is None


def test_a_new_cluster_takes_over_its_datastores_at_once(zone: SmallZone) -> None:
    """After it was probed."""
    command = CreateStoragePool(
        zone_id="z1",
        name="new",
        url="datastorecluster://vcenter/dc/new",
        scope="ZONE",
        hypervisor="VMware",
    )
    plan = zone.plan(command, ADMIN)
    assert [type(step.do) for step in plan.steps] == [ProbePool, ListChildren, RunJobs]


def test_a_hosts_folder_gets_the_uuid_that_the_host_gave_it(zone: SmallZone) -> None:
    """It is the host's alone, and named after it."""
    zone.claim(LOCAL, ADMIN)
    pool = zone.inventory.get(Pool, "u-1")
    assert (pool.scope, pool.host_id, pool.cluster_id, pool.url) == (
        "HOST",
        "h2",
        "c1",
        "file:///disks",
    )
    assert pool.name == "h2-local-u-1"
    with refusal(Conflict, 431, "pool/u-1"):
        zone.check(LOCAL, ADMIN)


def test_a_hypervisor_without_local_storage_gets_none(zone: SmallZone) -> None:
    """Ovm has none."""
    zone.add(replace(zone.inventory.get(Host, "h2"), hypervisor=Hypervisor.OVM))
    with refusal(Unsupported, 432, "host/h2"):
        zone.check(LOCAL, ADMIN)


def test_two_hosts_may_have_folders_of_one_name(zone: SmallZone) -> None:
    """Each has its own disks; the same folder of the same host is known already."""
    zone.claim(LOCAL, ADMIN)
    by_hand = CreateStoragePool(zone_id="z1", name="d", url="file:///disks", host_id="h1")
    zone.check(by_hand, ADMIN)
    with refusal(Invalid, 530, "pool/u-1"):
        zone.check(replace(by_hand, host_id="h2"), ADMIN)
