"""createAccount and createUser."""

from core.model import errors
from core.model.access import is_below
from core.model.commands.command import Role
from core.model.commands.ownership.account import CreateAccount, CreateUser
from core.model.records import Account, Domain, User
from core.plans.context import Context
from core.plans.custom_id import require_unused, require_uuid
from core.plans.detail.kept import require_few
from core.plans.step import Add, Claim

# CloudStack's accounttype
ROLES: dict[int, Role] = {0: Role.USER, 1: Role.ADMIN, 2: Role.DOMAIN_ADMIN}
# listRoles gives the roles CloudStack's accounttypes as ids
ROLE_IDS = {str(number): role for number, role in ROLES.items()}


def _domain(context: Context, domain_id: str | None) -> Domain:
    """The domain, which the caller must administer. Raises NotFound."""
    domain = context.inventory.domain(domain_id or context.caller.domain_id)
    if context.caller.role is not Role.ADMIN and not is_below(
        domain.id, context.caller.domain_id, context.inventory
    ):
        raise errors.NotFound(
            "no domain has this id",
            object=f"domain/{domain.id}",
            hint="listDomains names those that you may use",
        )
    return domain


def require_new_username(context: Context, username: str, domain_id: str) -> None:
    """Raise Invalid where a user of the domain has the name."""
    for account in context.inventory.having(Account, "domain", domain_id):
        for user in context.inventory.having(User, "account", account.id):
            if user.username == username:
                raise errors.Invalid(
                    f"the user name {username!r} is in use",
                    object=f"domain/{domain_id}",
                    hint="choose another name",
                )


def check(context: Context, command: CreateAccount) -> None:
    """Refuse names in use, and more rights than the caller has."""
    domain = _domain(context, command.domain_id)
    require_new_username(context, command.username, domain.id)
    name = command.account or command.username
    if any(a.name == name for a in context.inventory.having(Account, "domain", domain.id)):
        raise errors.Invalid(
            f"the domain has an account {name!r}",
            object=f"domain/{domain.id}",
            hint="choose another name, or createUser in that account",
        )
    require_grantable(context, _role(command, domain), domain)
    require_few(command.account_details or {})
    require_uuid(Account, command.account_id)
    require_uuid(User, command.user_id)
    require_unused(context, Account, command.account_id, "accountid")
    require_unused(context, User, command.user_id, "userid")


def _role(command: CreateAccount, domain: Domain) -> Role:
    """As roleid says, else accounttype. Raises Invalid."""
    if command.role_id is None:
        return ROLES[command.account_type]
    require_role_id(command.role_id, f"domain/{domain.id}")
    return ROLE_IDS[command.role_id]


def require_role_id(role_id: str, subject: str) -> None:
    """Raise Invalid for a role that there is not."""
    if role_id not in ROLE_IDS:
        raise errors.Invalid(
            f"no role has the id {role_id!r}", object=subject, hint="listRoles names the roles"
        )


def require_grantable(context: Context, role: Role, domain: Domain) -> None:
    """Raise Denied for a role above the caller's, Invalid for a root administrator elsewhere."""
    if role > context.caller.role:
        raise errors.Denied(
            f"an account of the role {role.name.lower()} is more than you may create",
            object=f"domain/{domain.id}",
            hint="ask a root administrator",
        )
    if role is Role.ADMIN and domain.parent_id:
        raise errors.Invalid(
            "root administrators belong to the ROOT domain",
            object=f"domain/{domain.id}",
            hint="choose a role below it",
        )


def _user(
    context: Context, command: CreateAccount | CreateUser, account_id: str, user_id: str = ""
) -> User:
    return User(
        id=user_id or context.new_id(),
        created_s=context.now_s,
        username=command.username,
        account_id=account_id,
        token_sha256="",
        email=command.email,
        first_name=command.first_name,
        last_name=command.last_name,
        timezone=command.timezone or "",
    )


def claim(context: Context, command: CreateAccount) -> Claim:
    """Record the account and its first user."""
    domain = _domain(context, command.domain_id)
    account = Account(
        id=command.account_id or context.new_id(),
        created_s=context.now_s,
        name=command.account or command.username,
        domain_id=domain.id,
        role=_role(command, domain),
        network_domain=command.network_domain or "",
        details=command.account_details or {},
    )
    user = _user(context, command, account.id, command.user_id or "")
    return Claim(kind="account", id=account.id, effects=(Add(record=account), Add(record=user)))


def check_user(context: Context, command: CreateUser) -> None:
    """Refuse a name in use, and accounts that the caller may not act for."""
    domain = _domain(context, command.domain_id)
    context.owner(command.account, domain.id)
    require_new_username(context, command.username, domain.id)


def claim_user(context: Context, command: CreateUser) -> Claim:
    """Record the user."""
    owner = context.owner(command.account, _domain(context, command.domain_id).id)
    user = _user(context, command, owner.id)
    return Claim(kind="user", id=user.id, effects=(Add(record=user),))
