"""What a plan is made of: operations for actors, effects on records, steps with do and undo.

A plan is built by code, because it branches on the inventory, and is data from then on: shown by
dry_run, journaled, resumed after a crash, taken back, failed at every step by tests.
"""

from collections.abc import Mapping
from typing import Union

import msgspec

from core.model.records import KIND_OF, AnyRecord, Record
from core.plans.operation import AnyOperation

Scalar = str | int | float | bool | tuple[str, ...] | None


class Change(msgspec.Struct, frozen=True, kw_only=True, tag="change", omit_defaults=True):
    """A record goes through a transition (`event`), gets fields set, or learns them from a result.

    `learn` maps a field of the record to a field of what the step's operation answered.
    """

    kind: str
    id: str
    event: str = ""
    fields: Mapping[str, Scalar] = {}
    learn: Mapping[str, str] = {}


class Add(msgspec.Struct, frozen=True, kw_only=True, tag="add"):
    """A record comes into being, or takes the place of the one with its id."""

    record: AnyRecord


class Replace(msgspec.Struct, frozen=True, kw_only=True, tag="replace"):
    """A record becomes as it is here, where a change of plain fields does not do."""

    record: AnyRecord


class Drop(msgspec.Struct, frozen=True, kw_only=True, tag="drop"):
    """A record goes."""

    kind: str
    id: str


Effect = Union[Change, Add, Replace, Drop]


class Step(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step. `begin` takes effect before `do`, `commit` after it, `revert` after `undo`.

    actor: "host/<id>", "pool/<id>" or "image_store/<id>"; empty for a step that only changes
    records; undo_actor where another one takes it back.
    final: once begun it is tried until it succeeds, and taking back stops there.
    certain: false where a failure to answer does not tell whether `do` had its effect; such a step
    is tried until its outcome is known. bytes: how much it copies, for progress.
    tries: how often it is tried whatever it fails with, `pause_s` apart; 0 asks again only while
    something does not answer.
    """

    name: str
    actor: str = ""
    do: AnyOperation | None = None
    undo: AnyOperation | None = None
    undo_actor: str = ""
    begin: tuple[Effect, ...] = ()
    commit: tuple[Effect, ...] = ()
    revert: tuple[Effect, ...] = ()
    final: bool = False
    certain: bool = True
    bytes: int = 0
    tries: int = 0
    pause_s: float = 0.0


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Steps in order."""

    steps: tuple[Step, ...]


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a command records at once, before anything is done for it.

    kind and id name the object that the answer is about; `answer` is one that no view gives. The
    job waits for its slot, the host ("host/<id>"), target pool ("pool/<id>") or zone ("zone/<id>")
    in whose throttled queue it must have a place, and for its locks ("<kind>/<id>"), each held by
    one job at a time, or by those that only read the thing (`reading`).
    """

    kind: str
    id: str
    effects: tuple[Effect, ...] = ()
    slot: str = ""
    locks: tuple[str, ...] = ()
    answer: Mapping[str, object] | None = None


def change(record: Record, event: str = "", /, **fields: Scalar) -> Change:
    """The record goes through a transition, or gets fields set."""
    return Change(kind=KIND_OF[type(record)], id=record.id, event=event, fields=fields)


READING = ":read"


def reading(lock: str) -> str:
    """The lock of a job that only reads the thing; any number of such jobs hold it at a time."""
    return lock + READING


def is_reading(lock: str) -> bool:
    """Whether the lock is one that `reading` has made."""
    return lock.endswith(READING)


def thing_of(lock: str) -> str:
    """What the lock is for, "<kind>/<id>"."""
    return lock.removesuffix(READING)
