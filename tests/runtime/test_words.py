"""Time, events, replies and mailboxes, on all fillings."""

from collections.abc import Awaitable, Callable

import pytest

from core.model import errors
from core.runtime import Event, Mailbox, Reply, Runtime
from sim.virtual.run import START_S
from tests.runtime.filling import Filling, settle


def test_now_starts_where_it_is_told_and_follows_sleep(filling: Filling) -> None:
    """`now` begins at the given epoch second and has moved on after a sleep."""

    async def main(rt: Runtime) -> tuple[float, float]:
        before_s = rt.now()
        await rt.sleep(filling.tick_s)
        return before_s, rt.now()

    before_s, after_s = filling.run(main)
    assert START_S <= before_s < START_S + 1
    assert after_s - before_s >= filling.tick_s * 0.99


def test_checkpoint_and_sleep_of_nothing_give_way(filling: Filling) -> None:
    """Two tasks that only give way take turns, and no time passes."""

    async def main(rt: Runtime) -> list[str]:
        trace: list[str] = []

        async def talk(name: str) -> None:
            for _ in range(2):
                trace.append(name)
                await rt.checkpoint()
                await rt.sleep(0)
                await rt.sleep(-1)

        async with rt.nursery() as nursery:
            nursery.start_soon(talk, "a")
            nursery.start_soon(talk, "b")
        return trace

    assert sorted(filling.run(main)[:2]) == ["a", "b"]


def test_event_lets_waiters_go_and_stays_set(filling: Filling) -> None:
    """Those who wait go on when it is set, and those who come later need not wait."""

    async def main(rt: Runtime) -> int:
        event = rt.event()
        passed: list[int] = []

        async def wait(number: int) -> None:
            await event.wait()
            passed.append(number)

        async with rt.nursery() as nursery:
            for number in range(5):
                nursery.start_soon(wait, number)
            await settle(rt)
            assert not passed
            assert not event.is_set()
            event.set()
            event.set()
        assert event.is_set()
        await event.wait()
        return len(passed)

    assert filling.run(main) == 5


def test_reply_set_before_it_is_awaited(filling: Filling) -> None:
    """An answer waits for its reader, may be read again, and the first one counts."""

    async def main(rt: Runtime) -> list[object]:
        reply = rt.reply()
        assert not reply.is_done()
        reply.set(1)
        reply.set(2)
        reply.fail(ValueError("too late"))
        assert reply.is_done()
        return [await reply.wait(), await reply.wait()]

    assert filling.run(main) == [1, 1]


def test_reply_set_after_it_is_awaited(filling: Filling) -> None:
    """A reader that waits gets the answer when it comes."""

    async def main(rt: Runtime) -> object:
        reply = rt.reply()

        async def answer() -> None:
            await settle(rt)
            reply.set("done")

        async with rt.nursery() as nursery:
            nursery.start_soon(answer)
            return await reply.wait()

    assert filling.run(main) == "done"


@pytest.mark.parametrize("early", [True, False])
def test_failed_reply_raises_its_error(filling: Filling, early: bool) -> None:
    """A failure reaches the reader whether it came before or after the wait."""

    async def main(rt: Runtime) -> None:
        reply = rt.reply()

        async def refuse() -> None:
            if not early:
                await settle(rt)
            reply.fail(errors.Conflict("no"))
            reply.set(1)

        async with rt.nursery() as nursery:
            nursery.start_soon(refuse)
            if early:
                await settle(rt)
            with pytest.raises(errors.Conflict):
                await reply.wait()

    filling.run(main)


def test_second_waiter_of_a_reply_is_refused(filling: Filling) -> None:
    """A reply is one task's; the second that waits gets Internal, the first its answer."""

    async def main(rt: Runtime) -> None:
        reply = rt.reply()
        async with rt.nursery() as nursery:
            nursery.start_soon(reply.wait)
            await settle(rt)
            with pytest.raises(errors.Internal, match="already"):
                await reply.wait()
            reply.set(1)

    filling.run(main)


def test_mailbox_keeps_order(filling: Filling) -> None:
    """Mail is read in the order in which it was put, whether the reader waited or not."""

    async def main(rt: Runtime) -> list[int]:
        mailbox = rt.mailbox(10, "orders")
        read: list[int] = []

        async def receive() -> None:
            read.extend([await mailbox.get() for _ in range(6)])

        async with rt.nursery() as nursery:
            nursery.start_soon(receive)
            for number in range(3):
                mailbox.put(number)
            await settle(rt)
            for number in range(3, 6):
                mailbox.put(number)
        return read

    assert filling.run(main) == list(range(6))


def test_full_mailbox_refuses(filling: Filling) -> None:
    """At its limit a mailbox raises Busy and names itself; it works again when there is room."""

    async def main(rt: Runtime) -> list[object]:
        mailbox = rt.mailbox(2, "orders")
        mailbox.put(1)
        mailbox.put(2)
        with pytest.raises(errors.Busy) as refusal:
            mailbox.put(3)
        assert refusal.value.object == "mailbox/orders"
        assert refusal.value.hint
        assert len(mailbox) == 2
        first = await mailbox.get()
        mailbox.put(4)
        return [first, *mailbox.drain(), len(mailbox)]

    assert filling.run(main) == [1, 2, 4, 0]


