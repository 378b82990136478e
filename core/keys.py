"""Idempotency keys: the same key and request again gets the first answer, and does nothing."""

from collections.abc import Callable
from hashlib import sha256

import msgspec

from core.model import errors
from core.model.access import Caller
from core.model.commands.command import Command
from core.model.events import Put
from core.model.inventory import Inventory
from core.model.records import RequestKey


class Keys:
    """Finds and makes RequestKeys; each account has its own."""

    def __init__(self, inventory: Inventory, now: Callable[[], float]) -> None:
        self._inventory = inventory
        self._now = now

    def record(self, command: Command, caller: Caller, key: str, answer: object) -> Put:
        """That the key was used for this, and what was answered."""
        record = RequestKey(
            id=f"{caller.account_id}/{key}",
            created_s=self._now(),
            account_id=caller.account_id,
            request_sha256=_digest(command),
            answer=msgspec.Raw(msgspec.json.encode(answer)),
        )
        return Put(what="Created", record=record)

    def known_answer(self, command: Command, caller: Caller, key: str) -> msgspec.Raw | None:
        """What was answered to the same key before. Raises Conflict for another command."""
        known = self._inventory.find(RequestKey, f"{caller.account_id}/{key}") if key else None
        if known is None:
            return None
        if known.request_sha256 != _digest(command):
            raise errors.Conflict(
                "this key was used for another request",
                object=f"key/{key}",
                hint="draw a new key for each new request",
            )
        return known.answer


def _digest(command: Command) -> str:
    return sha256(msgspec.json.encode(command)).hexdigest()
