"""Calls over the websocket, beside a bare trio-websocket server with messages of the same size."""

from json import dumps, loads
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import trio

from benchmarks.figures import Figure, Report
from benchmarks.program import Process, running, server
from benchmarks.wire_client import Load
from server.client import Client, open_client
from server.credentials import Credentials

CLIENTS = (1, 64)
ROUNDS = 3
SECONDS = 3.0
AIM = 0.5


class Seen(NamedTuple):
    """One run from the client's side, and the processor time of a call on the server's."""

    load: Load
    cpu_us: float

    @property
    def calls_per_s(self) -> float:
        """What the clients got."""
        return self.load.calls / self.load.seconds


def measured(
    program: Process, url: str, clients: int, seconds: float, token: str, request: str
) -> Seen:
    """Let a process of clients ask for so long."""
    before_s = program.cpu_s
    asking = Process(["benchmarks.wire_client", url, str(clients), str(seconds), token, request])
    asking.rest()
    load = Load(**loads(asking.said))
    return Seen(load, (program.cpu_s - before_s) / load.calls * 1e6)


def call(method: str, **params: object) -> str:
    """A request as it goes over the wire."""
    return dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})


async def volume_request(known: Credentials) -> str:
    """`listVolumes` of one volume, which is made for it."""
    async with open_client(known.url, known.token) as client:
        volume = await client.call("createVolume", diskofferingid=await offering_id(client))
        return call("listVolumes", id=volume["id"])


async def offering_id(client: Client) -> str:
    """The disk offering of the site."""
    answer = await client.call("listDiskOfferings")
    return str(answer["diskoffering"][0]["id"])


def report(*, small: bool) -> Report:
    """Both servers in turns, with one client and with many."""
    seconds = 0.5 if small else SECONDS
    with TemporaryDirectory() as folder, server(Path(folder)) as forebay:
        known = forebay.credentials
        request = trio.run(volume_request, known)
        url, token = known.websocket_url, known.token
        first = measured(forebay, url, 1, 0.2, token, request)
        with running("benchmarks.echo_server", str(first.load.answer_bytes)) as echo:
            figures: list[Figure] = []
            for clients in CLIENTS:
                seen: list[Seen] = []
                peers: list[Seen] = []
                for _ in range(ROUNDS):
                    seen.append(measured(forebay, url, clients, seconds, token, request))
                    peers.append(measured(echo, echo.said.strip(), clients, seconds, "", request))
                figures += _figures(clients, seen, peers)
    return Report(
        title="Wire: listVolumes id= over one websocket a client",
        peer="bare echo",
        figures=tuple(figures),
        notes=(
            f"request {len(request)} bytes, answer {first.load.answer_bytes} bytes",
            f"medians of {ROUNDS} alternating runs of {seconds:g} s; all clients are one process",
        ),
    )


def _figures(clients: int, seen: list[Seen], peers: list[Seen]) -> list[Figure]:
    rate = median(one.calls_per_s for one in seen)
    peer_rate = median(one.calls_per_s for one in peers)
    cpu, peer_cpu = median(one.cpu_us for one in seen), median(one.cpu_us for one in peers)
    p99_ms = median(one.load.p99_s for one in seen) * 1e3
    peer_p99_ms = median(one.load.p99_s for one in peers) * 1e3
    who = f"{clients} client{'s' if clients > 1 else ''}"
    return [
        Figure(
            f"{who}: calls/s",
            f"{rate:,.0f}",
            f"{peer_rate:,.0f}",
            f"{rate / peer_rate:.2f}",
            f">= {AIM}",
        ),
        Figure(f"{who}: p99 ms", f"{p99_ms:.2f}", f"{peer_p99_ms:.2f}"),
        Figure(
            f"{who}: server CPU us/call", f"{cpu:.0f}", f"{peer_cpu:.0f}", f"{peer_cpu / cpu:.2f}"
        ),
    ]
