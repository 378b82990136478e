"""What one websocket client may do, how it is told, and how it is ended."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import trio
from wsproto.events import BytesMessage, Ping, TextMessage

from server.client import open_client
from server.rpc.wire import JSON, MSGPACK, Codec
from tests.server.peer import Object, Peer, identified, open_peer
from tests.server.running import Running, running, wait_until

pytestmark = pytest.mark.anyio


def offering(name: str) -> Object:
    """A call whose change is an event."""
    params = {"name": name, "disksize": 1}
    return {"jsonrpc": "2.0", "id": 9, "method": "createDiskOffering", "params": params}


async def make_offerings(server: Running, count: int) -> None:
    """So many events, each durable."""
    async with open_client(server.url, server.token) as client:
        for number in range(count):
            await client.call("createDiskOffering", name=f"o{number}", disksize=1)


@pytest.mark.parametrize("codec", [JSON, MSGPACK], ids=lambda codec: codec.name)
async def test_a_client_is_greeted_and_served_in_both_codecs(tmp_path: Path, codec: Codec) -> None:
    """The hello says what it must know; calls answer; errors are the tree's."""
    async with (
        running(tmp_path) as server,
        open_client(server.url, server.token, codec=codec) as client,
    ):
        hello = await client.greeted()
        assert hello["api"] == "1.0"
        assert hello["instance"] == server.service.journal.instance
        assert hello["boot"] == "boot-1"
        assert hello["sim"] is False
        assert hello["limits"]["message_bytes"] == 262144
        zones = await client.call("listZones")
        assert (zones["count"], zones["zone"][0]["name"]) == (1, "zone1")
        assert (await client.call("rpc.discover"))["openrpc"]


async def test_who_does_not_say_who_it_is_must_go(tmp_path: Path) -> None:
    """With 4408, in time."""
    async with running(tmp_path, limits="identify_s = 0.2") as server:
        peer = await open_peer(server)
        began_s = trio.current_time()
        assert await peer.wait_closed() == 4408
        assert trio.current_time() - began_s < 2


async def test_a_wrong_token_is_answered_and_ends_it(tmp_path: Path) -> None:
    """With 4401."""
    async with running(tmp_path) as server:
        peer = await open_peer(server)
        answer = await peer.call("session.identify", token="wrong")
        assert answer["error"]["data"]["type"] == "auth.denied"
        assert await peer.wait_closed() == 4401


async def test_nothing_is_done_for_the_unknown(tmp_path: Path) -> None:
    """A call before session.identify is refused; it may still follow."""
    async with running(tmp_path) as server:
        peer = await open_peer(server)
        answer = await peer.call("listZones")
        assert answer["error"]["data"]["number"] == 401
        assert "result" in await peer.call("session.identify", token=server.token)
        again = await peer.call("session.identify", token=server.token)
        assert again["error"]["data"]["type"] == "conflict.state"


async def test_garbage_is_answered_and_ends_it(tmp_path: Path) -> None:
    """A parse error with no id, then 4400; also before it is known who it is."""
    async with running(tmp_path) as server:
        for peer in (await identified(server), await open_peer(server)):
            await peer.send("{garbage")
            message = await peer.receive()
            if message.get("method") == "hello":
                message = await peer.receive()
            assert (message["id"], message["error"]["code"]) == (None, -32700)
            assert await peer.wait_closed() == 4400


async def test_mistakes_are_answered_and_end_nothing(tmp_path: Path) -> None:
    """Unknown methods, batches, wrong parameters: the session goes on."""
    async with running(tmp_path) as server:
        peer = await identified(server)
        assert (await peer.call("noSuchThing"))["error"]["code"] == -32601
        assert (await peer.call("listZones", colour="red"))["error"]["code"] == -32602
        await peer.send([offering("a"), offering("b")])
        assert (await peer.receive())["error"]["code"] == -32600
        assert (await peer.call("events.ack", sub="q7", credit=1))["error"]["code"] == -32001
        assert "result" in await peer.call("listZones")


async def test_a_long_message_ends_it(tmp_path: Path) -> None:
    """With 1009, before it is whole."""
    async with running(tmp_path) as server:
        peer = await identified(server)
        await peer.send("x" * (300 << 10))
        assert await peer.wait_closed() == 1009


