"""Which hypervisors report sizes and rates of volumes."""

import pytest

from core.actors.rounds.disk_counters import reports
from core.model.hypervisors import Hypervisor


@pytest.mark.parametrize("hypervisor", ["", "Any", *Hypervisor])
def test_volume_metrics_are_kvms_and_vmwares(hypervisor: str) -> None:
    """Pools that serve any hypervisor may hold such volumes."""
    told = {"", "Any", Hypervisor.KVM, Hypervisor.VMWARE}
    assert reports(hypervisor) is (hypervisor in told)