def test_second_receiver_is_refused(filling: Filling) -> None:
    """A mailbox has one reader; a second that waits gets Internal."""

    async def main(rt: Runtime) -> None:
        mailbox = rt.mailbox(1, "orders")
        async with rt.nursery() as nursery:
            nursery.start_soon(mailbox.get)
            await settle(rt)
            with pytest.raises(errors.Internal, match="already"):
                await mailbox.get()
            mailbox.put(1)

    filling.run(main)


def test_receiver_whose_mail_was_drained_waits_on(filling: Filling) -> None:
    """A reader that was woken for mail which is gone by then gets the next one."""

    async def main(rt: Runtime) -> object:
        mailbox = rt.mailbox(1, "orders")
        read: list[object] = []

        async def receive() -> None:
            read.append(await mailbox.get())

        async with rt.nursery() as nursery:
            nursery.start_soon(receive)
            await settle(rt)
            mailbox.put(1)
            assert mailbox.drain() == [1]
            await settle(rt)
            mailbox.put(2)
        return read

    assert filling.run(main) == [2]


def test_words_that_need_not_wait_do_not_give_way(filling: Filling) -> None:
    """An event that is set, a done reply and waiting mail are had without a turn for others."""

    async def main(rt: Runtime) -> None:
        event, reply, mailbox = rt.event(), rt.reply(), rt.mailbox(1, "orders")
        ran: list[bool] = []

        async def run() -> None:
            ran.append(True)

        event.set()
        reply.set(1)
        mailbox.put(1)
        async with rt.nursery() as nursery:
            nursery.start_soon(run)
            await event.wait()
            await reply.wait()
            await mailbox.get()
            assert not ran

    filling.run(main)


def ready_words(rt: Runtime) -> dict[str, Callable[[], Awaitable[object]]]:
    """Every way to await, none of which has to wait for another task."""
    event, reply, mailbox = rt.event(), rt.reply(), rt.mailbox(1, "orders")
    event.set()
    reply.set(1)
    mailbox.put(1)
    return {
        "event": event.wait,
        "reply": reply.wait,
        "mailbox": mailbox.get,
        "checkpoint": rt.checkpoint,
        "no sleep": lambda: rt.sleep(0),
        "sleep": lambda: rt.sleep(1000),
        "unset event": rt.event().wait,
        "open reply": rt.reply().wait,
        "empty mailbox": rt.mailbox(1, "empty").get,
    }


def test_every_word_raises_at_once_in_a_cancelled_scope(filling: Filling) -> None:
    """No await of a word gets past a cancellation, and none of them gives way first."""

    async def main(rt: Runtime) -> None:
        for name, wait in ready_words(rt).items():
            ran: list[bool] = []
            with rt.scope() as scope:
                scope.cancel()
                await wait()
                ran.append(True)
            assert scope.cancelled, name
            assert not ran, name

    filling.run(main)


async def interrupt(rt: Runtime, wait: Callable[[], Awaitable[object]]) -> None:
    """Cancel a task that waits."""
    async with rt.nursery() as nursery:
        nursery.start_soon(wait)
        await settle(rt)
        nursery.cancel()


def test_event_outlives_a_cancelled_waiter(filling: Filling) -> None:
    """Other waiters of an event go on although one was cancelled."""

    async def main(rt: Runtime) -> bool:
        event: Event = rt.event()
        await interrupt(rt, event.wait)
        async with rt.nursery() as nursery:
            nursery.start_soon(event.wait)
            await interrupt(rt, event.wait)
            event.set()
        return event.is_set()

    assert filling.run(main)


def test_reply_outlives_a_cancelled_waiter(filling: Filling) -> None:
    """A reply whose reader was cancelled can be set, and be read by another."""

    async def main(rt: Runtime) -> object:
        reply: Reply[int] = rt.reply()
        await interrupt(rt, reply.wait)
        assert not reply.is_done()
        reply.set(7)
        return await reply.wait()

    assert filling.run(main) == 7


def test_mailbox_outlives_a_cancelled_receiver(filling: Filling) -> None:
    """Mail that comes after its reader was cancelled stays for the next one."""

    async def main(rt: Runtime) -> object:
        mailbox: Mailbox[int] = rt.mailbox(2, "orders")
        await interrupt(rt, mailbox.get)
        mailbox.put(7)
        return await mailbox.get()

    assert filling.run(main) == 7


def test_task_woken_before_a_cancellation_gets_what_woke_it(filling: Filling) -> None:
    """An answer that came first is not lost to a cancellation in the same step."""

    async def main(rt: Runtime) -> list[object]:
        reply = rt.reply()
        got: list[object] = []

        async def ask() -> None:
            got.append(await reply.wait())
            await rt.checkpoint()
            got.append("never")

        async with rt.nursery() as nursery:
            nursery.start_soon(ask)
            await settle(rt)
            reply.set(1)
            nursery.cancel()
        return got

    assert filling.run(main) == [1]


def test_task_cancelled_before_an_answer_is_not_woken_twice(filling: Filling) -> None:
    """An answer in the step of the cancellation comes too late for the waiter, but is kept."""

    async def main(rt: Runtime) -> object:
        reply = rt.reply()
        got: list[object] = []

        async def ask() -> None:
            got.append(await reply.wait())

        async with rt.nursery() as nursery:
            nursery.start_soon(ask)
            await settle(rt)
            nursery.cancel()
            reply.set(1)
        assert not got
        return await reply.wait()

    assert filling.run(main) == 1
