"""One connection of the replay server: requests in, recordings or refusals out.

Law: HTTP is parsed by llhttp (httptools). Whatever a client sends, or fails to send, it gets an answer or a closed
connection, and no other client notices.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from dataclasses import dataclass, field

import httptools
import orjson

from ..core.recording import Evidence, Headers, Request
from .replay_log import ANSWERED, CLIENT_GONE, REFUSED, STOPPED
from .replay_match import Miss
from .replay_models import models_answer
from .replay_plan import Finish, head_bytes
from .replay_play import Ask, House, Playback

MAX_BODY = 64 * 1024 * 1024
"""Bytes of request body, of all requests that wait on a connection together; more is answered with 413."""
MAX_HEAD = 64 * 1024
"""Bytes of header fields; more is answered with 431."""
MAX_WAITING = 64
"""Requests that may wait on one connection for their turn (pipelining)."""
LINGER = 1.0
"""Seconds that a refused client gets to read the refusal, before the close of an unread request would destroy it."""
_REASONS = {200: "OK", 404: "Not Found", 408: "Request Timeout", 413: "Content Too Large", 429: "Too Many Requests",
            431: "Request Header Fields Too Large"}  # fmt: skip
_UPGRADE = re.compile(rb"(?i)\r\nupgrade:[^\r\n]*")


@dataclass(slots=True)
class _Draft:
    """A request under way."""

    url: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: list[bytes] = field(default_factory=list)
    head_size: int = 0


class Connection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._parser = httptools.HttpRequestParser(self)
        self._draft = _Draft()
        self._waiting: deque[Ask] = deque()
        self._held = 0
        self._playing: Playback | None = None
        self._writable = True
        self._refused = False
        self._since: float | None = None  # when the request under way began
        self._watched: float | None = None  # that of the request whose slowness is watched
        self._transport: asyncio.Transport
        self._client = ""

    # asyncio

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._client = ":".join(map(str, (transport.get_extra_info("peername") or ())[:2]))
        self._house.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone, or we closed."""
        self._house.connections.discard(self)
        self._waiting.clear()
        if self._playing is not None:
            self._playing.was_reset = isinstance(exc, ConnectionError)
            self._playing.close(STOPPED if self._house.stopping else CLIENT_GONE)

    def data_received(self, data: bytes) -> None:
        """Bytes of requests."""
        if self._refused:
            return
        if self._since is None:  # `Upgrade: h2c`, which some clients send by default, would end the parsing
            head, blank, rest = data.partition(b"\r\n\r\n")
            data = _UPGRADE.sub(b"", head) + blank + rest
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.refuse(400, "upgrade", "This server does not upgrade connections.")
        except httptools.HttpParserError as error:
            self.refuse(400, "request", f"This is no HTTP/1.1 request: {error}.")
        if len(self._waiting) > MAX_WAITING:
            self.refuse(429, "pipelining", "Too many requests wait on this connection.")
        if self._since is not None and self._since != self._watched:
            self._watched = self._since
            self._house.timer.at(self._since + self._house.patience, self._hurry)
        self._next()

    def pause_writing(self) -> None:
        """The client reads slower than we write."""
        self._writable = False
        if self._playing is not None:
            self._playing.writable = False

    def resume_writing(self) -> None:
        """It has caught up."""
        self._writable = True
        if self._playing is not None:
            self._playing.writable = True
            self._playing.step(self._house.loop.time())

    # httptools

    def on_message_begin(self) -> None:
        """A request begins."""
        self._draft = _Draft()
        self._since = self._house.loop.time()

    def on_url(self, url: bytes) -> None:
        """A part of its target."""
        self._draft.url += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header field."""
        self._draft.headers.append((name.decode("latin-1"), value.decode("latin-1")))
        self._count(len(name) + len(value) + 4)

    def on_headers_complete(self) -> None:
        """The blank line."""
        expects = Headers(self._draft.headers).get("expect", "") or ""
        if expects.lower() == "100-continue" and self._playing is None and not self._refused:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._held += len(body)
        if self._held > MAX_BODY:
            self.refuse(413, "body", f"What is asked on this connection is larger than {MAX_BODY} bytes.")
        elif not self._refused:
            self._draft.body.append(body)

    def on_message_complete(self) -> None:
        """A request is complete."""
        draft = self._draft
        headers = Headers(draft.headers)
        target = draft.url.decode("latin-1")
        uri = target if "://" in target else f"http://{headers.get('host', '')}{target}"
        request = Request(self._parser.get_method().decode("latin-1"), uri, headers, b"".join(draft.body))
        self._draft = _Draft()
        self._since = None
        if not self._refused:
            self._waiting.append(Ask(request, self._parser.get_http_version(), self._parser.should_keep_alive()))

    def _count(self, size: int) -> None:
        self._draft.head_size += size
        if self._draft.head_size > MAX_HEAD:
            self.refuse(431, "header", f"The request's header fields take more than {MAX_HEAD} bytes.")

    def _hurry(self, now: float) -> None:
        """Refuses a request that takes longer than our patience."""
        if self._since is None or now < self._since + self._house.patience:
            return
        if self._playing is not None:  # who still reads an answer may take its time
            self._house.timer.at(now + self._house.patience, self._hurry)
        else:
            self.refuse(408, "request", f"The request was not complete after {self._house.patience:g} seconds.")

    # Answers

    def _next(self) -> None:
        """Answers the requests that wait, one after the other; none any more when the server stops."""
        if self._house.stopping and self._playing is None:
            self._transport.close()
        while self._waiting and self._playing is None and not self._transport.is_closing():
            ask = self._waiting.popleft()
            self._held -= len(ask.request.body)
            self._answer(ask)

    def _answer(self, ask: Ask) -> None:
        found = self._house.choose(ask.request)
        guessed = isinstance(found, Miss) or not self._house.plan(found).recording.has(Evidence.REQUEST)
        models = models_answer(ask.request.method, ask.request.path, self._house.models()) if guessed else None
        if models is not None:
            self._say(ask, 200, models)
        elif isinstance(found, Miss):
            self._say(ask, 404, _miss(found))
        else:
            playing = Playback(self._house, ask, found, self._transport, self._played, self._client)
            self._playing, playing.writable = playing, self._writable
            playing.step(playing.served.started)

    def _played(self) -> None:
        self._playing = None
        if self._waiting:  # not from here: a thousand pipelined requests are no thousand frames deep
            self._house.loop.call_soon(self._next)

    def _say(self, ask: Ask, status: int, value: object) -> None:
        self._house.end(self._house.begin(ask.request, status, self._client, None), ANSWERED)  # before who asked knows
        self._write(status, value, ask.keep_alive, ask.request.method == "HEAD")
        if not ask.keep_alive:
            self._transport.close()

    def refuse(self, status: int, field: str, message: str) -> None:
        """Answers a request that cannot be taken, if no other answer is under way, and closes."""
        if self._refused or self._transport.is_closing():
            return
        self._refused, self._since = True, None
        self._waiting.clear()
        if self._playing is not None:
            self._playing.close(REFUSED)
            self._transport.close()
            return
        target = self._draft.url.decode("latin-1")
        self._write(status, _error(field, message, "bad_request"), keep_alive=False)
        self._house.end(self._house.begin(Request("", target), status, self._client, None), REFUSED)
        self._transport.write_eof()
        self._house.timer.at(self._house.loop.time() + LINGER, lambda now: self._transport.close())

    def _write(self, status: int, value: object, keep_alive: bool, head_only: bool = False) -> None:
        body = orjson.dumps(value, option=orjson.OPT_APPEND_NEWLINE)
        fields = [("content-type", "application/json"), ("content-length", str(len(body)))]
        if not keep_alive:
            fields.append(("connection", "close"))
        head = head_bytes(status, _REASONS.get(status, "Bad Request"), Headers(fields))
        self._transport.write(head + (b"" if head_only else body))

    # The server's stop

    @property
    def busy(self) -> bool:
        """True while a recording is on its way that will end by itself."""
        playing = self._playing
        return playing is not None and playing.alive and playing.plan.finish is not Finish.HOLD

    def close(self) -> None:
        """Closes at once."""
        self._transport.abort()


def _miss(miss: Miss) -> dict[str, object]:
    near = miss.nearest.value() if miss.nearest else None
    return {**_error(miss.field, miss.message, "no_recording"), "nearest": near, "recorded": list(miss.recorded)}


def _error(param: str, message: str, code: str) -> dict[str, object]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}}
