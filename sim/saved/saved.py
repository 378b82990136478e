"""A world as bytes and back, so that it outlives the process that simulates it.

What was under way when the process died: copies that pools and image stores made are partials, as
after any death of the control plane; copies that hosts made of running disks are gone, other than
on a real site. Their guests stay on the source, and the control plane's resumed step copies anew.
Guests are functions of time: they go on writing from the saved moment over the time that has
passed. Faults are not saved: those of the site file begin anew with each start.
"""

from hashlib import sha256
from typing import Final

import msgspec

from core.model import errors
from sim.saved.loading import put_together
from sim.saved.saved_form import SavedWorld
from sim.saved.saving import taken_apart
from sim.world import World

MARK: Final = b"forebay world 1\n"
HEAD_BYTES: Final = len(MARK) + sha256().digest_size

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(SavedWorld).decode


def save(world: World) -> bytes:
    """The world as it is now; nothing in it changes."""
    body = _encode(taken_apart(world))
    return MARK + sha256(body).digest() + body


def load(data: bytes, world: World) -> None:
    """Put a saved world into a new one of the same spec.

    Raises Integrity when the bytes are damaged or of another spec.
    """
    head, body = data[:HEAD_BYTES], data[HEAD_BYTES:]
    if head != MARK + sha256(body).digest():
        raise errors.Integrity(
            "the saved world is damaged, or no saved world",
            object="world",
            hint="put it back from a backup",
        )
    try:
        saved = _decode(body)
    except msgspec.MsgspecError as error:
        raise errors.Integrity(
            f"the saved world cannot be read: {error}",
            object="world",
            hint="open it with the version of the program that saved it",
        ) from None
    if saved.spec != world.spec:
        raise errors.Integrity(
            "the saved world is of another site",
            object="world",
            hint="describe the site as it was then, or begin anew in another directory",
        )
    put_together(saved, world)
