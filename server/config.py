"""The site file: what the zone consists of, and how the server behaves, as Structs from TOML."""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from core.model.commands.command import Name, Text, Url
from core.model.commands.offering import CreateDiskOffering, CreateServiceOffering
from core.model.commands.template import RegisterTemplate
from core.model.errors import ForebayError, Invalid, Unavailable
from core.model.hypervisors import Hypervisor
from server.journal.schema import JournalLimits
from server.limits import Limits
from sim.spec import FaultSpec, SiteSpec

NAMED: tuple[str, ...] = (
    *("pods", "clusters", "hosts", "pools", "image_stores"),
    *("disk_offerings", "service_offerings", "templates"),
)
"""Tables whose rows are told apart by their names."""
EMBEDDED = Path(__file__).with_name("embedded.toml")
"""The simulated zone that is served when no site file is named."""


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the file; unknown names are refused."""


class ZoneTable(_Table, frozen=True, kw_only=True):
    """The zone."""

    name: Name = "zone1"
    local_storage_enabled: bool = False


class PodTable(_Table, frozen=True, kw_only=True):
    """A pod of the zone."""

    name: Name


class ClusterTable(_Table, frozen=True, kw_only=True):
    """A cluster in a pod."""

    name: Name
    pod: Name
    hypervisor: Hypervisor = Hypervisor.KVM


class HostTable(_Table, frozen=True, kw_only=True):
    """A host in a cluster."""

    name: Name
    cluster: Name
    url: Url


class PoolTable(_Table, frozen=True, kw_only=True):
    """A primary storage pool; `cluster` or `host` is named as its scope demands."""

    name: Name
    url: Url
    scope: Literal["zone", "cluster", "host"] = "cluster"
    cluster: Name | None = None
    host: Name | None = None
    hypervisor: Hypervisor | None = None
    tags: Text | None = None
    capacity_iops: Annotated[int, Meta(ge=0, le=1 << 53)] | None = None


class ImageStoreTable(_Table, frozen=True, kw_only=True):
    """A secondary image store of the zone."""

    name: Name
    url: Url
    provider: Name = "NFS"


class ListenTable(_Table, frozen=True, kw_only=True):
    """By which names, and from pages of which origins, the server may be called."""

    hosts: tuple[Name, ...] = ()
    origins: tuple[Url, ...] = ()


class DownloadsTable(_Table, frozen=True, kw_only=True):
    """From where images of a real site may come besides public addresses of the Internet."""

    folders: tuple[Text, ...] = ()
    networks: tuple[Name, ...] = ()


class SiteFile(_Table, frozen=True, kw_only=True):
    """The whole file; `world` and `faults` describe a simulated site, `seed` draws its chances.

    Offerings and templates take the parameters of createDiskOffering, createServiceOffering and
    registerTemplate; `settings` maps names to values.
    """

    kind: Literal["simulated", "real"]
    seed: Annotated[int, Meta(ge=0, le=1 << 53)] = 1
    zone: ZoneTable = field(default_factory=ZoneTable)
    pods: tuple[PodTable, ...] = ()
    clusters: tuple[ClusterTable, ...] = ()
    hosts: tuple[HostTable, ...] = ()
    pools: tuple[PoolTable, ...] = ()
    image_stores: tuple[ImageStoreTable, ...] = ()
    disk_offerings: tuple[CreateDiskOffering, ...] = ()
    service_offerings: tuple[CreateServiceOffering, ...] = ()
    templates: tuple[RegisterTemplate, ...] = ()
    settings: dict[Name, Text] = {}
    world: SiteSpec = field(default_factory=SiteSpec)
    faults: tuple[FaultSpec, ...] = ()
    downloads: DownloadsTable = field(default_factory=DownloadsTable)
    listen: ListenTable = field(default_factory=ListenTable)
    limits: Limits = field(default_factory=Limits)
    journal: JournalLimits = field(default_factory=JournalLimits)


def load(path: Path) -> SiteFile:
    """The site in the file. Raises Unavailable (not readable), Invalid with the field's path."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Unavailable(
            f"cannot read the site file: {error.strerror}",
            object=f"file/{path}",
            hint="name an existing file with --site, or none for the embedded simulated zone",
        ) from None
    except UnicodeDecodeError:
        raise _invalid(path, "the site file is not UTF-8") from None
    return decode(text, path)


def decode(text: str, path: Path) -> SiteFile:
    """The site in `text`; `path` is for errors. Raises Invalid with the path of the field."""
    try:
        site = msgspec.convert(tomllib.loads(text), SiteFile)
    except tomllib.TOMLDecodeError as error:
        raise _invalid(path, f"not TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise _invalid(path, str(error)) from None
    for problem in _problems(site):
        raise _invalid(path, problem)
    return site


def _problems(site: SiteFile) -> Iterable[str]:
    """What is wrong between tables, with the path of each field."""
    pods = {pod.name for pod in site.pods}
    clusters = {cluster.name for cluster in site.clusters}
    hosts = {host.name for host in site.hosts}
    for index, cluster in enumerate(site.clusters):
        if cluster.pod not in pods:
            yield f"There is no pod {cluster.pod!r} - at `$.clusters[{index}].pod`"
    for index, host in enumerate(site.hosts):
        if host.cluster not in clusters:
            yield f"There is no cluster {host.cluster!r} - at `$.hosts[{index}].cluster`"
    for index, pool in enumerate(site.pools):
        yield from _pool_problems(pool, f"$.pools[{index}]", clusters, hosts)
    for name in NAMED:
        yield from _doubles(name, [table.name for table in getattr(site, name)])
    if site.kind == "real":
        yield from _imagined(site)


def _imagined(site: SiteFile) -> Iterable[str]:
    if site.world != SiteSpec():
        yield "A real site has no world - at `$.world`"
    if site.faults:
        yield "Faults are for simulated sites - at `$.faults`"


def _pool_problems(pool: PoolTable, at: str, clusters: set[str], hosts: set[str]) -> Iterable[str]:
    named = {"cluster": pool.cluster, "host": pool.host}
    known = {"cluster": clusters, "host": hosts}
    for scope, name in named.items():
        if scope == pool.scope and name is None:
            yield f"A pool of this scope names its {scope} - at `{at}.{scope}`"
        elif scope != pool.scope and name is not None:
            yield f"A pool of scope {pool.scope!r} has no {scope} - at `{at}.{scope}`"
        elif name is not None and name not in known[scope]:
            yield f"There is no {scope} {name!r} - at `{at}.{scope}`"


def _doubles(table: str, names: list[str]) -> Iterable[str]:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield f"There are two {name!r} - at `$.{table}[{index}].name`"


def _invalid(path: Path, message: str) -> ForebayError:
    return Invalid(message, object=f"file/{path}", hint="mend the site file and start again")
