"""What all views share: names of neighbours, and dates as CloudStack writes them."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import TypeVar

import msgspec

from core.model.inventory import Inventory
from core.model.records import Account, Domain, Project, Record

R = TypeVar("R", bound=Record)


class View(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An object in an answer; fields that are None are left out, so no other default is allowed."""


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


def date(at_s: float) -> str | None:
    """The time as CloudStack writes it; None for 0."""
    return _second(int(at_s)) if at_s else None


def name_of(inventory: Inventory, kind: type[R], record_id: str) -> str | None:
    """The `name` of a neighbour, None when there is none."""
    record = inventory.find(kind, record_id) if record_id else None
    return getattr(record, "name", None)


def owner_of(
    inventory: Inventory, account_id: str, domain_id: str
) -> tuple[str | None, str | None, str | None]:
    """Names of account and domain, and the domain's path."""
    domain = inventory.find(Domain, domain_id)
    account = name_of(inventory, Account, account_id)
    return account, domain.name if domain else None, domain.path if domain else None


def project_of(inventory: Inventory, account_id: str) -> tuple[str | None, str | None]:
    """Id and name of the project that an account belongs to; None for people's accounts."""
    account = inventory.find(Account, account_id)
    project_id = account.project_id if account is not None else ""
    return text(project_id), name_of(inventory, Project, project_id)


def text(value: str) -> str | None:
    """The text, None when it is empty."""
    return value or None
