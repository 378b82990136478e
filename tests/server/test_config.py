"""Site files are understood, or refused with the path of what is wrong."""

from pathlib import Path

import pytest

from core.model.errors import Invalid, Unavailable
from core.model.hypervisors import Hypervisor
from server.config import EMBEDDED, decode, load

WHOLE = """
kind = "simulated"
seed = 7
[zone]
name = "z"
local_storage_enabled = true
[[pods]]
name = "p"
[[clusters]]
name = "c"
pod = "p"
hypervisor = "KVM"
[[hosts]]
name = "h"
cluster = "c"
url = "sim://h"
[[pools]]
name = "shared"
url = "nfs://filer/export"
cluster = "c"
[[pools]]
name = "local"
url = "file:///var/lib"
scope = "host"
host = "h"
[[image_stores]]
name = "s"
url = "nfs://store/images"
[[disk_offerings]]
name = "small"
disksize = 5
[settings]
"storage.overprovisioning.factor" = "2"
[limits]
connections = 10
[journal]
keep_events = 100
"""
WHERE = Path("site.toml")


def test_a_whole_file_is_understood() -> None:
    """Every kind of table, with CloudStack's names in those that are commands."""
    site = decode(WHOLE, WHERE)
    assert (site.kind, site.seed, site.zone.name) == ("simulated", 7, "z")
    assert site.clusters[0].hypervisor is Hypervisor.KVM
    assert site.pools[1].host == "h"
    assert site.disk_offerings[0].disk_size == 5
    assert site.settings == {"storage.overprovisioning.factor": "2"}
    assert (site.limits.connections, site.journal.keep_events) == (10, 100)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('kind = "simulated"', 'kind = "imaginary"', "at `$.kind`"),
        ("seed = 7", "seed = -1", "at `$.seed`"),
        ("seed = 7", "sead = 7", "unknown field `sead`"),
        ('pod = "p"', 'pod = "q"', "There is no pod 'q' - at `$.clusters[0].pod`"),
        ('cluster = "c"\nurl', 'cluster = "d"\nurl', "at `$.hosts[0].cluster`"),
        ('host = "h"\n[[im', "[[im", "names its host - at `$.pools[1].host`"),
        ('cluster = "c"\n[[pools]]', "[[pools]]", "names its cluster - at `$.pools[0].cluster`"),
        ('scope = "host"', 'scope = "zone"', "has no host - at `$.pools[1].host`"),
        ('name = "local"', 'name = "shared"', "There are two 'shared' - at `$.pools[1].name`"),
        ("disksize = 5", "disksize = -5", "at `$.disk_offerings[0].disksize`"),
        ('hypervisor = "KVM"', 'hypervisor = "Abacus"', "at `$.clusters[0].hypervisor`"),
        ("connections = 10", "connections = 0", "at `$.limits.connections`"),
        ("keep_events = 100", "keep_events = 0", "at `$.journal.keep_events`"),
        ("seed = 7", "seed = ", "not TOML"),
        ('name = "z"', 'name = ""', "at `$.zone.name`"),
    ],
)
def test_a_mistake_is_refused_with_its_path(old: str, new: str, said: str) -> None:
    """And with the file that it is in."""
    assert old in WHOLE
    with pytest.raises(Invalid) as refused:
        decode(WHOLE.replace(old, new, 1), WHERE)
    assert said in refused.value.message
    assert refused.value.object == "file/site.toml"


def test_a_real_site_has_no_world() -> None:
    """A description of a simulated one in it is a mistake."""
    with pytest.raises(Invalid, match="A real site has no world"):
        decode('kind = "real"\n[world]\nexact = false', WHERE)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Not a traceback."""
    with pytest.raises(Unavailable) as refused:
        load(tmp_path / "none.toml")
    assert refused.value.object == f"file/{tmp_path / 'none.toml'}"


def test_a_file_of_other_bytes_is_refused(tmp_path: Path) -> None:
    """Somebody named the wrong file."""
    path = tmp_path / "site.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Invalid, match="not UTF-8"):
        load(path)


def test_the_embedded_zone_is_whole() -> None:
    """Four KVM hosts in two clusters, three kinds of pools, small offerings, a template."""
    site = load(EMBEDDED)
    assert site.kind == "simulated"
    assert len(site.hosts) == 4
    assert len(site.clusters) == 2
    assert {pool.url.partition(":")[0] for pool in site.pools} == {"nfs", "file", "rbd"}
    assert site.image_stores
    sizes = {offering.disk_size for offering in site.disk_offerings}
    assert {1, 2, 5} <= sizes
    assert site.service_offerings
    assert site.templates
