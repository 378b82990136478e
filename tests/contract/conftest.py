"""The `rig` of the contract suite: once simulated, and once for each kind of real site here."""

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import cast

import pytest

from tests.contract.rig import Rig

RigMaker = Callable[[Path], Rig]

RIGS = (
    pytest.param("tests.contract.sim_rig", id="sim"),
    pytest.param("tests.contract.qemu_rig", id="qemu", marks=pytest.mark.qemu),
)


@pytest.fixture(params=[row for row in RIGS if find_spec(str(row.values[0])) is not None])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Rig:
    """A new site for one test; each of the modules above makes one by `make_rig(folder)`."""
    make_rig = cast("RigMaker", import_module(request.param).make_rig)
    return make_rig(tmp_path)
