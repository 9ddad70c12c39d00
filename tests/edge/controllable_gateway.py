"""A gateway that is as good or as bad as it is told: what `conformance gateway` reports of it must be what was set.

Law: it knows nothing of the package that it tests; HTTP/1.1 is read and written here by hand.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass

NEVER = None
_BLANK = b"\n\n"


@dataclass(frozen=True)
class Behaviour:
    """What it does to a stream. Times in milliseconds."""

    abort: float | None = 0.0
    """From the client's leaving to its own leaving of the upstream; NEVER: it drains the upstream to its end."""
    latency: float = 0.0
    """Between an event's coming and its going."""
    coalesce: int = 1
    """Events that go out together."""
    drop: str | None = None
    """A member that is taken out of every event."""
    launder: bool = False
    """A broken upstream ends in an orderly way."""
    attempts: int = 1
    """Requests that it makes of an upstream that refuses."""
    twice: bool = False
    """The upstream is asked a second time, beside the first, for nothing."""
    path: str | None = None
    """Where the upstream is asked, whatever the client asked for."""
    cross_talk: bool = False
    """Every third event goes to another stream, too."""


class BrokenError(Exception):
    """The upstream broke off."""


class Gateway:
    """One gateway: `with gateway(behaviour, upstream_port) as url`."""

    def __init__(self, behaviour: Behaviour, upstream: int) -> None:
        self.behaviour = behaviour
        self.upstream = upstream
        self._open: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client, one request."""
        try:
            request = self._rewritten(await _request(reader))
            if self.behaviour.twice:
                _, other = await asyncio.open_connection("127.0.0.1", self.upstream)
                other.write(request)
                asyncio.get_running_loop().call_later(0.2, other.transport.abort)
            for attempt in range(1, self.behaviour.attempts + 1):
                if await self._attempt(request, reader, writer, attempt == self.behaviour.attempts):
                    break
        except (OSError, asyncio.IncompleteReadError, BrokenError):
            writer.transport.abort()
        finally:
            writer.close()

    def _rewritten(self, request: bytes) -> bytes:
        method, _, rest = request.split(b" ", 2)
        return request if self.behaviour.path is None else b" ".join([method, self.behaviour.path.encode(), rest])

    async def _attempt(
        self, request: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, last: bool
    ) -> bool:
        """Asks the upstream, and answers the client unless it is to ask again."""
        theirs, up = await asyncio.open_connection("127.0.0.1", self.upstream)
        watching = asyncio.ensure_future(self._watch(reader, up))
        try:
            up.write(request)
            head = (await theirs.readuntil(b"\r\n\r\n")).split(b"\r\n")
            status = int(head[0].split()[1])
            if status < 400 or last:
                await self._answer(writer, status, head[1:-2], _body(theirs, head))
                return True
            return False
        finally:
            watching.cancel()
            up.close()

    async def _watch(self, reader: asyncio.StreamReader, up: asyncio.StreamWriter) -> None:
        """Waits until the client has left, and then leaves, too."""
        with contextlib.suppress(OSError):
            while await reader.read(4096):
                pass
        if self.behaviour.abort is NEVER:
            await asyncio.sleep(3600)
        await asyncio.sleep(self.behaviour.abort / 1000)  # type: ignore[operator]
        up.transport.abort()

    async def _answer(
        self, writer: asyncio.StreamWriter, status: int, head: list[bytes], body: AsyncIterator[bytes]
    ) -> None:
        own = (b"transfer-encoding", b"content-length", b"connection")
        kept = [line for line in head if not line.lower().startswith(own)]
        first = [b"HTTP/1.1 %d Whatever" % status, *kept, b"transfer-encoding: chunked", b"connection: close"]
        writer.write(b"\r\n".join([*first, b"", b""]))
        self._open.append(writer)
        try:
            await self._pump(writer, body)
            _send(writer, b"0\r\n\r\n")
        except BrokenError:
            if self.behaviour.launder:
                _send(writer, b"0\r\n\r\n")
            else:
                writer.transport.abort()
        finally:
            self._open.remove(writer)

    async def _pump(self, writer: asyncio.StreamWriter, body: AsyncIterator[bytes]) -> None:
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[tuple[float, bytes] | None]()

        async def going() -> None:
            while (item := await queue.get()) is not None:
                await asyncio.sleep(max(0.0, item[0] + self.behaviour.latency / 1000 - loop.time()))
                _send(writer, b"%x\r\n%b\r\n" % (len(item[1]), item[1]))

        task = asyncio.ensure_future(going())
        rest, held, number = b"", [], 0
        try:
            async for piece in body:
                *events, rest = (rest + piece).split(_BLANK)
                for event in events:
                    number += 1
                    held.append(self._changed(event) + _BLANK)
                    self._stray(writer, event, number)
                    if len(held) >= self.behaviour.coalesce:
                        queue.put_nowait((loop.time(), b"".join(held)))
                        held = []
        finally:
            if held or rest:
                queue.put_nowait((loop.time(), b"".join(held) + rest))
            queue.put_nowait(None)
            await task

    def _changed(self, event: bytes) -> bytes:
        if self.behaviour.drop is None or not event.startswith(b"data: {"):
            return event
        value = json.loads(event[6:])
        value.pop(self.behaviour.drop, None)
        return b"data: " + json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()

    def _stray(self, writer: asyncio.StreamWriter, event: bytes, number: int) -> None:
        others = [one for one in self._open if one is not writer]
        if self.behaviour.cross_talk and number % 3 == 0 and others:
            data = event + _BLANK
            _send(others[0], b"%x\r\n%b\r\n" % (len(data), data))


def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    if not writer.is_closing():
        writer.write(data)


async def _request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:] if b":" in line)
    return head + await reader.readexactly(int(fields.get(b"content-length", 0)))


async def _body(reader: asyncio.StreamReader, head: list[bytes]) -> AsyncIterator[bytes]:
    """The pieces of the body. Raises BrokenError where it ends before its end."""
    fields = dict(line.lower().split(b":", 1) for line in head[1:] if b":" in line)
    try:
        if b"content-length" in fields:
            yield await reader.readexactly(int(fields[b"content-length"]))
            return
        while size := int(await reader.readuntil(b"\r\n"), 16):
            yield (await reader.readexactly(size + 2))[:-2]
    except (OSError, asyncio.IncompleteReadError) as error:
        raise BrokenError from error


@contextmanager
def gateway(behaviour: Behaviour, upstream: int) -> Iterator[str]:
    """A gateway in a thread of its own, in front of the upstream at this port; yields its base URL."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(Gateway(behaviour, upstream).serve, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, name="controllable-gateway", daemon=True)
    thread.start()

    async def stop() -> None:
        server.close()
        own = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not own]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextmanager
def process(behaviour: Behaviour, upstream: int) -> Iterator[str]:
    """The same in a process of its own, which takes nothing from the clock of who measures."""
    words = [sys.executable, __file__, json.dumps(asdict(behaviour)), str(upstream)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        try:
            yield running.stdout.readline().decode().strip()
        finally:
            running.terminate()


async def _main(behaviour: Behaviour, upstream: int) -> None:
    server = await asyncio.start_server(Gateway(behaviour, upstream).serve, "127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(Behaviour(**json.loads(sys.argv[1])), int(sys.argv[2])))
