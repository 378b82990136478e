"""Lists of what there is not."""

import pytest

from core.model.commands.command import Command
from core.model.commands.outside.table import LISTS
from core.views.history.job import JobLive
from core.views.place.network import NOTHING
from core.views.query import query
from tests.small_zone import ALICE, SmallZone


@pytest.mark.parametrize("kind", NOTHING)
def test_what_there_is_not_is_listed_empty(zone: SmallZone, kind: type[Command]) -> None:
    """So that clients which ask before they begin go on."""
    answer = query(zone.context(ALICE), kind(), lambda _: JobLive())
    assert answer == {"count": 0, kind.returns: []}


def test_no_filter_keeps_a_client_from_its_answer() -> None:
    """Each of these lists takes what CloudStack's takes."""
    assert set(LISTS) == set(NOTHING)
    assert all(row.ignored for rows in LISTS.values() for row in rows.values())