async def test_a_message_of_too_many_frames_ends_it(tmp_path: Path) -> None:
    """Empty frames cost nothing to send, so they are counted: 1008."""
    async with running(tmp_path, limits="message_frames = 50") as server:
        peer = await identified(server)
        frame = peer.protocol.send(TextMessage(data="", message_finished=False))
        more = [peer.protocol.send(TextMessage(data="", message_finished=False)) for _ in range(60)]
        await peer.stream.send_all(frame + b"".join(more))
        assert await peer.wait_closed() == 1008
        assert peer.reason == "a message has more than 50 frames"


async def test_a_message_that_takes_too_long_ends_it(tmp_path: Path) -> None:
    """A byte now and then does not keep a message open: 1008."""
    async with running(tmp_path, limits="message_s = 0.2") as server:
        peer = await identified(server)
        frame = peer.protocol.send(TextMessage(data="x" * 100))
        async with trio.open_nursery() as nursery:

            async def drip() -> None:
                try:
                    for at in range(len(frame)):
                        await peer.stream.send_all(frame[at : at + 1])
                        await trio.sleep(0.05)
                except trio.BrokenResourceError:
                    pass

            nursery.start_soon(drip)
            assert await peer.wait_closed() == 1008
            nursery.cancel_scope.cancel()


async def test_calls_of_a_session_run_side_by_side(tmp_path: Path) -> None:
    """One that waits does not hold up the next."""
    async with running(tmp_path) as server:
        peer = await identified(server)
        job = await a_job(peer, server)
        waiting = {"jsonrpc": "2.0", "id": 50, "method": "job.wait"}
        await peer.send({**waiting, "params": {"jobid": job, "timeout_s": 60}})
        assert "result" in await peer.call("listZones", call_id=51)


async def a_job(peer: Peer, server: Running) -> str:
    """A job that has ended."""
    zone = (await peer.call("listZones"))["result"]["zone"][0]["id"]
    await peer.send(offering("small"))
    offering_id = (await peer.receive())["result"]["diskoffering"]["id"]
    answer = await peer.call("createVolume", zoneid=zone, diskofferingid=offering_id, name="v")
    return str(answer["result"]["jobid"])


async def test_a_job_is_waited_for_and_its_end_is_answered(tmp_path: Path) -> None:
    """A volume from an offering is only a record, so its job is soon done."""
    async with running(tmp_path) as server:
        peer = await identified(server)
        job = await a_job(peer, server)
        answer = (await peer.call("job.wait", jobid=job, timeout_s=5))["result"]
        assert answer["jobstatus"] == 1
        cancelled = await peer.call("job.cancel", jobid=job)
        assert cancelled["result"]["outcome"] == "finished"


async def test_too_many_running_calls_are_refused(tmp_path: Path) -> None:
    """Busy, and the session goes on."""
    async with running(tmp_path, limits="calls_running = 3") as server:
        peer = await identified(server)
        for call_id in range(10, 20):
            await peer.send({**offering(f"o{call_id}"), "id": call_id})
        answers = [await peer.receive() for _ in range(10)]
        types = [a["error"]["data"]["type"] for a in answers if "error" in a]
        assert set(types) == {"busy.limit"}
        assert len(answers) - len(types) >= 3
        assert "result" in await peer.call("listZones")


async def test_too_fast_calls_are_refused(tmp_path: Path) -> None:
    """With a hint when to try again."""
    async with running(tmp_path, limits="calls_per_s = 1") as server:
        peer = await identified(server)
        answers = [await peer.call("rpc.discover") for _ in range(12)]
        refused = [answer["error"]["data"] for answer in answers if "error" in answer]
        assert refused
        assert {data["type"] for data in refused} == {"rate.limited"}
        assert all(data["retryable"] for data in refused)


async def test_a_notification_is_carried_out_and_not_answered(tmp_path: Path) -> None:
    """JSON-RPC's way of not caring."""
    async with running(tmp_path) as server:
        peer = await identified(server)
        silent = offering("silent")
        del silent["id"]
        await peer.send(silent)
        answer = await peer.call("listZones")
        assert answer["id"] == 1
        await wait_until(lambda: server.service.plane.statistics()["records_disk_offering"])


