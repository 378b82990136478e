"""Messages become requests and answers become messages, in both codecs alike."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.commands.meta import Meta
from core.model.commands.offering import CreateDiskOffering
from core.model.commands.registry import COMMAND_TYPES, COMMANDS
from core.model.commands.volume import CreateVolume, ListVolumes
from core.model.errors import Conflict, Internal, Invalid, Unsupported
from server.rpc.methods import METHODS, EventsSubscribe
from server.rpc.wire import CODECS, JSON, MSGPACK, Codec, Malformed, Unparsable


@pytest.fixture(params=(JSON, MSGPACK), ids=lambda codec: codec.name)
def codec(request: pytest.FixtureRequest) -> Codec:
    """Each sub-protocol."""
    chosen = request.param
    assert isinstance(chosen, Codec)
    return chosen


def packed(codec: Codec, method: str, params: object, call_id: object = 1) -> bytes:
    """A request as a client sends it."""
    return codec.encode({"jsonrpc": "2.0", "id": call_id, "method": method, "params": params})


def unpacked(codec: Codec, message: bytes) -> dict[str, object]:
    """A message as a client reads it."""
    return codec.decoder(dict[str, object])(message)


def test_a_command_comes_out_as_its_struct(codec: Codec) -> None:
    """Wire names become field names; what was not given has its default."""
    request = codec.request(packed(codec, "createVolume", {"diskofferingid": "o", "size": 5}))
    command, meta = codec.command(request, CreateVolume)
    assert command == CreateVolume(disk_offering_id="o", size=5)
    assert meta is None


def test_meta_is_taken_from_among_the_parameters(codec: Codec) -> None:
    """It stands beside the command's own parameters, and leaves them alone."""
    params = {"name": "meta", "meta": {"key": "k", "dry_run": True}}
    request = codec.request(packed(codec, "createVolume", params))
    command, meta = codec.command(request, CreateVolume)
    assert command == CreateVolume(name="meta")
    assert meta == Meta(key="k", dry_run=True)


def test_parameters_may_be_left_out(codec: Codec) -> None:
    """No params is the same as none given."""
    message = codec.encode({"jsonrpc": "2.0", "id": 1, "method": "listVolumes"})
    assert codec.command(codec.request(message), ListVolumes) == (ListVolumes(), None)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"size": 0}, "Expected `int` >= 1 - at `$.size`"),
        ({"size": "5"}, "Expected `int | null`, got `str` - at `$.size`"),
        ({"colour": "red"}, "Object contains unknown field `colour`"),
        ({"meta": {"colour": "red"}}, "Object contains unknown field `colour` - at `$.meta`"),
        ({"meta": 5}, "Expected `object`, got `int` - at `$.meta`"),
        (["o", 5], "Expected `object`, got `array`"),
        ({"command": "deleteVolume"}, "Invalid value 'deleteVolume' - at `$.command`"),
    ],
)
def test_wrong_parameters_are_named_by_their_path(codec: Codec, params: object, said: str) -> None:
    """The refusal is one that a client can act upon."""
    request = codec.request(packed(codec, "createVolume", params))
    with pytest.raises(Invalid) as refused:
        codec.command(request, CreateVolume)
    assert refused.value.message == said
    assert refused.value.object == "method/createVolume"
    assert refused.value.rpc == -32602


@pytest.mark.parametrize(
    ("misspelt", "hint"),
    [
        ("diskoffering", "did you mean diskofferingid?"),
        ("DiskOfferingId", "did you mean diskofferingid?"),
        ("colour", "rpc.discover describes the parameters of every method"),
    ],
)
def test_a_misspelt_parameter_is_set_right(codec: Codec, misspelt: str, hint: str) -> None:
    """The nearest one is named, in any case of letters; else where all are."""
    request = codec.request(packed(codec, "createVolume", {misspelt: "o"}))
    with pytest.raises(Invalid) as refused:
        codec.command(request, CreateVolume)
    assert refused.value.hint == hint


@pytest.mark.parametrize(
    ("message", "call_id"),
    [
        ({"jsonrpc": "1.0", "id": 7, "method": "listZones"}, 7),
        ({"jsonrpc": "2.0", "id": "a", "method": 5}, "a"),
        ({"jsonrpc": "2.0", "id": 7}, 7),
        ({"jsonrpc": "2.0", "id": 7, "method": "listZones", "extra": 1}, 7),
        ({"jsonrpc": "2.0", "id": 1.5, "method": "listZones"}, None),
        ({"jsonrpc": "2.0", "id": 7, "method": ""}, 7),
        ([{"jsonrpc": "2.0", "id": 7, "method": "listZones"}], None),
    ],
)
def test_what_is_no_request_is_malformed_with_its_id(
    codec: Codec, message: object, call_id: object
) -> None:
    """Batches too: they would defeat the limits."""
    with pytest.raises(Malformed) as refused:
        codec.request(codec.encode(message))
    assert refused.value.request_id == call_id
    assert refused.value.rpc == -32600


