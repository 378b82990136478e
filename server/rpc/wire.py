"""JSON-RPC 2.0: bytes to requests and answers to bytes, in JSON or MessagePack.

The two sub-protocols share every message and differ only in the codec. Only named parameters;
batches are refused because they defeat limits; whatever is not declared is refused with its path.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Literal, TypeVar

import msgspec
from msgspec import UNSET, Raw, UnsetType
from msgspec.structs import fields

from core.model.commands.meta import Meta
from core.model.errors import ForebayError, Internal, Invalid, Unsupported
from server.nearest import suggestion
from server.rpc.outside import outside_of, require_nothing

T = TypeVar("T")
RequestId = int | Annotated[str, msgspec.Meta(max_length=128)] | None
_FOREIGN = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
_UNKNOWN_FIELD = re.compile("Object contains unknown field `(.*)`")
"""What msgspec says of a parameter that there is not."""


class Unparsable(Invalid):
    """The message is not JSON or MessagePack at all."""

    rpc: ClassVar[int] = -32700


class Malformed(Invalid):
    """The message is not a JSON-RPC 2.0 request; `request_id` is its id where it has one."""

    rpc: ClassVar[int] = -32600
    request_id: RequestId = None


class UnknownMethod(Unsupported):
    """There is no such method."""

    rpc: ClassVar[int] = -32601


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call; without an id it is a notification, which is never answered."""

    jsonrpc: Literal["2.0"]
    method: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    id: RequestId | UnsetType = UNSET
    params: Raw = Raw()

    @property
    def answer_id(self) -> RequestId:
        """The id that its answer carries."""
        return None if isinstance(self.id, UnsetType) else self.id


class Result(msgspec.Struct, frozen=True):
    """The answer to a call that succeeded."""

    id: RequestId
    result: object
    jsonrpc: Literal["2.0"] = "2.0"


class ErrorData(msgspec.Struct, frozen=True, kw_only=True):
    """Forebay's part of an error: `type` is its stable name, `number` CloudStack's error number."""

    type: str
    number: int
    retryable: bool
    object: str
    hint: str


class ErrorBody(msgspec.Struct, frozen=True):
    """An error as JSON-RPC has it."""

    code: int
    message: str
    data: ErrorData


class Failed(msgspec.Struct, frozen=True):
    """The answer to a call that failed; `id` is null when it could not be read."""

    id: RequestId
    error: ErrorBody
    jsonrpc: Literal["2.0"] = "2.0"


class Notice(msgspec.Struct, frozen=True):
    """What the server says unasked."""

    method: str
    params: object
    jsonrpc: Literal["2.0"] = "2.0"


class _Named(msgspec.Struct, frozen=True):
    id: RequestId = None


class _Described(msgspec.Struct, frozen=True):
    meta: Meta = Meta()