async def test_events_come_in_order_and_are_resumed_without_a_gap(tmp_path: Path) -> None:
    """From any position: what was missed first, then what happens."""
    async with running(tmp_path) as server:
        await make_offerings(server, 3)
        async with open_client(server.url, server.token) as client:
            stream = await client.subscribe(after=0)
            seen = [await anext(stream) for _ in range(3)]
            assert stream.mode == "replay"
            bookmark = stream.bookmark
        await make_offerings(server, 3)
        async with open_client(server.url, server.token) as client:
            stream = await client.subscribe(after=bookmark)
            await client.call("createDiskOffering", name="live", disksize=1)
            head = server.service.plane.head
            while stream.bookmark < head:
                seen.append(await anext(stream))
            everything = await client.subscribe(after=0)
            whole = [await anext(everything) for _ in seen]
        positions = [event["position"] for event in seen]
        assert positions == sorted(set(positions))
        assert seen == whole
        offerings = [event for event in seen if event["topic"] == "disk_offering"]
        assert offerings[-1]["object"]["name"] == "live"


async def test_topics_and_filters_choose_and_bookmarks_tell_of_the_rest(tmp_path: Path) -> None:
    """Only what was asked for is sent."""
    async with (
        running(tmp_path) as server,
        open_client(server.url, server.token) as client,
    ):
        stream = await client.subscribe(("disk_offering",), filter={"name": "wanted"})
        await client.call("createServiceOffering", name="other")
        await client.call("createDiskOffering", name="unwanted", disksize=1)
        await client.call("createDiskOffering", name="wanted", disksize=1)
        assert (await anext(stream))["object"]["name"] == "wanted"


async def test_a_position_that_is_too_old_means_list_anew(tmp_path: Path) -> None:
    """Mode "snapshot", and events go on from its start."""
    async with running(tmp_path, site=SHORT) as server:
        await make_offerings(server, 30)
        async with open_client(server.url, server.token) as client:
            stream = await client.subscribe(after=0)
            assert (stream.mode, stream.start) == ("snapshot", server.service.plane.head)
            await client.call("createDiskOffering", name="next", disksize=1)
            assert (await anext(stream))["object"]["name"] == "next"


SHORT = """
kind = "real"
[journal]
keep_events = 5
"""


async def test_no_more_events_are_sent_than_there_is_credit(tmp_path: Path) -> None:
    """Without credit the client is told once that it lags; with more it goes on, without a gap."""
    async with running(tmp_path) as server:
        await make_offerings(server, 8)
        peer = await identified(server)
        answer = await peer.call("events.subscribe", **{"from": 0, "credit": 3})
        assert answer["result"]["mode"] == "replay"
        first, lagging = await until_lagging(peer)
        assert len(first) == 3
        assert lagging["bookmark"] == first[-1]
        assert lagging["head"] == server.service.plane.head
        more = {"jsonrpc": "2.0", "method": "events.ack", "params": {"sub": "q1", "credit": 4}}
        await peer.send(more)
        second, _ = await until_lagging(peer)
        assert len(second) == 4
        async with open_client(server.url, server.token) as client:
            whole = await client.subscribe(after=0)
            assert [(await anext(whole))["position"] for _ in range(7)] == first + second


async def until_lagging(peer: Peer) -> tuple[list[int], Object]:
    """Positions of the events until the server says that there are more, and what it says."""
    positions: list[int] = []
    while (message := await peer.receive())["method"] == "event":
        positions += [event["position"] for event in message["params"]["events"]]
    assert message["method"] == "lagging"
    return positions, message["params"]


async def test_an_ended_subscription_sends_nothing_more(tmp_path: Path) -> None:
    """And makes room for another."""
    async with running(tmp_path, limits="subscriptions = 1") as server:
        peer = await identified(server)
        await peer.call("events.subscribe")
        second = await peer.call("events.subscribe")
        assert second["error"]["data"]["type"] == "busy.limit"
        assert "result" in await peer.call("events.unsubscribe", sub="q1")
        await wait_until(lambda: not server.service.plane.statistics()["watches"])
        await peer.send(offering("unseen"))
        assert (await peer.receive())["id"] == 9
        assert (await peer.call("events.subscribe"))["result"]["sub"] == "q2"


