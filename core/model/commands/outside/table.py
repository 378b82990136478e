"""What of CloudStack's parameters Forebay does not take, by command, and why."""

from collections.abc import Mapping

from core.model.commands.command import Command
from core.model.commands.host import AddHost, UpdateHost
from core.model.commands.offering import CreateDiskOffering, CreateServiceOffering
from core.model.commands.outside.network import (
    ListAffinityGroups,
    ListIpForwardingRules,
    ListNetworks,
    ListPortForwardingRules,
    ListPublicIpAddresses,
    ListSecurityGroups,
    ListSSHKeyPairs,
)
from core.model.commands.outside.parameter import Outside, Parameters, outside
from core.model.commands.ownership.limit import (
    ListResourceLimits,
)
from core.model.commands.snapshot import CopySnapshot, CreateSnapshot
from core.model.commands.snapshot_policy import CreateSnapshotPolicy, UpdateSnapshotPolicy
from core.model.commands.template import CreateTemplate, RegisterTemplate
from core.model.commands.vm import (
    DeployVirtualMachine,
    RebootVirtualMachine,
    StartVirtualMachine,
)
from core.model.commands.zone import AddCluster, CreateZone, UpdateCluster, UpdateZone

NO_EXTENSIONS = Outside("Forebay has no extensions")
NO_LEASES = Outside("machines have no leases", "destroyVirtualMachine when its time has come")
NO_CONSOLE = Outside("nobody could see the setup menu: machines have no console")
NO_NETWORKS = Outside("Forebay has no networks: its machines have no network cards")
NO_POLICIES = Outside("no vSphere storage policy is imported", "choose pools by storage tags")
NO_FILTER = Outside("there is nothing that it could leave out", ignored=True)
ONE_PLANNER = Outside(
    "hosts are chosen as vm.allocation.algorithm says",
    "name a host, pod or cluster, or leave it out",
    admits=("firstfitplanner",),
)
TO_POOLS = outside(
    "storageids usestoragereplication",
    Outside(
        "snapshots are copied between image stores, not between pools",
        "zoneids or destzoneids name the zones to copy it to",
    ),
)
NO_UEFI = "hosts start machines with a BIOS, not with UEFI"
ONE_ARCH = Outside("all hosts are x86_64", admits=("x86_64",))
CREDENTIALS = Outside("hosts are reached by their own URLs alone", ignored=True)

MACHINES: Mapping[type[Command], Parameters] = {
    DeployVirtualMachine: {
        **outside("networkids iptonetworklist ipaddress ip6address macaddress", NO_NETWORKS),
        **outside("dhcpoptionsnetworklist nicnetworklist nicmultiqueuenumber", NO_NETWORKS),
        **outside("nicpackedvirtqueuesenabled", NO_NETWORKS),
        **outside("securitygroupids securitygroupnames", Outside("Forebay has no security groups")),
        **outside(
            "affinitygroupids affinitygroupnames",
            Outside("Forebay has no affinity groups", "hostid, podid and clusterid say where"),
        ),
        "password": Outside("nothing carries a password into the guest", "set it in the template"),
        **outside(
            "userdataid userdatadetails",
            Outside("no user data is registered", "give it as userdata"),
        ),
        "extraconfig": Outside("machines are as their offerings say"),
        "properties": Outside("templates are not deployed as they are, so they have none"),
        "boottype": Outside(NO_UEFI, admits=("bios",)),
        "bootmode": Outside(NO_UEFI, admits=("legacy",)),
        "bootintosetup": NO_CONSOLE,
        "deploymentplanner": ONE_PLANNER,
        **outside("leaseduration leaseexpiryaction", NO_LEASES),
        "externaldetails": NO_EXTENSIONS,
    },
    StartVirtualMachine: {"deploymentplanner": ONE_PLANNER, "bootintosetup": NO_CONSOLE},
    RebootVirtualMachine: {"bootintosetup": NO_CONSOLE},
}

