"""The client's part of the demo: the same calls whatever the zone is made of."""

from typing import Any

import trio

from core.model.errors import Internal
from server.client import Client
from server.demo.process import ServerProcess
from server.demo.screen import Screen

Object = dict[str, Any]
LOOK_S = 0.05
JOB_S = 60.0
IN_PROGRESS, SUCCEEDED = 0, 1
MIB, GIB = 1 << 20, 1 << 30


class Story:
    """One run over one zone; `zone` names it on the screen."""

    def __init__(self, server: ServerProcess, screen: Screen, zone: str, *, write_s: float) -> None:
        self._server = server
        self._screen = screen
        self._zone = zone
        self._write_s = write_s
        self.vm_id = ""
        self.volume_id = ""

    async def tell(self) -> None:
        """From an empty zone to a volume that survived everything."""
        with self._screen.act(self._zone, "start the server"):
            await self._server.start()
        async with self._server.client() as client:
            await self._prepare(client)
            await self._work(client)
            job_id = await self._migrate_and_kill(client)
        with self._screen.act(self._zone, "start the server again"):
            await self._server.start()
        async with self._server.client() as client:
            await self._look_after_crash(client, job_id)
            with self._screen.act(self._zone, "power the machine off"):
                await self._power_off(client)

    async def _prepare(self, client: Client) -> None:
        zone = (await client.call("listZones"))["zone"][0]
        offering = (await client.call("listServiceOfferings"))["serviceoffering"][0]
        with self._screen.act(self._zone, "fetch a template into the image store") as act:
            template = await self._template(client)
            act.result = f"{template['name']}, {size(template['size'])}"
        with self._screen.act(self._zone, "deploy a machine") as act:
            vm = await self._job(
                client,
                "deployVirtualMachine",
                name="vm1",
                zoneid=zone["id"],
                templateid=template["id"],
                serviceofferingid=offering["id"],
            )
            self.vm_id = vm["virtualmachine"]["id"]
            act.result = f"vm1 from template {template['name']}"
        with self._screen.act(self._zone, "create a volume from a snapshot of its root") as act:
            snapshot = await self._root_snapshot(client)
            volume = await self._job(
                client,
                "createVolume",
                name="data1",
                diskofferingid=await self._disk_offering(client, snapshot["virtualsize"]),
                snapshotid=snapshot["id"],
            )
            self.volume_id = volume["volume"]["id"]
            act.result = f"data1, {size(volume['volume']['size'])}"
        with self._screen.act(self._zone, "attach the volume"):
            await self._job(client, "attachVolume", id=self.volume_id, virtualmachineid=self.vm_id)
        with self._screen.act(self._zone, "power-cycle the machine") as act:
            await self._power_off(client)
            vm = await self._job(client, "startVirtualMachine", id=self.vm_id)
            act.result = f"on {vm['virtualmachine']['hostname']}"

    async def _root_snapshot(self, client: Client) -> Object:
        volumes = await client.call("listVolumes", virtualmachineid=self.vm_id)
        answer = await self._job(client, "createSnapshot", volumeid=volumes["volume"][0]["id"])
        snapshot: Object = answer["snapshot"]
        return snapshot

    async def _template(self, client: Client) -> Object:
        while True:
            for template in (await client.call("listTemplates", listall=True))["template"]:
                if template["isready"]:
                    found: Object = template
                    return found
            await trio.sleep(LOOK_S)

    async def _disk_offering(self, client: Client, size_bytes: int) -> str:
        """The smallest offering whose disks are large enough."""
        offerings = (await client.call("listDiskOfferings"))["diskoffering"]
        fixed = {
            int(offering["disksize"]): str(offering["id"])
            for offering in offerings
            if not offering["iscustomized"] and offering["disksize"] * GIB >= size_bytes
        }
        return fixed[min(fixed)]

    async def _work(self, client: Client) -> None:
        with self._screen.act(self._zone, "let the guest write") as act:
            await trio.sleep(self._write_s)
            act.result = f"for {self._write_s:g} s"
        with self._screen.act(self._zone, "snapshot the volume while the guest writes") as act:
            snapshot = await self._job(client, "createSnapshot", volumeid=self.volume_id)
            act.result = f"{size(snapshot['snapshot']['physicalsize'])} in the image store"
        with self._screen.act(self._zone, "resize the volume while the guest writes") as act:
            size_gib = 1 + ((await self._volume(client))["size"] // GIB)
            volume = await self._job(client, "resizeVolume", id=self.volume_id, size=size_gib)
            act.result = f"to {size(volume['volume']['size'])}"
        with self._screen.act(self._zone, "migrate the volume while the guest writes") as act:
            target = await self._other_pool(client)
            await self._migrate(client, target)
            act.result = f"to {target['name']}"

    async def _volume(self, client: Client) -> Object:
        found: Object = (await client.call("listVolumes", id=self.volume_id))["volume"][0]
        return found

    async def _other_pool(self, client: Client) -> Object:
        """A shared pool that the machine's host reaches, other than the volume's own."""
        vm = (await client.call("listVirtualMachines", id=self.vm_id))["virtualmachine"][0]
        host = (await client.call("listHosts", id=vm["hostid"]))["host"][0]
        here = (await self._volume(client))["storageid"]
        for pool in (await client.call("listStoragePools"))["storagepool"]:
            near = pool.get("clusterid") in (None, host["clusterid"])
            if pool["id"] != here and pool["scope"] != "HOST" and near:
                found: Object = pool
                return found
        raise Internal(
            "the zone has no second pool",
            object=f"host/{host['id']}",
            hint="the demo's site file needs two for each cluster",
        )

    async def _migrate(self, client: Client, target: Object) -> None:
        job_id = await self._begin_migration(client, target)
        with self._screen.progress(f"to {target['name']}") as bar:
            while True:
                job = await client.wait_job(job_id, LOOK_S)
                bar.show(int(job.get("done_bytes") or 0), int(job.get("total_bytes") or 0))
                if job["jobstatus"] != IN_PROGRESS:
                    break
            _succeeded(job)
            bar.fill()

    async def _begin_migration(self, client: Client, target: Object) -> str:
        answer = await client.call(
            "migrateVolume", volumeid=self.volume_id, storageid=target["id"], livemigrate=True
        )
        return str(answer["jobid"])

    async def _migrate_and_kill(self, client: Client) -> str:
        """Begin a second migration and kill the server when some of it is copied."""
        with self._screen.act(self._zone, "kill the server during a second migration") as act:
            target = await self._other_pool(client)
            job_id = await self._begin_migration(client, target)
            while True:
                job = await client.wait_job(job_id, LOOK_S)
                done = int(job.get("done_bytes") or 0)
                if done or job["jobstatus"] != IN_PROGRESS:
                    break
            self._server.kill()
            act.result = f"after {size(done)} of {size(int(job.get('total_bytes') or 0))}"
        return job_id

    async def _look_after_crash(self, client: Client, job_id: str) -> None:
        with self._screen.act(self._zone, "see what became of the interrupted job") as act:
            job = await client.wait_job(job_id, JOB_S)
            volume = await self._volume(client)
            ended = "resumed" if job["jobstatus"] == SUCCEEDED else "undone"
            act.result = f"{ended}: data1 is {volume['state']} on {volume['storage']}"

    async def _power_off(self, client: Client) -> None:
        await self._job(client, "stopVirtualMachine", id=self.vm_id, forced=True)

    async def _job(self, client: Client, command: str, **parameters: Any) -> Object:
        """Call a command and wait for its job; answers the job's object."""
        given = {name: value for name, value in parameters.items() if value is not None}
        answer: Object = await client.call(command, **given)
        if "jobid" not in answer:
            return answer
        return _succeeded(await client.wait_job(str(answer["jobid"]), JOB_S))


def size(size_bytes: int) -> str:
    """A size in the unit that suits it."""
    return f"{size_bytes / GIB:.3g} GiB" if size_bytes >= GIB else f"{size_bytes // MIB} MiB"


def _succeeded(job: Object) -> Object:
    if job["jobstatus"] != SUCCEEDED:
        raise Internal(
            f"{job['cmd']} did not succeed: {job.get('jobresult')}", object=f"job/{job['jobid']}"
        )
    result: Object = job["jobresult"]
    return result
