"""The peer on the wire: trio-websocket alone, answering every message with the same bytes."""

import sys

import trio
from trio_websocket import ConnectionClosed, WebSocketRequest, serve_websocket


async def serve(answer_bytes: int) -> None:
    """Listen on a free port, say which, and answer until it is ended."""
    answer = "x" * answer_bytes

    async def handle(request: WebSocketRequest) -> None:
        connection = await request.accept()
        try:
            while True:
                await connection.get_message()
                await connection.send_message(answer)
        except ConnectionClosed:
            return

    async with trio.open_nursery() as nursery:
        listening = await nursery.start(serve_websocket, handle, "127.0.0.1", 0, None)
        print(f"ws://127.0.0.1:{listening.port}/", flush=True)


if __name__ == "__main__":
    try:
        trio.run(serve, int(sys.argv[1]))
    except KeyboardInterrupt:
        sys.exit(0)
