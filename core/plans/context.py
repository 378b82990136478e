"""What admission and plans may look at: the inventory, the settings, the caller, the time."""

from random import Random
from typing import TypeVar

from core.model import errors
from core.model.access import Caller, Owned, is_below, is_offered, is_owned, may_use
from core.model.ids import new_id
from core.model.inventory import Inventory, unknown
from core.model.records import Account, DiskOffering, Project, Record, ServiceOffering, Zone
from core.model.settings import Settings

R = TypeVar("R", bound=Record)
GIB = 1 << 30


class Context:
    """One command's view of the world, and the id of its job. Nothing here changes anything."""

    __slots__ = ("caller", "inventory", "job_id", "now_s", "random", "settings")

    def __init__(
        self,
        inventory: Inventory,
        settings: Settings,
        caller: Caller,
        now_s: float,
        random: Random,
        job_id: str = "",
    ) -> None:
        self.inventory = inventory
        self.settings = settings
        self.caller = caller
        self.now_s = now_s
        self.random = random
        self.job_id = job_id

    def new_id(self) -> str:
        """A fresh id."""
        return new_id(self.random)

    def get(self, kind: type[R], record_id: str) -> R:
        """The record, if the caller may use it. Raises NotFound: foreign is the same as unknown."""
        record = self.inventory.get(kind, record_id)
        if is_owned(record) and not self.may_use(record):
            raise unknown(kind, record_id)
        return record

    def may_use(self, record: Owned) -> bool:
        """Whether the caller may use it."""
        return may_use(self.caller, record, self.inventory)

    def is_in_domain(self, domain_id: str) -> bool:
        """Whether the domain is the caller's, or somewhere below it."""
        return is_below(domain_id, self.caller.domain_id, self.inventory)

    def disk_offering(self, offering_id: str, zone_id: str | None = None) -> DiskOffering:
        """The disk offering, if the caller may use it (in that zone). Raises NotFound.

        Those inside service offerings cannot be named.
        """
        offering = self.inventory.get(DiskOffering, offering_id)
        offered = is_offered(self.caller, offering, self.inventory, zone_id)
        if offering.service_offering_id or not offered:
            raise unknown(DiskOffering, offering_id)
        return offering

    def service_offering(self, offering_id: str, zone_id: str | None = None) -> ServiceOffering:
        """The service offering, if the caller may use it (in that zone). Raises NotFound."""
        offering = self.inventory.get(ServiceOffering, offering_id)
        if not is_offered(self.caller, offering, self.inventory, zone_id):
            raise unknown(ServiceOffering, offering_id)
        return offering

    def zone(self, zone_id: str | None) -> Zone:
        """The zone named, or the only one there is. Raises NotFound, Invalid."""
        if zone_id is not None:
            return self.inventory.get(Zone, zone_id)
        zones = list(self.inventory.all(Zone))
        if len(zones) != 1:
            raise errors.Invalid("zoneid is needed", hint="listZones names the zones")
        return zones[0]

    def new_secret(self) -> str:
        """A fresh secret of 256 bits; as good as the Random that the plane was given."""
        return f"{self.random.getrandbits(256):064x}"

    def owner(
        self, account: str | None, domain_id: str | None, project_id: str | None = None
    ) -> Account:
        """The account that a new object is for: the one named, a project's, or the caller's own.

        Raises NotFound, Denied, Invalid.
        """
        if project_id is not None:
            if account is not None:
                raise errors.Invalid(
                    "account and projectid are both given", hint="leave out one of the two"
                )
            return self._open_project(project_id)
        if account is None:
            return self.inventory.get(Account, self.caller.account_id)
        domain = domain_id or self.caller.domain_id
        for candidate in self.inventory.having(Account, "name", account):
            if candidate.domain_id == domain:
                self._require_may_own(candidate)
                return candidate
        raise errors.NotFound(
            f"no account {account!r} in this domain",
            object=f"domain/{domain}",
            hint="give account and domainid together",
        )

    def account_of(self, project_id: str) -> Account:
        """The account that a project's things belong to. Raises NotFound for a foreign one."""
        return self.inventory.get(Account, self.get(Project, project_id).account_id)

    def require_open(self, account_id: str) -> None:
        """Raise Denied (531) when the account is that of a suspended project."""
        account = self.inventory.find(Account, account_id)
        if account is not None and account.project_id:
            self._open_project(account.project_id)

    def _open_project(self, project_id: str) -> Account:
        project = self.get(Project, project_id)
        if project.state != "Active":
            raise errors.Denied(
                f"the project is {project.state}",
                object=f"project/{project.id}",
                hint="activateProject opens it again",
                number=531,
            )
        return self.inventory.get(Account, project.account_id)

    def _require_may_own(self, account: Account) -> None:
        if account.id == self.caller.account_id:
            return
        if not may_use(self.caller, AsOwned(account), self.inventory):
            raise errors.Denied(
                "you may not act for this account",
                object=f"account/{account.id}",
                hint="leave account out to act for your own",
            )


class AsOwned:
    """An account as a thing that it owns itself."""

    def __init__(self, account: Account) -> None:
        self.account_id = account.id
        self.domain_id = account.domain_id
