"""Draws commands that a caller might send: mostly plausible, often wrong, from one seed."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import msgspec
from msgspec import inspect

from core.model.commands.command import Command
from core.model.commands.registry import COMMAND_TYPES
from core.model.inventory import Inventory
from core.model.records import (
    Account,
    Cluster,
    DiskOffering,
    Domain,
    Host,
    ImageStore,
    Job,
    Pod,
    Pool,
    Record,
    ServiceOffering,
    Snapshot,
    SnapshotPolicy,
    Template,
    Vm,
    VmSnapshot,
    Volume,
    Zone,
)

KINDS: Mapping[str, type[Record]] = {
    "vmsnapshot": VmSnapshot,
    "snapshotpolic": SnapshotPolicy,
    "policy": SnapshotPolicy,
    "snapshot": Snapshot,
    "diskoffering": DiskOffering,
    "serviceoffering": ServiceOffering,
    "virtualmachine": Vm,
    "imagestore": ImageStore,
    "secondarystorage": ImageStore,
    "srcpool": ImageStore,
    "destpool": ImageStore,
    "storagepool": Pool,
    "storage": Pool,
    "volume": Volume,
    "template": Template,
    "iso": Template,
    "pool": ImageStore,
    "cluster": Cluster,
    "host": Host,
    "pod": Pod,
    "zone": Zone,
    "domain": Domain,
    "account": Account,
    "job": Job,
}
"""What the id of a parameter or command with such a word in its name is of; the first counts."""
CORRECTIONS = {("UpdateVolume", "storageid"), ("UpdateVolume", "state")}
"""With these an administrator says what lies on storage, and is believed."""
WORDS = ("x", "vm", "data", "p1", "p2", "admin", "KVM", "true", "0", "-1", "é☃", "a" * 255, "../x")
NAMES: Mapping[str, tuple[str, ...]] = {
    "ostypeid": ("debian-12", "other-64"),
    "format": ("QCOW2", "RAW"),
    "hypervisor": ("KVM",),
    "url": ("sim://templates/root", "sim://templates/disc", "nfs://p2/export"),
    "migrationtype": ("complete", "balance"),
    "op": ("add", "remove", "reset"),
}
"""What parameters of such a name mostly say."""
NUMBERS = (0, 1, 2, 3, 5, 8, 60, 1 << 20, 1 << 40, -1)
GIVEN = 0.2
"""How often a parameter is given that need not be."""
RIGHT = 0.9
"""How often an id is one of the kind that is asked for."""
SPARED = 0.8
"""How often something that would be removed is left alone, so that the zone does not run empty."""


def draw(random: Random, inventory: Inventory) -> tuple[type[Command], dict[str, object]]:
    """A command and its fields as they would come over the wire."""
    kind = random.choice(COMMAND_TYPES)
    while kind.__name__.startswith(("Delete", "Disable")) and random.random() < SPARED:
        kind = random.choice(COMMAND_TYPES)
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    fields: dict[str, object] = {}
    for field in info.fields:
        if (kind.__name__, field.encode_name) in CORRECTIONS:
            continue
        if field.required or random.random() < GIVEN:
            noun = field.encode_name if field.encode_name not in ("id", "ids") else kind.__name__
            fields[field.encode_name] = _Drawing(random, inventory, noun.lower()).value(field.type)
    return kind, fields


class _Drawing:
    """Draws one parameter, whose `noun` says what it is about."""

    def __init__(self, random: Random, inventory: Inventory, noun: str) -> None:
        self._random = random
        self._inventory = inventory
        self._noun = noun

    def value(self, asked: inspect.Type) -> object:
        """Something of the type, mostly within its limits."""
        for kind, drawn in self._drawn():
            if isinstance(asked, kind):
                return drawn(asked)
        raise AssertionError(asked)

    def _drawn(self) -> Sequence[tuple[type[inspect.Type], Callable[[Any], object]]]:
        random = self._random
        return (
            (inspect.Metadata, lambda asked: self.value(asked.type)),
            (inspect.NoneType, lambda _: None),
            (inspect.BoolType, lambda _: random.random() < 0.5),
            (inspect.IntType, lambda _: random.choice(NUMBERS)),
            (inspect.FloatType, lambda _: random.choice(NUMBERS) / 2),
            (inspect.StrType, lambda _: self._text()),
            (inspect.EnumType, lambda asked: random.choice(list(asked.cls)).value),
            (inspect.LiteralType, lambda asked: random.choice(asked.values)),
            (inspect.UnionType, lambda asked: self.value(random.choice(_some(asked.types)))),
            (inspect.VarTupleType, lambda asked: self._several(asked.item_type)),
            (inspect.ListType, lambda asked: self._several(asked.item_type)),
            (inspect.DictType, lambda asked: {self._text(): self.value(asked.value_type)}),
            (inspect.StructType, self._struct),
        )

    def _several(self, item: inspect.Type) -> list[object]:
        return [self.value(item) for _ in range(self._random.randint(0, 2))]

    def _struct(self, asked: inspect.StructType) -> dict[str, object]:
        return {field.encode_name: self.value(field.type) for field in asked.fields}

    def _text(self) -> str:
        random = self._random
        if self._noun in NAMES and random.random() < RIGHT:
            return random.choice(NAMES[self._noun])
        kind = next((kind for word, kind in KINDS.items() if word in self._noun), None)
        if kind is not None and random.random() < RIGHT:
            known = sorted(record.id for record in self._inventory.all(kind))
            if known:
                return random.choice(known)
        return random.choice(WORDS)


def _some(types: Sequence[inspect.Type]) -> list[inspect.Type]:
    return [one for one in types if not isinstance(one, inspect.NoneType)]


def sent(kind: type[Command], fields: Mapping[str, object]) -> Command | None:
    """The command as the server would take it; None when its form alone is refused."""
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError:
        return None
