"""How long each action takes beside the bytes that it moves: rows, and two profiles of them."""

from math import log
from random import Random
from typing import Final

import msgspec


class Duration(msgspec.Struct, frozen=True):
    """At least `shortest_s`, and `mean_s` on average: the rest is exponentially distributed."""

    shortest_s: float
    mean_s: float

    def draw(self, random: Random) -> float:
        """One duration in seconds."""
        return self.shortest_s - (self.mean_s - self.shortest_s) * log(1.0 - random.random())


REALISTIC: Final[dict[str, Duration]] = {
    "probe": Duration(0.005, 0.010),
    "inspect": Duration(0.005, 0.010),
    "list_objects": Duration(0.005, 0.020),
    "statistics": Duration(0.005, 0.010),
    "create_disk": Duration(0.015, 0.030),
    "remove_disk": Duration(0.010, 0.020),
    "resize_disk": Duration(0.015, 0.020),
    "verify_copy": Duration(0.015, 0.020),
    "take_snapshot": Duration(0.016, 0.030),
    "revert_snapshot": Duration(0.020, 0.030),
    "replace_disk": Duration(0.015, 0.030),
    "remove_snapshot": Duration(0.020, 0.030),
    "start_vm": Duration(0.5, 1.5),
    "stop_vm": Duration(0.5, 5.0),
    "destroy_vm": Duration(0.05, 0.10),
    "scale_vm": Duration(0.05, 0.20),
    "hold_vm": Duration(0.005, 0.02),
    "attach_disk": Duration(0.05, 0.10),
    "detach_disk": Duration(0.06, 0.20),
    "snapshot_disk": Duration(0.02, 0.05),
    "snapshot_vm": Duration(0.02, 0.05),
    "revert_vm": Duration(0.05, 0.20),
    "remove_vm_snapshot": Duration(0.020, 0.030),
    "mirror_disk": Duration(0.02, 0.05),
    "migrate_vm": Duration(0.05, 0.20),
    "fetch": Duration(0.05, 0.20),
    "prepare": Duration(0.015, 0.020),
    "commit": Duration(0.010, 0.020),
    "store": Duration(0.015, 0.020),
    "package": Duration(0.015, 0.020),
    "remove": Duration(0.010, 0.020),
}

PROFILES: Final[dict[str, dict[str, Duration]]] = {"realistic": REALISTIC, "instant": {}}