async def test_who_does_not_read_is_ended_and_harms_nobody(tmp_path: Path) -> None:
    """Its events are never piled up in memory; others are served; it goes after slow_s."""
    limits = "slow_s = 0.6\nping_s = 60"
    async with running(tmp_path, limits=limits) as server:
        deaf = await identified(server)
        await deaf.call("events.subscribe", credit=100_000)
        async with open_client(server.url, server.token) as client:
            stream = await client.subscribe(topics=("disk_offering",))
            text = "x" * 4000
            sessions = server.service.plane.statistics
            count = 0
            with trio.fail_after(60):
                while sessions()["watches"] > 1:
                    name = f"o{count}"
                    await client.call("createDiskOffering", name=name, displaytext=text, disksize=1)
                    assert (await anext(stream))["object"]["name"] == name
                    count += 1
        assert count * len(text) > 1 << 20


async def test_who_was_deleted_is_refused_and_ended(tmp_path: Path) -> None:
    """Calls fail with 401 at once; the session ends at the next look, and with it its events."""
    async with (
        running(tmp_path, limits="ping_s = 3") as server,
        open_client(server.url, server.token) as admin,
    ):
        of_zoe: dict[str, Any] = {"email": "z@x.org", "firstname": "Z", "lastname": "X"}
        made = await admin.call("createAccount", username="zoe", **of_zoe)
        user_id = made["account"]["user"][0]["id"]
        await admin.call("createUser", account="zoe", username="zoe2", **of_zoe)
        token = (await admin.call("registerUserKeys", id=user_id))["userkeys"]["token"]
        peer = await open_peer(server)
        assert "result" in await peer.call("session.identify", token=token)
        assert "result" in await peer.call("listVolumes")
        await admin.call("deleteUser", id=user_id)
        refused = await peer.call("listVolumes")
        assert refused["error"]["data"]["number"] == 401
        assert "deleted" in refused["error"]["message"]
        assert await peer.wait_closed() == 4401


async def test_who_does_not_answer_pings_is_ended(tmp_path: Path) -> None:
    """It reads, but it never answers: two pings, then 1011."""
    async with running(tmp_path, limits="ping_s = 0.1") as server:
        peer = await identified(server)
        assert await peer.wait_closed() == 1011


async def test_an_idle_client_that_answers_pings_stays(tmp_path: Path) -> None:
    """Much longer than two pings take."""
    async with (
        running(tmp_path, limits="ping_s = 0.05") as server,
        open_client(server.url, server.token) as client,
    ):
        await trio.sleep(0.6)
        assert await client.call("listZones")


async def test_a_flood_of_pings_is_survived(tmp_path: Path) -> None:
    """Each is answered as long as the client reads; the server stays."""
    async with running(tmp_path) as server:
        peer = await identified(server)
        flood = b"".join(peer.protocol.send(Ping(payload=b"x")) for _ in range(2000))
        await peer.stream.send_all(flood)
        assert "result" in await peer.call("listZones")


async def test_a_client_that_vanishes_leaves_nothing(tmp_path: Path) -> None:
    """No session, no subscription, in the middle of a message."""
    async with running(tmp_path) as server:
        peer = await identified(server)
        await peer.call("events.subscribe")
        assert server.service.plane.statistics()["watches"] == 1
        await peer.stream.send_all(peer.protocol.send(BytesMessage(data=b"x" * 1000))[:500])
        await peer.stream.aclose()
        await wait_until(lambda: not server.service.plane.statistics()["watches"])


async def test_no_secret_is_in_any_answer(tmp_path: Path) -> None:
    """The token does not come back in listings, events or statistics."""
    async with running(tmp_path) as server:
        async with open_client(server.url, server.token) as client:
            stream = await client.subscribe(after=0)
            await client.call("createDiskOffering", name="last", disksize=1)
            seen: list[object] = [server.service.plane.statistics()]
            while stream.bookmark < server.service.plane.head:
                seen.append(await anext(stream))
            seen += [await client.call(name) for name in ("listZones", "listConfigurations")]
        text = msgspec.json.encode(seen).decode()
        assert server.token not in text
        assert server.service.credentials.token_sha256 not in text
