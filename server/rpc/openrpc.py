"""The OpenRPC document of the server, made from the commands' own types."""

from functools import cache
from typing import Any

import msgspec

from core.model.commands.command import Command, Mode
from core.model.commands.meta import Meta
from core.model.commands.registry import COMMANDS
from core.model.errors import LEAVES
from server.rpc.methods import METHODS, Method
from server.version import API_VERSION

_REFERENCE = "#/components/schemas/{name}"
_RESULTS = {
    Mode.JOB: "The id of the job, and of the object that it works on.",
    Mode.JOB_WAIT: "The object when the job has ended.",
    Mode.JOB_CLAIM: "The object as soon as it is recorded; its job goes on.",
    Mode.CHANGE: "The object, once the change is durable.",
    Mode.QUERY: "The objects and how many there are.",
    Mode.LOOK: "The objects as storage itself has them, and how many there are.",
}


@cache
def document() -> dict[str, Any]:
    """The whole document. Sizes in commands are GiB, in answers bytes, as CloudStack has them."""
    kinds: list[type] = [*COMMANDS.values(), *METHODS.values(), Meta]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REFERENCE)
    definitions = [_definition(schema, components) for schema in schemas]
    names = [*COMMANDS, *METHODS]
    described = zip(names, kinds, definitions, strict=False)
    return {
        "openrpc": "1.3.2",
        "info": {"title": "Forebay", "version": API_VERSION},
        "methods": [_method(name, kind, schema) for name, kind, schema in described],
        "components": {"schemas": components, "errors": _errors()},
    }


def _definition(schema: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    found: dict[str, Any] = components.get(name, schema)
    return found


def _method(name: str, kind: type, schema: dict[str, Any]) -> dict[str, Any]:
    required = set(schema.get("required", ()))
    params = [
        {"name": field, "required": field in required, "schema": field_schema}
        for field, field_schema in schema.get("properties", {}).items()
        if field != "command"
    ]
    method: dict[str, Any] = {
        "name": name,
        "description": (kind.__doc__ or "").strip(),
        "paramStructure": "by-name",
        "params": params,
        "result": {"name": "result", "schema": {"type": "object"}},
    }
    if issubclass(kind, Command):
        meta = {"$ref": _REFERENCE.format(name=Meta.__name__)}
        params.append({"name": "meta", "required": False, "schema": meta})
        method["result"] = {
            "name": kind.returns,
            "description": _RESULTS[kind.mode],
            "schema": {"type": "object"},
        }
        method["x-role"] = kind.role.name.lower()
        method["x-mode"] = kind.mode.value
    elif issubclass(kind, Method):
        method["x-websocket-only"] = kind.session_only
    return method


def _errors() -> dict[str, Any]:
    return {
        leaf.code: {
            "code": leaf.rpc,
            "message": (leaf.__doc__ or "").strip(),
            "data": {"type": leaf.code, "retryable": leaf.retryable},
        }
        for leaf in LEAVES
    }
