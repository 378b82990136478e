"""updateUser and getUser: what is known of a user changes, and who is found by a key."""

import pytest

from core.model import errors
from core.model.commands.ownership.account import GetUser, UpdateUser
from core.model.records import User
from core.views.table import QUERIES
from tests.refusal import refusal
from tests.small_zone import ADMIN, ALICE, BOB, SmallZone

KEY, SECRET = "k" * 16, "s" * 16


def _user(zone: SmallZone, id: str = "anna", account_id: str = "alice", api_key: str = "") -> User:
    return zone.add(
        User(
            id=id,
            username=id,
            account_id=account_id,
            token_sha256="",
            email="a@x",
            api_key=api_key,
        )
    )


def test_what_is_given_changes_and_the_rest_stays(zone: SmallZone) -> None:
    """Names, address, time zone and keys."""
    _user(zone)
    asked = UpdateUser(
        id="anna", username="anne", first_name="A", last_name="B", timezone="Europe/Bern"
    )
    zone.claim(asked)
    zone.claim(UpdateUser(id="anna", user_api_key=KEY, user_secret_key=SECRET))
    user = zone.inventory.get(User, "anna")
    assert (user.username, user.email, user.first_name, user.last_name, user.timezone) == (
        "anne",
        "a@x",
        "A",
        "B",
        "Europe/Bern",
    )
    assert (user.api_key, user.secret_key) == (KEY, SECRET)


@pytest.mark.parametrize(
    ("command", "kind", "object"),
    [
        (UpdateUser(id="anna", username="ben"), errors.Invalid, "domain/sales"),
        (UpdateUser(id="anna", user_api_key=KEY), errors.Invalid, "user/anna"),
        (UpdateUser(id="anna", user_secret_key=SECRET), errors.Invalid, "user/anna"),
        (
            UpdateUser(id="anna", user_api_key=KEY, user_secret_key=SECRET),
            errors.Invalid,
            "user/anna",
        ),
        (UpdateUser(id="rob", email="x"), errors.NotFound, "user/rob"),
    ],
    ids=["name in use", "half a pair", "other half", "key in use", "foreign"],
)
def test_what_may_not_be(
    zone: SmallZone, command: UpdateUser, kind: type[errors.ForebayError], object: str
) -> None:
    """Two users of a domain never share a name, no two share a key."""
    _user(zone)
    _user(zone, "ben", "dora", KEY)
    _user(zone, "rob", "bob")
    with refusal(kind, 431, object):
        zone.check(command, ALICE)


def test_a_user_keeps_the_own_name(zone: SmallZone) -> None:
    """Giving it again is no clash with oneself."""
    _user(zone)
    zone.check(UpdateUser(id="anna", username="anna"), ALICE)


def test_a_user_is_found_by_the_key(zone: SmallZone) -> None:
    """Or nobody is; secrets are not shown."""
    _user(zone, "rob", BOB.account_id, KEY)
    found = QUERIES[GetUser](zone.context(ADMIN), GetUser(user_api_key=KEY))["user"]
    assert (getattr(found, "id", ""), getattr(found, "state", "")) == ("rob", "enabled")
    assert not hasattr(found, "secretkey")
    with refusal(errors.NotFound, 431):
        QUERIES[GetUser](zone.context(ADMIN), GetUser(user_api_key=SECRET))
