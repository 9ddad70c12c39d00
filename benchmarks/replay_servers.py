"""The other servers for benchmarks/replay.py: what one would write who replays a recording with a framework.

python benchmarks/replay_servers.py {starlette|aiohttp} {asyncio|uvloop} CASSETTE SPEED READY_FILE
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from conformance import load
from conformance.edge.files_limit import raise_files_limit


def pieces_of(cassette: str, speed: float) -> tuple[str, list[tuple[float, bytes]]]:
    """The path, and (seconds, bytes) of each read."""
    recording, start, pieces = load(cassette)[0], 0, []
    for read in recording.reads:
        pieces.append((read.at / 1000 / speed if speed else 0.0, recording.body[start : start + read.size]))
        start += read.size
    return recording.request.path, pieces


async def stream(pieces: list[tuple[float, bytes]]) -> AsyncIterator[bytes]:
    """The pieces, each when it is due."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for at, data in pieces:
        wait = began + at - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        yield data


def serve_starlette(path: str, pieces: list[tuple[float, bytes]], listener: socket.socket, loop: str) -> None:
    """uvicorn with httptools, Starlette's StreamingResponse."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    async def answer(request: Request) -> StreamingResponse:
        await request.body()
        return StreamingResponse(stream(pieces), media_type="text/event-stream")

    app = Starlette(routes=[Route(path, answer, methods=["POST"])])
    config = uvicorn.Config(app, loop=loop, http="httptools", log_level="error", access_log=False, backlog=2048)
    uvicorn.Server(config).run([listener])


def serve_aiohttp(path: str, pieces: list[tuple[float, bytes]], listener: socket.socket, loop: str) -> None:
    """aiohttp.web with its StreamResponse."""
    from aiohttp import web

    async def answer(request: web.Request) -> web.StreamResponse:
        await request.read()
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        response.enable_chunked_encoding()
        await response.prepare(request)
        async for data in stream(pieces):
            await response.write(data)
        await response.write_eof()
        return response

    app = web.Application()
    app.router.add_post(path, answer)
    if loop == "uvloop":
        import uvloop

        made = uvloop.new_event_loop()
    else:
        made = asyncio.new_event_loop()
    web.run_app(app, sock=listener, access_log=None, print=None, loop=made, backlog=2048)


def main() -> None:
    """Serves until it is ended."""
    framework, loop, cassette, speed, ready = sys.argv[1:]
    raise_files_limit()
    path, pieces = pieces_of(cassette, float(speed))
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sets TCP_NODELAY
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    Path(ready).write_text(f"http://127.0.0.1:{listener.getsockname()[1]}")
    {"starlette": serve_starlette, "aiohttp": serve_aiohttp}[framework](path, pieces, listener, loop)


if __name__ == "__main__":
    main()
