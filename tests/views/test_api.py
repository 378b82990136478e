"""What can be called is told from the registry."""

from core.model.commands.api import ListApis, ListCapabilities, ListOsTypes
from core.model.commands.registry import COMMANDS
from core.views.api import ApiView
from core.views.table import QUERIES
from tests.small_zone import ADMIN, ALICE, SmallZone


def _apis(zone: SmallZone, command: ListApis, caller: object = ADMIN) -> list[ApiView]:
    answer = QUERIES[ListApis](zone.context(caller), command)  # type: ignore[arg-type]
    return answer["api"]  # type: ignore[return-value]


def test_an_administrator_sees_every_command(zone: SmallZone) -> None:
    """And a user those that users may call."""
    assert {api.name for api in _apis(zone, ListApis())} == set(COMMANDS)
    seen = {api.name for api in _apis(zone, ListApis(), ALICE)}
    assert "createVolume" in seen
    assert "createStoragePool" not in seen


def test_parameters_have_their_wire_names_and_types(zone: SmallZone) -> None:
    """Required ones are marked; jobs are asynchronous."""
    (api,) = _apis(zone, ListApis(name="resizeVolume"))
    assert api.isasync
    types = {parameter.name: (parameter.type, parameter.required) for parameter in api.params}
    assert types["id"] == ("string", True)
    assert types["size"] == ("integer", False)
    assert types["shrinkok"] == ("boolean", False)
    assert types["diskofferingid"] == ("string", False)


def test_capabilities_follow_the_settings(zone: SmallZone) -> None:
    """As they are in force now."""
    zone.set("custom.diskoffering.size.max", 77)
    answer = QUERIES[ListCapabilities](zone.context(), ListCapabilities())
    capability = answer["capability"]
    assert isinstance(capability, dict)
    assert capability["customdiskofferingmaxsize"] == 77


def test_operating_systems_are_found_by_keyword(zone: SmallZone) -> None:
    """As labels."""
    answer = QUERIES[ListOsTypes](zone.context(), ListOsTypes(keyword="debian"))
    assert answer["count"] == 1
