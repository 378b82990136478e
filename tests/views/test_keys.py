"""Answers have the keys that CloudStack's have, as far as they mean something here."""

from typing import get_type_hints

import msgspec
import pytest

from core.views.table import LISTINGS

# key of a list in answers: the keys that clients look for in its objects (semantics section 2.11)
KEYS = {
    "volume": """
        account attached clusterid clustername created deleteprotection destroyed deviceid
        diskBytesReadRate diskBytesWriteRate diskIopsReadRate diskIopsWriteRate diskioread
        diskiowrite diskkbsread diskkbswrite diskofferingdisplaytext diskofferingid
        diskofferingname displayvolume domain domainid domainpath encryptformat hasannotations
        hypervisor id
        isextractable isodisplaytext isoid isoname maxiops miniops name path physicalsize podid
        podname project projectid provisioningtype serviceofferingdisplaytext serviceofferingid
        serviceofferingname size snapshotid state status storage storageid storagetype
        supportsstoragesnapshot tags templatedisplaytext templateid templatename type
        utilization virtualmachineid virtualsize vmdisplayname vmname vmstate vmtype
        volumecheckresult volumerepairresult zoneid zonename
    """,
    "snapshot": """
        account chainsize created datastoreid datastorename datastorestate datastoretype domain
        domainid domainpath hasannotations id intervaltype locationtype name osdisplayname ostypeid
        physicalsize project projectid revertable snapshottype state status tags virtualsize
        volumeid volumename volumestate volumetype zoneid zonename
    """,
    "snapshotpolicy": """
        fordisplay hasannotations id intervaltype maxsnaps schedule storage tags timezone volumeid
        volumename zone
    """,
    "storagepool": """
        allocatediops capacitybytes capacityiops clusterid clustername created details
        disksizeallocated disksizetotal disksizeused hasannotations hypervisor id ipaddress
        istagarule managed
        name nfsmountopts overprovisionfactor path podid podname provider scope state
        storageaccessgroups storagecapabilities storagecustomstats suitableformigration tags
        type zoneid zonename
    """,
    "imagestore": """
        disksizetotal disksizeused hasannotations id name protocol providername readonly scope
        url zoneid zonename
    """,
    "diskoffering": """
        cacheMode created details disksize disksizestrictness displayoffering displaytext domain
        domainid encrypt hypervisorsnapshotreserve id iscustomized iscustomizediops maxiops
        miniops name provisioningtype state storagetype suitableforvirtualmachine tags zone zoneid
    """,
    "virtualmachine": """
        account affinitygroup bootmode boottype cpunumber cpuspeed created displayname domain
        domainid haenable hostid hostname hypervisor id isdynamicallyscalable jobid keypairs memory
        name nic rootdeviceid rootdevicetype securitygroup serviceofferingid serviceofferingname
        state tags templateid templatename userdata zoneid zonename
    """,
    "host": """
        arch clusterid clustername cpunumber created hosttags hypervisor hypervisorversion id
        ipaddress managementserverid memoryallocated memorytotal name podid podname
        resourcestate state type zoneid zonename
    """,
    "zone": """
        allocationstate dns1 id internaldns1 ip6dns1 ip6dns2 localstorageenabled name networktype
        securitygroupsenabled
    """,
    "cluster": """
        allocationstate arch clustertype hypervisortype id managedstate name podid podname zoneid
        zonename
    """,
    "pod": """
        allocationstate endip gateway id name netmask startip zoneid zonename
    """,
    "serviceoffering": """
        cpunumber cpuspeed deploymentplanner diskofferingid diskofferingname diskofferingstrictness
        displaytext dynamicscalingenabled encryptroot hosttags id iscustomized iscustomizediops
        issystem isvolatile limitcpuuse maxiops memory miniops name networkrate provisioningtype
        purgeresources rootdisksize state storagetags storagetype
    """,
    "template": """
        account bootable checksum childtemplates created directdownload displaytext domainid
        downloaddetails format hypervisor id isextractable isfeatured ispublic isready name
        parenttemplateid physicalsize size sourcetemplateid status templatetype url zoneid
    """,
    "vmSnapshot": """
        account created current displayname domainid id name parent parentname state type
        virtualmachineid
    """,
}


def _shown(kind: str) -> set[str]:
    """The keys that the list's objects may have."""
    view = next(listing.view for command, listing in LISTINGS.items() if command.returns == kind)
    fields = msgspec.structs.fields(get_type_hints(view)["return"])
    return {field.encode_name for field in fields}


@pytest.mark.parametrize("kind", KEYS)
def test_clients_find_the_keys_that_they_know(kind: str) -> None:
    """By CloudStack's spelling."""
    assert set(KEYS[kind].split()) - _shown(kind) == set()