@pytest.mark.parametrize(
    "message",
    [b"", b"{", b"\xff\xfe", b'{"jsonrpc":"2.0","method":"\xff\xff"}', b"nonsense"],
)
def test_garbage_is_unparsable(message: bytes) -> None:
    """It has no id, so the answer has none."""
    with pytest.raises(Unparsable):
        JSON.request(message)


def test_text_is_unparsable_as_messagepack() -> None:
    """The kind of frame belongs to the sub-protocol."""
    with pytest.raises(Unparsable):
        MSGPACK.request("{}")


@pytest.mark.parametrize("depth", [33, 1000, 100_000])
def test_depth_is_refused_however_deep(depth: int) -> None:
    """No stack overflows, whatever is nested where."""
    deep = b"[" * depth + b"]" * depth
    message = b'{"jsonrpc":"2.0","id":1,"method":"createVolume","params":{"name":%b}}' % deep
    with pytest.raises(Invalid):
        JSON.command(JSON.request(message), CreateVolume)


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_by_the_tree_alone(message: bytes) -> None:
    """Nothing but errors of the tree leaves the codecs."""
    for codec in CODECS.values():
        try:
            request = codec.request(message)
            codec.command(request, CreateDiskOffering)
        except Invalid:
            pass


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["meta", "id", "size", "ids"]), inner, max_size=3)
        ),
    )
)
def test_any_parameters_become_a_command_or_an_error(params: object) -> None:
    """Also when they are nested, and named as fields are."""
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "m", "params": params})
    try:
        request = JSON.request(message)
    except Malformed:
        return
    for kind in COMMAND_TYPES:
        try:
            command, _ = JSON.command(request, kind)
        except (Invalid, Unsupported):
            continue
        assert isinstance(command, kind)


def test_answers_carry_the_id_of_their_call(codec: Codec) -> None:
    """A result, whatever the plane answered."""
    answer = {"count": 1, "volume": [{"id": "v"}]}
    assert unpacked(codec, codec.result("a", answer)) == {
        "jsonrpc": "2.0",
        "id": "a",
        "result": answer,
    }


def test_errors_carry_all_that_their_reader_needs(codec: Codec) -> None:
    """Code, stable type, CloudStack's number, whether to retry, the object and the hint."""
    error = Conflict("it is busy", object="volume/v", hint="wait", number=530)
    assert unpacked(codec, codec.failed(3, error)) == {
        "jsonrpc": "2.0",
        "id": 3,
        "error": {
            "code": -32003,
            "message": "it is busy",
            "data": {
                "type": "conflict.state",
                "number": 530,
                "retryable": False,
                "object": "volume/v",
                "hint": "wait",
            },
        },
    }


def test_an_answer_that_cannot_be_encoded_is_our_fault(codec: Codec) -> None:
    """And not a broken connection."""
    with pytest.raises(Internal):
        codec.result(1, object())


def test_events_are_embedded_as_they_are_in_the_journal(codec: Codec) -> None:
    """JSON bytes go out unchanged, or as the same value in the other codec."""
    event = b'{"position":1,"object":{"size":5}}'
    message = codec.notice("event", {"events": [codec.embedded(event)]})
    assert unpacked(codec, message)["params"] == {"events": [json.loads(event)]}


def test_a_request_without_id_is_a_notification(codec: Codec) -> None:
    """It is told from one whose id is null."""
    message = codec.encode({"jsonrpc": "2.0", "method": "events.ack"})
    assert codec.request(message).id is msgspec.UNSET


def test_from_is_a_position_and_topics_are_bounded(codec: Codec) -> None:
    """Python's keyword is the wire's name."""
    request = codec.request(packed(codec, "events.subscribe", {"from": 7, "topics": ["volume"]}))
    asked = codec.params(request, EventsSubscribe)
    assert (asked.after, asked.topics) == (7, ("volume",))
    request = codec.request(packed(codec, "events.subscribe", {"topics": ["x"] * 65}))
    with pytest.raises(Invalid):
        codec.params(request, EventsSubscribe)


def test_no_method_has_the_name_of_a_command() -> None:
    """Methods and commands share one namespace."""
    assert not set(METHODS) & set(COMMANDS)
