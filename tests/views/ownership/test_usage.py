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
