"""What the words of the runtime cost on virtual time, on trio and on the kernel."""

import gc
from collections.abc import Awaitable, Callable
from time import process_time

from benchmarks.figures import Figure, Report
from core.runtime import Runtime
from sim.virtual.run import run_kernel, run_trio

REPEATS = 5
Work = Callable[[Runtime, int], Awaitable[None]]


async def wake_by_timer(rt: Runtime, count: int) -> None:
    """One task that sleeps."""
    for _ in range(count):
        await rt.sleep(1)


async def wake_by_timer_in_crowd(rt: Runtime, count: int) -> None:
    """A thousand tasks that sleep to different instants."""

    async def sleep(number: int) -> None:
        for _ in range(count // 1000):
            await rt.sleep(1 + number / 1000)

    async with rt.nursery() as nursery:
        for number in range(1000):
            nursery.start_soon(sleep, number)


async def send_message(rt: Runtime, count: int) -> None:
    """Two tasks that send each other one message at a time; each message is a switch."""
    there, back = rt.mailbox(1, "there"), rt.mailbox(1, "back")

    async def answer() -> None:
        for _ in range(count // 2):
            back.put(await there.get())

    async with rt.nursery() as nursery:
        nursery.start_soon(answer)
        for number in range(count // 2):
            there.put(number)
            await back.get()


async def ask_actor(rt: Runtime, count: int) -> None:
    """A question with a reply of its own, to an actor."""
    mailbox = rt.mailbox(1, "actor")

    async def serve() -> None:
        while True:
            reply = await mailbox.get()
            reply.set(None)

    async with rt.nursery() as nursery:
        nursery.start_soon(serve)
        for _ in range(count):
            reply = rt.reply()
            mailbox.put(reply)
            await reply.wait()
        nursery.cancel()


async def do_nothing() -> None:
    """The shortest task."""


async def start_task(rt: Runtime, count: int) -> None:
    """Tasks in one standing nursery, ten at a time."""
    async with rt.nursery() as nursery:
        for _ in range(count // 10):
            for _ in range(10):
                nursery.start_soon(do_nothing)
            await rt.checkpoint()


async def open_nursery(rt: Runtime, count: int) -> None:
    """A nursery for one task: open, start, close."""
    for _ in range(count):
        async with rt.nursery() as nursery:
            nursery.start_soon(do_nothing)


async def enter_deadline(rt: Runtime, count: int) -> None:
    """A deadline that is kept, around nothing."""
    for _ in range(count):
        with rt.scope(3600):
            pass


# Name, work, what the kernel is to stay below (microseconds).
ROWS: tuple[tuple[str, Work, float | None], ...] = (
    ("timer wake", wake_by_timer, 1.0),
    ("timer wake, 1,000 tasks", wake_by_timer_in_crowd, None),
    ("message with a switch", send_message, 0.7),
    ("ask and reply", ask_actor, 1.5),
    ("task in a standing nursery", start_task, 3.0),
    ("nursery of its own", open_nursery, 4.0),
    ("unfired deadline scope", enter_deadline, 2.0),
)


async def measure(rt: Runtime, work: Work, count: int) -> float:
    """CPU microseconds per operation."""
    gc.collect()
    start_s = process_time()
    await work(rt, count)
    return (process_time() - start_s) / count * 1e6


def report(*, small: bool) -> Report:
    """The best of some runs of each row."""
    size = 1 if small else 5
    figures: list[Figure] = []
    for name, work, aim_us in ROWS:
        kernel_us = min(run_kernel(measure, work, 10_000 * size) for _ in range(REPEATS))
        trio_us = min(run_trio(measure, work, 1_000 * size) for _ in range(REPEATS))
        figures.append(
            Figure(
                what=name,
                seen=f"{kernel_us:.2f}",
                peer=f"{trio_us:.2f}",
                ratio=f"{trio_us / kernel_us:.0f}",
                aim=f"< {aim_us}" if aim_us else "",
            )
        )
    return Report(
        title="Words of the runtime on virtual time, on the kernel: CPU us per operation",
        peer="on trio",
        figures=tuple(figures),
        notes=(f"best of {REPEATS} runs each; ratio is trio to kernel",),
    )