class Codec:
    """One sub-protocol: how its messages become bytes and back. `text` tells the kind of frame."""

    def __init__(self, name: str, library: Any, *, text: bool, nothing: bytes) -> None:
        self.name = name
        self.text = text
        self.encode: Callable[[object], bytes] = library.Encoder().encode
        self._decoder = library.Decoder
        self._nothing = nothing
        self._request: Callable[[bytes | str], Request] = library.Decoder(Request).decode
        self._named = library.Decoder(_Named).decode
        self._described = library.Decoder(_Described).decode
        self._parts = library.Decoder(dict[str, Raw]).decode
        self._value: Callable[[Raw], object] = library.Decoder().decode
        self._decoders: dict[type, Callable[[bytes | Raw], Any]] = {}

    def request(self, message: bytes | str) -> Request:
        """The request in `message`. Raises Unparsable, or Malformed with its id if it has one."""
        if isinstance(message, str) and not self.text:
            raise Unparsable(f"not a frame of {self.name}", object="message")
        try:
            return self._request(message)
        except msgspec.ValidationError as error:
            malformed = Malformed(str(error), object="request", hint="see jsonrpc.org, version 2.0")
            malformed.request_id = self._id_of(message)
            raise malformed from None
        except _FOREIGN as error:
            hint = f"send {self.name.rpartition('.')[2]}, one request a message"
            raise Unparsable(str(error), object="message", hint=hint) from None

    def params(self, request: Request, kind: type[T]) -> T:
        """The parameters of `request` as `kind`. Raises Invalid with the path of what is wrong."""
        return self._convert(request.method, kind, bytes(request.params) or self._nothing)

    def command(self, request: Request, kind: type[T]) -> tuple[T, Meta | None]:
        """A command and the `meta` beside its parameters, None without.

        Raises Invalid; Unsupported for what CloudStack's commands can do and Forebay's cannot.
        """
        params = bytes(request.params) or self._nothing
        if b"meta" not in params:
            return self._taken(request.method, kind, params), None
        try:
            meta: Meta = self._described(params).meta
            parts = self._parts(params)
        except _FOREIGN as error:
            raise _invalid(request.method, error) from None
        parts.pop("meta", None)
        return self._taken(request.method, kind, self.encode(parts)), meta

    def _taken(self, method: str, kind: type[T], params: bytes) -> T:
        """The command, without parameters that ask for nothing Forebay has."""
        try:
            return self._convert(method, kind, params)
        except Invalid as error:
            try:
                parts = self._parts(params)
                asked = {name: self._value(parts.pop(name)) for name in outside_of(kind, parts)}
            except _FOREIGN:
                raise error from None
            if not asked:
                raise
        require_nothing(kind, asked)
        return self._convert(method, kind, self.encode(parts))

    def decoder(self, kind: type[T]) -> Callable[[bytes | str], T]:
        """How a message that holds a `kind` is read; raises msgspec's own errors."""
        decode: Callable[[bytes | str], T] = self._decoder(kind).decode
        return decode

    def embedded(self, json: bytes) -> object:
        """A value that is already JSON, ready to be put into a message of this codec."""
        return Raw(json) if self.text else msgspec.json.decode(json)

    def result(self, request_id: RequestId, value: object) -> bytes:
        """The message that answers a call. Raises Internal when `value` cannot be encoded."""
        try:
            return self.encode(Result(request_id, value))
        except (TypeError, ValueError, RecursionError) as error:
            raise Internal(f"the answer cannot be encoded: {error}", hint="report this") from error

    def failed(self, request_id: RequestId, error: ForebayError) -> bytes:
        """The message that says why a call failed."""
        return self.encode(Failed(request_id, error_body(error)))

    def notice(self, method: str, params: object) -> bytes:
        """A message that answers nothing."""
        return self.encode(Notice(method, params))

    def _convert(self, method: str, kind: type[T], params: bytes) -> T:
        decode = self._decoders.get(kind)
        if decode is None:
            decode = self._decoders[kind] = self._decoder(kind).decode
        try:
            value: T = decode(params)
        except _FOREIGN as error:
            raise _invalid(method, error, kind) from None
        return value

    def _id_of(self, message: bytes | str) -> RequestId:
        try:
            request_id: RequestId = self._named(message).id
        except _FOREIGN:
            return None
        return request_id


def error_body(error: ForebayError) -> ErrorBody:
    """An error of the tree as JSON-RPC has it."""
    data = ErrorData(
        type=error.code,
        number=error.number,
        retryable=error.retryable,
        object=error.object,
        hint=error.hint,
    )
    return ErrorBody(error.rpc, error.message, data)


def _invalid(method: str, error: Exception, kind: type | None = None) -> Invalid:
    misspelt = _UNKNOWN_FIELD.fullmatch(str(error))
    meant = ""
    if misspelt and kind is not None:
        meant = suggestion(misspelt[1], (field.encode_name for field in fields(kind)))
    hint = meant or "rpc.discover describes the parameters of every method"
    return Invalid(str(error), object=f"method/{method}", hint=hint)


JSON = Codec("forebay.v1.json", msgspec.json, text=True, nothing=b"{}")
MSGPACK = Codec("forebay.v1.msgpack", msgspec.msgpack, text=False, nothing=b"\x80")
CODECS = {codec.name: codec for codec in (JSON, MSGPACK)}
