"""Parameters of CloudStack's about what Forebay does not have."""

import msgspec
import pytest

from core.model import errors
from core.model.commands.command import Command, command_name
from core.model.commands.outside.table import OUTSIDE
from core.model.commands.registry import COMMANDS
from core.model.commands.vm import DeployVirtualMachine
from core.model.commands.zone import UpdateZone
from server.rpc.wire import CODECS, JSON, Codec
from tests.refusal import refusal

DEPLOY = {"zoneid": "z", "serviceofferingid": "s"}
DEPLOYED = DeployVirtualMachine(zone_id="z", service_offering_id="s")
ROWS = [(kind, name) for kind, rows in OUTSIDE.items() for name in rows]
every_row = pytest.mark.parametrize(
    ("kind", "name"), ROWS, ids=[f"{command_name(kind)}-{name}" for kind, name in ROWS]
)


def _taken(codec: Codec, kind: type[Command], params: dict[str, object]) -> Command:
    name = command_name(kind)
    message = codec.encode({"jsonrpc": "2.0", "id": 1, "method": name, "params": params})
    return codec.command(codec.request(message), kind)[0]


@every_row
def test_each_is_a_parameter_that_the_command_lacks(kind: type[Command], name: str) -> None:
    """By CloudStack's spelling."""
    assert COMMANDS[command_name(kind)] is kind
    assert name not in {field.encode_name for field in msgspec.structs.fields(kind)}
    assert name == name.lower()


@every_row
@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
def test_a_value_is_refused_with_the_reason(codec: Codec, kind: type[Command], name: str) -> None:
    """And with what to do; but not where nothing depends on it."""
    row = OUTSIDE[kind][name]
    if row.ignored:
        assert row.takes("something")
        return
    with refusal(errors.Unsupported, 431, f"method/{command_name(kind)}") as refused:
        _taken(codec, kind, {name: "something"})
    assert refused.value.message == f"{name} is not supported: {row.why}"


@pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
@pytest.mark.parametrize("nothing", [None, "", [], {}, False, 0])
def test_no_value_is_as_if_it_were_not_given(codec: Codec, nothing: object) -> None:
    """Clients send what their users left empty."""
    params = {**DEPLOY, "networkids": nothing, "userdataid": nothing, "meta": {"key": "k"}}
    assert _taken(codec, DeployVirtualMachine, params) == DEPLOYED


@pytest.mark.parametrize(
    ("name", "value"),
    [("boottype", "BIOS"), ("bootmode", "Legacy"), ("deploymentplanner", "FirstFitPlanner")],
)
def test_what_is_so_anyway_may_be_said(name: str, value: str) -> None:
    """Whatever the case of the words; anything else may not."""
    assert _taken(JSON, DeployVirtualMachine, {**DEPLOY, name: value}) == DEPLOYED
    with refusal(errors.Unsupported, 431, "method/deployVirtualMachine"):
        _taken(JSON, DeployVirtualMachine, {**DEPLOY, name: "UEFI"})


def test_a_zone_is_public_and_cannot_be_otherwise() -> None:
    """False is no missing value where only true is so."""
    assert _taken(JSON, UpdateZone, {"id": "z", "ispublic": True}) == UpdateZone(id="z")
    with refusal(errors.Unsupported, 431, "method/updateZone"):
        _taken(JSON, UpdateZone, {"id": "z", "ispublic": False})


def test_credentials_of_hosts_reach_nobody() -> None:
    """They are taken off before there is a command that could be recorded."""
    kind = COMMANDS["addHost"]
    place = {"zoneid": "z", "podid": "p", "url": "sim://h", "hypervisor": "KVM"}
    given = _taken(JSON, kind, {**place, "username": "root", "password": "secret"})
    assert given == _taken(JSON, kind, dict(place))


def test_the_rest_is_still_checked() -> None:
    """What nobody knows is named, and what is known must be right."""
    for wrong in ({"colour": "red"}, {"size": 0}):
        with pytest.raises(errors.Invalid) as refused:
            _taken(JSON, DeployVirtualMachine, {**DEPLOY, "networkids": [], **wrong})
        assert next(iter(wrong)) in refused.value.message