STORAGE: Mapping[type[Command], Parameters] = {
    CreateSnapshot: TO_POOLS,
    CopySnapshot: TO_POOLS,
    CreateSnapshotPolicy: TO_POOLS,
    UpdateSnapshotPolicy: {"customid": Outside("a policy keeps its id: its snapshots name it")},
    CreateDiskOffering: {"storagepolicy": NO_POLICIES},
    CreateServiceOffering: {
        "storagepolicy": NO_POLICIES,
        "deploymentplanner": ONE_PLANNER,
        **outside("issystem systemvmtype", Outside("system VMs are of no offering")),
        **outside("leaseduration leaseexpiryaction", NO_LEASES),
        **outside("vgpuprofileid gpucount gpudisplay", Outside("machines are given no GPUs")),
        "externaldetails": NO_EXTENSIONS,
    },
    CreateTemplate: outside(
        "virtualmachineid url",
        Outside("only CloudStack's bare metal has them", "give volumeid of the root disk"),
    ),
    RegisterTemplate: {
        "forcks": Outside("Forebay makes no Kubernetes clusters"),
        **outside("extensionid externaldetails", NO_EXTENSIONS),
    },
}

PLACES: Mapping[type[Command], Parameters] = {
    AddHost: {
        **outside("username password", CREDENTIALS),
        "externaldetails": NO_EXTENSIONS,
    },
    UpdateHost: {
        "oscategoryid": Outside("hosts prefer no guest's operating system", "use hosttags"),
        "istagarule": Outside("tags of hosts are no rules", "give the tags themselves"),
        "url": Outside("a host keeps its URL", "deleteHost and addHost with the new one"),
        **outside("externaldetails cleanupexternaldetails", NO_EXTENSIONS),
    },
    CreateZone: {
        "domainid": Outside("zones are for everyone", "offer disks to domains by their offerings"),
        "securitygroupenabled": Outside("Forebay has no security groups"),
        "isedge": Outside("all zones are core zones"),
    },
    UpdateZone: {
        "ispublic": Outside("zones are for everyone", admits=("true",)),
        **outside("dhcpprovider dnssearchorder", NO_NETWORKS),
    },
    AddCluster: {
        **outside("username password url", CREDENTIALS),
        "arch": ONE_ARCH,
        **outside("vsmusername vsmpassword vsmipaddress", NO_NETWORKS),
        **outside("guestvswitchtype guestvswitchname", NO_NETWORKS),
        **outside("publicvswitchtype publicvswitchname", NO_NETWORKS),
        **outside("ovm3pool ovm3cluster ovm3vip", Outside("Forebay has no OVM3")),
        **outside("extensionid externaldetails", NO_EXTENSIONS),
    },
    UpdateCluster: {
        "managedstate": Outside(
            "clusters are always managed",
            "allocationstate=Disabled keeps new machines away",
            admits=("managed",),
        ),
        "arch": ONE_ARCH,
        "externaldetails": NO_EXTENSIONS,
    },
}

OWNERSHIP: Mapping[type[Command], Parameters] = {
    ListResourceLimits: {
        "id": Outside("limits have no ids", "give resourcetype"),
    },
}

# lists of nothing: whatever they could leave out
LISTS: Mapping[type[Command], Parameters] = {
    ListNetworks: outside(
        "acltype associatednetworkid canusefordeploy displaynetwork fordisplay forvpc isproject"
        " issystem networkfilter networkofferingid physicalnetworkid restartrequired"
        " retrieveonlyresourcecount showicon specifyipranges supportedservices traffictype type"
        " vlan vpcid",
        NO_FILTER,
    ),
    ListPublicIpAddresses: outside(
        "allocatednetworkid allocatedonly associatednetworkid fordisplay forloadbalancing"
        " forsystemvms forvirtualnetwork ipaddress issourcenat isstaticnat networkid"
        " physicalnetworkid retrieveonlyresourcecount state vlanid vpcid",
        NO_FILTER,
    ),
    ListPortForwardingRules: outside("fordisplay ipaddressid networkid", NO_FILTER),
    ListIpForwardingRules: outside("ipaddressid virtualmachineid", NO_FILTER),
    ListSecurityGroups: outside("securitygroupname virtualmachineid", NO_FILTER),
    ListAffinityGroups: outside("type virtualmachineid", NO_FILTER),
    ListSSHKeyPairs: outside("fingerprint", NO_FILTER),
}

OUTSIDE: Mapping[type[Command], Parameters] = {
    **MACHINES,
    **STORAGE,
    **PLACES,
    **OWNERSHIP,
    **LISTS,
}
