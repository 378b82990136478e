"""All commands by name, and how bytes become one of them."""

from core.model.commands.administration import (
    ListAsyncJobs,
    ListConfigurations,
    QueryAsyncJobResult,
    UpdateConfiguration,
)
from core.model.commands.command import Command, command_name
from core.model.commands.infrastructure import (
    AddHost,
    ListClusters,
    ListHosts,
    ListPods,
    ListZones,
)
from core.model.commands.offering import (
    CreateDiskOffering,
    CreateServiceOffering,
    ListDiskOfferings,
    ListServiceOfferings,
    ListTemplates,
    RegisterTemplate,
)
from core.model.commands.snapshot import CreateSnapshot, DeleteSnapshot, ListSnapshots
from core.model.commands.storage import (
    AddImageStore,
    CreateStoragePool,
    ListCapacity,
    ListImageStores,
    ListStoragePools,
)
from core.model.commands.vm import (
    DeployVirtualMachine,
    DestroyVirtualMachine,
    ListVirtualMachines,
    StartVirtualMachine,
    StopVirtualMachine,
)
from core.model.commands.volume import (
    AttachVolume,
    CreateVolume,
    DeleteVolume,
    DetachVolume,
    ListVolumes,
    MigrateVolume,
    ResizeVolume,
)

COMMAND_TYPES: tuple[type[Command], ...] = (
    ListZones,
    ListPods,
    ListClusters,
    AddHost,
    ListHosts,
    CreateStoragePool,
    ListStoragePools,
    AddImageStore,
    ListImageStores,
    ListCapacity,
    CreateDiskOffering,
    ListDiskOfferings,
    CreateServiceOffering,
    ListServiceOfferings,
    RegisterTemplate,
    ListTemplates,
    DeployVirtualMachine,
    StartVirtualMachine,
    StopVirtualMachine,
    DestroyVirtualMachine,
    ListVirtualMachines,
    CreateVolume,
    AttachVolume,
    DetachVolume,
    ResizeVolume,
    MigrateVolume,
    DeleteVolume,
    ListVolumes,
    CreateSnapshot,
    DeleteSnapshot,
    ListSnapshots,
    QueryAsyncJobResult,
    ListAsyncJobs,
    ListConfigurations,
    UpdateConfiguration,
)

COMMANDS: dict[str, type[Command]] = {command_name(kind): kind for kind in COMMAND_TYPES}
