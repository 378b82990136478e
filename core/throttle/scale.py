"""When a zone needs one system VM more, and when one less: numbers in, a number out.

Source: semantics section 6.7; the guide, "Migration of data between secondary storages". The guide
wins where it speaks of additional system VMs: docs/decisions/0048-system-vms-are-sessions.md.
"""

from typing import NamedTuple


class Load(NamedTuple):
    """What a zone's system VMs have to do.

    running: how many there are. hosts: how many hosts could run them. working: operations of image
    stores under way. waited_s: for each copy that is under way or waits, since when it was asked
    for. since_last_s: how long ago the last system VM was added.
    """

    running: int
    hosts: int
    working: int
    waited_s: tuple[float, ...]
    since_last_s: float


class Scale(NamedTuple):
    """What the settings say.

    additional: the most system VMs besides the first. sessions, copies: how many operations, and
    how many copies, each carries. standby: how many sessions are to be free. wait_s: how long a
    copy may take or wait before another system VM comes. shrinks: whether idle ones go again.
    """

    additional: int
    sessions: int
    copies: int
    standby: int
    wait_s: float
    shrinks: bool


def change(load: Load, scale: Scale) -> int:
    """1 when a system VM is to be added, -1 when one is to go, else 0."""
    if load.running <= min(load.hosts, scale.additional) and load.hosts:
        short = load.running * scale.sessions - load.working < scale.standby
        if short or _is_late(load, scale):
            return 1
    idle = not load.waited_s and load.running > 1
    return -1 if scale.shrinks and idle else 0


def _is_late(load: Load, scale: Scale) -> bool:
    """Whether half as many copies as there are sessions have taken too long.

    The last system VM must be as old, so that it had the time to help.
    """
    half = max(1, (load.running * scale.copies + 1) // 2)
    late = sum(1 for waited_s in load.waited_s if waited_s > scale.wait_s)
    return late >= half and load.since_last_s > scale.wait_s
