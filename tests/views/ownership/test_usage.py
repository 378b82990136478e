"""What accounts and domains use is shown, unless the caller wants less."""

from typing import Any

import msgspec
import pytest

from core.model.commands.ownership.account import ListAccounts
from core.model.commands.ownership.domain import ListDomains
from core.model.commands.ownership.limit import ListResourceLimits, UpdateResourceCount
from core.views.table import QUERIES
from tests.small_zone import ADMIN, SmallZone

Words = ListAccounts | ListDomains
Sums = ListResourceLimits | UpdateResourceCount


def _shown(zone: SmallZone, command: Words | Sums) -> dict[str, Any]:
    rows: Any = QUERIES[type(command)](zone.context(ADMIN), command)[command.returns]
    shown: dict[str, Any] = rows[0]
    return shown


@pytest.mark.parametrize("kind", [ListAccounts, ListDomains])
def test_usage_is_left_out_with_min_alone(zone: SmallZone, kind: type[Words]) -> None:
    """With no word, all and resource it is there, as in CloudStack."""
    for command in (kind(), kind(details=("all",)), kind(details=("min", "resource"))):
        assert {"volumetotal", "volumelimit", "volumeavailable"} <= _shown(zone, command).keys()
    brief = _shown(zone, kind(details=("min",)))
    assert "volumetotal" not in brief
    assert {"id", "name"} <= brief.keys()


@pytest.mark.parametrize("kind", [ListResourceLimits, UpdateResourceCount])
def test_limits_and_counts_say_whose_they_are(zone: SmallZone, kind: type[Sums]) -> None:
    """The domain with its path; the account, if they are one's."""
    for account, own in ((None, {}), ("alice", {"account": "alice"})):
        command = kind(domain_id="sales", account=account, resource_type=2)
        shown = msgspec.to_builtins(_shown(zone, command))
        named = {"domainid": "sales", "domain": "sales", "domainpath": "ROOT/sales", **own}
        assert shown.items() >= named.items()
        assert ("account" in shown) is (account is not None)


def _rows(zone: SmallZone, command: Words | Sums) -> list[dict[str, Any]]:
    answer: Any = QUERIES[type(command)](zone.context(ADMIN), command)
    rows: list[dict[str, Any]] = msgspec.to_builtins(answer.get(command.returns, []))
    return rows


@pytest.mark.parametrize(
    ("kind", "key", "values"),
    [
        (ListResourceLimits, "max", [(None, 20), ("ssd", 3)]),
        (UpdateResourceCount, "resourcecount", [(None, 2), ("ssd", 1)]),
    ],
)
def test_limits_and_counts_under_tags_are_rows_of_their_own(
    zone: SmallZone, kind: type[Sums], key: str, values: list[tuple[str | None, int]]
) -> None:
    """After the row for all; alone when the tag is named; none of a tag without limits."""
    zone.set("resource.limit.storage.tags", "ssd")
    zone.limit("alice", "volume", 3, tag="ssd")
    zone.volume("slow")
    zone.volume("fast", disk_offering_id="tagged")
    rows = _rows(zone, kind(resource_type=2, account="alice", domain_id="sales"))
    assert [(row.get("tag"), row[key]) for row in rows] == values
    under = _rows(zone, kind(tag="ssd", account="alice", domain_id="sales"))
    assert [(row["resourcetypename"], row["tag"]) for row in under] == [
        ("volume", "ssd"),
        ("primary_storage", "ssd"),
    ]
    assert _rows(zone, kind(tag="gold", account="alice", domain_id="sales")) == []


@pytest.mark.parametrize("kind", [ListAccounts, ListDomains])
def test_usage_under_tags_is_shown_beside_the_whole(zone: SmallZone, kind: type[Words]) -> None:
    """CloudStack's taggedresources, storage in GiB; only of the tag that is named."""
    zone.set("resource.limit.storage.tags", "ssd,nvme")
    zone.limit("alice", "primary_storage", 3, tag="ssd")
    zone.volume("fast", disk_offering_id="tagged")
    name = "alice" if kind is ListAccounts else "sales"
    row = _shown(zone, kind(name=name, tag="ssd", list_all=True))
    volume, storage = row["taggedresources"]
    assert (volume["resourcetypename"], volume["total"], volume["limit"]) == (
        "volume",
        1,
        "Unlimited",
    )
    left = ("3", "2") if kind is ListAccounts else ("Unlimited", "Unlimited")
    assert (storage["total"], storage["limit"], storage["available"]) == (1.0, *left)
    whole = _shown(zone, kind(name=name, list_all=True))
    assert [each["tag"] for each in whole["taggedresources"]] == ["ssd", "nvme"] * 2
    zone.set("resource.limit.storage.tags", "")
    assert "taggedresources" not in _shown(zone, kind(name=name, list_all=True))
