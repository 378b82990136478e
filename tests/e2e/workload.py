"""Commands drawn from a seed, as a careful client sends them: each with a key, none sent twice."""

from collections.abc import AsyncIterator, Iterator
from random import Random
from typing import Any

import msgspec

from core.model.errors import ForebayError, Internal, Unavailable
from server.client import Client
from tests.e2e.zone import Zone

Object = dict[str, Any]
GIB = 1 << 30
SIZE_MAX_GIB = 2
VOLUMES_MAX = 6
SNAPSHOTS_MAX = 6
WEIGHTS = {
    "createSnapshot": 6,
    "migrateVolume": 6,
    "attachVolume": 2,
    "detachVolume": 2,
    "resizeVolume": 2,
    "createVolume": 3,
    "deleteSnapshot": 2,
    "deleteVolume": 1,
    "stopVirtualMachine": 1,
    "startVirtualMachine": 4,
}


class Request(msgspec.Struct, kw_only=True):
    """A command that was sent; `told` is what the guest had been told before.

    `answer` is None while none was received, `refusal` what the server refused it with.
    """

    key: str
    command: str
    parameters: Object
    told: int
    answer: Object | None = None
    refusal: str = ""


class Workload:
    """Draws commands that suit the zone as it is, and remembers all that it sent."""

    def __init__(self, zone: Zone, random: Random) -> None:
        self._zone = zone
        self._random = random
        self.requests: list[Request] = []

    async def draw(self, client: Client, count: int) -> list[Request]:
        """So many requests that the zone may admit, not yet sent."""
        drawn: list[Request] = []
        possible: dict[str, list[Object]] = {}
        async for command, parameters in self._possible(client):
            possible.setdefault(command, []).append(parameters)
        for _ in range(count):
            names = list(possible)
            weights = [WEIGHTS[name] for name in names]
            command = self._random.choices(names, weights)[0]
            drawn.append(
                Request(
                    key=f"key-{len(self.requests) + len(drawn)}",
                    command=command,
                    parameters=self._random.choice(possible[command]),
                    told=self._zone.told(),
                )
            )
        self.requests += drawn
        return drawn

    async def send(self, client: Client, request: Request) -> None:
        """Send it once; a server that dies meanwhile leaves it without an answer."""
        try:
            request.answer = await self.ask(client, request)
        except Unavailable:
            return
        except Internal:
            raise
        except ForebayError as error:
            request.refusal = str(error)

    async def ask(self, client: Client, request: Request) -> Object:
        """Send it, with its key, and answer what the server says."""
        meta = {"key": request.key}
        answer: Object = await client.call(request.command, **request.parameters, meta=meta)
        return answer

    async def recall(self, client: Client, requests: list[Request]) -> None:
        """Send requests again, as a client does that cannot know whether they arrived.

        Whatever was acknowledged is known, and a repeated key answers the same job.
        """
        for request in requests:
            if request.refusal:
                continue
            if request.answer is None:
                await self.send(client, request)
            if request.answer is None or "jobid" not in request.answer:
                continue
            assert await self.ask(client, request) == request.answer, request
            job = await client.call("queryAsyncJobResult", jobid=request.answer["jobid"])
            assert job["job"]["cmd"] == request.command, job

    async def _possible(self, client: Client) -> AsyncIterator[tuple[str, Object]]:
        volumes = (await client.call("listVolumes"))["volume"]
        snapshots = (await client.call("listSnapshots"))["snapshot"]
        vm = (await client.call("listVirtualMachines"))["virtualmachine"][0]
        pools = [pool["id"] for pool in (await client.call("listStoragePools"))["storagepool"]]
        runs = vm["state"] == "Running"
        for volume in volumes:
            for command, parameters in self._on_volume(volume, pools, vm, runs=runs):
                yield command, parameters
        for snapshot in snapshots:
            copyable = snapshot["state"] == "BackedUp" and snapshot["volumetype"] == "DATADISK"
            if copyable and len(volumes) < VOLUMES_MAX:
                yield "createVolume", {"name": "copy", "snapshotid": snapshot["id"]}
            if len(snapshots) >= SNAPSHOTS_MAX:
                yield "deleteSnapshot", {"id": snapshot["id"]}
        if runs:
            forced = self._random.random() < 0.5
            yield "stopVirtualMachine", {"id": vm["id"], "forced": forced}
        else:
            yield "startVirtualMachine", {"id": vm["id"]}

    def _on_volume(
        self, volume: Object, pools: list[str], vm: Object, *, runs: bool
    ) -> Iterator[tuple[str, Object]]:
        volume_id = volume["id"]
        attached = "virtualmachineid" in volume
        yield "createSnapshot", {"volumeid": volume_id}
        for pool_id in pools:
            if pool_id != volume["storageid"]:
                live = {"livemigrate": True} if attached and runs else {}
                yield "migrateVolume", {"volumeid": volume_id, "storageid": pool_id, **live}
        size_gib = volume["size"] // GIB + 1
        if volume["type"] != "DATADISK":
            return
        if size_gib <= SIZE_MAX_GIB:
            yield "resizeVolume", {"id": volume_id, "size": size_gib}
        if volume_id == self._zone.volume_id:
            return
        if attached:
            yield "detachVolume", {"id": volume_id}
        else:
            yield "attachVolume", {"id": volume_id, "virtualmachineid": vm["id"]}
            if volume_id not in self._zone.spare_ids:
                yield "deleteVolume", {"id": volume_id}
