"""The document describes every method, with nothing that cannot be resolved."""

import json

from core.model.commands.registry import COMMANDS
from server.rpc.methods import METHODS
from server.rpc.openrpc import document


def test_every_method_is_described_once() -> None:
    """Commands and methods, with their help and parameters."""
    methods = document()["methods"]
    assert [method["name"] for method in methods] == [*COMMANDS, *METHODS]
    assert all(method["description"] for method in methods)


def test_every_reference_leads_somewhere() -> None:
    """Within the document itself."""
    text = json.dumps(document())
    schemas = document()["components"]["schemas"]
    prefix = '"$ref": "#/components/schemas/'
    named = {part.partition('"')[0] for part in text.split(prefix)[1:]}
    assert named <= set(schemas)


def test_constraints_and_requirements_are_in_it() -> None:
    """As the commands' own types have them."""
    (create,) = (m for m in document()["methods"] if m["name"] == "resizeVolume")
    params = {param["name"]: param for param in create["params"]}
    assert params["id"]["required"]
    assert not params["size"]["required"]
    assert '"minimum": 1' in json.dumps(params["size"]["schema"])
    assert "meta" in params
    assert "command" not in params
